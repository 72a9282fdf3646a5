"""The spread of a restoration that draws at random, over its seeds."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from desktop_app.api import Result, Run, ToolError
from plugins.uncertainty.common.spreads import levels_of, spread_map, spread_of, spread_report
from plugins.uncertainty.seeds.descriptor import SeedsParams

_CAVEAT = "a spread, not an interval: an error that all draws share does not show"
_MEANING = "How far the restored values lie apart from draw to draw, as a standard deviation."


def run(images: Tensor, params: SeedsParams, run: Run) -> Result:
    """Restore photos ``(N, C, H, W)`` float32, nominally in [0, 1], from several seeds; the first draw is the picture.

    Raises
    ------
    ToolError
        If all draws are the same.
    """
    first: list[Tensor] = []
    with torch.no_grad():
        _, deviation, count = spread_of(_draws(images, params.runs, run, first))
    levels = levels_of(deviation)
    if not bool(levels.any()):
        raise ToolError(f"expected a restoration that draws at random, got {run.target.tool}, whose results are all "
                        "the same; use uncertainty.tta")
    reports = spread_report("spread over seeds", levels, count, _CAVEAT)
    return Result(image=first[0], maps=[spread_map(levels, _MEANING)], reports=reports)


def _draws(images: Tensor, runs: int, run: Run, first: list[Tensor]) -> Iterator[Tensor]:
    """Yield the result of each seed; a photo's own is the first, so that its picture is what the tool itself gives."""
    for index in range(runs):
        run.progress(index / runs, f"draw {index + 1} of {runs}", until=(index + 1) / runs)
        result = run.target(images, [seed + index for seed in run.seeds]).float()
        if not first:
            first.append(result)
        yield result
