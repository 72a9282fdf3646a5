"""The denoising part: the trunk, which sees what the deconvolution made and the blurred photo beside it.

Xu 2014 (section 5) lets a second network follow the deconvolution, for its ripples are neither white nor the same
everywhere. Where the two pictures differ most, it has most to doubt.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from plugins.restoration.common.guided import GuidedUnet
from plugins.restoration.common.unet import ALIGN

__all__ = ["AfterDeconvolution", "build", "conditioned"]


class AfterDeconvolution(GuidedUnet):
    """Take noise and ripples out of deconvolved photos of one or three channels."""

    def forward(self, conditioned: Tensor) -> Tensor:
        """Return mean, then deviation ``(N, 2 C, H, W)`` float32.

        Parameters
        ----------
        conditioned : Tensor
            ``(N, 2 C + 1, H, W)`` float32 with C 1 or 3, as `conditioned` puts it together; any size.
        """
        height, width = conditioned.shape[-2:]
        padded = F.pad(conditioned, (0, -width % ALIGN, 0, -height % ALIGN), "replicate")
        images, guides = padded[:, :-1].chunk(2, dim=1)
        mean, log_variance = self.guided(images, guides, padded[:, -1:, :1, :1])
        return torch.cat([mean, (0.5 * log_variance).exp()], dim=1)[..., :height, :width]


def conditioned(deconvolved: Tensor, blurred: Tensor, noise_std: Tensor) -> Tensor:
    """Return what the network takes.

    Parameters
    ----------
    deconvolved, blurred : Tensor
        ``(N, C, H, W)`` float32, nominally in [0, 1].
    noise_std : Tensor
        ``(N, 1, 1, 1)``: of the blurred photo's noise, of values in [0, 1].
    """
    plane = noise_std.expand(-1, 1, *blurred.shape[-2:])
    return torch.cat([deconvolved, blurred, plane], dim=1)


def build() -> AfterDeconvolution:
    """Return the network with random weights."""
    return AfterDeconvolution()
