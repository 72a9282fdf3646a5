"""Two pictures of one size mixed: a step's result with its input, as strong as somebody wants it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.imaging.raster import Raster

_SCALES = {"uint8": 255.0, "uint16": 65535.0, "float32": 1.0}
_BLOCK = 1 << 17  # values that are mixed at a time: what fits the cache


def blended(before: Raster, after: Raster, strength: float) -> Raster:
    """Return ``before + strength · (after - before)`` in the depth and with the transparency of ``after``.

    Parameters
    ----------
    before, after : Raster
        Of the same size and channels.
    strength : float
        0 gives ``before``, 1 ``after``, more goes beyond: integers end at black and white, floats do not.
    """
    return Raster(mixed(before.pixels, after.pixels, strength), after.alpha)


def mixed(before: NDArray[np.generic], after: NDArray[np.generic], strength: float) -> NDArray[np.generic]:
    """Return the pixels ``(H, W, C)`` of `blended`, in the dtype of ``after``: uint8, uint16 or float32."""
    if strength == 1.0:
        return after
    result: NDArray[np.generic] = np.empty(after.shape, after.dtype)
    rows = max(1, _BLOCK * len(after) // max(1, after.size))
    for top in range(0, len(after), rows):
        part = slice(top, top + rows)
        _mix(before[part], after[part], strength, result[part])
    return result


def _mix(
    before: NDArray[np.generic], after: NDArray[np.generic], strength: float, result: NDArray[np.generic]
) -> None:
    full = _SCALES[after.dtype.name]
    share = np.float32((1.0 - strength) * full / _SCALES[before.dtype.name])
    values, rest = after.astype(np.float32), before.astype(np.float32)
    values *= np.float32(strength)
    rest *= share
    values += rest
    if after.dtype != np.float32:
        np.clip(np.rint(values, out=values), 0.0, full, out=values)
    result[...] = values
