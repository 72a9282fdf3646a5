"""Colour: between encoded sRGB and linear light, and from print colours to RGB."""

from __future__ import annotations

import io
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

Values = TypeVar("Values")  # numpy arrays and torch tensors: the formulas need only what both have

_ENCODED_KNEE = 0.04045
_LINEAR_KNEE = 0.0031308


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
    # The power's branch never sees values near 0, where the other curve's slope is infinite and its gradient NaN.
    curve = ((xp.clip(size, _ENCODED_KNEE, None) + 0.055) / 1.055) ** 2.4
    result: Values = xp.sign(values) * xp.where(size <= _ENCODED_KNEE, size / 12.92, curve)
    return result


def linear_to_srgb(values: Values) -> Values:
    """Turn linear light into encoded sRGB; the inverse of `srgb_to_linear`, with the same arguments."""
    xp: Any = _namespace(values)
    size: Any = xp.abs(values)
    curve = 1.055 * xp.clip(size, _LINEAR_KNEE, None) ** (1 / 2.4) - 0.055
    result: Values = xp.sign(values) * xp.where(size <= _LINEAR_KNEE, size * 12.92, curve)
    return result


def rgb_converter(mode: str, icc: bytes | None) -> Callable[[Image], Image] | None:
    """Return what turns a Pillow picture of print or laboratory colours into sRGB, strip by strip.

    Parameters
    ----------
    mode : str
        Pillow's mode of the picture.
    icc : bytes, optional
        The profile embedded in its file.

    Returns
    -------
    callable or None
        ``CMYK``: through the embedded profile, else Pillow's plain formula; ``LAB``: by its definition (D50). None
        for every other mode.
    """
    if mode == "CMYK":
        return _through_profile(mode, icc) or _plainly
    return _through_profile(mode, None) if mode == "LAB" else None


def print_converter(icc: bytes | None) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """Return what turns ``(h, w, 4)`` uint16 print colours (65535 is all ink) into ``(h, w, 3)`` uint16 sRGB.

    Through the profile `icc` where that is one of such colours, else by the plain formula ``(1 - ink)(1 - black)``.
    """
    import imagecodecs
    import numpy as np

    def through_profile(values: NDArray[Any]) -> NDArray[Any]:
        converted: NDArray[Any] = imagecodecs.cms_transform(
            np.ascontiguousarray(values), icc or b"", imagecodecs.cms_profile("srgb"), colorspace="cmyk",
            outcolorspace="rgb", outdtype="uint16")
        return converted

    def plainly(values: NDArray[Any]) -> NDArray[Any]:
        paper = 65535 - values.astype(np.uint64)
        return ((paper[..., :3] * paper[..., 3:] + 32767) // 65535).astype(np.uint16)

    if icc is None:
        return plainly
    try:
        through_profile(np.zeros((1, 1, 4), np.uint16))
    except (RuntimeError, ValueError):  # a damaged profile, or one of another colour space: go without it
        return plainly
    return through_profile


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


def _plainly(image: Image) -> Image:
    return image.convert("RGB")


def _through_profile(mode: str, icc: bytes | None) -> Callable[[Image], Image] | None:
    from PIL import ImageCms

    if mode == "CMYK" and not icc:
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(icc) if icc else ImageCms.createProfile("LAB"))
        srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        transform = ImageCms.buildTransform(source, srgb, mode, "RGB")
    except (ImageCms.PyCMSError, OSError):  # a damaged profile, or one of another colour space: go without it
        return None

    def convert(image: Image) -> Image:
        converted = ImageCms.applyTransform(image, transform)
        assert converted is not None  # it is only when changing the picture in place
        return converted

    return convert


def _namespace(values: object) -> Any:
    """Return numpy or torch, whichever the values belong to; neither is imported that is not in use."""
    return import_module(type(values).__module__.partition(".")[0])
