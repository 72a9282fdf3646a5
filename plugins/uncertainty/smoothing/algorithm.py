"""Randomised smoothing (Cohen 2019, algorithm "Certify" of section 3.2.2): the answer that wins under Gaussian noise.

If it wins with a chance of at least p, no change of an L2 length below σ·Φ⁻¹(p) makes it lose (theorem 1). The chance
is bounded from below by Clopper and Pearson's interval, which is wrong with the risk that is given. What is certified
is the model under noise, not the model as it is.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.binomial import least_chance
from plugins.uncertainty.common.predictions import answer, shares_of
from plugins.uncertainty.smoothing.descriptor import SmoothingParams

_PIXELS = 1 << 20  # that the model sees at a time
_OF_NOISE = "certified is the model's vote under this noise, which may differ from its answer to the photo itself"
_ABSTAINS = "no answer wins often enough under this noise to be certified; try less noise or more draws"


def run(images: Tensor, params: SmoothingParams, run: Run) -> Result:
    """Certify the answers to photos ``(N, C, H, W)`` float32, clipped to [0, 1] with their noise for the model.

    Returns
    -------
    Result
        Reports: ``is_certified``, ``certified_radius`` (L2, in 8-bit levels on the photo's own pixels), ``certified``
        (the class), ``chance`` (at least that of its winning) and ``risk``.
    """
    shares, votes = _asked(images, params, run, params.first_draws, 0.0)
    chosen = votes.argmax(1)
    later, counts = _asked(images, params, run, params.draws, params.first_draws / (params.first_draws + params.draws))
    total = params.first_draws + params.draws
    means = (params.first_draws * shares + params.draws * later) / total
    wins = counts.gather(1, chosen[:, None])[:, 0].tolist()
    return Result(
        reports=[
            _report(mean, int(label), int(count), params, run)
            for mean, label, count in zip(means, chosen.tolist(), wins, strict=True)
        ],
        artifacts=shares_of(means),
    )


def _asked(images: Tensor, params: SmoothingParams, run: Run, draws: int, begun: float) -> tuple[Tensor, Tensor]:
    """Return the mean answers to noisy photos, and how often each class came first, both ``(N, K)``."""
    count, _, height, width = images.shape
    many = max(1, _PIXELS // (count * height * width))
    shares = votes = torch.zeros(count, len(run.model.labels), device=images.device)
    done = 0
    while done < draws:
        run.progress(begun + (1.0 - begun) * done / draws, f"draw {done + 1} of {draws}")
        some = min(many, draws - done)
        # a photo's draws come from its own generator, one after the other, however many go together
        noisy = torch.stack([(images + params.sigma / 255.0 * run.randn(images)).clamp(0.0, 1.0) for _ in range(some)])
        with torch.no_grad():
            said = run.model(noisy.flatten(0, 1)).float().view(some, count, -1)
        shares = shares + said.softmax(2).sum(0)
        votes = votes + torch.nn.functional.one_hot(said.argmax(2), said.shape[2]).sum(0)
        done += some
    return shares / draws, votes


def _report(mean: Tensor, label: int, wins: int, params: SmoothingParams, run: Run) -> dict[str, Any]:
    chance = least_chance(wins, params.draws, params.risk)
    radius = params.sigma * NormalDist().inv_cdf(chance) if chance > 0.5 else 0.0
    is_certified = radius > 0.0
    return {
        **answer("randomised smoothing", mean, run.model),
        "mutual_information": None,
        "is_certified": is_certified,
        "certified": run.model.labels[label] if is_certified else None,
        "certified_radius": radius,
        "radius_unit": "levels",
        "radius_norm": "l2",
        "chance": chance,
        "risk": params.risk,
        "draws": params.draws,
        "caveats": [_OF_NOISE if is_certified else _ABSTAINS],
    }
