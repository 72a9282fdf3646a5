"""Monte Carlo dropout on a classifier: how sure it is, and which pixels its doubt hangs on."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Map, Result, Run
from plugins.uncertainty.common.predictions import CAVEAT, answer, entropy, logs
from plugins.uncertainty.mc_dropout.descriptor import McDropoutParams
from plugins.uncertainty.mc_dropout.dropout import dropout_layers, dropping


def run(images: Tensor, params: McDropoutParams, run: Run) -> Result:
    """Ask a classifier about photos ``(N, C, H, W)`` with dropout switched on.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32; clipped to [0, 1] for the model.
    params : McDropoutParams
        How many passes.
    run : Run
        Its ``model`` is questioned; its seeds decide the dropout masks.

    Returns
    -------
    Result
        A map of the entropy's sensitivity to each pixel; reports with prediction, confidence, entropy and mutual
        information (nats).

    Raises
    ------
    ToolError
        If the model has no dropout layers.
    """
    layers = dropout_layers(run.model.module)
    photos = images.detach().clamp(0.0, 1.0)
    with torch.no_grad(), dropping(layers, run.generators()):
        mean, expected_entropy = _ask(photos, params.passes, run)
    # The same seeds again: the same masks, so that only one pass's graph is in memory at a time.
    with dropping(layers, run.generators()):
        gradient = _entropy_gradient(photos, mean, params.passes, run)
    values = gradient.square().sum(dim=1).sqrt() / 255.0
    reports = [_report(p, float(e), run, params.passes) for p, e in zip(mean, expected_entropy, strict=True)]
    return Result(maps=[_map(values)], reports=reports)


def _ask(photos: Tensor, passes: int, run: Run) -> tuple[Tensor, Tensor]:
    """Return the mean probabilities ``(N, K)`` (Gal and Ghahramani 2016, eq. 6) and the mean entropy ``(N,)``."""
    mean = expected_entropy = torch.zeros((), device=photos.device)
    for index in range(passes):
        run.progress(index / (3 * passes), f"pass {index + 1} of {passes}")
        probabilities = run.model(photos).float().softmax(dim=1)
        mean = mean + probabilities / passes
        expected_entropy = expected_entropy + entropy(probabilities) / passes
    return mean, expected_entropy


def _entropy_gradient(photos: Tensor, mean: Tensor, passes: int, run: Run) -> Tensor:
    """Return ∂H/∂x, by the chain rule pass by pass: ∂H/∂p̄ is -(1 + log p̄), and p̄ is the mean of the passes."""
    slope = -(1.0 + logs(mean))
    gradient = torch.zeros_like(photos)
    for index in range(passes):
        run.progress((1 + 2 * index / passes) / 3, f"tracing pass {index + 1} of {passes}")
        with torch.enable_grad():
            leaf = photos.detach().requires_grad_(True)
            probabilities = run.model(leaf).float().softmax(dim=1)
            (part,) = torch.autograd.grad((slope * probabilities).sum(), leaf)
        gradient += part / passes
    return gradient


def _map(values: Tensor) -> Map:
    return Map(
        name="entropy sensitivity", values=values, kind="attribution", unit="nats/level",
        meaning="How much the model's doubt would change if this pixel changed by one 8-bit level.",
    )


def _report(mean: Tensor, expected_entropy: float, run: Run, passes: int) -> dict[str, Any]:
    said = answer("Monte Carlo dropout", mean, run.model)
    return {
        **said,
        # Houlsby et al. 2011, eq. 2: H[E p] - E H[p]; never negative but for rounding
        "mutual_information": max(said["entropy"] - expected_entropy, 0.0),
        "expected_entropy": expected_entropy,
        "passes": passes,
        "caveats": [CAVEAT],
    }
