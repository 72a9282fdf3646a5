"""Colour: between encoded sRGB and linear light, and from print colours to RGB."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from numpy.typing import NDArray

Values = TypeVar("Values")  # numpy arrays and torch tensors: the formulas need only what both have

_ENCODED_KNEE = 0.04045
_LINEAR_KNEE = 0.0031308
_ABOVE_LINEAR, _ABOVE_ENCODED = 0.0031308093, 0.0404499375  # the powers at the knees, and a rounding more
_AS_ADOBE_RGB = "The file has colours for print: they are shown, and saved, as Adobe RGB."
_AS_SRGB = "The file has colours for print, and does not say of which inks: they are shown, and saved, as sRGB."
_NO_PRINT_PROFILE = ("The file has colours for print, and a profile that is damaged or of other colours: they are "
                     "shown, and saved, as sRGB.")
_AS_PROPHOTO = "The file has colours as they are measured: they are shown, and saved, as ProPhoto RGB of 16 bits."
_COLORIMETRIC = 1  # intent of a transform
_MADE_AT = slice(24, 36)  # of a profile's header


def srgb_to_linear(values: Values) -> Values:
    """Turn encoded sRGB into linear light, of which twice as much is twice as many photons.

    Parameters
    ----------
    values : ndarray or Tensor
        Any shape, floating point, nominally in [0, 1]. Values outside are kept: the curve goes on above 1, and is
        mirrored about 0 below. Gradients of a tensor flow, and are finite everywhere.

    Returns
    -------
    ndarray or Tensor
        As `values`, linear.

    Notes
    -----
    IEC 61966-2-1:1999.
    """
    xp: Any = _namespace(values)
    size: Any = xp.abs(values)
    # The power never sees values near 0, where its inverse's slope is infinite and its gradient NaN. What it adds above
    # the knee is clipped instead of chosen: that costs a tenth.
    above = ((xp.clip(size, _ENCODED_KNEE, None) + 0.055) / 1.055) ** 2.4 - _ABOVE_LINEAR
    result: Values = xp.sign(values) * (xp.clip(size, None, _ENCODED_KNEE) / 12.92 + xp.clip(above, 0.0, None))
    return result


def linear_to_srgb(values: Values) -> Values:
    """Turn linear light into encoded sRGB; the inverse of `srgb_to_linear`, with the same arguments."""
    xp: Any = _namespace(values)
    size: Any = xp.abs(values)
    above = 1.055 * xp.clip(size, _LINEAR_KNEE, None) ** (1 / 2.4) - (0.055 + _ABOVE_ENCODED)
    result: Values = xp.sign(values) * (xp.clip(size, None, _LINEAR_KNEE) * 12.92 + xp.clip(above, 0.0, None))
    return result


@dataclass(frozen=True)
class IntoRgb:
    """What turns stored colours of print or measurement into RGB, and the profile of what comes out.

    ``convert`` takes ``(h, w, C)`` as stored and gives ``(h, w, 3)``; ``icc`` is None where that is sRGB; ``note`` is
    a sentence for the user.
    """

    convert: Callable[[NDArray[Any]], NDArray[Any]]
    icc: bytes | None
    note: str


def print_colours(icc: bytes | None) -> IntoRgb:
    """Return what turns print colours, uint8 or uint16 (the highest is all ink), into RGB of the same numbers.

    Through the profile `icc` where that is one of such colours, into Adobe RGB, which was made to hold them; else by
    the plain formula ``(1 - ink)(1 - black)``, which is taken for sRGB.
    """
    import numpy as np

    def through_profile(values: NDArray[Any]) -> NDArray[Any]:
        return _transformed(values, icc or b"", "cmyk", adobe_rgb(), values.dtype.name)

    def plainly(values: NDArray[Any]) -> NDArray[Any]:
        full = np.iinfo(values.dtype).max
        paper = full - values.astype(np.uint64)
        rgb: NDArray[Any] = ((paper[..., :3] * paper[..., 3:4] + full // 2) // full).astype(values.dtype)
        return rgb

    try:
        if icc is not None:
            through_profile(np.zeros((1, 1, 4), np.uint16))
            return IntoRgb(through_profile, adobe_rgb(), _AS_ADOBE_RGB)
    except (RuntimeError, ValueError):  # a damaged profile, or one of another colour space: go without it
        pass
    return IntoRgb(plainly, None, _AS_SRGB if icc is None else _NO_PRINT_PROFILE)


def laboratory_colours(*, has_offset: bool) -> IntoRgb:
    """Return what turns L*a*b* of D50 into 16 bits of ProPhoto RGB, which holds all but the most vivid.

    It takes uint8, uint16, or floats in steps of uint8.

    Parameters
    ----------
    has_offset : bool
        Whether a* and b* are counted from -128 on (ICC and Photoshop) or are signed (TIFF's own).
    """
    import numpy as np

    def convert(values: NDArray[Any]) -> NDArray[Any]:
        step, highest = (256, 65280 if has_offset else 65535) if values.dtype == np.uint16 else (1, 255)
        signed: NDArray[Any] = values[..., 1:]
        if not has_offset:
            signed = signed.view(np.int8 if step == 1 else np.int16)
        lab = np.empty((*values.shape[:2], 3))
        lab[..., 0] = values[..., 0] * (100 / highest)
        lab[..., 1:] = signed / step - (128 if has_offset else 0)
        return _transformed(lab, _lab(), "lab", prophoto_rgb(), "uint16")

    return IntoRgb(convert, prophoto_rgb(), _AS_PROPHOTO)


@cache
def adobe_rgb() -> bytes:
    """Return the profile of Adobe RGB (1998)."""
    return rgb_profile((0.64, 0.33, 0.21, 0.71, 0.15, 0.06, 0.3127, 0.3290), 563 / 256)


@cache
def prophoto_rgb() -> bytes:
    """Return the profile of ProPhoto RGB (ISO 22028-2), with its curve of one power."""
    return rgb_profile((0.7347, 0.2653, 0.1596, 0.8404, 0.0366, 0.0001, 0.3457, 0.3585), 1.8)


def rgb_profile(chromaticities: Sequence[float], gamma: float | None) -> bytes:
    """Return the profile of an RGB space, the same bytes each time.

    Parameters
    ----------
    chromaticities : sequence of float
        x and y of red, green, blue and white.
    gamma : float or None
        The power of its curve; None for sRGB's.
    """
    import imagecodecs

    points = list(map(float, chromaticities))
    primaries = [value for place in (0, 2, 4) for value in (*points[place : place + 2], 1.0)]
    curve = {"gamma": gamma} if gamma else {"transferfunction": _srgb_curve()}
    made = bytearray(imagecodecs.cms_profile("rgb", whitepoint=[*points[6:], 1.0], primaries=primaries, **curve))
    made[_MADE_AT] = bytes.fromhex("07ce00010001000000000000")  # the present time otherwise
    return bytes(made)


def _srgb_curve() -> NDArray[Any]:
    import numpy as np

    curve: NDArray[Any] = np.rint(srgb_to_linear(np.linspace(0, 1, 1024)) * 65535).astype(np.uint16)
    return curve


@cache
def _srgb() -> bytes:
    import imagecodecs

    return bytes(imagecodecs.cms_profile("srgb"))


@cache
def _lab() -> bytes:
    import imagecodecs

    return bytes(imagecodecs.cms_profile("lab4"))


def _transformed(values: NDArray[Any], icc: bytes, space: str, into: bytes, dtype: str) -> NDArray[Any]:
    """Turn values of a profile into RGB of another as they are measured: white stays white, the rest as it was."""
    import imagecodecs
    import numpy as np

    result: NDArray[Any] = imagecodecs.cms_transform(
        np.ascontiguousarray(values), icc, into, colorspace=space, outcolorspace="rgb", outdtype=dtype,
        intent=_COLORIMETRIC)
    return result


def is_usable(icc: bytes) -> bool:
    """Say whether a profile is whole, and one of RGB or grey, as pictures are here once they are opened."""
    import numpy as np

    space = {b"RGB ": "rgb", b"GRAY": "gray"}.get(icc[16:20])
    if space is None:
        return False
    try:
        _transformed(np.zeros((1, 1, 3) if space == "rgb" else (1, 1), np.uint8), icc, space, _srgb(), "uint8")
    except (RuntimeError, ValueError):
        return False
    return True


def srgb_converter(icc: bytes, channels: int) -> Callable[[NDArray[Any]], NDArray[Any]] | None:
    """Return what turns ``(H, W, C)`` uint16 of a profile into sRGB; None where it is of other colours."""
    import imagecodecs
    import numpy as np

    space = "rgb" if channels == 3 else "gray"

    def convert(values: NDArray[Any]) -> NDArray[Any]:
        stored = values if channels == 3 else values[..., 0]
        converted: NDArray[Any] = imagecodecs.cms_transform(
            np.ascontiguousarray(stored), icc, imagecodecs.cms_profile("srgb"), colorspace=space,
            outcolorspace="rgb", outdtype="uint16")
        return converted if channels == 3 else converted[..., :1].copy()

    try:
        convert(np.zeros((1, 1, channels), np.uint16))
    except (RuntimeError, ValueError):  # a damaged profile, or one of another colour space
        return None
    return convert


def screen_converter(icc: bytes | None, channels: int) -> Callable[[NDArray[Any]], NDArray[Any]] | None:
    """Return what turns ``(H, W, C)`` uint8 of a profile into the bytes that an sRGB screen shows for it.

    None where these are the same: without a profile, with sRGB's own, and with one that is not to be used.
    """
    import numpy as np

    deep = None if icc is None else srgb_converter(icc, channels)
    if icc is None or deep is None:
        return None
    steps = np.linspace(0, 255, 9).round().astype(np.uint8)
    sample = np.stack(np.meshgrid(*[steps] * channels, indexing="ij"), -1).reshape(1, -1, channels)
    shown = np.rint(deep(sample.astype(np.uint16) * 257) / 257)
    if abs(shown - sample).max() <= 1:
        return None

    def convert(values: NDArray[Any]) -> NDArray[Any]:
        import imagecodecs

        stored = np.ascontiguousarray(values if channels == 3 else values[..., 0])
        converted: NDArray[Any] = imagecodecs.cms_transform(
            stored, icc, imagecodecs.cms_profile("srgb"), colorspace="rgb" if channels == 3 else "gray",
            outcolorspace="rgb", outdtype="uint8")
        return converted if channels == 3 else converted[..., :1].copy()

    return convert


def _namespace(values: object) -> Any:
    """Return numpy or torch, whichever the values belong to; neither is imported that is not in use."""
    return import_module(type(values).__module__.partition(".")[0])
