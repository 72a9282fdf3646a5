"""Auto-PGD (Croce, Hein 2020, algorithm 1): momentum, and a step that is halved where the loss no longer rises.

Photos that are fooled leave the batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import torch
from torch import Tensor

from desktop_app.api import Classifier, Result, Run
from desktop_app.numerics.projections import within
from plugins.attack.apgd.descriptor import ApgdParams
from plugins.attack.common.iterates import Best
from plugins.attack.common.losses import (
    Goal,
    Objective,
    cross_entropy,
    gradient_of,
    logit_ratio,
    objective_of,
    targeted_cross_entropy,
)
from plugins.attack.common.starts import uniform_start
from plugins.attack.common.steps import steepest

_MOMENTUM = 0.75  # α of the paper, section 3.2
_RISES = 0.75  # ρ, section 3.3: a smaller share of steps that raise the loss halves the step


def run(images: Tensor, params: ApgdParams, run: Run) -> Result:
    """Move photos ``(N, C, H, W)`` float32 in [0, 1] within their budget to where the loss is largest.

    Raises
    ------
    ParameterError
        If the model has no such class.
    """
    clean = images.detach().clamp(0.0, 1.0)
    goal = Goal.of(run.model, clean, params)
    best = Best.of(clean, _objective(run.model, goal, params))
    for restart in range(params.restarts):
        some = best.unfinished
        if not len(some):
            break
        start = uniform_start(clean, params.norm, params.eps / 255.0, run)
        _Climb.of(clean, start, some, run, params).all_steps(goal, best, restart)
    return Result(image=best.images, reports=[{"restarts": params.restarts} for _ in clean])


def _objective(model: Classifier, goal: Goal, params: ApgdParams) -> Objective:
    if goal.is_targeted:
        return objective_of(model, goal, targeted_cross_entropy)
    has_ratio = params.loss == "dlr" and len(model.labels) >= 3
    return objective_of(model, goal, logit_ratio if has_ratio else cross_entropy)


def checkpoints(steps: int) -> list[int]:
    """Return the steps at which the step size is judged (section 3.3): first after 22%, then ever sooner."""
    shares = [0.0, 0.22]
    while shares[-1] < 1.0:
        shares.append(shares[-1] + max(shares[-1] - shares[-2] - 0.03, 0.06))
    return sorted({ceil(share * steps - 1e-9) for share in shares[1:] if share <= 1.0})


@dataclass
class _Climb:
    """One restart of the samples that are left; each tensor's first dimension is theirs."""

    run: Run
    params: ApgdParams
    samples: Tensor
    clean: Tensor
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
    def of(cls, clean: Tensor, start: Tensor, samples: Tensor, run: Run, params: ApgdParams) -> _Climb:
        at, some = clean[samples], start[samples]
        lowest = torch.full((len(samples),), -torch.inf, device=clean.device)
        step = torch.full((len(samples), 1, 1, 1), 2.0 * params.eps / 255.0, device=clean.device)
        return cls(run, params, samples, at, some, some, some, torch.zeros_like(some), lowest, step,
                   torch.zeros_like(lowest), lowest.clone(), step.clone())  # fmt: skip

    def all_steps(self, goal: Goal, best: Best, restart: int) -> None:
        """Climb, keep what is better, and let go of who is fooled."""
        params, judged = self.params, checkpoints(self.params.steps)
        last = torch.full_like(self.most, -torch.inf)
        begun = 0
        for index in range(params.steps + 1):
            done = (restart + index / (params.steps + 1)) / params.restarts
            self.run.progress(done, f"step {index} of {params.steps}")
            objective = _objective(self.run.model, goal.of_some(self.samples), params)
            losses, succeeds, gradient = gradient_of(objective, self.images)
            best.keep(self.images, losses, succeeds, self.samples)
            self.rises += losses > last
            last = losses
            self._remember(losses, gradient)
            if bool(succeeds.all()):
                return
            if bool(succeeds.any()):
                last, gradient = last[~succeeds], gradient[~succeeds]
                self._leave(~succeeds)
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
        for name in ("samples", "clean", "images", "before", "highest", "slope", "most", "step", "rises", "most_then",
                     "step_then"):  # fmt: skip
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
        norm, radius = self.params.norm, self.params.eps / 255.0
        ahead = within(self.images + self.step * steepest(gradient, norm), self.clean, norm, radius)
        share = 1.0 if is_first else _MOMENTUM
        moved = self.images + share * (ahead - self.images) + (1.0 - share) * (self.images - self.before)
        self.before, self.images = self.images, within(moved, self.clean, norm, radius)
