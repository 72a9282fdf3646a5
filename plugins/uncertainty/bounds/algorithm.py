"""A proof by bounds: within which change of every pixel no other class of a ReLU network can come first.

Two ways of bounding what the network can answer, both sound: intervals (Gowal 2018), quick and wide, and linear bounds
(CROWN: Zhang 2018), narrower. The largest change whose bounds still keep the answer first is found by halving. The
truth lies at or above it: what is not certified need not be possible.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from plugins.uncertainty.bounds.descriptor import BoundsParams
from plugins.uncertainty.bounds.propagation import Box, Network
from plugins.uncertainty.bounds.tape import recorded
from plugins.uncertainty.common.predictions import answer, shares_of

_ROUNDING = 1e-5  # of the largest logit: what float32 may be off by
_SAFE = ("no change of any pixel by up to this many levels alters the answer: proved up to the rounding of float32; "
         "beyond it nothing is said")  # fmt: skip
_NONE = "no change could be certified: the bounds are too wide for this network, which says nothing of attacks"


def run(images: Tensor, params: BoundsParams, run: Run) -> Result:
    """Certify the answers to photos ``(N, C, H, W)`` float32, clipped to [0, 1].

    Returns
    -------
    Result
        Reports: ``certified_radius`` (L∞, in 8-bit levels), the larger of ``by_intervals`` and ``by_lines``.

    Raises
    ------
    ToolError
        If the network has layers that bounds are not made for.
    """
    clean = images.detach().clamp(0.0, 1.0)
    with torch.no_grad():
        shares = run.model(clean).softmax(1)
        reports = [
            _certified(photo[None], own, params, run, (index / len(clean), (index + 1) / len(clean)))
            for index, (photo, own) in enumerate(zip(clean, shares, strict=True))
        ]
    return Result(reports=reports, artifacts=shares_of(shares))


def _certified(photo: Tensor, shares: Tensor, params: BoundsParams, run: Run, span: tuple[float, float]) -> dict[
    str, Any
]:
    network = Network(recorded(run.model.module, photo), run.check)
    label = int(shares.argmax())
    turns, done = 2 * params.halvings, 0

    def holds(eps: float, bounds_of: Callable[[Box], list[Box]]) -> bool:
        nonlocal done
        run.progress(span[0] + (span[1] - span[0]) * min(done / turns, 1.0), f"{eps:.3g} levels")
        done += 1
        return _keeps(network, bounds_of(_box(photo, eps)), label)

    quick = _largest(lambda eps: holds(eps, network.by_intervals), 0.0, params)
    done = params.halvings
    lines = _largest(lambda eps: holds(eps, network.by_lines), quick, params)
    return {
        **answer("bound propagation", shares, run.model), "mutual_information": None,
        "is_certified": lines > 0.0, "certified": run.model.labels[label] if lines > 0.0 else None,
        "certified_radius": lines, "radius_unit": "levels", "radius_norm": "linf", "by_intervals": quick,
        "by_lines": lines, "caveats": [_SAFE if lines > 0.0 else _NONE],
    }  # fmt: skip


def _box(photo: Tensor, eps: float) -> Box:
    return (photo - eps / 255.0).clamp_min(0.0), (photo + eps / 255.0).clamp_max(1.0)


def _keeps(network: Network, bounds: list[Box], label: int) -> bool:
    """Return whether a class stays first: by its bounds, or by lines of how far it leads each other."""
    low, high = (one[0] for one in bounds[-1])
    others = torch.arange(len(low), device=low.device) != label
    slack = _ROUNDING * float(torch.maximum(low.abs(), high.abs()).amax())
    rows = -torch.eye(len(low), device=low.device)[others]
    rows[:, label] += 1.0
    apart = low[label] - high[others]
    return bool((torch.maximum(apart, network.least(rows, len(network.steps) - 1, bounds)) > slack).all())


def _largest(holds: Callable[[float], bool], least: float, params: BoundsParams) -> float:
    """Return the largest change in levels, at or above one that holds, that is found to hold."""
    if holds(params.most):
        return params.most
    low, high = least, params.most
    for _ in range(params.halvings - 1):
        middle = (low + high) / 2.0
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
