"""Projected gradient descent on a classifier's cross-entropy (Madry et al. 2018, arXiv:1706.06083)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.projections import within
from plugins.attack.common.iterates import Best
from plugins.attack.common.losses import Goal, Objective, entropy_objective, gradient_of
from plugins.attack.common.starts import uniform_start
from plugins.attack.common.steps import steepest
from plugins.attack.pgd.descriptor import PgdParams

_LEVEL = 1.0 / 255.0
_MASKED = (
    "the gradient at the start of the attack was exactly zero: the model may hide its gradients or be saturated, "
    "and a failed attack says nothing about its robustness"
)


def run(images: Tensor, params: PgdParams, run: Run) -> Result:
    """Move photos within their budget to where the classifier errs most.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32 in [0, 1].
    params : PgdParams
        Norm and budget in 8-bit levels, target, steps, restarts.
    run : Run
        Its ``model`` is attacked; only the photos get gradients.

    Returns
    -------
    Result
        Of every sample the best iterate of all restarts: one that succeeds, and among those the one with the largest
        loss. In [0, 1] and within the budget.

    Raises
    ------
    ParameterError
        If the model has no such class.
    """
    clean = images.detach().clamp(0.0, 1.0)
    objective = entropy_objective(run.model, Goal.of(run.model, clean, params))
    best = Best.of(clean, objective)
    masked = torch.zeros(len(clean), dtype=torch.bool, device=clean.device)
    for restart in range(params.restarts):
        is_random = params.random_start or restart > 0
        start = uniform_start(clean, params.norm, params.eps * _LEVEL, run) if is_random else clean
        masked |= _climb(clean, start, objective, params, run, best, restart)
    return Result(image=best.images, reports=[_report(hidden, params) for hidden in masked.tolist()])


def _report(is_masked: bool, params: PgdParams) -> dict[str, Any]:
    return {"restarts": params.restarts, "caveats": [_MASKED] if is_masked and params.eps > 0 else []}


def _climb(
    clean: Tensor, start: Tensor, objective: Objective, params: PgdParams, run: Run, best: Best, restart: int
) -> Tensor:
    """Take the steps of one restart; return which samples had no gradient at its start."""
    step_size = 2.5 * params.eps / params.steps if params.step_size is None else params.step_size
    images, masked = start, torch.zeros(len(clean), dtype=torch.bool, device=clean.device)
    for step in range(params.steps):
        run.progress((restart + step / params.steps) / params.restarts, f"step {step + 1} of {params.steps}")
        losses, succeeds, gradient = gradient_of(objective, images)
        best.keep(images, losses, succeeds)
        if step == 0:
            masked = gradient.flatten(1).abs().amax(dim=1) == 0
        # Madry et al., eq. after (2.1): x ← Π(x + α·sign ∇L); in L2 the unit gradient stands for its sign
        moved = step_size * _LEVEL * steepest(gradient, params.norm)
        images = within(images + moved, clean, params.norm, params.eps * _LEVEL)
    with torch.no_grad():
        best.keep(images, *objective(images))
    return masked
