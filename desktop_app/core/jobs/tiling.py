"""Cut a photo into tiles whose seams cannot be seen: each is computed with as much margin as the method reaches."""

from __future__ import annotations

from dataclasses import dataclass


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

    def crop(self, scale: int) -> tuple[slice, slice]:
        """Return the core's rows and columns within the padded region's output."""
        top, left = (self.top - self.read_top) * scale, (self.left - self.read_left) * scale
        return slice(top, top + self.height * scale), slice(left, left + self.width * scale)

    def place(self, scale: int) -> tuple[slice, slice]:
        """Return the core's rows and columns within the whole output."""
        top, left = self.top * scale, self.left * scale
        return slice(top, top + self.height * scale), slice(left, left + self.width * scale)


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
        Core and padded regions begin at multiples of it.
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
