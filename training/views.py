"""Views of small photos for contrastive learning: what may change while a photo still shows the same thing.

Chen et al. 2020, "A simple framework for contrastive learning of visual representations", arXiv:2002.05709, appendix
A: a part of the photo at another size and shape, mirrored or not, its brightness, contrast and colours changed, at
times grey. As the paper does for small photos, nothing is blurred.
"""

from __future__ import annotations

from math import log

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["viewed"]

_PART = (0.2, 1.0)  # of the photo's area
_SHAPE = log(4.0 / 3.0)  # the largest logarithm of width over height
_JITTER = 0.4  # of brightness, contrast and saturation, either way
_CAST = 0.1  # of a channel against the others: in place of the paper's turn of the hue
_JITTERED, _GREY = 0.8, 0.2  # shares of the views
_LUMA = (0.299, 0.587, 0.114)


def viewed(photos: Tensor, generator: torch.Generator) -> Tensor:
    """Return a random view of each photo.

    Parameters
    ----------
    photos : Tensor
        ``(N, 3, H, W)`` float32 in [0, 1], on the CPU.
    generator : torch.Generator
        All that is random is drawn from it.

    Returns
    -------
    Tensor
        ``(N, 3, H, W)`` float32 in [0, 1].
    """
    return _recoloured(_framed(photos, generator), generator)


def _between(low: float, high: float, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    return low + (high - low) * torch.rand(shape, generator=generator)


def _framed(photos: Tensor, generator: torch.Generator) -> Tensor:
    """Stretch a random part of each photo over its whole size, half of them mirrored."""
    count = len(photos)
    area, shape = _between(*_PART, (count,), generator), _between(-_SHAPE, _SHAPE, (count,), generator).exp()
    across, down = (area * shape).sqrt().clamp_max(1.0), (area / shape).sqrt().clamp_max(1.0)
    place = _between(-1.0, 1.0, (2, count), generator)
    mirror = 1.0 - 2.0 * torch.randint(2, (count,), generator=generator)
    move = torch.zeros(count, 2, 3)
    move[:, 0, 0], move[:, 1, 1] = across * mirror, down
    move[:, 0, 2], move[:, 1, 2] = place[0] * (1.0 - across), place[1] * (1.0 - down)
    grid = F.affine_grid(move, list(photos.shape), align_corners=False)
    return F.grid_sample(photos, grid, "bilinear", "reflection", align_corners=False)


def _recoloured(photos: Tensor, generator: torch.Generator) -> Tensor:
    one = (len(photos), 1, 1, 1)
    chosen = torch.rand(one, generator=generator) < _JITTERED
    light, contrast, saturation = (
        torch.where(chosen, _between(1.0 - _JITTER, 1.0 + _JITTER, one, generator), torch.ones(())) for _ in range(3)
    )
    cast = torch.where(chosen, _between(1.0 - _CAST, 1.0 + _CAST, (len(photos), 3, 1, 1), generator), torch.ones(()))
    saturation = saturation * (torch.rand(one, generator=generator) >= _GREY)
    photos = (photos * cast * light).clamp(0.0, 1.0)
    luma = (photos * torch.tensor(_LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)
    photos = luma + saturation * (photos - luma)
    middle = luma.mean((2, 3), keepdim=True)
    return (middle + contrast * (photos - middle)).clamp(0.0, 1.0)
