"""A photo in windows: some of them to look for the blur in, all of them to take it away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import torch
from torch import Tensor

from desktop_app.numerics.blind import busiest_window
from desktop_app.numerics.borders import mirror

_SMALLEST_WINDOW = 96
_KERNELS_PER_WINDOW = 6
_LARGEST_SHARE = 0.5  # of the photo's shorter side: in a larger window the blur is not the same everywhere
_MOST_WINDOWS = 4  # along a side
_OVERLAP = 0.45  # of a window's side, from one to the next
_TILE = 512  # pixels of a side that are deblurred at once
_BLEND = 32  # pixels over which one tile fades into the next, on either side


def estimation_windows(plane: Tensor, kernel: int, check: Callable[[], None]) -> tuple[Tensor, Tensor]:
    """Return windows ``(P, s, s)`` of a plane ``(H, W)`` with many edges, spread over all of it, and their centres.

    The centres ``(P, 2)`` are x and y in pixels from the plane's centre. The check is called for each of them.
    """
    height, width = plane.shape
    side = min(round(_LARGEST_SHARE * min(height, width)), max(_SMALLEST_WINDOW, _KERNELS_PER_WINDOW * kernel))
    cuts, centres = [], []
    for top, bottom in _cells(height, side):
        for left, right in _cells(width, side):
            check()
            rows, columns = busiest_window(plane[top:bottom, left:right], side)
            rows, columns = slice(top + rows.start, top + rows.stop), slice(left + columns.start, left + columns.stop)
            cuts.append(plane[rows, columns])
            centres.append([(columns.start + columns.stop - width) / 2.0, (rows.start + rows.stop - height) / 2.0])
    return torch.stack(cuts), torch.tensor(centres, device=plane.device)


def _cells(length: int, side: int) -> list[tuple[int, int]]:
    """Return overlapping parts of a line, each at least as long as a window."""
    count = max(1, min(_MOST_WINDOWS, round(length / (_OVERLAP * side))))
    extent = max(side, ceil(length / count))
    starts = [round(index * (length - extent) / max(count - 1, 1)) for index in range(count)]
    return [(start, start + extent) for start in starts]


@dataclass(frozen=True)
class Tile:
    """A square of the photo that is deblurred at once: where it begins, in pixels, and its side."""

    top: int
    left: int
    side: int


def tiles_of(height: int, width: int) -> list[Tile]:
    """Return squares that cover a photo; the last ones may reach over its border."""
    longer = max(height, width)
    side = ceil(longer / ceil(longer / _TILE))
    return [Tile(top, left, side) for top in range(0, height, side) for left in range(0, width, side)]


def deblurred_tiles(image: Tensor, reach: int, tiles: list[Tile], deblur: Callable[[Tensor, Tile], Tensor]) -> Tensor:
    """Return a photo ``(C, H, W)`` deblurred tile by tile; neighbours fade into each other.

    Parameters
    ----------
    image : Tensor
        ``(C, H, W)``.
    reach : int
        How far the blur goes, in pixels.
    tiles : list of Tile
        As from `tiles_of`.
    deblur : callable
        From a part ``(C, h, w)`` of the photo, and where it lies in the photo, to the part deblurred.
    """
    _, height, width = image.shape
    if len(tiles) == 1:
        return deblur(image, tiles[0])
    total, weights = torch.zeros_like(image), image.new_zeros(height, width)
    margin = _BLEND + reach
    for tile in tiles:
        rows = mirror_range(tile.top - margin, tile.top + tile.side + margin, height, image.device)
        columns = mirror_range(tile.left - margin, tile.left + tile.side + margin, width, image.device)
        place = Tile(tile.top - margin, tile.left - margin, tile.side + 2 * margin)
        part = deblur(image[:, rows][:, :, columns], place)
        window = _fade(tile.side, margin, image)
        _add(total, part * window, tile, margin)
        _add(weights[None], window[None], tile, margin)
    return total.div_(weights)


def mirror_range(first: int, last: int, length: int, device: torch.device) -> Tensor:
    """Return the indices from `first` to before `last` of a line that is reflected at its ends."""
    before, after = max(0, -first), max(0, last - length)
    return mirror(length, before, after, device)[first + before : last + before]


def _fade(side: int, margin: int, like: Tensor) -> Tensor:
    places = torch.arange(side + 2 * margin, device=like.device, dtype=like.dtype) - margin + 0.5
    inside = torch.minimum(places, side - places)
    line = (0.5 + inside / (2.0 * _BLEND)).clamp(0.0, 1.0)
    return line[:, None] * line


def _add(total: Tensor, part: Tensor, tile: Tile, margin: int) -> None:
    _, height, width = total.shape
    top, left = tile.top - margin, tile.left - margin
    rows = slice(max(0, top), min(height, top + part.shape[-2]))
    columns = slice(max(0, left), min(width, left + part.shape[-1]))
    total[:, rows, columns] += part[..., rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
