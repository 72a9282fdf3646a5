"""Values of another range than [0, 1]: shown in one of their own, given back when the same kind of file is saved."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.imaging.exr import EXR
from desktop_app.core.imaging.metadata import Metadata
from desktop_app.core.imaging.raster import Depth, Raster, convert_depth, from_planes
from desktop_app.numerics.levels import levelled

__all__ = ["LEVELS", "LevelsWanted", "as_in_file", "display_range", "full_scale_of", "levels_note", "within_levels"]

LEVELS = "enhance.levels"
"""The tool that does, as a step of a history, what `within_levels` does."""

LevelsWanted = tuple[float, float] | Literal["auto"] | None  # those given, those of the data, or the file's own values
_NOMINAL = (-8.0, 8.0)  # floats within are taken for [0, 1] with highlights, and the overshoot of noise
_NEXT_TO_BLACK = 1 / 64  # floats that all lie nearer to 0 are no photo: it would be black
_FAR_BELOW = 16383  # 16-bit values that all lie below are those of a camera of 14 bits or fewer
_TAIL = 0.1  # per cent of the values that may lie beyond the range at each end, where they lie far out
_SAMPLE = 1 << 20
_ROWS = 256  # that are worked on at a time
_FULL_SCALE = {"8": 255.0, "16": 65535.0, "32f": 1.0}


def display_range(raster: Raster, metadata: Metadata) -> tuple[float, float] | None:
    """Return the file's numbers to show as 0 and 1; None where they are those of a photo.

    Parameters
    ----------
    raster : Raster
        ``(H, W, C)`` as read: float32 in the file's own numbers, or uint16; of 8 bits none needs a range.
    metadata : Metadata
        Its numbers' kind: floats are left alone near [0, 1], unless all are next to black; whole numbers never are. Its
        full scale, where the file says one, comes before what the data look like: a dark photo is no camera of fewer
        bits.
    """
    if raster.depth == "8":
        return None
    if metadata.format == EXR and not metadata.numbers:
        return None  # light, however bright
    holds_floats = not metadata.numbers or metadata.numbers.startswith("float")
    if raster.depth == "16":
        return _bits_used(raster.pixels, metadata.full_scale)
    return _extent(raster.pixels, holds_floats=holds_floats)


def full_scale_of(depth: Depth) -> float:
    """Return the file's number that a value of 1 stands for in a raster of a depth, as read."""
    return _FULL_SCALE[depth]


def levels_note(levels: tuple[float, float], metadata: Metadata) -> str:
    """Return the sentence on a file that is shown in levels."""
    kind = "16 bits" if metadata.depth == "16" else "a TIFF"
    return (f"The file's values are not those of a photo: levels {levels[0]:g}…{levels[1]:g} are shown as 0…1, "
            f"and come back when the result is saved in {kind}.")


def within_levels(raster: Raster, levels: tuple[float, float]) -> Raster:
    """Return a raster as read with its levels as 0 and 1; values beyond them stay beyond, in float32.

    It is what the tool `LEVELS` gives, to the last bit.
    """
    scale = full_scale_of(raster.depth)
    planes = raster.planes()
    for top in range(0, raster.height, _ROWS):
        rows = planes[:, top : top + _ROWS]
        rows[...] = levelled(rows, *levels, scale)
    return from_planes(planes, raster.alpha, exact_16=raster.depth != "32f")


def as_in_file(raster: Raster, metadata: Metadata) -> NDArray[Any]:
    """Return ``(H, W, C)`` of values with the numbers, and of the kind, that the file had: `within_levels` undone.

    Alpha, where there is any, is the last channel.
    """
    low, high = metadata.levels or (0.0, _FULL_SCALE[metadata.depth])
    dtype = np.dtype(metadata.numbers or {"8": "uint8", "16": "uint16", "32f": "float32"}[metadata.depth])
    alpha = [] if raster.alpha is None else [convert_depth(raster.alpha, "32f")]
    stored = np.empty((raster.height, raster.width, raster.channels + len(alpha)), dtype)
    for top in range(0, raster.height, _ROWS):
        rows = slice(top, top + _ROWS)
        shown: NDArray[Any] = convert_depth(raster.pixels[rows], "32f")
        stored[rows, :, : raster.channels] = _of_kind(low + shown.astype(np.float64) * (high - low), dtype)
        for plane in alpha:
            full = 1.0 if dtype.kind == "f" else float(np.iinfo(dtype).max)
            stored[rows, :, -1] = _of_kind(plane[rows].astype(np.float64) * full, dtype)
    return stored


def _of_kind(values: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return numbers as a file holds them: whole ones rounded and clipped, NaN as 0."""
    if dtype.kind == "f":
        return values.astype(dtype)
    limits = np.iinfo(dtype)
    whole: NDArray[Any] = np.nan_to_num(np.rint(values).clip(limits.min, limits.max)).astype(dtype)
    return whole


def _bits_used(pixels: NDArray[Any], full_scale: int) -> tuple[float, float] | None:
    highest = int(pixels.max())
    if 0 < highest <= full_scale:
        return (0.0, float(full_scale)) if full_scale < _FULL_SCALE["16"] else None
    return (0.0, float(2 ** max(8, highest.bit_length()) - 1)) if 0 < highest <= _FAR_BELOW else None


def _extent(pixels: NDArray[Any], *, holds_floats: bool) -> tuple[float, float] | None:
    values = pixels.ravel()[:: max(1, pixels.size // _SAMPLE)]
    finite = values[np.isfinite(values)]
    if not finite.size:
        return None
    with np.errstate(invalid="ignore"):
        low = float(np.nanmin(pixels, initial=np.inf, where=np.isfinite(pixels)))
        high = float(np.nanmax(pixels, initial=-np.inf, where=np.isfinite(pixels)))
    is_black = 0 < max(-low, high) < _NEXT_TO_BLACK
    if holds_floats and low >= _NOMINAL[0] and high <= _NOMINAL[1] and not is_black:
        return None
    tails = np.percentile(finite, [_TAIL, 100 - _TAIL])
    if high - low > 2 * (tails[1] - tails[0]) > 0:  # hot pixels, stars, a border of fill values
        low, high = float(tails[0]), float(tails[1])
    return (low, high) if high > low else (low, low + 1)
