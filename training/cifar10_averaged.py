"""What the recipes of small CIFAR-10 nets share that are taught by more than a lesson of one batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from training.cifar10_resnet import Cifar10Training
from training.optimisation import Schedule

__all__ = ["AveragedTraining"]


@dataclass(frozen=True)
class AveragedTraining:
    """By AdamW along half a cosine, its weights averaged.

    Parameters
    ----------
    given : Cifar10Training
        The photos, split and padded, and the recipe.
    """

    given: Cifar10Training

    @property
    def name(self) -> str:
        """The net's."""
        return self.given.name

    @cached_property
    def schedule(self) -> Schedule:
        """How long and how fast; looked at once an epoch."""
        recipe, per_epoch = self.given.recipe, self.given.per_epoch
        return Schedule(recipe.epochs * per_epoch, recipe.rate, 50, weight_decay=recipe.weight_decay, average=0.99,
                        every=per_epoch, seed=recipe.seed)  # fmt: skip

    @property
    def options(self) -> Mapping[str, Any]:
        """What else decides the result."""
        return self.given.options
