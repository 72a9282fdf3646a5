"""The trunk with a second picture to go by: what a coarser pass or another method made of the same photo."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from plugins.restoration.common.unet import UNTOLD, WIDTHS, RestorationUnet

__all__ = ["GuidedUnet"]

_UNKNOWN = 0.1  # as the trunk has it


class GuidedUnet(RestorationUnet):
    """Restore photos with the help of another picture of the same scene.

    The other picture enters by a convolution beside the trunk's first, as its difference from the photo. Its weights
    start at zero: with the trunk's own weights the network starts as the trunk.
    """

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__(dropout)
        self.guide = nn.Conv2d(4 * 3, WIDTHS[0], 3, padding=1, bias=False)
        nn.init.zeros_(self.guide.weight)

    def guided(self, images: Tensor, guides: Tensor, noise_std: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return mean and log variance of the clean photos, as `RestorationUnet.moments`.

        Parameters
        ----------
        images : Tensor
            ``(N, 1 or 3, H, W)`` float32, nominally in [0, 1], H and W multiples of 8.
        guides : Tensor
            Of the same shape.
        noise_std : Tensor, optional
            ``(N, 1, 1, 1)``, of values in [0, 1]; found by the network where it is not given.
        """
        features = self._stem(images.expand(-1, 3, -1, -1), guides.expand(-1, 3, -1, -1), noise_std)
        fine = self.down_fine(features)
        middle = self.down_middle(self.to_middle(fine))
        return self.in_photo(images, self.decoded((fine, middle, self.bottom(self.to_coarse(middle)))))

    def _stem(self, images: Tensor, guides: Tensor, noise_std: Tensor | None) -> Tensor:
        told = images.new_full((len(images), 1, 1, 1), UNTOLD) if noise_std is None else noise_std
        noise = told.expand(-1, -1, images.shape[-2] // 2, images.shape[-1] // 2)
        conditions = [noise.clamp(min=0.0), torch.where(noise < 0.0, _UNKNOWN, 0.0)]
        features = self.stem(torch.cat([F.pixel_unshuffle(images, 2), *conditions], dim=1))
        found: Tensor = features + self.guide(F.pixel_unshuffle(guides - images, 2))
        return found
