"""Monte Carlo dropout on a classifier: how sure it is, and which pixels its doubt hangs on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from desktop_app.api import Map, Result, Run
from plugins.uncertainty.common.guard import guarded
from plugins.uncertainty.common.known import asked
from plugins.uncertainty.common.predictions import FEWEST, doubts, logs, said_early, shares_of
from plugins.uncertainty.mc_dropout.descriptor import McDropoutParams
from plugins.uncertainty.mc_dropout.dropout import dropout_layers, dropping, of_passes, together
from plugins.uncertainty.mc_dropout.restoration import question
from plugins.uncertainty.mc_dropout.trunk import shared_trunk


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
    with torch.no_grad():
        answers = _ask(photos, layers, params.passes, run)
    reports = doubts("Monte Carlo dropout", answers, run.model, "passes")
    reports = guarded(reports, seen, run.model, run)
    reports = said_early(reports, len(answers), params.passes, "passes")
    maps = []
    if params.is_mapped and len(answers) == params.passes:
        slopes = _sensitivity(photos, answers.mean(0), layers, params.passes, run)
        maps = [] if slopes is None else [_map(slopes)]
    return Result(maps=maps, reports=reports, artifacts=shares_of(answers.mean(0)))


def _sensitivity(photos: Tensor, mean: Tensor, layers: Sequence[nn.Module], passes: int, run: Run) -> Tensor | None:
    """Return the entropy's slope at each pixel, ``(N, H, W)`` in nats a level; None where the user ends before."""
    gradient = _entropy_gradient(photos, mean, layers, passes, run)
    return None if gradient is None else gradient.square().sum(dim=1).sqrt() / 255.0


def _ask(photos: Tensor, layers: Sequence[nn.Module], passes: int, run: Run) -> Tensor:
    """Return the probabilities ``(T, N, K)`` of the passes; their mean is Gal and Ghahramani 2016's, eq. 6."""
    answers: list[Tensor] = []
    for some in _batches(photos, passes):
        if some.start >= FEWEST and run.ends_early():
            break
        run.progress(some.start / (3 * passes), f"pass {some.start + 1} of {passes}")
        answers.append(_pass(photos, layers, some, run))
    return torch.cat(answers)


def _pass(photos: Tensor, layers: Sequence[nn.Module], some: range, run: Run) -> Tensor:
    """Return the probabilities ``(some, N, K)`` of some passes, made as one batch."""
    batch = photos.repeat(len(some), 1, 1, 1)
    with dropping(layers, of_passes(some, run.seeds)), shared_trunk([run.model.module], layers, len(some)):
        shares = run.model(batch).float().softmax(dim=1)
    return shares.view(len(some), len(photos), -1)


def _batches(photos: Tensor, passes: int) -> Iterator[range]:
    """Yield the passes that are made together."""
    start, most = 0, together(photos)
    while start < passes:
        some = range(start, min(start + most, passes))
        yield some
        start = some.stop


def _entropy_gradient(
    photos: Tensor, mean: Tensor, layers: Sequence[nn.Module], passes: int, run: Run
) -> Tensor | None:
    """Return ∂H/∂x, by the chain rule batch by batch: ∂H/∂p̄ is -(1 + log p̄), and p̄ is the mean of the passes.

    The same seeds again: the same masks, so that only one batch's graph is in memory at a time.
    """
    slope = -(1.0 + logs(mean))
    gradient = torch.zeros_like(photos)
    for some in _batches(photos, passes):
        if run.ends_early():
            return None
        run.progress((1 + 2 * some.start / passes) / 3, f"tracing pass {some.start + 1} of {passes}")
        with torch.enable_grad():
            leaf = photos.detach().requires_grad_(True)
            (part,) = torch.autograd.grad((slope * _pass(leaf, layers, some, run)).sum(), leaf)
        gradient += part / passes
    return gradient


def _map(values: Tensor) -> Map:
    return Map(
        name="entropy sensitivity", values=values, kind="attribution", unit="nats/level",
        meaning="How much the model's doubt would change if this pixel changed by one 8-bit level.",
    )
