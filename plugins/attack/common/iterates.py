"""Which of an attack's many pictures to keep, sample by sample."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from plugins.attack.common.losses import Objective


@dataclass
class Best:
    """The best photos so far ``(N, C, H, W)``, their losses ``(N,)`` and whether they succeed ``(N,)`` bool."""

    images: Tensor
    losses: Tensor
    succeeds: Tensor

    @classmethod
    def of(cls, images: Tensor, objective: Objective) -> Best:
        """Begin with the photos themselves."""
        with torch.no_grad():
            return cls(images.clone(), *objective(images))

    @property
    def unfinished(self) -> Tensor:
        """The samples that have not succeeded yet, ``(M,)``: what an attack that stops early goes on with."""
        return (~self.succeeds).nonzero()[:, 0]

    def keep(self, images: Tensor, losses: Tensor, succeeds: Tensor, samples: Tensor | None = None) -> None:
        """Take over what is better: success first, then the larger loss.

        Parameters
        ----------
        images, losses, succeeds : Tensor
            ``(M, C, H, W)``, ``(M,)`` and ``(M,)`` bool.
        samples : Tensor, optional
            Which samples they are, ``(M,)``, as `unfinished` had them; all of them by default.
        """
        where = torch.arange(len(self.images), device=images.device) if samples is None else samples
        before = self.succeeds[where]
        is_better = (succeeds & ~before) | ((succeeds == before) & (losses > self.losses[where]))
        better = where[is_better]
        self.images[better] = images[is_better]
        self.losses[better] = losses[is_better]
        self.succeeds[where] = before | succeeds
