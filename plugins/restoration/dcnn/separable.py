"""An inverse filter as a sum of few filters that are columns times rows: the first two layers of the network.

Xu 2014 (section 4): the pseudo-inverse of a blur is far larger than its kernel, and of low rank. Its singular vectors
are one-dimensional filters, of a hundred pixels and more, that a network can begin with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from plugins.restoration.common.linear_inverse import LinearInverse

__all__ = ["SeparableFilter", "filter_side", "surrounded"]

_SIDES_OF_KERNEL = 16  # an inverse reaches so many times further than its blur
_SMALLEST, _LARGEST = 191, 511  # pixels of a side
_LEFT_OUT = 1e-5  # share of the filter's squares that its weakest parts may hold together
_MOST_PARTS = 48


def filter_side(kernel: Tensor) -> int:
    """Return the side in pixels, odd, of the inverse filter of a kernel ``(h, w)``."""
    return min(max(_SIDES_OF_KERNEL * max(kernel.shape), _SMALLEST), _LARGEST) // 2 * 2 + 1


@dataclass(frozen=True)
class SeparableFilter:
    """``Σ columns ⊗ rows``.

    Parameters
    ----------
    columns, rows : Tensor
        ``(R, side)`` float32; the R layers of one-dimensional filters.
    """

    columns: Tensor
    rows: Tensor

    @classmethod
    def of(cls, filter_: Tensor) -> SeparableFilter:
        """Return the parts of a filter ``(side, side)`` of sum one: few singular vectors that hold nearly all of it.

        They have its sum, too: what is flat stays as bright as it was.
        """
        left, strengths, right = torch.linalg.svd(filter_)
        energy = strengths.square()
        behind = energy.flip(0).cumsum(0).flip(0)
        count = min(max(1, int((behind > _LEFT_OUT * behind[0]).sum())), _MOST_PARTS)
        columns, rows = left[:, :count].T * strengths[:count, None], right[:count]
        return cls(columns / (columns.sum(1) * rows.sum(1)).sum(), rows)

    @property
    def reach(self) -> int:
        """How far it looks, in pixels."""
        return self.columns.shape[1] // 2

    def on(self, known: Tensor, check: Callable[[], None]) -> Tensor:
        """Return a plane ``(H, W)`` convolved, given with its surroundings: ``(H + 2 reach, W + 2 reach)`` float32.

        The check is called for every part; it may raise to stop.
        """
        total = known.new_zeros(())
        for column, row in zip(self.columns, self.rows, strict=True):
            check()
            down = F.conv2d(known[None, None], column.flip(0).view(1, 1, -1, 1))
            check()
            total = total + F.conv2d(down, row.flip(0).view(1, 1, 1, -1))[0, 0]
        return total


def surrounded(inverse: LinearInverse, known: Tensor, reach: int) -> Tensor:
    """Return the part of a framed plane ``(H', W')`` that holds the photo and so many pixels around, which wrap."""
    frame = inverse.frame
    rows, columns = (
        torch.arange(start - reach, start + length + reach, device=known.device) % size
        for start, length, size in zip((frame.top, frame.left), (frame.height, frame.width), frame.size, strict=True)
    )
    return known[rows][:, columns]
