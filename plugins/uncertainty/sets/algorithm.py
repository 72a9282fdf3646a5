"""The classes among which the right one is as often as stated, by split conformal prediction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Result, Run, ToolError
from desktop_app.numerics.conformal_sets import PENALTY, fewest_for, gathered, threshold
from plugins.uncertainty.common.guard import guarded
from plugins.uncertainty.common.known import Known, asked, needed
from plugins.uncertainty.common.predictions import answer, named, shares_of
from plugins.uncertainty.sets.descriptor import SetsParams

_PARTS = 10
_CAVEAT = "the promise is about photos like the known ones; for another kind of photo it does not hold"


def run(images: Tensor, params: SetsParams, run: Run) -> Result:
    """Ask a classifier about photos ``(N, C, H, W)`` float32; clipped to [0, 1] for the model.

    Returns
    -------
    Result
        Reports with ``set``, never empty, likeliest class first, and the coverage on known photos that it was not set
        on; the sets as an artifact ``(N, K)`` of 0 and 1.

    Raises
    ------
    ToolError
        If there are no known photos, or too few for α.
    """
    run.check()
    seen = asked(run.model, images.detach().clamp(0.0, 1.0))
    known = needed(run.model, seen, run)
    if len(known.classes) < fewest_for(params.alpha):
        raise ToolError(f"expected {fewest_for(params.alpha)} known photos or more for α = {params.alpha:g}, got "
                        f"{len(known.classes)}; evaluate more photos, or raise α")
    penalty = PENALTY if params.method == "raps" else 0.0
    limit, facts = _set_by(known, penalty, params.alpha)
    shares = seen.logits.softmax(1)
    members = gathered(shares, penalty) <= limit
    reports = [
        _report(answer(f"conformal set, {params.method.upper()}", one, run.model), one, mine, run.model.labels, params)
        | facts | {"checked": known.checked | facts["checked"], "caveats": [_CAVEAT]}
        for one, mine in zip(shares, members, strict=True)
    ]
    artifacts = {**shares_of(shares), "sets": members.float()}
    return Result(reports=guarded(reports, seen, run.model, run), artifacts=artifacts)


def _set_by(known: Known, penalty: float, alpha: float) -> tuple[float, dict[str, Any]]:
    """Return the threshold, and what thresholds of nine tenths of the known photos gave on the other tenths."""
    needs = gathered(known.seen.logits.softmax(1), penalty)
    own = needs.gather(1, known.classes[:, None])[:, 0]
    held, sizes = 0.0, 0.0
    for part in torch.randperm(len(own), generator=torch.Generator().manual_seed(1)).to(own.device).chunk(_PARTS):
        others = torch.ones(len(own), dtype=torch.bool, device=own.device).index_fill(0, part, False)
        limit = threshold(own[others], alpha)
        held += float((own[part] <= limit).sum())
        sizes += float((needs[part] <= limit).sum())
    checked = {"alpha": alpha, "coverage_elsewhere": held / len(own), "mean_size_elsewhere": sizes / len(own)}
    return threshold(own, alpha), {"standing": "calibrated", "checked": checked}


def _report(
    said: dict[str, Any], shares: Tensor, members: Tensor, labels: Sequence[str], params: SetsParams
) -> dict[str, Any]:
    order = [index for index in shares.argsort(descending=True).tolist() if bool(members[index])]
    names = [named(index, labels) for index in order]
    return {**said, "mutual_information": None, "target_coverage": 1.0 - params.alpha, "set": names, "size": len(names)}
