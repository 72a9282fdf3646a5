"""The boxes of JPEG 2000 and AVIF that hold a photo's words and its colours' meaning, which Pillow passes over."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace

from desktop_app.core.imaging.metadata import Metadata, bare_exif
from desktop_app.core.imaging.png_chunks import chunk

__all__ = ["boxes", "with_avif_colour", "with_jp2_boxes"]

_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_EXIF = b"JpgTiffExif->JP2"
_IPTC = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")
_PROFILE = b"colr\x02"
_PICTURES = (b"jp2c", b"mdat")
# Primaries and transfer curves (ITU-T H.273) that everybody reads as sRGB: unspecified, BT.709's and sRGB's own.
_USUAL_PRIMARIES, _USUAL_CURVES = (1, 2), (1, 2, 6, 13)


def with_jp2_boxes(metadata: Metadata, data: bytes) -> Metadata:
    """Return metadata with the EXIF, XMP, IPTC and colour profile of a JPEG 2000's boxes."""
    place = data.find(_PROFILE)
    icc = data[place + 7 : place - 4 + int.from_bytes(data[place - 4 : place], "big")] if place >= 4 else None
    found = {content[:16]: content[16:] for name, content in boxes(data) if name == b"uuid"}
    return replace(
        metadata, exif=bare_exif(found.get(_EXIF)) or metadata.exif, xmp=found.get(_XMP) or metadata.xmp,
        iptc=found.get(_IPTC) or metadata.iptc, icc=metadata.icc or icc or None,
    )


def with_avif_colour(metadata: Metadata, data: bytes) -> Metadata:
    """Return metadata with what an AVIF says of its colours, as PNG's chunk for it has it; sRGB is not worth a word."""
    place = data.find(b"colrnclx")
    if place < 0 or place + 15 > len(data):
        return metadata
    primaries, curve = struct.unpack_from(">HH", data, place + 8)
    if (primaries in _USUAL_PRIMARIES and curve in _USUAL_CURVES) or max(primaries, curve) > 255:
        return metadata
    return replace(metadata, colour=chunk(b"cICP", bytes([primaries, curve, 0, 1])))


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and content of the outermost boxes, as far as they go; those of pictures are not copied."""
    place = 0
    while place + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, place)
        begin = 8
        if length == 1 and place + 16 <= len(data):
            (length,), begin = struct.unpack_from(">Q", data, place + 8), 16
        end = len(data) if length == 0 else place + length
        if end < place + begin:
            return
        yield name, b"" if name in _PICTURES else data[place + begin : end]
        place = end
