"""Monte Carlo dropout on a restoration, and its doubt in two parts: what the photo lost, and what the network lacks.

Kendall, Gal 2017 (arXiv:1703.04977), eq. 9: the variance of the truth is the mean of the variances that the passes give
(aleatoric) and the variance of their means (epistemic).
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from desktop_app.api import Map, Result, Run, ToolError
from plugins.uncertainty.common.predictions import FEWEST, said_early
from plugins.uncertainty.common.spreads import levels_of, own_deviation, spread_of, spread_report
from plugins.uncertainty.common.standing import standing_of
from plugins.uncertainty.mc_dropout.dropout import SplitBatchError, dropout_layers, dropping, of_passes, together
from plugins.uncertainty.mc_dropout.trunk import shared_trunk

__all__ = ["question"]

METHOD = "uncertainty.mc_dropout"
_CAVEAT = "a spread, not an interval: what the network and all its thinned copies get wrong alike does not show"
_MEANINGS = {
    "total": "How far the restored value may be off, as a standard deviation: both of the other maps together.",
    "epistemic": "How far the network's thinned copies lie apart, as a standard deviation: what it has not learnt.",
    "aleatoric": "How far the value may be off because of what the photo has lost, as a standard deviation.",
}


def question(images: Tensor, passes: int, run: Run) -> Result:
    """Restore photos ``(N, C, H, W)`` float32, nominally in [0, 1], as they are and in passes with dropout.

    Returns
    -------
    Result
        The plain restoration; the map ``epistemic``, and where the restoration says something of its own error also
        ``total`` and ``aleatoric``, in 8-bit levels.

    Raises
    ------
    ToolError
        If the restoration runs no network with dropout.
    """
    target = run.target
    if not target.networks:
        raise ToolError(f"expected a restoration whose network has dropout (denoise.deep), got {target.tool}, which "
                        "runs none; choose another, or use uncertainty.tta")
    layers = [layer for network in target.networks for layer in dropout_layers(network)]
    variances: list[Tensor] = []
    with torch.no_grad():
        run.progress(0.0, "the photo as it is", until=1 / (1 + passes))
        plain = target(images)
        _, deviation, count = spread_of(_passes(images, passes, layers, run, variances))
    found = {"epistemic": levels_of(deviation)}
    if variances:
        aleatoric = variances[0] / count
        total = (aleatoric + found["epistemic"].square()).sqrt()
        found = {"total": total, **found, "aleatoric": aleatoric.sqrt()}
    maps = [
        Map(name=name, values=values, kind="uncertainty", unit="levels", meaning=_MEANINGS[name],
            **standing_of(f"{METHOD}:{name}", target.tool))
        for name, values in found.items()
    ]  # fmt: skip
    means = {f"mean_{name}": values.flatten(1).mean(1).tolist() for name, values in found.items()}
    reports = [
        {**report, "passes": count, **{name: values[place] for name, values in means.items()}}
        for place, report in enumerate(spread_report("Monte Carlo dropout", maps[0].values, count, _CAVEAT))
    ]
    return Result(image=plain, maps=maps, reports=said_early(reports, count, passes, "passes"))


def _passes(
    images: Tensor, passes: int, layers: list[torch.nn.Module], run: Run, variances: list[Tensor]
) -> Iterator[Tensor]:
    """Yield the result of each pass; the variances that it gives in squared levels, ``(N, H, W)``, are summed up."""
    most, start = together(images), 0
    while start < passes and not (start >= FEWEST and run.ends_early()):
        some = range(start, min(start + most, passes))
        run.progress((1 + start) / (1 + passes), f"pass {start + 1} of {passes}", until=(1 + some.stop) / (1 + passes))
        try:
            result = _dropped(images, some, layers, run)
        except SplitBatchError:
            if most == 1:
                raise
            most = 1  # the restoration hands its photos to the network one by one
            continue
        start = some.stop
        own = own_deviation(result)
        if own is not None:
            part = own.square().view(len(some), len(images), *own.shape[1:]).sum(0)
            variances[:] = [variances[0] + part] if variances else [part]
        assert result.image is not None  # a restoration gives one
        yield from result.image.float().chunk(len(some))


def _dropped(images: Tensor, some: range, layers: list[torch.nn.Module], run: Run) -> Result:
    """Return the results of some passes, one after the other in one batch."""
    masks = of_passes(some, run.seeds)
    with dropping(layers, masks, is_kept=True), shared_trunk(run.target.networks, layers, len(some)):
        return run.call(run.target.tool, images.repeat(len(some), 1, 1, 1), run.target.params,
                        seeds=[*run.seeds] * len(some))  # fmt: skip
