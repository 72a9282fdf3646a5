"""What a profile of an RGB space comes to, where primaries and one curve say it all: formats without room for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.imaging.colour import rgb_profile, srgb_to_linear
from desktop_app.numerics.primaries import D50, REC709, adaptation

__all__ = ["SRGB", "RgbSpace", "as_linear_srgb", "space_of"]

_SAME_XYZ = 0.004  # of white's 1: about half a step of eight bits
_SAME_POINT = 0.002
_STEPS = 9


@dataclass(frozen=True)
class RgbSpace:
    """x and y of red, green, blue and white (D65), and the power of the curve; None for sRGB's curve."""

    chromaticities: tuple[float, ...]
    gamma: float | None

    @property
    def icc(self) -> bytes:
        """Its profile."""
        return rgb_profile(self.chromaticities, self.gamma)


SRGB = RgbSpace(REC709, None)


@lru_cache(maxsize=16)
def space_of(icc: bytes) -> RgbSpace | None:
    """Return the space that a profile describes; None where primaries and one curve do not say it.

    It is asked for colours and not read: tables, curves and versions of all kinds are then one. Whites are adapted to
    D65 by Bradford's cones, as in profiles.
    """
    levels = np.linspace(0, 1, _STEPS)
    cube = np.stack(np.meshgrid(levels[::2], levels[::2], levels[::2], indexing="ij"), -1).reshape(1, -1, 3)
    grey = np.repeat(levels, 3).reshape(1, -1, 3)
    try:
        columns, curve, seen = (_xyz(values, icc) for values in (np.eye(3)[None], grey, cube))
    except (RuntimeError, ValueError):  # a damaged profile, or one of another colour space
        return None
    middle = curve[_STEPS // 2, 1] / curve[-1, 1] if curve[-1, 1] > 0 else 0.0
    if not 0 < middle < 1:
        return None
    gamma = round(float(np.log(middle) / np.log(levels[_STEPS // 2])), 3)
    for power in (None, gamma):
        linear = srgb_to_linear(cube[0]) if power is None else cube[0] ** power
        if np.abs(linear @ columns - seen).max() <= _SAME_XYZ:
            points = columns @ adaptation(D50, REC709[6:]).T
            found = RgbSpace((*(points[:, :2] / points.sum(1, keepdims=True)).ravel().tolist(), *REC709[6:]), power)
            is_usual = power is None and np.abs(np.subtract(found.chromaticities, REC709)).max() < _SAME_POINT
            return SRGB if is_usual else found
    return None


def as_linear_srgb(values: NDArray[Any], space: RgbSpace) -> NDArray[np.float32]:
    """Return ``(H, W, 3)`` uint8 of a space as linear float32 of sRGB's primaries, outside [0, 1] where it is wider."""
    import imagecodecs

    linear = rgb_profile(REC709, 1.0)
    unit = values.astype(np.float32) / np.float32(np.iinfo(values.dtype).max)
    converted: NDArray[np.float32] = imagecodecs.cms_transform(
        unit, space.icc, linear, colorspace="rgb", outcolorspace="rgb", outdtype="float32", intent=1)
    return converted


def _xyz(values: NDArray[np.float64], icc: bytes) -> NDArray[np.float64]:
    """Return colours ``(1, N, 3)`` of a profile as ``(N, 3)`` of XYZ (D50)."""
    import imagecodecs

    found: NDArray[np.float64] = imagecodecs.cms_transform(
        np.ascontiguousarray(values), icc, imagecodecs.cms_profile("xyz"), colorspace="rgb", outcolorspace="xyz",
        outdtype="float64", intent=1)[0]
    return found
