"""Convolution with small kernels that are a column times a row, without Fourier transforms.

Straight motions along rows or columns, and Gaussians, are such kernels. Up to some forty taps are faster so.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["Separable", "separated"]

_MOST_TAPS = 40  # of column and row together: a transform to and fro takes about as long
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Separable:
    """A kernel as the product of a column and a row, each from its first weight to its last."""

    column: list[float]
    row: list[float]

    def convolve(self, plane: Tensor) -> Tensor:
        """Return a float plane ``(H, W)`` convolved where the kernel fits in, ``(H - h + 1, W - w + 1)``."""
        return _along(_along(plane, self.row[::-1], 1), self.column[::-1], 0)

    def correlate(self, plane: Tensor) -> Tensor:
        """Return a float plane ``(H, W)`` convolved with the kernel turned by 180°, ``(H - h + 1, W - w + 1)``.

        Of a plane with a rim of zeros it is the adjoint of `convolve`.
        """
        return _along(_along(plane, self.row, 1), self.column, 0)


def separated(kernel: Tensor) -> Separable | None:
    """Return a float kernel ``(h, w)`` as a product, or None if it is none, or too large to be faster so."""
    if sum(kernel.shape) > _MOST_TAPS:
        return None
    weights = kernel.cpu().double()  # some GPUs have no double precision
    top, left = divmod(int(weights.abs().argmax()), kernel.shape[1])
    column, row = weights[:, left], weights[top] / weights[top, left]
    if float((torch.outer(column, row) - weights).abs().max()) > _ROUNDING * float(weights.abs().max()):
        return None
    return Separable(column.tolist(), row.tolist())


def _along(plane: Tensor, weights: list[float], dim: int) -> Tensor:
    """Return the sum of shifted planes, weighted."""
    length = plane.shape[dim] - len(weights) + 1
    taps = [(plane.narrow(dim, place, length), weight) for place, weight in enumerate(weights) if weight]
    total = taps[0][0] * taps[0][1]
    for shifted, weight in taps[1:]:
        total.add_(shifted, alpha=weight)
    return total
