"""A photo in squares, each worked on alone, that fade into each other: for what differs from place to place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import torch
from torch import Tensor

from desktop_app.numerics.borders import mirror

__all__ = ["Tile", "deblurred_tiles", "mirror_range", "tiles_of"]

_TILE = 512  # pixels of a side that are deblurred at once
_BLEND = 32  # pixels over which one tile fades into the next, on either side


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
