"""The standard deviation that a restoration with a variance head gives of its own error: what the photo has lost."""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Map, Params, Result, Run, ToolError
from plugins.uncertainty.common.spreads import own_deviation, spread_report
from plugins.uncertainty.common.standing import standing_of

_CAVEAT = "the network's own reckoning: on photos unlike those it learnt from it can be small and wrong"


def run(images: Tensor, _params: Params, run: Run) -> Result:
    """Restore photos ``(N, C, H, W)`` float32, nominally in [0, 1], and show what the restoration says of its error.

    Raises
    ------
    ToolError
        If it says nothing of it.
    """
    run.progress(0.0, "restoring", until=0.98)
    with torch.no_grad():
        result = run.call(run.target.tool, images, run.target.params)
    levels = own_deviation(result)
    if levels is None:
        raise ToolError(f"expected a restoration that learnt its own error (denoise.deep), got {run.target.tool}; "
                        "choose another, or use uncertainty.tta")
    shown = Map(
        name="aleatoric", values=levels, kind="uncertainty", unit="levels",
        meaning="How far the restored value may be off because of what the photo has lost, as a standard deviation.",
        **standing_of("uncertainty.heteroscedastic", run.target.tool),
    )
    reports = spread_report("variance head", levels, 1, _CAVEAT)
    return Result(image=result.image, maps=[shown], reports=reports)
