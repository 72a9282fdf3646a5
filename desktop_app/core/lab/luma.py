"""The channel on which super-resolution is measured by convention."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Planes = NDArray[np.float32]


def luma(planes: Planes) -> Planes:
    """Return the Y channel of BT.601 in studio range: black is 16/255 and white 235/255.

    Parameters
    ----------
    planes : ndarray
        ``(C, H, W)`` float32, nominally in [0, 1]; encoded RGB, or grey, which is returned as it is.

    Returns
    -------
    ndarray
        ``(1, H, W)`` float32.

    Notes
    -----
    ITU-R BT.601-7, section 2.5.1 to 2.5.3; published super-resolution figures (peak 255) are on this channel.

    Examples
    --------
    >>> round(float(luma(np.ones((3, 1, 1), np.float32))[0, 0, 0] * 255))
    235
    """
    if planes.shape[0] == 1:
        return planes
    red, green, blue = planes
    y: Planes = (65.481 * red + 128.553 * green + 24.966 * blue + 16.0) / 255.0
    return y[None].astype(np.float32, copy=False)
