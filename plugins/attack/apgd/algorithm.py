"""Auto-PGD (Croce, Hein 2020, algorithm 1): momentum, and a step that is halved where the loss no longer rises.

Photos that are fooled leave the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle
from math import ceil

import torch
from torch import Tensor

from desktop_app.api import Classifier, Result, Run
from plugins.attack.apgd.descriptor import ApgdParams
from plugins.attack.common.balls import Ball, best_within, reports_of
from plugins.attack.common.iterates import Best
from plugins.attack.common.losses import (
    PRINTED,
    Goal,
    Loss,
    Objective,
    begun,
    cross_entropy,
    gradient_of,
    lead,
    likeliest_others,
    logit_ratio,
    objective_of,
    targeted_cross_entropy,
    targeted_logit_ratio,
)
from plugins.attack.common.steps import steepest

_MOMENTUM = 0.75  # α of the paper, section 3.2
_RISES = 0.75  # ρ, section 3.3: a smaller share of steps that raise the loss halves the step


def run(images: Tensor, params: ApgdParams, run: Run) -> Result:
    """Move photos ``(N, C, H, W)`` float32 in [0, 1] within their budget to where the loss is largest.

    Errors are those of `begun`.
    """
    clean, goal = begun(images, params, run)
    best = Best.of(clean, _objective(run.model, goal, params))
    goals = list(_goals(run.model, clean, goal, params))
    in_turn = cycle(goals)

    def climb(ball: Ball, start: Tensor, best: Best, progress: Callable[[float], None]) -> None:
        _Climb.of(ball, start, run, params).all_steps(next(in_turn), best, progress)

    best_within(clean, best, params, run, climb, tries=len(goals))
    return Result(image=best.images, reports=reports_of(best, clean, params))


def _goals(model: Classifier, clean: Tensor, goal: Goal, params: ApgdParams) -> Iterator[Goal]:
    """Yield what each attempt of a restart is after: the goal, or ways out of a class towards others in turn."""
    if goal.is_targeted or params.loss != "dlr_targeted":
        yield goal
        return
    with torch.no_grad():
        others = likeliest_others(model(clean).float(), goal.classes, params.targets)
    for towards in others.T:
        yield Goal(goal.classes, is_targeted=False, towards=towards)


def _objective(model: Classifier, goal: Goal, params: ApgdParams) -> Objective:
    count = len(model.labels)
    loss: Loss
    if goal.is_targeted:
        loss = targeted_cross_entropy
    elif goal.towards is not None:
        loss = targeted_logit_ratio if count >= 4 else lead
    else:
        loss = cross_entropy if params.loss == "ce" or count < 3 else logit_ratio
    return objective_of(model, goal, loss, params.draws)


def checkpoints(steps: int) -> list[int]:
    """Return the steps at which the step size is judged (section 3.3): first after 22%, then ever sooner."""
    shares = [0.0, 0.22]
    while shares[-1] < 1.0:
        shares.append(shares[-1] + max(shares[-1] - shares[-2] - 0.03, 0.06))
    return sorted({ceil(share * steps - 1e-9) for share in shares[1:] if share <= 1.0})


@dataclass
class _Climb:
    """One attempt with the samples that are left; each tensor's first dimension is theirs."""

    run: Run
    params: ApgdParams
    ball: Ball
    images: Tensor
    before: Tensor  # the images one step ago
    highest: Tensor  # where the loss was largest
    slope: Tensor  # the gradient there
    most: Tensor
    step: Tensor
    rises: Tensor
    most_then: Tensor  # at the last checkpoint
    step_then: Tensor

    @classmethod
    def of(cls, ball: Ball, start: Tensor, run: Run, params: ApgdParams) -> _Climb:
        lowest = torch.full((len(start),), -torch.inf, device=start.device)
        step = 2.0 * ball.radii
        return cls(run, params, ball, start, start, start, torch.zeros_like(start), lowest, step,
                   torch.zeros_like(lowest), lowest.clone(), step.clone())  # fmt: skip

    def all_steps(self, goal: Goal, best: Best, progress: Callable[[float], None]) -> None:
        """Climb, keep what is better, and let go of who is fooled."""
        params, judged = self.params, checkpoints(self.params.steps)
        last = torch.full_like(self.most, -torch.inf)
        begun = 0
        for index in range(params.steps + 1):
            progress(index / (params.steps + 1))
            objective = _objective(self.run.model, goal.of_some(self.ball.samples), params)
            if index == params.steps:  # nothing is moved any more
                with torch.no_grad():
                    best.keep(self.images, *objective(self.images), self.ball.samples)
                return
            losses, met, gradient = gradient_of(objective, self.images)
            best.keep(self.images, losses, met, self.ball.samples)
            self.rises += losses > last
            last = losses
            self._remember(losses, gradient)
            stays = met < PRINTED
            if not bool(stays.any()):
                return
            if not bool(stays.all()):
                last, gradient = last[stays], gradient[stays]
                self._leave(stays)
            if index in judged:
                gradient, last = self._judge(index - begun, gradient, last)
                begun = index
            self._move(gradient, index == 0)

    def _remember(self, losses: Tensor, gradient: Tensor) -> None:
        is_higher = losses > self.most
        where = is_higher.view(-1, 1, 1, 1)
        self.highest, self.slope = (
            torch.where(where, new, old) for new, old in ((self.images, self.highest), (gradient, self.slope))
        )
        self.most = torch.where(is_higher, losses, self.most)

    def _leave(self, stays: Tensor) -> None:
        self.ball = self.ball.of(stays)
        for name in ("images", "before", "highest", "slope", "most", "step", "rises", "most_then", "step_then"):
            setattr(self, name, getattr(self, name)[stays])

    def _judge(self, steps: int, gradient: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
        """Halve the step of samples that climb too seldom, and take them back to where the loss was largest."""
        is_slow = self.rises < _RISES * steps
        is_stuck = (self.step == self.step_then)[:, 0, 0, 0] & (self.most == self.most_then)
        self.step_then, self.most_then = self.step.clone(), self.most.clone()
        halves = is_slow | is_stuck
        where = halves.view(-1, 1, 1, 1)
        self.step = torch.where(where, self.step / 2.0, self.step)
        self.images = torch.where(where, self.highest, self.images)
        self.before = torch.where(where, self.highest, self.before)
        self.rises = torch.zeros_like(self.rises)
        return torch.where(where, self.slope, gradient), torch.where(halves, self.most, last)

    def _move(self, gradient: Tensor, is_first: bool) -> None:
        steps = self.step * steepest(self.ball.slopes(gradient), self.params.norm, self.images)
        ahead = self.ball.holds(self.images + steps, self.params)
        share = 1.0 if is_first else _MOMENTUM
        moved = self.images + share * (ahead - self.images) + (1.0 - share) * (self.images - self.before)
        self.before, self.images = self.images, self.ball.holds(moved, self.params)
