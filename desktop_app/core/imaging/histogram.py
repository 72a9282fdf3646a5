"""How often each tone occurs in a photo, and where its values lie at an end: from the pyramid, in its own colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.imaging.pyramid import Level, Pyramid

_ENOUGH = 1 << 20  # pixels tell the shares of tones as well as all
_ROWS = 256
_FEW_ROWS = 16  # of a large photo, they stay in the cache
SHADOW, LIGHT = 1, 2
"""Indices of `clipped_levels`: at least one channel is 0 here, or 255 (which is told of the two)."""


@dataclass(frozen=True, eq=False)
class Histogram:
    """Shares of tones.

    Parameters
    ----------
    channels : tuple of ndarray
        ``(256,)`` float64 each, the share of the pixels with each 8-bit level: of red, green and blue, or of grey.
    luminance : ndarray
        Likewise of the luma (ITU-R BT.601).
    shadows, lights : float
        Share of the pixels of which at least one channel is 0, or 255: counted in every pixel of the photo.
    """

    channels: tuple[NDArray[np.float64], ...]
    luminance: NDArray[np.float64]
    shadows: float
    lights: float


def histogram_of(pyramid: Pyramid) -> Histogram:
    """Return a photo's histogram; it looks at every pixel, so not on a thread that paints."""
    level = next((one for one in pyramid.levels if one.shape[0] * one.shape[1] <= _ENOUGH), pyramid.levels[-1])
    pixels = level.shape[0] * level.shape[1]
    channels = tuple(np.bincount(level[..., number].ravel(), minlength=256) / pixels
                     for number in range(level.shape[2]))  # fmt: skip
    shadows, lights = _shares_clipped(pyramid.levels[0])
    return Histogram(channels, np.bincount(_luma(level).ravel(), minlength=256) / pixels, shadows, lights)


def _shares_clipped(level: Level) -> tuple[float, float]:
    """Return the shares of the pixels that `clipped` calls `SHADOW` and `LIGHT`; strips without any are passed over."""
    shadows = lights = 0
    for top in range(0, len(level), _FEW_ROWS):
        rows = level[top : top + _FEW_ROWS]
        if rows.min() > 0 and rows.max() < 255:
            continue
        ends = clipped(rows)
        shadows += int(np.count_nonzero(ends == SHADOW))
        lights += int(np.count_nonzero(ends == LIGHT))
    pixels = level.shape[0] * level.shape[1]
    return shadows / pixels, lights / pixels


def _luma(level: Level) -> NDArray[np.uint8]:
    """Return the brightness ``(H, W)`` of display bytes."""
    if level.shape[2] == 1:
        return level[..., 0]
    weights = np.array([77, 150, 29], np.uint32)  # of 256
    luma: NDArray[np.uint8] = ((level @ weights) >> 8).astype(np.uint8)
    return luma


def clipped(level: Level) -> NDArray[np.uint8]:
    """Return ``(H, W)`` uint8: `LIGHT` where a channel is 255, else `SHADOW` where one is 0, else 0."""
    found = np.zeros(level.shape[:2], np.uint8)
    for top in range(0, len(level), _ROWS):
        rows = level[top : top + _ROWS]
        part = found[top : top + _ROWS]
        part[_any(rows == 0)] = SHADOW
        part[_any(rows == 255)] = LIGHT
    return found


def _any(found: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return where one of the channels of ``(H, W, C)`` is true; by pairs, which is ten times faster than numpy's."""
    result = found[..., 0]
    for channel in range(1, found.shape[2]):
        result = result | found[..., channel]
    return result


def clipped_levels(pyramid: Pyramid) -> tuple[NDArray[np.uint8], ...]:
    """Return `clipped` of a photo, ``(H, W)`` uint8 at each size of its pyramid; one clipped pixel shows in all."""
    levels = [clipped(pyramid.levels[0])]
    for known in pyramid.levels[1:]:
        height, width = known.shape[:2]
        finer = levels[-1]
        even = np.pad(finer, ((0, 2 * height - finer.shape[0]), (0, 2 * width - finer.shape[1])))
        pairs = np.maximum(even[::2], even[1::2])
        levels.append(np.ascontiguousarray(np.maximum(pairs[:, ::2], pairs[:, 1::2])))
    return tuple(levels)
