"""What to compute for a live preview: as little as the screen can show. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from desktop_app.core.jobs.tiling import Tile


@dataclass(frozen=True)
class Region:
    """A rectangle; in pixels of a pyramid level, or of the photo."""

    top: int
    left: int
    height: int
    width: int


@dataclass(frozen=True)
class PreviewPlan:
    """Which pixels to hand to a tool, and where its answer belongs.

    Parameters
    ----------
    level : int
        Pyramid level to read from: each halves the photo.
    read : Region
        What to read, in that level's pixels; grown by the reach.
    keep : Region
        What to keep of the answer, in the same pixels.
    shown : Region
        Where `keep` lies on the photo, in the photo's pixels.
    is_reduced : bool
        Whether the tool sees a reduced photo, so that the result may differ from the applied one.
    """

    level: int
    read: Region
    keep: Region
    shown: Region
    is_reduced: bool

    def crop(self, scale: Fraction) -> tuple[slice, slice]:
        """Return the rows and columns of the answer, of this scale, that are kept."""
        keep, read = self.keep, self.read
        tile = Tile(
            keep.top, keep.left, keep.height, keep.width, read.top, read.left, read.height, read.width
        )
        return tile.crop(scale)


def plan_preview(
    size: tuple[int, int], view: Region, zoom: float, reach: int | None, levels: int, align: int = 1
) -> PreviewPlan:
    """Return what to compute for the visible part of a photo.

    Parameters
    ----------
    size : tuple of int
        The photo's height and width in pixels.
    view : Region
        The visible part, in the photo's pixels.
    zoom : float
        Screen pixels per photo pixel.
    reach : int or None
        How far the tool looks; None when it needs the whole photo: then the photo is reduced to about the window.
    levels : int
        How many pyramid levels there are.
    align : int
        What is read and kept begins at multiples of it, as tiles do, so that both are whole pixels of the answer.
    """
    height, width = size
    if reach is None:
        fit = min(1.0, math.sqrt(view.height * view.width / (height * width)) * zoom)
        level = _level_for(fit, levels)
        whole = _at_level(Region(0, 0, height, width), level, size)
        return PreviewPlan(level, whole, whole, Region(0, 0, height, width), level > 0)
    level = _level_for(zoom, levels)
    keep = _aligned(_at_level(view, level, size), align, level, size)
    margin = -(-reach // align) * align
    return PreviewPlan(level, _grown(keep, margin, level, size), keep, _on_photo(keep, level, size), level > 0)


def _level_for(zoom: float, levels: int) -> int:
    """Return the smallest level that still has a pixel for each of the screen's."""
    return min(max(0, math.floor(-math.log2(max(zoom, 1e-9)) + 1e-9)), levels - 1)


def _level_size(size: tuple[int, int], level: int) -> tuple[int, int]:
    height, width = size
    for _ in range(level):
        height, width = (height + 1) // 2, (width + 1) // 2
    return height, width


def _at_level(region: Region, level: int, size: tuple[int, int]) -> Region:
    """Return the pixels of a level that cover a region of the photo."""
    height, width = _level_size(size, level)
    step = 1 << level
    top, left = min(region.top // step, height - 1), min(region.left // step, width - 1)
    bottom = min(height, -(-(region.top + region.height) // step))
    right = min(width, -(-(region.left + region.width) // step))
    return Region(top, left, max(1, bottom - top), max(1, right - left))


def _aligned(region: Region, align: int, level: int, size: tuple[int, int]) -> Region:
    """Return the smallest region around another that begins and, inside the photo, ends at multiples of `align`."""
    height, width = _level_size(size, level)
    top, left = region.top // align * align, region.left // align * align
    bottom, right = (-(-end // align) * align for end in (region.top + region.height, region.left + region.width))
    return Region(top, left, min(bottom, height) - top, min(right, width) - left)


def _grown(region: Region, reach: int, level: int, size: tuple[int, int]) -> Region:
    height, width = _level_size(size, level)
    top, left = max(0, region.top - reach), max(0, region.left - reach)
    bottom = min(height, region.top + region.height + reach)
    right = min(width, region.left + region.width + reach)
    return Region(top, left, bottom - top, right - left)


def _on_photo(region: Region, level: int, size: tuple[int, int]) -> Region:
    """Return where pixels of a level lie on the photo."""
    step = 1 << level
    top, left = region.top * step, region.left * step
    bottom, right = min(size[0], top + region.height * step), min(size[1], left + region.width * step)
    return Region(top, left, bottom - top, right - left)
