"""AVIF out: colours in ten bits through imagecodecs, and the words beside them, for which that has no place."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.imaging.boxes import boxes
from desktop_app.core.imaging.export import Export
from desktop_app.core.imaging.metadata import Metadata

__all__ = ["BITS", "avif_colours"]

BITS = 10
"""Per value of a colour picture: in 8 bits, brightness and colour differences are rounded coarser than the colours."""

_SPEED = 9  # of 0 to 10: a tenth of the usual 6's time for 1 % more bytes
_SRGB, _BY_PROFILE = (1, 13), (2, 2)  # primaries and curve (ITU-T H.273); the last: what a profile says
_PICTURE = 1  # libavif's number of the picture itself; its transparency is another item
_XMP_TYPE = b"application/rdf+xml"


def avif_colours(values: NDArray[Any], metadata: Metadata, export: Export) -> bytes:
    """Return ``(H, W, 3 or 4)`` uint8 or uint16 as an AVIF with profile, EXIF and XMP.

    Below a quality of 100 it holds ten bits a value, and colours as finely as `export` says; 100 loses nothing of
    eight bits, and of sixteen what ten cannot hold.
    """
    import imagecodecs

    is_exact = export.quality == 100 and values.dtype == np.uint8
    primaries, curve = _BY_PROFILE if metadata.icc else _SRGB
    data = bytes(imagecodecs.avif_encode(
        values if is_exact else _in_ten_bits(values), level=export.quality, speed=_SPEED, bitspersample=8 if is_exact
        else BITS, pixelformat="yuv" + export.subsampling.replace(":", ""), primaries=primaries, transfer=curve))
    items = [(b"Exif\0", bytes(4) + metadata.exif)] if metadata.exif else []
    items += [(b"mime\0" + _XMP_TYPE + b"\0", metadata.xmp)] if metadata.xmp else []
    return _with_words(data, metadata.icc, items) if metadata.icc or items else data


def _in_ten_bits(values: NDArray[Any]) -> NDArray[np.uint16]:
    full, highest = np.iinfo(values.dtype).max, 2**BITS - 1
    table: NDArray[np.uint16] = ((np.arange(full + 1, dtype=np.uint32) * highest + full // 2) // full).astype(np.uint16)
    return np.take(table, values)


def _with_words(data: bytes, icc: bytes | None, items: list[tuple[bytes, bytes]]) -> bytes:
    """Return a file of libavif with a profile and further items (type and content) of its picture.

    The items lie behind the pixels (ISO/IEC 14496-12, 8.11); all that lies behind the box that names them moves with
    its growth.
    """
    before, meta, after = _around_meta(data)
    parts = dict(boxes(meta[4:]))
    last = struct.unpack_from(">H", parts[b"iinf"], 4)[0]  # libavif numbers its items from 1 on
    names = [last + 1 + place for place in range(len(items))]
    infos = b"".join(_box(b"infe", struct.pack(">IHH", 2 << 24, name, 0) + kind) for name, (kind, _) in zip(
        names, items, strict=True))
    parts[b"iinf"] = parts[b"iinf"][:4] + struct.pack(">H", last + len(items)) + parts[b"iinf"][6:] + infos
    if items:
        of_picture = b"".join(_box(b"cdsc", struct.pack(">HHH", name, 1, _PICTURE)) for name in names)
        parts[b"iref"] = parts.get(b"iref", bytes(4)) + of_picture
    if icc:
        parts[b"iprp"] = _with_profile(parts[b"iprp"], icc)
    places = _places(parts[b"iloc"])
    lengths = [len(content) for _, content in items]
    parts[b"iloc"] = bytes(len(_iloc(places, names, lengths, 0)))
    growth = len(_meta(parts)) - (len(meta) + 8)
    end = len(before) + len(meta) + 8 + len(after)
    parts[b"iloc"] = _iloc([(name, at + growth, length) for name, at, length in places], names, lengths,
                           end + growth + 8)
    return before + _meta(parts) + after + _box(b"mdat", b"".join(content for _, content in items)) * bool(items)


def _around_meta(data: bytes) -> tuple[bytes, bytes, bytes]:
    """Return what is before the box that names the items, its content and what is behind it."""
    begin = struct.unpack_from(">I", data)[0]  # the first box is the file's type
    found = dict(boxes(data))[b"meta"]
    return data[:begin], found, data[begin + 8 + len(found) :]


def _meta(parts: dict[bytes, bytes]) -> bytes:
    return _box(b"meta", bytes(4) + b"".join(_box(name, content) for name, content in parts.items()))


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + name + content


def _with_profile(iprp: bytes, icc: bytes) -> bytes:
    """Return the properties with a profile, which the picture has."""
    parts = dict(boxes(iprp))
    number = sum(1 for _ in boxes(parts[b"ipco"])) + 1
    owned = bytearray(parts[b"ipma"])
    item, count = struct.unpack_from(">HB", owned, 8)
    if item != _PICTURE or owned[3] & 1:
        raise ValueError("the picture's properties are written in another way than is known")
    owned[10] = count + 1
    owned[11 + count : 11 + count] = bytes([number])
    return _box(b"ipco", parts[b"ipco"] + _box(b"colr", b"prof" + icc)) + _box(b"ipma", bytes(owned))


def _places(iloc: bytes) -> list[tuple[int, int, int]]:
    """Return number, place in the file and length of each item, each of one piece, as libavif writes them."""
    version, sizes, count = struct.unpack_from(">I2sH", iloc)
    if version or sizes != b"\x44\x00" or len(iloc) != 8 + 14 * count:
        raise ValueError("the items' places are written in another way than is known")
    found = (struct.unpack_from(">HHHII", iloc, 8 + 14 * place) for place in range(count))
    return [(item, at, length) for item, _, _, at, length in found]


def _iloc(places: list[tuple[int, int, int]], names: list[int], lengths: list[int], at: int) -> bytes:
    """Return the places of the items that were there and of new ones, which lie one behind the other."""
    rows = list(places)
    for name, length in zip(names, lengths, strict=True):
        rows.append((name, at, length))
        at += length
    return struct.pack(">I2sH", 0, b"\x44\x00", len(rows)) + b"".join(
        struct.pack(">HHHII", name, 0, 1, place, length) for name, place, length in rows)
