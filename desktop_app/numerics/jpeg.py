"""The numbers of the JPEG standard: quantisation tables (annex K, tables K.1 and K.2), the cosine transform, blocks."""

from __future__ import annotations

from math import cos, pi, sqrt

import torch
from torch import Tensor

__all__ = ["CHROMA", "LUMA", "blockiness", "cosines", "scaled"]

_BLOCK = 8
_LARGEST_JUMP = 0.1  # edges of the subject jump further, wherever they are

LUMA = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
"""Steps of the light's coefficients at quality 50."""

CHROMA = (
    (17, 18, 24, 47, 99, 99, 99, 99),
    (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99),
    *((99,) * 8,) * 4,
)
"""Steps of the colours' coefficients at quality 50."""


def scaled(table: tuple[tuple[int, ...], ...], quality: int) -> Tensor:
    """Return a table's steps ``(8, 8)``, float32, at a quality from 1 to 100, by libjpeg's rule."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    return torch.tensor([[min(255, max(1, (step * scale + 50) // 100)) for step in row] for row in table])


def cosines() -> Tensor:
    """Return the orthonormal cosine transform of eight values, ``(8, 8)`` float64."""
    rows = [[cos(pi * (2 * x + 1) * u / 16) * (sqrt(0.125) if u == 0 else 0.5) for x in range(8)] for u in range(8)]
    return torch.tensor(rows, dtype=torch.float64)


def blockiness(image: Tensor) -> float:
    """Return how much more a photo jumps every eighth pixel than elsewhere, both ways: about 1 without JPEG's blocks.

    Parameters
    ----------
    image : Tensor
        ``(C, H, W)`` float32, nominally in [0, 1]; where the blocks begin is found. 1 of one of under 24 pixels.
    """
    plane = image.mean(0)
    if min(plane.shape) < 3 * _BLOCK:
        return 1.0
    return min(_jumps(plane), _jumps(plane.T))


def _jumps(plane: Tensor) -> float:
    """Return the mean jump between the columns where it is largest, by that of the seven other eighths."""
    slopes = plane.diff(dim=1)
    beyond = (slopes[:, 1:-1] - (slopes[:, :-2] + slopes[:, 2:]) / 2.0).abs().clamp(max=_LARGEST_JUMP)
    means = torch.stack([beyond[:, first::_BLOCK].mean() for first in range(_BLOCK)])
    largest = float(means.max())
    others = (float(means.sum()) - largest) / (_BLOCK - 1)
    return largest / others if others > 0.0 else 1.0
