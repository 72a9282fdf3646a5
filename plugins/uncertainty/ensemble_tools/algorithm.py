"""What one tool made up, another hardly makes up the same way: the spread of several results, and their mean."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from desktop_app.api import Params, Result, Run, ToolError
from plugins.uncertainty.common.spreads import levels_of, spread_map, spread_of, spread_report

_CAVEAT = "a spread, not an interval: an error that all of the tools share does not show"
_MEANING = "How far the tools' results lie apart, as a standard deviation."


def run(images: Tensor, _params: Params, run: Run) -> Result:
    """Restore photos ``(N, C, H, W)`` float32, nominally in [0, 1], with each target.

    Raises
    ------
    ToolError
        If there is only one, or their results differ in size.
    """
    if len(run.targets) < 2:
        raise ToolError("expected two or more restorations, got one; name another, or use uncertainty.tta")
    with torch.no_grad():
        mean, deviation, count = spread_of(_results(images, run))
    levels = levels_of(deviation)
    reports = [
        report | {"tools": [target.tool for target in run.targets]}
        for report in spread_report("disagreement of tools", levels, count, _CAVEAT)
    ]
    return Result(image=mean, maps=[spread_map(levels, _MEANING)], reports=reports)


def _results(images: Tensor, run: Run) -> Iterator[Tensor]:
    shape, count = None, len(run.targets)
    for index, target in enumerate(run.targets):
        run.progress(index / count, target.tool, until=(index + 1) / count)
        result = target(images).float()
        if shape is not None and result.shape != shape:
            sizes = " and ".join(f"{size[-1]}×{size[-2]}" for size in (shape, result.shape))
            raise ToolError(f"expected results of one size, got {sizes}; choose tools of the same scale")
        shape = result.shape
        yield result
