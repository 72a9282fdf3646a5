"""How alike photos look, by structural similarity: differentiable, and a number per photo."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["dissimilarity"]

_SIDE, _SPREAD = 11, 1.5  # Wang et al. 2004, doi:10.1109/TIP.2003.819861, section III.C
_C1, _C2 = 0.01**2, 0.03**2


def dissimilarity(images: Tensor, clean: Tensor) -> Tensor:
    """Return 1 − SSIM of photos to others, ``(N,)``: 0 for the same photo.

    Parameters
    ----------
    images, clean : Tensor
        ``(N, C, H, W)`` float32 in [0, 1]. The Gaussian window has 11 pixels, fewer in a photo that is smaller.
    """
    side = min(_SIDE, *images.shape[2:])
    places = torch.arange(side, device=images.device, dtype=images.dtype) - (side - 1) / 2.0
    weights = torch.exp(-0.5 * (places / _SPREAD) ** 2)
    weights = weights / weights.sum()

    def averaged(planes: Tensor) -> Tensor:
        single = planes.flatten(0, 1)[:, None]
        return F.conv2d(F.conv2d(single, weights.view(1, 1, 1, -1)), weights.view(1, 1, -1, 1))

    mean, other = averaged(images), averaged(clean)
    variance = averaged(images * images) - mean * mean
    other_variance = averaged(clean * clean) - other * other
    covariance = averaged(images * clean) - mean * other
    likeness = ((2.0 * mean * other + _C1) * (2.0 * covariance + _C2)) / (
        (mean * mean + other * other + _C1) * (variance + other_variance + _C2)
    )
    return 1.0 - likeness.view(len(images), -1).mean(1)
