"""How Pillow's modes are taken over into a raster, strip by strip."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.imaging.colour import IntoRgb, laboratory_colours, print_colours
from desktop_app.core.imaging.decoding import PhotoInfo, empty_raster, laid_as_stored, upright_size
from desktop_app.core.imaging.raster import Depth, Raster

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["STRIP_BYTES", "info_of", "into_rgb", "take_over"]

STRIP_BYTES = 8 << 20
"""Of a strip, in the widest mode."""


@dataclass(frozen=True)
class _Layout:
    """How a Pillow mode is taken over: the mode to convert to (None: as it is), and what that one holds."""

    target: str | None
    channels: int
    has_alpha: bool = False
    depth: Depth = "8"


_GREY, _COLOUR = _Layout("L", 1), _Layout("RGB", 3)
_GREY_ALPHA, _COLOUR_ALPHA = _Layout("LA", 1, has_alpha=True), _Layout("RGBA", 3, has_alpha=True)
_LAYOUTS = {
    "1": _GREY, "L": _GREY, "LA": _GREY_ALPHA, "La": _GREY_ALPHA, "PA": _COLOUR_ALPHA, "RGBA": _COLOUR_ALPHA,
    "RGBa": _COLOUR_ALPHA, "I": _Layout(None, 1, depth="16"), "F": _Layout(None, 1, depth="32f"),
    "LAB": _Layout(None, 3, depth="16"),
    "I;16": _Layout(None, 1, depth="16"), "I;16L": _Layout(None, 1, depth="16"), "I;16B": _Layout(None, 1, depth="16"),
}


def _layout_of(image: Image) -> _Layout:
    if image.mode in _LAYOUTS and "transparency" not in image.info:
        return _LAYOUTS[image.mode]
    if "transparency" in image.info and image.mode in ("1", "L", "P", "RGB"):
        return _GREY_ALPHA if image.mode in ("1", "L") else _COLOUR_ALPHA
    return _LAYOUTS.get(image.mode, _COLOUR)


def info_of(image: Image, orientation: int) -> PhotoInfo:
    """Return what an identified picture says of itself, turned upright from EXIF's `orientation` (1–8)."""
    layout = _layout_of(image)
    width, height = upright_size(image.width, image.height, orientation)
    return PhotoInfo(width, height, layout.channels, layout.has_alpha, layout.depth, image.format or "")


def take_over(image: Image, orientation: int) -> Raster:
    """Return the upright pixels of a decoded picture, its alpha as a plane of its own."""
    raster = empty_raster(info_of(image, orientation))
    pixels = laid_as_stored(raster.pixels, orientation)
    alpha = None if raster.alpha is None else laid_as_stored(raster.alpha, orientation)
    convert = _converter(image)
    for top, bottom in _strips(image):
        values = convert(image.crop((0, top, image.width, bottom))).reshape(bottom - top, image.width, -1)
        pixels[top:bottom] = values[..., : raster.channels]
        if alpha is not None:
            alpha[top:bottom] = values[..., -1]
    return raster


def into_rgb(image: Image) -> IntoRgb | None:
    """Return how the colours of an identified picture become RGB; None where they are RGB or grey."""
    if image.mode == "CMYK":
        return print_colours(image.info.get("icc_profile"))
    return laboratory_colours(has_offset=True) if image.mode == "LAB" else None


def _converter(image: Image) -> Callable[[Image], NDArray[Any]]:
    special = into_rgb(image)
    if special is not None:
        return lambda strip: special.convert(np.asarray(strip))
    target = _layout_of(image).target
    if target is None or target == image.mode:
        return np.asarray
    return lambda strip: np.asarray(strip.convert(target))


def _strips(image: Image) -> Iterator[tuple[int, int]]:
    rows = max(1, STRIP_BYTES // (4 * image.width))
    return ((top, min(top + rows, image.height)) for top in range(0, image.height, rows))
