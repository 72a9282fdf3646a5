"""How far a picture is from one that ought to be the same, in words."""

from __future__ import annotations

import math

from desktop_app.core.imaging.raster import Raster


def gap(stored: Raster, made: Raster) -> str:
    """Return by how much, and in how many of its values, a picture differs from another of its size; "" where nowhere.

    Parameters
    ----------
    stored, made : Raster
        Both pictures.
    """
    gaps = abs(stored.planes() - made.planes())
    share = float((gaps > 0).mean())
    most = float(gaps.max()) * 255
    return f"differs by up to {most:.3g} levels, in {share_text(share)} of its values" if share else ""


def share_text(share: float) -> str:
    """Return a share as a percentage that is no 0 where the share is none.

    Examples
    --------
    >>> share_text(0.25), share_text(0.00007)
    ('25.0%', '0.007%')
    """
    decimals = max(1, -math.floor(math.log10(share)) - 2) if share > 0.0 else 1
    return f"{share:.{decimals}%}"
