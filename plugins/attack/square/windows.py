"""Where squares go, and the two opposite bumps in them that the L2 attack adds (Andriushchenko 2020, section 3.4)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Room:
    """The smallest boxes that hold what may be changed: tops, lefts, heights and widths ``(N,)`` int64, in pixels."""

    tops: Tensor
    lefts: Tensor
    heights: Tensor
    widths: Tensor

    @classmethod
    def of(cls, clean: Tensor, mask: Tensor | None) -> Room:
        """Return the boxes around the masks ``(N, 1, H, W)`` of photos ``(N, C, H, W)``, or all of them."""
        free = torch.ones_like(clean[:, :1]) if mask is None else (mask > 0).to(clean)
        (tops, heights), (lefts, widths) = (_span(free.amax((1, axis))) for axis in (3, 2))
        return cls(tops, lefts, heights, widths)

    def of_some(self, samples: Tensor) -> Room:
        """Return the boxes of samples ``(M,)``."""
        return Room(self.tops[samples], self.lefts[samples], self.heights[samples], self.widths[samples])

    def sides(self, share: float) -> Tensor:
        """Return the sides ``(M,)`` of squares that cover a share of the boxes: a pixel at least, and less than all."""
        shorter = self.heights.minimum(self.widths)
        wanted = (share * self.heights * self.widths).sqrt().round().long()
        return wanted.minimum(shorter - 1).clamp_min(1)

    def odd_sides(self, share: float, least: int) -> Tensor:
        """Return odd sides ``(M,)`` of squares that cover a share of the boxes, of `least` pixels where they fit."""
        sides = self.sides(share)
        return (sides + 1 - sides % 2).clamp_min(least).minimum(self.heights.minimum(self.widths))

    def window(self, sides: Tensor, chances: Tensor) -> Window:
        """Return squares of sides ``(M,)`` at places that chances ``(M, 2)`` in [0, 1) choose evenly."""
        tops = self.tops + _chosen(chances[:, 0], self.heights - sides + 1)
        lefts = self.lefts + _chosen(chances[:, 1], self.widths - sides + 1)
        return Window(tops, lefts, sides)


def _span(free: Tensor) -> tuple[Tensor, Tensor]:
    """Return the first place ``(N,)`` above 0 of ``(N, L)`` and how many it takes to the last; all where none is."""
    return free.argmax(1), free.shape[1] - free.flip(1).argmax(1) - free.argmax(1)


def _chosen(chances: Tensor, counts: Tensor) -> Tensor:
    return (chances * counts).long().minimum(counts - 1).clamp_min(0)


@dataclass(frozen=True, eq=False)
class Window:
    """A square in each photo: its top, left and side ``(M,)`` int64, in pixels."""

    tops: Tensor
    lefts: Tensor
    sides: Tensor

    def places(self, like: Tensor) -> tuple[Tensor, Tensor]:
        """Return rows ``(M, 1, H, 1)`` and columns ``(M, 1, 1, W)`` of photos ``(M, C, H, W)``, from its corner."""
        rows, columns = (torch.arange(length, device=like.device) for length in like.shape[2:])
        return rows.view(1, 1, -1, 1) - _each(self.tops), columns.view(1, 1, 1, -1) - _each(self.lefts)

    def holds(self, like: Tensor) -> Tensor:
        """Return which pixels of photos ``(M, C, H, W)`` lie inside, ``(M, 1, H, W)`` bool."""
        rows, columns = ((place >= 0) & (place < _each(self.sides)) for place in self.places(like))
        return rows & columns


def _each(values: Tensor) -> Tensor:
    return values.view(-1, 1, 1, 1)


def two_bumps(rows: Tensor, columns: Tensor, sides: Tensor) -> Tensor:
    """Return a bump in the upper half of squares and its opposite in the lower: equation 2 and figure 3 of the paper.

    Each falls with the larger of the distances along rows and columns from its middle, as the tail of the sum of
    1/k²; 0 outside.

    Parameters
    ----------
    rows, columns : Tensor
        ``(M, 1, H, 1)`` and ``(M, 1, 1, W)`` int64, or any that go together: places from a square's corner.
    sides : Tensor
        Of the squares, ``(M, 1, 1, 1)`` int64.
    """
    half = sides // 2
    upper = _bump(rows, columns, half, sides)
    return upper - _bump(rows - half, columns, sides - half, sides)


def _bump(rows: Tensor, columns: Tensor, height: Tensor, width: Tensor) -> Tensor:
    """Return a bump in a rectangle, 0 outside."""
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    ring = (rows - height // 2).abs().maximum((columns - width // 2).abs())
    last = (height // 2).maximum(width // 2)
    sums = (1.0 / torch.arange(1, int(last.max()) + 2, device=rows.device).float().square()).cumsum(0)
    sums = torch.cat([sums.new_zeros(1), sums])
    return ((sums[last + 1] - sums[ring.minimum(last)]) * inside).float()
