"""Between the primaries of RGB spaces: what red, green, blue and white are, as chromaticities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["D50", "REC709", "adaptation", "into_rec709"]

REC709 = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)
"""x and y of red, green, blue and white of sRGB (ITU-R BT.709)."""

D50 = (0.3457, 0.3585)
"""x and y of the white of colour profiles (ISO 15076-1)."""

_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_SAME = 1e-3


def into_rec709(chromaticities: Sequence[float]) -> NDArray[np.float64] | None:
    """Return what turns linear RGB of other primaries into that of sRGB, so that white stays white.

    Parameters
    ----------
    chromaticities : sequence of float
        x and y of red, green, blue and white, eight numbers.

    Returns
    -------
    ndarray or None
        ``(3, 3)`` float64, to be multiplied from the left; None where the primaries are sRGB's own.

    Raises
    ------
    ValueError
        If they are not those of any colours.

    Notes
    -----
    SMPTE RP 177-1993 for the matrices; Bradford's adaptation between whites (Lam 1985).
    """
    given = np.array([float(value) for value in chromaticities], np.float64)
    if given.shape != (8,) or not np.isfinite(given).all() or (given[1::2] == 0).any():
        raise ValueError(f"expected x and y of red, green, blue and white, got {given.tolist()}")
    if np.abs(given - REC709).max() < _SAME:
        return None
    own, wanted = _to_xyz(given), _to_xyz(np.array(REC709))
    return np.asarray(np.linalg.inv(wanted) @ adaptation(given[6:].tolist(), REC709[6:]) @ own)


def adaptation(white: Sequence[float], wanted: Sequence[float]) -> NDArray[np.float64]:
    """Return what turns XYZ seen under one white into XYZ under another, ``(3, 3)`` float64 (Bradford; Lam 1985).

    Parameters
    ----------
    white, wanted : sequence of float
        Their x and y.
    """
    cones, seen = (_BRADFORD @ np.array([x / y, 1.0, (1 - x - y) / y]) for x, y in (white, wanted))
    return np.asarray(np.linalg.inv(_BRADFORD) @ np.diag(seen / cones) @ _BRADFORD)


def _to_xyz(chromaticities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the matrix ``(3, 3)`` float64 from linear RGB to XYZ, whose white has Y = 1."""
    x, y = chromaticities[::2], chromaticities[1::2]
    colours = np.stack([x / y, np.ones(4), (1 - x - y) / y])
    try:
        amounts = np.linalg.solve(colours[:, :3], colours[:, 3])
    except np.linalg.LinAlgError as error:
        raise ValueError("expected three primaries that differ, got some on one line") from error
    return np.asarray(colours[:, :3] * amounts)
