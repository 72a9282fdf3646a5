"""Cut a photo into tiles whose seams cannot be seen: each is computed with as much margin as the method reaches."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from desktop_app.api.errors import ParameterError


@dataclass(frozen=True)
class Tile:
    """A core region to be filled, and the padded region that must be read for it; input pixels.

    The padded region is the core grown by the reach and clipped to the photo: at the photo's own border a method sees
    the same border as it would without tiles.
    """

    top: int
    left: int
    height: int
    width: int
    read_top: int
    read_left: int
    read_height: int
    read_width: int

    def crop(self, scale: int | Fraction) -> tuple[slice, slice]:
        """Return the core's rows and columns within the padded region's output; it begins at a whole pixel of that."""
        top, left = self.top - self.read_top, self.left - self.read_left
        return _scaled(top, self.height, scale), _scaled(left, self.width, scale)

    def place(self, scale: int | Fraction) -> tuple[slice, slice]:
        """Return the core's rows and columns within the whole output."""
        return _scaled(self.top, self.height, scale), _scaled(self.left, self.width, scale)


def _scaled(start: int, length: int, scale: int | Fraction) -> slice:
    """Return pixels of the output; only at the photo's own end is their number rounded, up as the whole's is."""
    first = int(start * scale)
    return slice(first, first + ceil(length * scale))


def plan_tiles(height: int, width: int, edge: int | None, reach: int, align: int = 1) -> list[Tile]:
    """Return the tiles that cover a photo, row by row.

    Parameters
    ----------
    height, width : int
        The photo's size in pixels.
    edge : int or None
        The core's edge; None for one tile that holds everything.
    reach : int
        Margin in pixels.
    align : int
        Core and padded regions begin at multiples of it; with the denominator of a scale among its factors, every
        core is made of whole pixels of the output.
    """
    if edge is None:
        return [Tile(0, 0, height, width, 0, 0, height, width)]
    step = max(align, edge // align * align)
    margin = -(-reach // align) * align
    rows = [(top, *_span(top, step, margin, height)) for top in range(0, height, step)]
    columns = [(left, *_span(left, step, margin, width)) for left in range(0, width, step)]
    return [
        Tile(top, left, core_height, core_width, read_top, read_left, read_height, read_width)
        for top, core_height, read_top, read_height in rows
        for left, core_width, read_left, read_width in columns
    ]


def _span(start: int, step: int, margin: int, limit: int) -> tuple[int, int, int]:
    """Return the core's length, and the start and length of the padded span."""
    end = min(start + step, limit)
    read_start = max(0, start - margin)
    return end - start, read_start, min(end + margin, limit) - read_start


def tile_edge(tile: str | int) -> int | None:
    """Return the tile edge that ``--tile none`` or ``--tile N`` means.

    Raises
    ------
    ParameterError
        If it is neither.
    """
    if tile == "none":
        return None
    if str(tile).isdigit() and int(tile) >= 16:
        return int(tile)
    raise ParameterError(f"expected a tile of auto, none or at least 16 pixels, got {tile!r}; change it")
