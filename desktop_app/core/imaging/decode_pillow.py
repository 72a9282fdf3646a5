"""Pictures of eight bits a value through Pillow: decoded whole, taken over strip by strip."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from desktop_app.core.imaging.colour import rgb_converter
from desktop_app.core.imaging.decoding import Decoder, PhotoInfo, empty_raster, laid_as_stored, upright_size
from desktop_app.core.imaging.metadata import Metadata, bare_exif
from desktop_app.core.imaging.raster import Depth, Raster

if TYPE_CHECKING:
    from PIL.Image import Image

# Formats that are recognised by their content and decoded without another program's help (EPS would call one).
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF", "JPEG2000")
_STRIP_BYTES = 8 << 20


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
    "I;16": _Layout(None, 1, depth="16"), "I;16L": _Layout(None, 1, depth="16"), "I;16B": _Layout(None, 1, depth="16"),
}


def identify(file: BinaryIO) -> Image | None:
    """Return the picture that the content of `file` is, its header read only; None when it is none.

    Pillow's own `open` would warn of a large picture and refuse a very large one, by a limit that is global to the
    process; here the plugins are asked directly, and memory is judged by what the machine has.
    """
    from PIL import Image

    Image.init()
    file.seek(0)
    prefix = file.read(16)
    for name in FORMATS:
        factory, accept = Image.OPEN.get(name, (None, None))
        if factory is None or (accept is not None and accept(prefix) is not True):
            continue
        file.seek(0)
        return factory(file, "")
    return None


def pillow_decoder(image: Image, metadata: Metadata | None = None) -> Decoder:
    """Return the decoder of an identified picture.

    Parameters
    ----------
    image : Image
        From `identify`.
    metadata : Metadata, optional
        Of a file whose metadata somebody else has read, and whose orientation Pillow applies itself (TIFF).
    """
    known = metadata or _metadata_of(image)
    orientation = 1 if metadata else known.orientation
    info = _info_of(image, orientation)
    pillow_bytes = image.width * image.height * (1 if len(image.getbands()) == 1 and image.mode not in "IF" else 4)

    def read() -> tuple[Raster, Metadata]:
        image.load()
        # PNG may put its metadata behind the pixels.
        late = metadata or _metadata_of(image)
        raster = _take_over(image, 1 if metadata else late.orientation)
        icc = late.icc if _keeps_profile(image.mode) else None
        return raster, replace(late, icc=icc, depth=raster.depth).upright()

    return Decoder(info, pillow_bytes + 2 * _STRIP_BYTES, read)


def _keeps_profile(mode: str) -> bool:
    return mode not in ("CMYK", "LAB")  # they become sRGB, which the profile does not describe


def _layout_of(image: Image) -> _Layout:
    if image.mode in _LAYOUTS and "transparency" not in image.info:
        return _LAYOUTS[image.mode]
    if "transparency" in image.info and image.mode in ("1", "L", "P", "RGB"):
        return _GREY_ALPHA if image.mode in ("1", "L") else _COLOUR_ALPHA
    return _LAYOUTS.get(image.mode, _COLOUR)


def _info_of(image: Image, orientation: int) -> PhotoInfo:
    layout = _layout_of(image)
    width, height = upright_size(image.width, image.height, orientation)
    return PhotoInfo(width, height, layout.channels, layout.has_alpha, layout.depth, image.format or "")


def _metadata_of(image: Image) -> Metadata:
    info = image.info
    xmp = info.get("xmp") or info.get("XML:com.adobe.xmp")
    dpi = info.get("dpi")
    return Metadata(
        exif=bare_exif(info.get("exif")) or _exif_in_text(image),
        icc=info.get("icc_profile") or None,
        xmp=xmp.encode() if isinstance(xmp, str) else xmp or None,
        format=image.format or "",
        dpi=(float(dpi[0]), float(dpi[1])) if dpi and 0 not in dpi else None,
    )


def _exif_in_text(image: Image) -> bytes | None:
    """Return EXIF that older programs put into a PNG as hexadecimal text."""
    if "Raw profile type exif" not in image.info:
        return None
    return bare_exif(image.getexif().tobytes())


def _take_over(image: Image, orientation: int) -> Raster:
    raster = empty_raster(_info_of(image, orientation))
    pixels = laid_as_stored(raster.pixels, orientation)
    alpha = None if raster.alpha is None else laid_as_stored(raster.alpha, orientation)
    convert = _converter(image)
    for top, bottom in _strips(image):
        strip = np.asarray(convert(image.crop((0, top, image.width, bottom))))
        values = strip.reshape(bottom - top, image.width, -1)
        pixels[top:bottom] = values[..., : raster.channels]
        if alpha is not None:
            alpha[top:bottom] = values[..., -1]
    return raster


def _converter(image: Image) -> Callable[[Image], Image]:
    special = rgb_converter(image.mode, image.info.get("icc_profile"))
    if special is not None:
        return special
    target = _layout_of(image).target
    if target is None or target == image.mode:
        return lambda strip: strip
    return lambda strip: strip.convert(target)


def _strips(image: Image) -> Iterator[tuple[int, int]]:
    rows = max(1, _STRIP_BYTES // (4 * image.width))
    return ((top, min(top + rows, image.height)) for top in range(0, image.height, rows))
