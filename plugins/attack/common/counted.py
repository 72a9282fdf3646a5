"""What attacks share that look by answers alone: the best photos so far, and no answer more than is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from desktop_app.api import GoalParams, Run
from plugins.attack.common.iterates import Best
from plugins.attack.common.losses import MET, MISSED, PRINTED, Goal, Loss, margin, objective_of, targeted_margin

_TRY = (
    "answers alone found nothing: more queries look further, and where the model has gradients attack.auto looks harder"
)


@dataclass
class Counted:
    """The best photos by answers alone, and how often the model was asked about each one ``(N,)``, on the CPU.

    A try may cost two answers: a photo that meets the wish is asked about as an 8-bit file, too. So one that has fewer
    than two left is let go, and none is asked about more often than is allowed.
    """

    run: Run
    goal: Goal
    best: Best
    asked: Tensor
    most: int

    @classmethod
    def begun(cls, images: Tensor, params: GoalParams, run: Run, most: int) -> Counted:
        """Ask once about photos ``(N, C, H, W)`` float32: from that come goal, loss and what is met.

        What meets the wish already is the host's to give back, and done.

        Raises
        ------
        ParameterError
            If the model has no such class.
        """
        clean = images.detach().clamp(0.0, 1.0)
        with torch.no_grad():
            logits = run.model(clean).float()
        goal = Goal.of_answers(run.model, logits, params)
        met = torch.where(goal.is_met(logits), PRINTED, MISSED)
        best = Best(clean.clone(), cls._loss(goal)(logits, goal.classes), met)
        return cls(run, goal, best, torch.ones(len(clean), dtype=torch.int64), most)

    @staticmethod
    def _loss(goal: Goal) -> Loss:
        return targeted_margin if goal.is_targeted else margin

    @property
    def unfinished(self) -> Tensor:
        """The samples ``(M,)`` that go on: not fooled as 8-bit files yet, and with answers left for a try."""
        some = self.best.unfinished
        return some[self.affords(some)]

    def affords(self, some: Tensor) -> Tensor:
        """Return which samples ``(M,)`` have answers left for a try, ``(M,)`` bool."""
        return (self.asked[some.cpu()] + 2 <= self.most).to(some.device)

    def ask(self, tried: Tensor, some: Tensor) -> tuple[Tensor, Tensor]:
        """Return losses and how far the wish is met, ``(M,)``, of photos ``(M, C, H, W)`` of samples ``(M,)``."""
        goal = self.goal.of_some(some)
        losses, met = objective_of(self.run.model, goal, self._loss(goal))(tried)
        self.asked[some.cpu()] += 1 + (met >= MET).long().cpu()
        return losses, met

    def reports(self) -> list[dict[str, Any]]:
        """Return what is said of each sample: its answers, and where they did not suffice, what looks harder."""
        told = zip(self.asked.tolist(), self.best.is_found.tolist(), strict=True)
        return [{"queries": count, "caveats": [] if is_found else [_TRY]} for count, is_found in told]
