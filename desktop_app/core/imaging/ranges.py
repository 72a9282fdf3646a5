"""Values of another range than [0, 1]: shown in one of their own, given back when the same kind of file is saved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.imaging.metadata import Metadata
from desktop_app.core.imaging.raster import Raster, convert_depth

__all__ = ["as_in_file", "within_unit"]

_NOMINAL = (-8.0, 8.0)  # floats within are taken for [0, 1] with highlights, and the overshoot of noise
_FAR_BELOW = 4095  # 16-bit values that all lie below are those of a camera of 12 bits or fewer
_TAIL = 0.1  # per cent of the values that may lie beyond the range at each end, where they lie far out
_SAMPLE = 1 << 20


def within_unit(raster: Raster, metadata: Metadata, *, is_float: bool) -> tuple[Raster, Metadata]:
    """Put values that lie outside [0, 1], or far below full scale, into that range; the rest stay as they are.

    Parameters
    ----------
    raster : Raster
        ``(H, W, C)`` as read: float32 in the file's own numbers, or uint16. Changed in place.
    metadata : Metadata
        Gains ``levels``, the file's values that are now 0 and 1, and a note that says so.
    is_float : bool
        Whether the file holds floats, which are left alone near [0, 1]; whole numbers of 32 bits never are.

    Returns
    -------
    tuple of Raster and Metadata
        What was given, where no range was needed.
    """
    if raster.depth == "8":
        return raster, metadata
    pixels: NDArray[Any] = raster.pixels
    levels = _bits_used(pixels) if raster.depth == "16" else _levels_of(pixels, is_float=is_float)
    if levels is None:
        return raster, metadata
    low, high = levels
    for row in pixels:
        if raster.depth == "16":
            row[...] = (row.astype(np.uint32) * 65535 + int(high) // 2) // int(high)
        else:
            row[...] = (row.astype(np.float64) - low) / (high - low)
    if raster.alpha is not None:
        _stretch_alpha(raster.alpha)
    kind = "16 bits" if raster.depth == "16" else "a TIFF of 32-bit floats"
    note = (f"The file's values are not those of a photo: levels {low:g}…{high:g} are shown as 0…1, "
            f"and come back when the result is saved in {kind}.")
    return raster, replace(metadata, levels=levels).noted(note)


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


def _levels_of(pixels: NDArray[Any], *, is_float: bool) -> tuple[float, float] | None:
    values = pixels.ravel()[:: max(1, pixels.size // _SAMPLE)]
    finite = values[np.isfinite(values)]
    if not finite.size:
        return None
    with np.errstate(invalid="ignore"):
        low = float(np.nanmin(pixels, initial=np.inf, where=np.isfinite(pixels)))
        high = float(np.nanmax(pixels, initial=-np.inf, where=np.isfinite(pixels)))
    if is_float and low >= _NOMINAL[0] and high <= _NOMINAL[1]:
        return None
    tails = np.percentile(finite, [_TAIL, 100 - _TAIL])
    if high - low > 2 * (tails[1] - tails[0]) > 0:  # hot pixels, stars, a border of fill values
        low, high = float(tails[0]), float(tails[1])
    return (low, high) if high > low else (low, low + 1)


def _stretch_alpha(alpha: NDArray[Any]) -> None:
    full = float(np.iinfo(alpha.dtype).max) if alpha.dtype.kind == "u" else 1.0
    highest = float(alpha.max())
    if highest > full or (alpha.dtype.kind == "u" and 0 < highest <= _FAR_BELOW):
        alpha[...] = alpha.astype(np.float64) * (full / highest)
