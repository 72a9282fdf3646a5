"""One network at three scales, from coarse to fine, with the same weights at each.

At a quarter of the size a long shake is a short one; what is found there is enlarged and shown to the next scale beside
the photo (Nah 2017, DeepDeblur, arXiv:1612.02177; with shared weights Tao 2018, SRN, arXiv:1802.01770, section 3.1).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from plugins.restoration.common.coarse_to_fine import SCALES
from plugins.restoration.common.guided import GuidedUnet
from plugins.restoration.common.unet import ALIGN

__all__ = ["MULTIPLE", "MultiscaleUnet", "build"]

MULTIPLE = ALIGN << (SCALES - 1)
"""Height and width are padded to multiples of it."""


class MultiscaleUnet(GuidedUnet):
    """Sharpen photos of one or three channels, and say how far each value may be off."""

    def at_scales(self, images: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return mean and log variance at every scale, the coarsest first.

        Parameters
        ----------
        images : Tensor
            ``(N, 1 or 3, H, W)`` float32, nominally in [0, 1], H and W multiples of `MULTIPLE`.
        """
        pyramid = [images]
        for _ in range(SCALES - 1):
            pyramid.append(F.avg_pool2d(pyramid[-1], 2))
        found: list[tuple[Tensor, Tensor]] = []
        for level in reversed(pyramid):
            guide = level
            if found:
                guide = F.interpolate(found[-1][0], scale_factor=2, mode="bilinear", align_corners=False)
            found.append(self.guided(level, guide))
        return found

    def moments(self, images: Tensor, noise_std: Tensor | None = None) -> tuple[Tensor, Tensor]:  # noqa: ARG002 - the trunk has it
        """Return the sharp photos that are to be expected, and how far they may be off, as the trunk; any size.

        The noise is found by the network, and not told.
        """
        height, width = images.shape[-2:]
        padded = F.pad(images, (0, -width % MULTIPLE, 0, -height % MULTIPLE), "replicate")
        mean, log_variance = self.at_scales(padded)[-1]
        return mean[..., :height, :width], log_variance[..., :height, :width]

    def forward(self, images: Tensor) -> Tensor:
        """Return mean, then deviation ``(N, 2 C, H, W)`` float32 of photos, or of one scale.

        Parameters
        ----------
        images : Tensor
            ``(N, C, H, W)`` float32 with C 1 or 3: photos of any size. With twice as many channels, the photo at one
            scale and what is to guide it there; H and W are then multiples of 8.
        """
        if images.shape[1] in (1, 3):
            mean, log_variance = self.moments(images)
        else:
            mean, log_variance = self.guided(*images.chunk(2, dim=1))
        return torch.cat([mean, (0.5 * log_variance).exp()], dim=1)


def build() -> MultiscaleUnet:
    """Return the network with random weights."""
    return MultiscaleUnet()
