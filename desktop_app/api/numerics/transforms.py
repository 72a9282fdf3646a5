"""Matrices of small orthonormal transforms."""

from __future__ import annotations

import torch
from torch import Tensor


def cosine_transform(size: int) -> Tensor:
    """Return the orthonormal DCT-II of `size` values, ``(size, size)`` float64: its first row is constant.

    Examples
    --------
    >>> matrix = cosine_transform(4)
    >>> bool(torch.allclose(matrix @ matrix.T, torch.eye(4, dtype=torch.float64)))
    True
    """
    index = torch.arange(size, dtype=torch.float64)
    rows = torch.cos(torch.pi * index[:, None] * (2.0 * index + 1.0) / (2.0 * size))
    return torch.nn.functional.normalize(rows, dim=1)
