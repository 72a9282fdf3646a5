"""What a profile of an RGB space comes to, where primaries and one curve say it all: formats without room for it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.imaging.colour import rgb_profile, srgb_to_linear
from desktop_app.core.imaging.png_chunks import SIGNATURE, chunks
from desktop_app.numerics.primaries import D50, REC709, adaptation

__all__ = ["SRGB", "RgbSpace", "as_linear_srgb", "said_profile", "space_of"]

_SAME_XYZ = 0.004  # of white's 1: about half a step of eight bits
_SAME_POINT = 0.002
_STEPS = 9
_D65 = REC709[6:]
# By the numbers of ITU-T H.273; 2 says nothing. Its curves of video are seen as sRGB's.
_NUMBERED = {
    1: REC709, 2: REC709, 5: (0.64, 0.33, 0.29, 0.60, 0.15, 0.06, *_D65),
    6: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, *_D65), 7: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, *_D65),
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, *_D65), 12: (0.68, 0.32, 0.265, 0.69, 0.15, 0.06, *_D65),
}
_CURVES: dict[int, float | None] = {1: None, 2: None, 6: None, 13: None, 14: None, 15: None, 4: 2.2, 5: 2.8, 8: 1.0}
_MOST_GAMMA = 5.0
_PARTS = 100_000  # PNG's numbers are in these
_USUAL_POWER, _SAME_POWER = 2.2, 0.01  # what PNG writes for sRGB's curve


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


def said_profile(colour: bytes) -> bytes | None:
    """Return the profile of what a file says of its colours in numbers, as `Metadata.colour` has it.

    Parameters
    ----------
    colour : bytes
        Chunks of a PNG: ``cICP`` before ``sRGB`` before ``gAMA`` and ``cHRM`` (PNG, third edition, 4.3).

    Returns
    -------
    bytes or None
        None where they say sRGB, nothing, what cannot be, or a curve of more light than white (PQ, HLG).
    """
    said = dict(chunks(SIGNATURE + colour))
    space = _numbered(said[b"cICP"]) if b"cICP" in said else None if b"sRGB" in said else _measured(said)
    if space is None or (space.gamma is None and np.abs(np.subtract(space.chromaticities, REC709)).max() < _SAME_POINT):
        return None
    try:
        icc = space.icc
    except (RuntimeError, ValueError):  # primaries that are none
        return None
    return icc if space_of(icc) not in (None, SRGB) else None


def _numbered(content: bytes) -> RgbSpace | None:
    is_known = len(content) == 4 and content[0] in _NUMBERED and content[1] in _CURVES
    return RgbSpace(_NUMBERED[content[0]], _CURVES[content[1]]) if is_known else None


def _measured(said: dict[bytes, bytes]) -> RgbSpace | None:
    points, curve = said.get(b"cHRM", b""), said.get(b"gAMA", b"")
    places = struct.unpack(">8I", points) if len(points) == 32 else ()
    flat = tuple(place / _PARTS for place in (*places[2:], *places[:2])) or REC709
    power = _PARTS / int.from_bytes(curve, "big") if any(curve) else None
    is_usual = power is None or (flat == REC709 and abs(power - _USUAL_POWER) < _SAME_POWER)
    if power is not None and not 1 / _MOST_GAMMA <= power <= _MOST_GAMMA:
        return None
    return RgbSpace(flat, None if is_usual else round(power or 1.0, 4))


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
