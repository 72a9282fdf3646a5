"""Monte Carlo dropout on a classifier: how sure it is, and which pixels its doubt hangs on."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from desktop_app.api import Map, Result, Run
from plugins.uncertainty.common.guard import guarded
from plugins.uncertainty.common.known import asked
from plugins.uncertainty.common.predictions import FEWEST, doubts, logs, said_early, shares_of
from plugins.uncertainty.mc_dropout.descriptor import McDropoutParams
from plugins.uncertainty.mc_dropout.dropout import dropout_layers, dropping
from plugins.uncertainty.mc_dropout.restoration import question


def run(images: Tensor, params: McDropoutParams, run: Run) -> Result:
    """Ask a classifier about photos ``(N, C, H, W)`` with dropout switched on; or a restoration (see `question`).

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32; clipped to [0, 1] for the model.
    params : McDropoutParams
        How many passes.
    run : Run
        Its ``model`` or ``target`` is questioned; its seeds decide the dropout masks.

    Returns
    -------
    Result
        Where it is wanted, a map of the entropy's sensitivity to each pixel; reports with prediction, confidence,
        entropy and mutual information (nats).

    Raises
    ------
    ToolError
        If the model has no dropout layers.
    """
    if run.has_target:
        return question(images, params.passes, run)
    layers = dropout_layers(run.model.module)
    photos = images.detach().clamp(0.0, 1.0)
    seen = asked(run.model, photos)
    with torch.no_grad(), dropping(layers, run.generators()):
        answers = _ask(photos, params.passes, run)
    reports = [doubts("Monte Carlo dropout", each, run.model, "passes") for each in answers.unbind(1)]
    reports = guarded(reports, seen, run.model, run)
    reports = said_early(reports, len(answers), params.passes, "passes")
    maps = []
    if params.is_mapped and len(answers) == params.passes:
        slopes = _sensitivity(photos, answers.mean(0), layers, params.passes, run)
        maps = [] if slopes is None else [_map(slopes)]
    return Result(maps=maps, reports=reports, artifacts=shares_of(answers.mean(0)))


def _sensitivity(photos: Tensor, mean: Tensor, layers: Sequence[nn.Module], passes: int, run: Run) -> Tensor | None:
    """Return the entropy's slope at each pixel, ``(N, H, W)`` in nats a level; None where the user ends before.

    The same seeds again: the same masks, so that only one pass's graph is in memory at a time.
    """
    with dropping(layers, run.generators()):
        gradient = _entropy_gradient(photos, mean, passes, run)
    return None if gradient is None else gradient.square().sum(dim=1).sqrt() / 255.0


def _ask(photos: Tensor, passes: int, run: Run) -> Tensor:
    """Return the probabilities ``(T, N, K)`` of the passes; their mean is Gal and Ghahramani 2016's, eq. 6."""
    answers = []
    for index in range(passes):
        if index >= FEWEST and run.ends_early():
            break
        run.progress(index / (3 * passes), f"pass {index + 1} of {passes}")
        answers.append(run.model(photos).float().softmax(dim=1))
    return torch.stack(answers)


def _entropy_gradient(photos: Tensor, mean: Tensor, passes: int, run: Run) -> Tensor | None:
    """Return ∂H/∂x, by the chain rule pass by pass: ∂H/∂p̄ is -(1 + log p̄), and p̄ is the mean of the passes."""
    slope = -(1.0 + logs(mean))
    gradient = torch.zeros_like(photos)
    for index in range(passes):
        if run.ends_early():
            return None
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
