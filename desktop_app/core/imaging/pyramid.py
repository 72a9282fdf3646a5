"""The photo at halved sizes, so that what is drawn costs no more than what is seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.api.errors import Cancelled
from desktop_app.core.imaging.colour import screen_converter
from desktop_app.core.imaging.raster import Raster, convert_depth

Level = NDArray[np.uint8]

_SMALLEST = 512
_STRIP_BYTES = 512 << 10  # with its sums it stays in the cache


@dataclass(frozen=True, eq=False)
class Pyramid:
    """A picture's display bytes and their area-averaged halves.

    Parameters
    ----------
    levels : tuple of ndarray
        ``(ceil(H / 2^k), ceil(W / 2^k), C)`` uint8, C-contiguous, C 1 or 3. Level 0 of an 8-bit raster is its own
        array, not a copy. A pixel at an odd edge is the average of what is there.
    """

    levels: tuple[Level, ...]

    @property
    def width(self) -> int:
        """Columns of the whole picture."""
        return int(self.levels[0].shape[1])

    @property
    def height(self) -> int:
        """Rows of the whole picture."""
        return int(self.levels[0].shape[0])

    def scale(self, level: int) -> int:
        """Return how many pixels of the picture a side of a level's pixel covers."""
        return 1 << level


def build_pyramid(raster: Raster, *, cancelled: Callable[[], bool] | None = None) -> Pyramid:
    """Return the pyramid of a raster's colours, down to at most 512 pixels on the longer side.

    Parameters
    ----------
    raster : Raster
        Any depth; other than 8 bits is clipped and rounded for level 0.
    cancelled : callable, optional
        Asked between strips of a few rows.

    Raises
    ------
    Cancelled
        When it says so.
    """
    stop = cancelled or _never
    levels = [as_display(raster.pixels)]
    while max(levels[-1].shape[:2]) > _SMALLEST:
        levels.append(_halved(levels[-1], stop))
    return Pyramid(tuple(levels))


def on_screen(pyramid: Pyramid, icc: bytes | None) -> Pyramid:
    """Return a pyramid of a profile's colours as an sRGB screen shows them; the same one where nothing changes."""
    convert = screen_converter(icc, pyramid.levels[0].shape[2])
    return pyramid if convert is None else Pyramid(tuple(convert(level) for level in pyramid.levels))


def as_display(pixels: NDArray[Any]) -> Level:
    """Return ``(H, W, C)`` pixels of any depth as the bytes that are shown: clipped, rounded; 8 bits as they are."""
    shown: Level = convert_depth(pixels, "8").astype(np.uint8, copy=False)
    return np.ascontiguousarray(shown)


def _never() -> bool:
    return False


def _halved(level: Level, cancelled: Callable[[], bool]) -> Level:
    height, width, channels = level.shape
    half = np.empty(((height + 1) // 2, (width + 1) // 2, channels), np.uint8)
    rows = max(2, _STRIP_BYTES // (width * channels) // 2 * 2)
    for top in range(0, height, rows):
        if cancelled():
            raise Cancelled("building the view of the photo was cancelled")
        _average(level[top : top + rows], half[top // 2 : (top + rows) // 2])
    return half


def _average(strip: Level, half: Level) -> None:
    """Write the rounded means of 2 × 2 pixels; beyond an odd edge its own pixels are taken again."""
    channels = strip.shape[2]
    upper, lower = strip[0::2], strip[1::2]
    if len(lower) < len(upper):
        lower = np.concatenate((lower, strip[-1:]))
    sums = np.add(upper, lower, dtype=np.uint16)
    sums += np.uint16(1)  # half of what rounds a sum of four
    if sums.shape[1] % 2:
        sums = np.concatenate((sums, sums[:, -1:]), axis=1)
    values = sums.reshape(len(sums), -1)
    for channel in range(channels):  # loops over a row, where those over a pixel's values would be three long
        left, right = values[:, channel :: 2 * channels], values[:, channels + channel :: 2 * channels]
        np.right_shift(left + right, 2, out=half[..., channel], casting="unsafe")
