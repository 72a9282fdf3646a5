"""Projected gradient descent on a classifier's cross-entropy (Madry et al. 2018, arXiv:1706.06083)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from plugins.attack.common.balls import Ball, best_within, reports_of
from plugins.attack.common.iterates import Best
from plugins.attack.common.losses import PRINTED, Goal, begun, entropy_objective, gradient_of
from plugins.attack.common.steps import steepest
from plugins.attack.pgd.descriptor import PgdParams

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
        loss. Where all steps are asked for, the last of an attempt that succeeds, as other programs give it, or the
        last if none does. In [0, 1] and within the budget.

    Errors are those of `begun`.
    """
    clean, goal = begun(images, params, run)
    best = Best.of(clean, entropy_objective(run.model, goal, params.draws))
    masked = torch.zeros(len(clean), dtype=torch.bool, device=clean.device)

    def climb(ball: Ball, start: Tensor, best: Best, progress: Callable[[float], None]) -> None:
        _climb(ball, start, best, progress, goal, params, run, masked)

    best_within(clean, best, params, run, climb, at_random=params.random_start, stops=params.stop_early)
    reports = reports_of(best, clean, params)
    for report, is_masked in zip(reports, masked.tolist(), strict=True):
        report["caveats"] += [_MASKED] if is_masked and params.eps > 0 else []
    return Result(image=best.images, reports=reports)


def _climb(
    ball: Ball, images: Tensor, best: Best, progress: Callable[[float], None], goal: Goal, params: PgdParams, run: Run,
    masked: Tensor,
) -> None:  # fmt: skip
    """Take the steps of one attempt; mark which samples had no gradient at its start."""
    share = 2.5 / params.steps
    attempt = Best.without(ball.clean)
    for step in range(params.steps + 1):
        progress(step / (params.steps + 1))
        objective = entropy_objective(run.model, goal.of_some(ball.samples), params.draws)
        if step == params.steps:
            with torch.no_grad():
                losses, met = objective(images)
        else:
            losses, met, gradient = gradient_of(objective, images)
        if params.stop_early:
            best.keep(images, losses, met, ball.samples)
        else:
            attempt.keep_latest(images, losses, met)
        if step == params.steps:
            break
        if step == 0:
            masked[ball.samples] |= gradient.flatten(1).abs().amax(dim=1) == 0
        if params.stop_early and bool((met == PRINTED).any()):
            stays = met < PRINTED
            ball, images, gradient = ball.of(stays), images[stays], gradient[stays]
            if not len(images):
                return
        # Madry et al., eq. after (2.1): x ← Π(x + α·sign ∇L); in L2 the unit gradient stands for its sign
        size = share * ball.radii if params.step_size is None else params.step_size / 255.0
        images = ball.holds(images + size * steepest(ball.slopes(gradient), params.norm, images), params)
    if not params.stop_early:
        best.keep(attempt.images, attempt.losses, attempt.met, ball.samples)
