"""AutoAttack (Croce, Hein 2020, section 5): auto-PGD on cross-entropy, then on targeted ratios of logits, FAB, squares.

Each is called with the photos that still hold out; a photo that is fooled leaves the batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from plugins.attack.auto.descriptor import AutoParams
from plugins.attack.common.iterates import Best
from plugins.attack.common.losses import begun, entropy_objective
from plugins.attack.common.masking import black_box_sign, signs

_HELD = (
    "the model held out against all attacks of the standard; more steps and queries look further, and an attack that "
    "is made for its defence harder still"
)
_SHARES = (0.0, 0.15, 0.5, 0.8, 1.0)  # of the time, roughly


def run(images: Tensor, params: AutoParams, run: Run) -> Result:
    """Fool a classifier about photos ``(N, C, H, W)`` float32 in [0, 1] within their budget, by whatever works.

    Errors are those of `begun`.
    """
    clean, goal = begun(images, params, run)
    best = Best.of(clean, entropy_objective(run.model, goal))
    by: list[str | None] = [None] * len(clean)
    masking = list(signs(run.model, clean)) if params.eps > 0 else []
    for (tool, own), begins, ends in zip(_standard(params), _SHARES, _SHARES[1:], strict=False):
        some = best.unfinished
        if not len(some):
            break
        run.progress(begins, tool, until=ends)
        shared = {"norm": params.norm, "eps": params.eps, "target_class": params.target_class,
                  "true_class": params.true_class}  # fmt: skip
        seeds = [run.seeds[place] for place in some.tolist()]
        mask = None if run.mask is None else run.mask[some]
        found = run.call(tool, clean[some], {**shared, **own}, seeds=seeds, mask=mask).image
        assert found is not None  # the contract of an attack
        with torch.no_grad():
            before = best.is_found.tolist()
            best.keep(found, *entropy_objective(run.model, goal.of_some(some))(found), some)
        by = [tool if now and not then else name for now, then, name in zip(best.is_found.tolist(), before, by,
                                                                             strict=True)]  # fmt: skip
    masking += black_box_sign(by.count("attack.square"))
    return Result(image=best.images, reports=[_report(name, masking) for name in by])


def _standard(params: AutoParams) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the attacks of the standard with what is their own."""
    yield "attack.apgd", {"loss": "ce", "steps": params.steps}
    if params.target_class is None:
        yield "attack.apgd", {"loss": "dlr_targeted", "steps": params.steps, "targets": params.targets}
    yield "attack.fab", {"steps": params.steps, "targets": params.targets, "within_budget": True}
    yield "attack.square", {"queries": params.queries}


def _report(by: str | None, masking: list[str]) -> dict[str, Any]:
    return {"fooled_by": by, "masking": masking, "caveats": [*([] if by else [_HELD]), *masking]}
