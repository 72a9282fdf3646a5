"""What an attack on a classifier makes rise, and when it has its wish.

A loss takes logits ``(N, K)`` and classes ``(N,)`` and gives ``(N,)``, the larger the better for the attack: away from
the class, or, where its name says so, towards it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.api import Classifier, GoalParams, ParameterError, Run, class_index

Loss = Callable[..., Tensor]
"""Of logits and classes, and where it goes from some towards others of these, too."""
Objective = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Of photos ``(N, C, H, W)``: what is to rise, ``(N,)``, and how far the wish is met, ``(N,)`` int64: `MISSED`, `MET`,
or `PRINTED` where it still is once the photo has been rounded to 8 bits."""

MISSED, MET, PRINTED = 0, 1, 2

_LEAST_SPAN = 1e-12  # of logits, by which one divides


def cross_entropy(logits: Tensor, classes: Tensor) -> Tensor:
    """Return minus the log of the share ``(N,)`` that a model gives to classes."""
    return F.cross_entropy(logits, classes, reduction="none")


def targeted_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the log of the share ``(N,)`` that a model gives to targets."""
    return -cross_entropy(logits, targets)


def margin(logits: Tensor, classes: Tensor) -> Tensor:
    """Return by how much the best other class leads, ``(N,)``: above 0 where the model says something else."""
    own = logits.gather(1, classes[:, None])
    others = logits.scatter(1, classes[:, None], -torch.inf)
    return others.amax(1) - own[:, 0]


def targeted_margin(logits: Tensor, targets: Tensor) -> Tensor:
    """Return by how much targets lead the best other class, ``(N,)``."""
    return -margin(logits, targets)


def logit_ratio(logits: Tensor, classes: Tensor) -> Tensor:
    """Return the difference-of-logits ratio: the margin over the lead of the first logit before the third, ``(N,)``.

    It depends neither on the logits' scale nor on their mean: Croce, Hein 2020, arXiv:2003.01690, eq. 6.

    Raises
    ------
    ParameterError
        If the model knows fewer than three classes.
    """
    top = _highest(logits, 3)
    return margin(logits, classes) / (top[:, 0] - top[:, 2]).clamp_min(_LEAST_SPAN)


def targeted_logit_ratio(logits: Tensor, classes: Tensor, targets: Tensor) -> Tensor:
    """Return the difference-of-logits ratio from classes towards targets, ``(N,)``: Croce, Hein 2020, eq. 7.

    Four classes are the fewest; see `logit_ratio`.
    """
    top = _highest(logits, 4)
    span = top[:, 0] - (top[:, 2] + top[:, 3]) / 2.0
    return lead(logits, classes, targets) / span.clamp_min(_LEAST_SPAN)


def lead(logits: Tensor, classes: Tensor, targets: Tensor) -> Tensor:
    """Return by how much the logits of targets lead those of classes, ``(N,)``."""
    return (logits.gather(1, targets[:, None]) - logits.gather(1, classes[:, None]))[:, 0]


def _highest(logits: Tensor, count: int) -> Tensor:
    if logits.shape[1] < count:
        raise ParameterError(
            f"expected a model of at least {count} classes for this loss, got {logits.shape[1]}; use cross-entropy"
        )
    return logits.topk(count, dim=1).values


@dataclass(frozen=True)
class Goal:
    """What an attack is after: to leave classes ``(N,)``, perhaps towards others ``(N,)``, or to reach them."""

    classes: Tensor
    is_targeted: bool
    towards: Tensor | None = None

    @classmethod
    def of(cls, model: Classifier, images: Tensor, params: GoalParams) -> Goal:
        """Return the goal that parameters state; by default, to leave the model's answers to photos ``(N, C, H, W)``.

        Raises
        ------
        ParameterError
            If the model has no such class.
        """
        stated = cls._stated(model, images, params)
        if stated is not None:
            return stated
        with torch.no_grad():
            return cls(model(images).argmax(dim=1), False)

    @classmethod
    def of_answers(cls, model: Classifier, logits: Tensor, params: GoalParams) -> Goal:
        """Return the same goal, for who has the model's answers to the photos already: logits ``(N, K)``."""
        stated = cls._stated(model, logits, params)
        return cls(logits.argmax(dim=1), False) if stated is None else stated

    @classmethod
    def _stated(cls, model: Classifier, samples: Tensor, params: GoalParams) -> Goal | None:
        target = class_index(model.labels, params.target_class)
        wanted = target if target is not None else class_index(model.labels, params.true_class)
        if wanted is None:
            return None
        return cls(torch.full((len(samples),), wanted, device=samples.device), target is not None)

    def of_some(self, samples: Tensor) -> Goal:
        """Return the goal of some samples, ``(M,)`` int64."""
        towards = None if self.towards is None else self.towards[samples]
        return replace(self, classes=self.classes[samples], towards=towards)

    @property
    def classes_of_loss(self) -> tuple[Tensor, ...]:
        """What a loss is given beside the logits."""
        return (self.classes,) if self.towards is None else (self.classes, self.towards)

    def is_met(self, logits: Tensor) -> Tensor:
        """Return whether answers ``(N, K)`` are what the attack wants, ``(N,)`` bool."""
        answers = logits.detach().argmax(dim=1)
        return answers == self.classes if self.is_targeted else answers != self.classes


def begun(images: Tensor, params: GoalParams, run: Run) -> tuple[Tensor, Goal]:
    """Return where an attack starts: photos ``(N, C, H, W)`` float32 clipped to [0, 1], and what it is after.

    Raises
    ------
    ParameterError
        If the model has no such class.
    """
    clean = images.detach().clamp(0.0, 1.0)
    return clean, Goal.of(run.model, clean, params)


def likeliest_others(logits: Tensor, classes: Tensor, count: int) -> Tensor:
    """Return which classes come next to ``(N,)`` in logits ``(N, K)``, ``(N, M)`` with M of at most K - 1."""
    others = logits.scatter(1, classes[:, None], -torch.inf)
    return others.topk(min(count, logits.shape[1] - 1), dim=1).indices


def foremost(logits: Tensor, classes: Tensor) -> Tensor:
    """Return which class other than ``(N,)`` comes first in logits ``(N, K)``, ``(N,)``."""
    return likeliest_others(logits.detach(), classes, 1)[:, 0]


def entropy_objective(model: Classifier, goal: Goal, draws: int = 1) -> Objective:
    """Return cross-entropy, towards the goal, as a function of photos in [0, 1]."""
    return objective_of(model, goal, targeted_cross_entropy if goal.is_targeted else cross_entropy, draws)


def objective_of(model: Classifier, goal: Goal, loss: Loss, draws: int = 1) -> Objective:
    """Return a loss at the goal's classes, and how far the goal is met, as a function of photos in [0, 1].

    Parameters
    ----------
    model : Classifier
        Asked once, where the goal is met once more, about photos rounded to 8 bits.
    goal : Goal
        Of as many samples as the photos.
    loss : callable
        Of the logits and the goal's classes.
    draws : int
        How often a model that answers by chance is asked; losses and answers are averaged (Athalye et al. 2018,
        arXiv:1802.00420, section 3.2: expectation over transformation).
    """

    def objective(images: Tensor) -> tuple[Tensor, Tensor]:
        answers = [model(images).float() for _ in range(draws)]
        losses = torch.stack([loss(logits, *goal.classes_of_loss) for logits in answers]).mean(0)
        met = goal.is_met(_averaged(answers)).long()
        some = met.nonzero()[:, 0]
        if len(some):
            with torch.no_grad():
                printed = (images.detach()[some] * 255.0).round() / 255.0
                again = _averaged([model(printed).float() for _ in range(draws)])
                met[some] += goal.of_some(some).is_met(again).long()
        return losses, met

    return objective


def _averaged(answers: list[Tensor]) -> Tensor:
    """Return the mean of what several answers ``(N, K)`` say, by shares where there is more than one."""
    return answers[0] if len(answers) == 1 else torch.stack([logits.softmax(1) for logits in answers]).mean(0)


def gradient_of(objective: Objective, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return losses ``(N,)``, how far the wish is met ``(N,)``, and the losses' gradient ``(N, C, H, W)``."""
    with torch.enable_grad():
        leaf = images.detach().requires_grad_(True)
        losses, met = objective(leaf)
        (gradient,) = torch.autograd.grad(losses.sum(), leaf)
    return losses.detach(), met, gradient
