"""The network of drop removal: the trunk, which also tells where drops lie and changes the photo there alone.

After Qian 2018 (arXiv:1711.10098): what is restored is led by a map of attention that is learnt from where the drops
are. There a recurrent network makes the map before another one restores; here both are read from the same features.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from plugins.restoration.common.unet import WIDTHS, RestorationUnet

__all__ = ["RaindropRemover", "build"]


class RaindropRemover(RestorationUnet):
    """Take drops on the lens out of photos ``(N, 1 or 3, H, W)``."""

    def __init__(self) -> None:
        super().__init__(dropout=0.0)
        self.attention = nn.Conv2d(WIDTHS[0], 4, 3, padding=1)

    def found(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return mean and log variance of the photo without drops, and where drops lie, all float32.

        The first two have the images' shape; the third is ``(N, 1, H, W)``, the logits of a drop at each pixel. The
        mean differs from the photo by what the trunk finds, times how likely a drop is there.
        """
        height, width = images.shape[-2:]
        features = self.decoded(self.encoded(images))
        logits = F.pixel_shuffle(self.attention(features), 2).float()[..., :height, :width]
        mean, log_variance = self.in_photo(images, features)
        return images + logits.sigmoid() * (mean - images), log_variance, logits

    def forward(self, images: Tensor) -> Tensor:
        """Return ``(N, 2 C + 1, H, W)``: the mean, the deviation of its error, and how likely a drop is."""
        mean, log_variance, logits = self.found(images)
        return torch.cat([mean, (0.5 * log_variance).exp(), logits.sigmoid()], dim=1)


def build() -> RaindropRemover:
    """Return the network with random weights."""
    return RaindropRemover()
