"""Where drops end: Canny's edges, as the benchmark finds them."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["canny"]

_ACROSS = ((-1.0, 0.0, 1.0), (-2.0, 0.0, 2.0), (-1.0, 0.0, 1.0))
_FLAT, _STEEP = 0.41421356, 2.41421356  # tangents of 22.5° and 67.5°


def canny(levels: Tensor, weak: float, strong: float, check: Callable[[], None]) -> Tensor:
    """Return the edges of a picture ``(1, 1, H, W)`` of 8-bit levels, as bool of the same shape.

    The slope is the sum of Sobel's two; a pixel is on an edge where its slope is the largest across that, above
    `strong`, or above `weak` and joined to one that is (Canny 1986, sections IV and VI).
    """
    kernel = torch.tensor(_ACROSS).to(levels)
    slopes = F.conv2d(F.pad(levels, (1, 1, 1, 1), mode="replicate"), torch.stack([kernel, kernel.T])[:, None])
    across, down = slopes[:, :1], slopes[:, 1:]
    size = across.abs() + down.abs()
    is_edge = _is_ridge(size, across, down)
    weak_edges, found = is_edge & (size > weak), is_edge & (size > strong)
    while True:
        check()
        grown = (F.max_pool2d(found.float(), 3, stride=1, padding=1) > 0) & weak_edges
        if bool((grown == found).all()):
            return found
        found = grown


def _is_ridge(size: Tensor, across: Tensor, down: Tensor) -> Tensor:
    """Return where the slope is larger than before and no smaller than behind, in the nearest of four directions."""
    padded = F.pad(size, (1, 1, 1, 1))
    height, width = size.shape[-2:]

    def beside(row: int, column: int) -> Tensor:
        return padded[..., 1 + row : 1 + row + height, 1 + column : 1 + column + width]

    is_flat, is_steep = down.abs() < _FLAT * across.abs(), down.abs() > _STEEP * across.abs()
    is_rising = (across < 0) == (down < 0)
    level = (size > beside(0, -1)) & (size >= beside(0, 1))
    upright = (size > beside(-1, 0)) & (size >= beside(1, 0))
    falls = (size > beside(-1, -1)) & (size > beside(1, 1))
    rises = (size > beside(-1, 1)) & (size > beside(1, -1))
    slanted = torch.where(is_rising, falls, rises)
    return torch.where(is_flat, level, torch.where(is_steep, upright, slanted))
