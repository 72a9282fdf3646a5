"""What Pillow passes over of older formats: the colour profiles of GIF and BMP, XMP in a GIF, and Netpbm's comments."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import replace

from desktop_app.core.imaging.metadata import Metadata

__all__ = ["has_trailer", "netpbm_comment", "with_bmp_profile", "with_gif_blocks", "with_netpbm_comment"]

_FILE_HEADER = 14  # bytes before a BMP's own header
_V4, _V5 = 108, 124  # lengths of the headers that say how colours are meant
_CALIBRATED, _EMBEDDED, _LINKED = 0, int.from_bytes(b"MBED", "big"), int.from_bytes(b"LINK", "big")
_UNREAD = "The file says how its colours are meant in a way that is not read: they are taken for sRGB."
_EXTENSION, _IMAGE, _APPLICATION, _TRAILER = 0x21, 0x2C, 0xFF, 0x3B
_FIRST_BLOCK = 13  # where a GIF of no colours of its own has it
_XMP_TRAILER = b"\x01\xff\xfe\xfd"  # what XMP puts behind itself, so that programs which skip blocks find its end
_COMMENT = re.compile(rb"#([^\r\n]*)")


def with_bmp_profile(metadata: Metadata, data: bytes) -> Metadata:
    """Return metadata with the profile that a BMP of the fifth version embeds; of other calibrations a note."""
    if len(data) < _FILE_HEADER + _V4:
        return metadata
    (size,) = struct.unpack_from("<I", data, _FILE_HEADER)
    (space,) = struct.unpack_from("<I", data, _FILE_HEADER + 56)
    if size >= _V5 and space == _EMBEDDED and len(data) >= _FILE_HEADER + _V5:
        offset, length = struct.unpack_from("<II", data, _FILE_HEADER + 112)
        return replace(metadata, icc=data[_FILE_HEADER + offset :][:length] or None)
    is_calibrated = space == _CALIBRATED and any(data[_FILE_HEADER + 60 : _FILE_HEADER + 96])
    return metadata.noted(_UNREAD) if size >= _V4 and (space == _LINKED or is_calibrated) else metadata


def with_gif_blocks(metadata: Metadata, data: bytes) -> Metadata:
    """Return metadata with the colour profile and the XMP of a GIF's application blocks."""
    found: dict[bytes, bytes] = {}
    for name, content in _applications(data):
        found.setdefault(name, content)
    profile, xmp = found.get(b"ICCRGBG1012"), found.get(b"XMP DataXMP")
    return replace(
        metadata, icc=b"".join(_parts(profile, 0)) if profile else metadata.icc,
        xmp=xmp[: xmp.rfind(_XMP_TRAILER)] if xmp and _XMP_TRAILER in xmp else metadata.xmp,
    )


def has_trailer(data: bytes) -> bool:
    """Say whether the blocks of a GIF go on to the byte that closes it."""
    end = max((end for _, end in _blocks(data)), default=0)
    return data[end : end + 1] == bytes([_TRAILER])


def with_netpbm_comment(metadata: Metadata, data: bytes) -> Metadata:
    """Return metadata with the comments of the header of a PBM, PGM or PPM."""
    numbers = 2 if data[:2] in (b"P1", b"P4") else 3
    header = re.match(rb"P\d" + rb"(?:(?:\s|#[^\n]*\n)+[-\d.eE+]+)" * numbers, data)
    return replace(metadata, comment=netpbm_comment(header[0]) if header else None)


def netpbm_comment(header: bytes) -> bytes | None:
    """Return the comments between the numbers of a header, a line each."""
    return b"\n".join(line.strip() for line in _COMMENT.findall(header)) or None


def _applications(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and raw blocks, their lengths included, of a GIF's application extensions, as far as they go."""
    for place, end in _blocks(data):
        if data[place : place + 2] == bytes([_EXTENSION, _APPLICATION]):
            yield data[place + 3 : place + 14], data[place + 14 : end]


def _blocks(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each extension and picture of a GIF begins and ends, as far as they go."""
    place = _FIRST_BLOCK + _table(data[10] if len(data) > 10 else 0)
    while place + 2 < len(data) and data[place] in (_EXTENSION, _IMAGE):
        begin = place
        if data[place] == _IMAGE:
            place += 11 + _table(data[place + 9] if place + 9 < len(data) else 0)
        else:
            place += 2
        place += sum(len(part) + 1 for part in _parts(data, place)) + 1
        yield begin, place


def _table(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _parts(data: bytes, place: int) -> Iterator[bytes]:
    while place < len(data) and data[place]:
        yield data[place + 1 : place + 1 + data[place]]
        place += 1 + data[place]
