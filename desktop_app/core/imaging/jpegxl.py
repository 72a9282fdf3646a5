"""JPEG XL: its pixels through imagecodecs, and what its header and boxes say, which that does not tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.imaging.boxes import boxes
from desktop_app.core.imaging.decoding import Decoder, PhotoInfo, raster_from_stored, scaled_integers
from desktop_app.core.imaging.jpegxl_header import CODESTREAM, Header, header_of, in_space
from desktop_app.core.imaging.metadata import Metadata, bare_exif
from desktop_app.core.imaging.png_chunks import chunk
from desktop_app.core.imaging.raster import Depth, Raster
from desktop_app.core.imaging.rgb_space import SRGB, RgbSpace, as_linear_srgb, space_of

__all__ = ["is_jpegxl", "jpegxl_decoder", "jpegxl_file"]

_CONTAINER = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
_BYTES_PER_PIXEL = 40  # of the float planes that its decoder holds
_ALPHAS = (2, 4)  # how many values a pixel with alpha has
_PROFILE_NOTE = "The file's own colour profile cannot be read: the colours are taken for sRGB."
_WANTS_MORE, _NO_END = "NEED_MORE_INPUT", "its end is missing, and the decoder gives no part of a JPEG XL"
_MOVING = "The file has several frames: the first is shown, and a saved result holds no other."


def is_jpegxl(header: bytes) -> bool:
    """Say whether a file that begins with `header` is a JPEG XL, bare or in its container."""
    return header.startswith((CODESTREAM, _CONTAINER))


def jpegxl_decoder(file: BinaryIO) -> Decoder:
    """Return the decoder of the first frame of a JPEG XL.

    Raises
    ------
    ValueError
        If its header is damaged.
    """
    file.seek(0)
    data = file.read()
    parts = list(boxes(data)) if data.startswith(_CONTAINER) else [(b"jxlc", data)]
    header = header_of(next((part[4:] if name == b"jxlp" else part for name, part in parts
                           if name in (b"jxlc", b"jxlp")), b""))
    depth: Depth = "32f" if header.is_float else "16" if header.bits > 8 else "8"
    size = (header.height, header.width) if header.orientation > 4 else (header.width, header.height)
    info = PhotoInfo(*size, 1 if header.is_grey else 3, header.has_alpha, depth, "JPEG XL")
    metadata = _metadata_of(header, parts, depth)

    def read() -> tuple[Raster, Metadata]:
        import imagecodecs

        try:
            values: NDArray[Any] = imagecodecs.jpegxl_decode(data, index=0)  # turned upright
        except imagecodecs.JpegxlError as error:
            if _WANTS_MORE in str(error):
                raise ValueError(_NO_END) from error
            raise
        values = values.reshape(info.height, info.width, -1)
        if header.is_float:
            values = values.astype(np.float32)
        elif header.bits > 8 and values.dtype != np.uint16:
            raise ValueError(f"{values.dtype} numbers came of {header.bits} bits")
        elif header.bits not in (8, 16):
            values = scaled_integers(values, 2**header.bits - 1, 255 if depth == "8" else 65535)
        return raster_from_stored(values, 1, has_alpha=header.has_alpha), metadata

    return Decoder(info, info.width * info.height * _BYTES_PER_PIXEL, read)


def jpegxl_file(values: NDArray[Any], metadata: Metadata, *, quality: int) -> bytes:
    """Return ``(H, W, 1–4)`` uint8 or uint16 of a space that `space_of` knows, or sRGB, as a JPEG XL with EXIF and XMP.

    A quality of 100 is lossless, and so are 16 bits, and transparency in other spaces than sRGB.
    """
    import imagecodecs

    squeezed = np.ascontiguousarray(values[..., 0] if values.shape[-1] == 1 else values)
    space = (space_of(metadata.icc) if metadata.icc and values.shape[-1] > 2 else None) or SRGB
    distance = 0.1 + (100 - quality) * 0.09  # 0.55 at 95, 1 at 90: what libjxl makes of these qualities
    is_exact = quality == 100 or values.dtype != np.uint8 or (space != SRGB and values.shape[-1] in _ALPHAS)
    if not is_exact and space != SRGB:
        squeezed = as_linear_srgb(squeezed, space)  # as wide as it is: what the encoder takes floats for
    options: dict[str, Any] = {"lossless": True} if is_exact else {"distance": distance}
    data = bytes(imagecodecs.jpegxl_encode(squeezed, usecontainer=True, **options))
    if squeezed.dtype != np.uint8 or space != SRGB:  # the encoder calls all that is deep linear light
        data = _in_container(data, space)
    if metadata.exif:
        data += _box(b"Exif", bytes(4) + metadata.exif)
    return data + _box(b"xml ", metadata.xmp) if metadata.xmp else data


def _in_container(data: bytes, space: RgbSpace) -> bytes:
    """Return a container whose codestream is said to be of a space."""
    found = [(name, in_space(content, space) if name == b"jxlc" else content) for name, content in boxes(data)]
    return b"".join(_box(name, content) for name, content in found)


def _box(name: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + name + content


def _metadata_of(header: Header, parts: list[tuple[bytes, bytes]], depth: Depth) -> Metadata:
    said = {name: content for name, content in parts if name in (b"Exif", b"xml ")}
    for name, content in parts:
        if name == b"brob" and content[:4] in (b"Exif", b"xml "):
            import imagecodecs

            said[content[:4]] = bytes(imagecodecs.brotli_decode(content[4:]))
    exif = said.get(b"Exif", b"")
    metadata = Metadata(
        exif=bare_exif(exif[4 + int.from_bytes(exif[:4], "big") :]), xmp=said.get(b"xml ") or None, format="JPEG XL",
        depth=depth, numbers="float16" if header.is_float and header.bits == 16 else "",
        full_scale=65535 if depth == "16" and header.bits < 16 else 0,
    ).upright()
    if header.space:
        metadata = replace(metadata, icc=header.space.icc)
    if header.colour:
        metadata = replace(metadata, colour=chunk(b"cICP", bytes([*header.colour, 0, 1])))
    notes = [_PROFILE_NOTE] * header.has_profile + [_MOVING] * header.is_moving
    return metadata.noted(*notes)
