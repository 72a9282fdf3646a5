"""The classes among which the right one is as often as stated, by split conformal prediction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Result, Run, ToolError
from desktop_app.numerics.conformal_sets import fewest_for, gathered, regularisation, threshold
from plugins.uncertainty.common.guard import guarded
from plugins.uncertainty.common.known import Known, asked, needed
from plugins.uncertainty.common.predictions import answer, named, shares_of
from plugins.uncertainty.sets.descriptor import SetsParams

_PARTS = 10
_CHOOSING = 5  # every so many of the known photos choose RAPS's penalty
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
        raise ToolError(
            f"expected {fewest_for(params.alpha)} known photos or more for α = {params.alpha:g}, got "
            f"{len(known.classes)}; evaluate more photos, or raise α"
        )
    rule = _set_by(known, params)
    shares = seen.logits.softmax(1)
    members = gathered(shares, rule.penalty, rule.free_rank) <= rule.limit
    reports = [
        _report(answer(f"conformal set, {params.method.upper()}", one, run.model), one, mine, run.model.labels, params)
        | {"standing": "calibrated", "checked": known.checked | rule.checked, "caveats": [_CAVEAT]}
        for one, mine in zip(shares, members, strict=True)
    ]
    artifacts = {**shares_of(shares), "sets": members.float()}
    return Result(reports=guarded(reports, seen, run.model, run), artifacts=artifacts)


@dataclass(frozen=True)
class _Rule:
    """What classes may gather, by which penalty and free rank, and how it did on known photos that did not set it."""

    penalty: float
    free_rank: int
    limit: float
    checked: dict[str, Any]


def _set_by(known: Known, params: SetsParams) -> _Rule:
    """Return the rule of the known photos: a fifth of them choose RAPS's penalty, the others set the threshold.

    Where those would be too few, nothing is chosen, and it is APS.
    """
    shares, classes, alpha = known.seen.logits.softmax(1), known.classes, params.alpha
    order = torch.randperm(len(classes), generator=torch.Generator().manual_seed(1)).to(classes.device)
    choosing, setting = order.tensor_split([len(order) // _CHOOSING])
    penalty, free_rank = 0.0, 1
    if params.method != "raps" or len(setting) < fewest_for(alpha):
        setting = order
    else:
        penalty, free_rank = regularisation(shares[choosing], classes[choosing], alpha)
    needs = gathered(shares[setting], penalty, free_rank)
    own = needs.gather(1, classes[setting, None])[:, 0]
    held, sizes = 0.0, 0.0
    for part in torch.arange(len(own), device=own.device).chunk(_PARTS):
        others = torch.ones(len(own), dtype=torch.bool, device=own.device).index_fill(0, part, False)
        limit = threshold(own[others], alpha)
        held += float((own[part] <= limit).sum())
        sizes += float((needs[part] <= limit).sum())
    checked = {"alpha": alpha, "coverage_elsewhere": held / len(own), "mean_size_elsewhere": sizes / len(own)}
    return _Rule(penalty, free_rank, threshold(own, alpha), checked)


def _report(
    said: dict[str, Any], shares: Tensor, members: Tensor, labels: Sequence[str], params: SetsParams
) -> dict[str, Any]:
    order = [index for index in shares.argsort(descending=True).tolist() if bool(members[index])]
    names = [named(index, labels) for index in order]
    return {**said, "mutual_information": None, "target_coverage": 1.0 - params.alpha, "set": names, "size": len(names)}
