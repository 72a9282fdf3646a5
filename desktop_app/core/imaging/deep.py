"""Pictures of more than eight bits that Pillow would cut to eight: PPM, JPEG 2000 and AVIF."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.imaging.decode_pillow import metadata_of
from desktop_app.core.imaging.decoding import Decoder, PhotoInfo, raster_from_stored, upright_size
from desktop_app.core.imaging.metadata import Metadata
from desktop_app.core.imaging.raster import Raster

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

__all__ = ["deep_decoder"]

_HEADER = 1 << 16  # bytes that are looked through for the number of bits
_SPACE = rb"(?:\s|#[^\n]*\n)+"
_PPM = re.compile(rb"P6" + _SPACE + rb"(\d+)" + _SPACE + rb"(\d+)" + _SPACE + rb"(\d+)\s")
_YCC = b"colr\x01\x00\x00\x00\x00\x00\x12"  # colours that Pillow turns into RGB and imagecodecs does not


def deep_decoder(image: ImageFile, usual: Decoder) -> Decoder:
    """Return the decoder of all the bits of a picture; `usual`, Pillow's, where it has no more than Pillow reads."""
    file = image.fp
    if image.mode not in ("RGB", "RGBA") or image.format not in ("PPM", "JPEG2000", "AVIF") or file is None:
        return usual
    file.seek(0)
    highest = _highest_value(image.format, file.read(_HEADER))
    if highest <= 255:
        return usual
    metadata = metadata_of(image)
    has_alpha = image.mode == "RGBA"
    info = PhotoInfo(*upright_size(*image.size, metadata.orientation), 3, has_alpha, "16", image.format)

    def read() -> tuple[Raster, Metadata]:
        file.seek(0)
        stored = _scaled(_decoded(str(image.format), file.read(), image.size), highest)
        raster = raster_from_stored(stored, metadata.orientation, has_alpha=has_alpha)
        return raster, replace(metadata, depth="16").upright()

    return Decoder(info, usual.working_bytes + 2 * info.bytes_in_memory, read, usual.most_pixels)


def _highest_value(kind: str, header: bytes) -> int:
    """Return what stands for full scale in the file; 255 where that is not found."""
    if kind == "PPM":
        match = _PPM.match(header)
        return int(match[3]) if match else 255
    if kind == "AVIF":
        place = header.find(b"av1C")
        flags = header[place + 6] if 0 <= place < len(header) - 6 else 0
        return (4095 if flags & 0x20 else 1023) if flags & 0x40 else 255
    place = header.find(b"\xff\x51")
    bits = (header[place + 40] & 0x7F) + 1 if 0 <= place < len(header) - 40 else 8
    return 2**bits - 1 if 8 < bits <= 16 and _YCC not in header else 255


def _decoded(kind: str, data: bytes, size: tuple[int, int]) -> NDArray[Any]:
    import imagecodecs

    if kind == "PPM":
        match = _PPM.match(data)
        assert match is not None  # it was found when the header was read
        return np.frombuffer(data, ">u2", size[0] * size[1] * 3, match.end()).reshape(size[1], size[0], 3)
    decode = imagecodecs.avif_decode if kind == "AVIF" else imagecodecs.jpeg2k_decode
    values: NDArray[Any] = decode(data)
    return values if values.ndim == 3 else values[0]


def _scaled(values: NDArray[Any], highest: int) -> NDArray[Any]:
    if highest == 65535:
        return values.astype(np.uint16)
    table = (np.arange(65536, dtype=np.uint64).clip(0, highest) * 65535 + highest // 2) // highest
    scaled: NDArray[Any] = table.astype(np.uint16)[values]
    return scaled
