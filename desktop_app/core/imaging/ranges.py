"""Values of another range than [0, 1]: shown in one of their own, given back when the same kind of file is saved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.imaging.metadata import Metadata
from desktop_app.core.imaging.raster import Raster, convert_depth

__all__ = ["LevelsWanted", "as_in_file", "display_range", "within_unit"]

LevelsWanted = tuple[float, float] | Literal["auto"] | None  # those given, those of the data, or the file's own values
_NOMINAL = (-8.0, 8.0)  # floats within are taken for [0, 1] with highlights, and the overshoot of noise
_FAR_BELOW = 4095  # 16-bit values that all lie below are those of a camera of 12 bits or fewer
_TAIL = 0.1  # per cent of the values that may lie beyond the range at each end, where they lie far out
_SAMPLE = 1 << 20


def display_range(raster: Raster, *, holds_floats: bool) -> tuple[float, float] | None:
    """Return the values to show as 0 and 1; None for those of a photo.

    Parameters
    ----------
    raster : Raster
        ``(H, W, C)`` as read: float32 in the file's own numbers, or uint16; of 8 bits none needs a range.
    holds_floats : bool
        Whether float32 was floats in the file, which are left alone near [0, 1]; whole numbers never are.
    """
    if raster.depth == "8":
        return None
    return _bits_used(raster.pixels) if raster.depth == "16" else _extent(raster.pixels, holds_floats=holds_floats)


def within_unit(raster: Raster, metadata: Metadata, levels: tuple[float, float]) -> Metadata:
    """Put the values of uint16 or float32 pixels into [0, 1], in place; values beyond `levels` stay beyond in floats.

    Returns
    -------
    Metadata
        What was given, with the levels and a note that says so.
    """
    low, high = levels
    pixels: NDArray[Any] = raster.pixels
    for row in pixels:
        unit = (row.astype(np.float64) - low) / (high - low)
        row[...] = np.rint(np.clip(unit, 0, 1) * 65535) if raster.depth == "16" else unit
    if raster.alpha is not None and raster.depth == "32f" and (highest := float(raster.alpha.max())) > 1:
        raster.alpha[...] = raster.alpha.astype(np.float64) / highest
    kind = "16 bits" if raster.depth == "16" else "a TIFF of 32-bit floats"
    note = (f"The file's values are not those of a photo: levels {low:g}…{high:g} are shown as 0…1, "
            f"and come back when the result is saved in {kind}.")
    return replace(metadata, levels=levels).noted(note)


def as_in_file(raster: Raster, levels: tuple[float, float]) -> Raster:
    """Return a raster of 16 bits or floats with the values that the file had: the inverse of `within_unit`."""
    low, high = levels
    values = low + convert_depth(raster.pixels, "32f").astype(np.float64) * (high - low)
    if raster.depth == "16":
        return Raster(np.rint(np.clip(values, 0, 65535)).astype(np.uint16), raster.alpha)
    return Raster(values.astype(np.float32), raster.alpha)


def _bits_used(pixels: NDArray[Any]) -> tuple[float, float] | None:
    highest = int(pixels.max())
    return (0.0, float(2 ** max(8, highest.bit_length()) - 1)) if 0 < highest <= _FAR_BELOW else None


def _extent(pixels: NDArray[Any], *, holds_floats: bool) -> tuple[float, float] | None:
    values = pixels.ravel()[:: max(1, pixels.size // _SAMPLE)]
    finite = values[np.isfinite(values)]
    if not finite.size:
        return None
    with np.errstate(invalid="ignore"):
        low = float(np.nanmin(pixels, initial=np.inf, where=np.isfinite(pixels)))
        high = float(np.nanmax(pixels, initial=-np.inf, where=np.isfinite(pixels)))
    if holds_floats and low >= _NOMINAL[0] and high <= _NOMINAL[1]:
        return None
    tails = np.percentile(finite, [_TAIL, 100 - _TAIL])
    if high - low > 2 * (tails[1] - tails[0]) > 0:  # hot pixels, stars, a border of fill values
        low, high = float(tails[0]), float(tails[1])
    return (low, high) if high > low else (low, low + 1)
