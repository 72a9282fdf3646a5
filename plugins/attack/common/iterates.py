"""Which of an attack's many pictures to keep, sample by sample."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from plugins.attack.common.losses import MISSED, PRINTED, Objective


@dataclass
class Best:
    """The best photos so far ``(N, C, H, W)``, their losses ``(N,)`` and how far they meet the wish ``(N,)`` int64."""

    images: Tensor
    losses: Tensor
    met: Tensor

    @classmethod
    def of(cls, images: Tensor, objective: Objective) -> Best:
        """Begin with the photos themselves."""
        with torch.no_grad():
            return cls(images.clone(), *objective(images))

    @classmethod
    def without(cls, images: Tensor) -> Best:
        """Begin with nothing that anybody has asked a model about; the photos give shape and device."""
        worst = torch.full((len(images),), -torch.inf, device=images.device)
        return cls(images.clone(), worst, torch.full_like(worst, MISSED, dtype=torch.int64))

    @property
    def unfinished(self) -> Tensor:
        """The samples that an attack which stops early goes on with, ``(M,)``: they lack success as 8-bit files."""
        return (self.met < PRINTED).nonzero()[:, 0]

    @property
    def is_found(self) -> Tensor:
        """Whether a sample meets the wish as it is, ``(N,)`` bool."""
        return self.met > MISSED

    def keep(self, images: Tensor, losses: Tensor, met: Tensor, samples: Tensor | None = None) -> None:
        """Take over what is better: success first, in 8 bits before all, then the larger loss.

        Parameters
        ----------
        images, losses, met : Tensor
            ``(M, C, H, W)``, ``(M,)`` and ``(M,)`` int64.
        samples : Tensor, optional
            Which samples they are, ``(M,)``, as `unfinished` had them; all of them by default.
        """
        where = torch.arange(len(self.images), device=images.device) if samples is None else samples
        before = self.met[where]
        is_better = (met > before) | ((met == before) & (losses > self.losses[where]))
        better = where[is_better]
        self.images[better] = images[is_better]
        self.losses[better] = losses[is_better]
        self.met[better] = met[is_better]

    def keep_latest(self, images: Tensor, losses: Tensor, met: Tensor) -> None:
        """Take over of all samples, shaped as in `keep`, what meets the wish no less, whatever its loss."""
        is_kept = met >= self.met
        self.images = torch.where(is_kept.view(-1, 1, 1, 1), images, self.images)
        self.losses, self.met = torch.where(is_kept, losses, self.losses), torch.where(is_kept, met, self.met)


@dataclass
class Nearest:
    """The successful photos nearest to the clean ones so far ``(N, C, H, W)``, and how far they are ``(N,)``.

    The distance is infinite where nothing was found, and the photo then the clean one.
    """

    images: Tensor
    sizes: Tensor

    @classmethod
    def of(cls, clean: Tensor) -> Nearest:
        """Begin with nothing found."""
        return cls(clean.clone(), torch.full((len(clean),), torch.inf, device=clean.device))

    @property
    def is_found(self) -> Tensor:
        """Whether a sample has any, ``(N,)`` bool."""
        return self.sizes.isfinite()

    def keep(self, images: Tensor, sizes: Tensor, succeeds: Tensor, samples: Tensor) -> None:
        """Take over photos ``(M, C, H, W)`` of samples ``(M,)`` that succeed, ``(M,)`` bool, and are nearer."""
        is_better = succeeds & (sizes < self.sizes[samples])
        better = samples[is_better]
        self.images[better] = images[is_better]
        self.sizes[better] = sizes[is_better]
