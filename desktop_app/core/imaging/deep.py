"""Pictures of more than eight bits that Pillow would cut to eight, or not scale: JPEG 2000 and AVIF."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from desktop_app.core.imaging.boxes import boxes
from desktop_app.core.imaging.decode_pillow import CUT, CUT_NOTE, metadata_of
from desktop_app.core.imaging.decoding import (
    DAMAGE,
    Decoder,
    PhotoInfo,
    raster_from_stored,
    scaled_integers,
    upright_size,
)
from desktop_app.core.imaging.metadata import Metadata
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.imaging.salvage import padded

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

__all__ = ["deep_decoder"]

_HEADER = 1 << 16  # bytes that are looked through for the number of bits
_YCC = b"colr\x01\x00\x00\x00\x00\x00\x12"  # colours that Pillow turns into RGB and imagecodecs does not
_CHANNELS = {"L": 1, "I;16": 1, "LA": 2, "RGB": 3, "RGBA": 4}  # by Pillow's mode


def deep_decoder(image: ImageFile, usual: Decoder) -> Decoder:
    """Return the decoder of all the bits of a picture; `usual`, Pillow's, where it has no more than Pillow reads."""
    file = image.fp
    if image.mode not in _CHANNELS or image.format not in ("JPEG2000", "AVIF") or file is None:
        return usual
    file.seek(0)
    highest = _highest_value(image.format, file.read(_HEADER if image.format == "JPEG2000" else -1))
    if highest <= 255:
        return usual
    metadata = metadata_of(image)
    channels = _CHANNELS[image.mode]
    has_alpha = channels in (2, 4)

    def read() -> tuple[Raster, Metadata]:
        file.seek(0)
        data, is_cut = file.read(), CUT in image.info
        try:
            values = _decoded(str(image.format), data)
        except DAMAGE:
            values, is_cut = _decoded(str(image.format), padded(str(image.format), data)), True
        raster = raster_from_stored(scaled_integers(values, highest, 65535), metadata.orientation, has_alpha=has_alpha)
        kept = replace(metadata, depth="16", full_scale=65535 if highest < 65535 else 0).upright()
        return raster, kept.noted(CUT_NOTE) if is_cut else kept

    size = upright_size(*image.size, metadata.orientation)
    info = PhotoInfo(*size, channels - has_alpha, has_alpha, "16", str(image.format))
    return Decoder(info, usual.working_bytes + 2 * info.bytes_in_memory, read, usual.most_pixels)


def _highest_value(kind: str, header: bytes) -> int:
    """Return what stands for full scale in a file, of which an AVIF's is whole; 255 where that is not found."""
    if kind == "AVIF":
        header = dict(boxes(header)).get(b"meta", header)  # content credentials may stand before it, of any length
        place = header.find(b"av1C")
        flags = header[place + 6] if 0 <= place < len(header) - 6 else 0
        return (4095 if flags & 0x20 else 1023) if flags & 0x40 else 255
    place = header.find(b"\xff\x51")
    bits = (header[place + 40] & 0x7F) + 1 if 0 <= place < len(header) - 40 else 8
    return 2**bits - 1 if 8 < bits <= 16 and _YCC not in header else 255


def _decoded(kind: str, data: bytes) -> NDArray[Any]:
    """Return ``(H, W, C)`` uint16 of the first picture."""
    import imagecodecs

    values: NDArray[Any] = imagecodecs.avif_decode(data, index=0) if kind == "AVIF" else imagecodecs.jpeg2k_decode(data)
    return values[..., None] if values.ndim == 2 else values
