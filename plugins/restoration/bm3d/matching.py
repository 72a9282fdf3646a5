"""Block matching: for every reference patch, the patches around it that are most like it.

Reference patches lie on a grid. Those of one block share most of their search windows, so that all squared distances
``‖q‖² - 2 pᵀq + ‖p‖²`` of a block are one product of matrices; each reference's own window is then a strided view.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

_BLOCK = 24  # pixels: a multiple of every step
_NOWHERE = 1e30  # squared norm outside the photo: beyond values of any range; finite, since it enters a product
_SET = 9  # values of which only the smallest is looked at first
_MIDDLE = 0.5  # taken off all values, so that their squares are small and cancel less
_BATCH = 1 << 21  # distances at a time on a CPU: 8 MB
_BATCH_ON_GPU = 1 << 28


@dataclass(frozen=True)
class Search:
    """What is compared: patches of `patch`² pixels on a grid of `step`, in a window of `window`² positions.

    At most `count` patches are kept, none with a mean squared difference above `threshold` (in the plane's units).
    """

    patch: int
    step: int
    window: int
    count: int
    threshold: float
    is_halved: bool = False
    """Whether every other reference is left out, as the fields of one colour on a chessboard, but for the rim's."""

    def is_kept(self, y: Tensor, x: Tensor, height: int, width: int) -> Tensor:
        """Return which references at rows `y` and columns `x` of a grid of positions are kept by half of them.

        Those at the rim all are, so that no pixel goes without a patch.
        """
        is_rim = (y == 0) | (x == 0) | (y == height - 1) | (x == width - 1)
        return is_rim | ((y + x) // self.step % 2 == 0)


@dataclass(frozen=True)
class Matches:
    """Groups of patches, as positions (row · width of the grid of positions + column); the best match first.

    `positions` is ``(R, count)``; of a row the first ``2 ** levels[row]`` are the group.
    """

    positions: Tensor
    levels: Tensor


@dataclass(frozen=True)
class Region:
    """Reference patches with ``top <= y < bottom`` and ``left <= x < right``; all four are multiples of 24 pixels."""

    top: int
    bottom: int
    left: int
    right: int

    def count(self, search: Search, height: int, width: int) -> float:
        """Return about how many references it has on a grid of positions."""
        rows, columns = min(self.bottom, height) - self.top, min(self.right, width) - self.left
        return rows * columns / search.step**2 / (2.0 if search.is_halved else 1.0)


@dataclass(frozen=True)
class _Field:
    """What a region's references look at, transposed, so that a block of columns is one piece of memory."""

    plane: Tensor  # (X + patch - 1, Y + patch - 1)
    norms: Tensor  # (X, Y) of all positions, those outside the photo far away
    region: Region
    height: int  # of the photo's grid of positions
    width: int


def match(plane: Tensor, search: Search, region: Region) -> Iterator[Matches]:
    """Yield the groups of a region's reference patches, some at a time.

    Parameters
    ----------
    plane : Tensor
        ``(H, W)``; `search.step` divides ``H - patch`` and ``W - patch``.
    search : Search
        What is compared.
    region : Region
        Where the references lie.
    """
    field = _pad(plane, search, region)
    side = _BLOCK - search.step + search.window  # of the window that a block's references share
    for start in range(region.top, min(region.bottom, field.height), _BLOCK):
        features = _features(field, search, start - region.top, side)
        yield from _match_blocks(features, field, search, start, side)


def _pad(plane: Tensor, search: Search, region: Region) -> _Field:
    border = search.patch - 1
    height, width = plane.shape[0] - border, plane.shape[1] - border
    rows, top, bottom, below = _span(region.top, region.bottom, height, search)
    columns, left, right, beside = _span(region.left, region.right, width, search)
    padded = plane.new_zeros(columns + border, rows + border)
    part = plane[top : bottom + border, left : right + border] - _MIDDLE
    padded[beside : beside + part.shape[1], below : below + part.shape[0]] = part.T
    norms = plane.new_full((columns, rows), _NOWHERE)
    squares = _box(_box(part.T.square(), search.patch, 0), search.patch, 1)
    norms[beside : beside + right - left, below : below + bottom - top] = squares
    return _Field(padded, norms, region, height, width)


def _span(start: int, stop: int, grid: int, search: Search) -> tuple[int, int, int, int]:
    """Return how many positions blocks look at along one axis, the first and last of these in the photo, and where."""
    reach = search.window // 2
    blocks = -(-(min(stop, grid) - start) // _BLOCK)
    count = blocks * _BLOCK - search.step + search.window
    low, high = max(0, start - reach), min(grid, start - reach + count)
    return count, low, high, low - start + reach


def _box(plane: Tensor, size: int, dim: int) -> Tensor:
    count = plane.shape[dim] - size + 1
    total = plane.narrow(dim, 0, count).clone()
    for offset in range(1, size):
        total += plane.narrow(dim, offset, count)
    return total


def _features(field: _Field, search: Search, start: int, side: int) -> Tensor:
    """Return ``(patch² + 1, X, side)``: every patch of a row of blocks, and its squared norm."""
    patch, columns = search.patch, field.norms.shape[0]
    stride = field.plane.stride(0)
    features = field.plane.new_empty(patch * patch + 1, columns, side)
    patches = field.plane.as_strided((patch, patch, columns, side), (stride, 1, stride, 1), start)
    features[:-1].view(patch, patch, columns, side).copy_(patches)
    features[-1] = field.norms[:, start : start + side]
    return features


def _match_blocks(features: Tensor, field: _Field, search: Search, start: int, side: int) -> Iterator[Matches]:
    edge, left = _BLOCK // search.step, field.region.left
    blocks = -(-(min(field.region.right, field.width) - left) // _BLOCK)
    batch = max(1, (_BATCH if features.is_cpu else _BATCH_ON_GPU) // (edge * side) ** 2)
    for first in range(0, blocks, batch):
        count = min(batch, blocks - first)
        low, high = left + first * _BLOCK, left + (first + count) * _BLOCK
        has_rim = min(start, low) == 0 or start + _BLOCK >= field.height or high >= field.width
        corner = torch.arange(low, high, _BLOCK, device=features.device)
        for some in _lattices(edge, search.is_halved and not has_rim):
            distances, norms = _windows(features, search, some, first, count, side)
            line = torch.arange(some.start, some.stop, some.step, device=features.device) * search.step
            x = (corner[:, None, None] + line[:, None]).expand(count, len(line), len(line)).flatten()
            y = (start + line).expand(count, len(line), len(line)).flatten()
            inside = (x < field.width) & (y < field.height)
            if search.is_halved and has_rim:
                inside &= search.is_kept(y, x, field.height, field.width)
            yield _select(distances[inside], norms[inside], x[inside], y[inside], search, field.width)


def _lattices(edge: int, is_halved: bool) -> list[range]:
    """Return the rows, which are the columns too, of a block's references: all, or half of them in two."""
    return [range(0, edge, 2), range(1, edge, 2)] if is_halved else [range(edge)]


def _windows(
    features: Tensor, search: Search, some: range, first: int, count: int, side: int
) -> tuple[Tensor, Tensor]:
    """Return ``(R, window²)``, squared distances less the reference's own squared norm, and these norms ``(R,)``."""
    edge, step, window = len(some), some.step * search.step, search.window
    origin = first * _BLOCK * side + some.start * search.step * (side + 1)  # of the first reference's window
    strides = (_BLOCK * side, step * side, step, features.stride(0))
    middle = origin + window // 2 * (side + 1)
    references = features.as_strided((count, edge, edge, len(features)), strides, middle).reshape(count, edge**2, -1)
    norms = references[..., -1].flatten()
    references = references * -2.0
    references[..., -1] = 1.0
    reached = (edge - 1) * step + window  # columns, of all rows
    size, area = (count, len(features), reached * side), reached * side
    candidates = features.as_strided(size, (_BLOCK * side, features.stride(0), 1), origin - origin % side)
    distances = torch.bmm(references, candidates)
    windows = distances.as_strided(
        (count, edge, edge, window, window),
        (edge**2 * area, edge * area + step * side, area + step, side, 1), origin % side,
    )
    return windows.reshape(-1, window * window), norms


def _select(distances: Tensor, norms: Tensor, x: Tensor, y: Tensor, search: Search, width: int) -> Matches:
    window, reach = search.window, search.window // 2
    distances[:, window * reach + reach] = -_NOWHERE  # a patch is its own best match, whatever the rounding
    nearest, index = _smallest(distances, search.count)
    alike = (nearest + norms[:, None] <= search.threshold * search.patch**2).sum(1)
    levels = sum((alike >= 1 << level).long() for level in range(1, search.count.bit_length()))
    assert isinstance(levels, Tensor)
    positions = (y[:, None] + index % window - reach) * width + (x[:, None] + index // window - reach)
    return Matches(positions, levels)


def _smallest(rows: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the `count` smallest values of each row in ascending order, and where they stand.

    Values are looked at in sets: the `count` sets with the smallest minima hold all that is sought, the others none.
    """
    sets = rows.shape[1] // _SET
    body = rows[:, : sets * _SET]
    if sets * _SET < rows.shape[1] or sets <= count or not rows.is_cpu:
        nearest, index = rows.topk(count, largest=False)
        return nearest, index
    table = body.view(-1, _SET, sets)
    best = table.amin(1).topk(count, largest=False, sorted=False).indices
    nearest, place = table.gather(2, best[:, None].expand(-1, _SET, -1)).flatten(1).topk(count, largest=False)
    return nearest, best.gather(1, place % count) + place // count * sets
