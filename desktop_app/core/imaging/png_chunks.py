"""The chunks of a PNG: a length, a name, contents and a checksum."""

from __future__ import annotations

import mmap
import struct
import zlib
from collections.abc import Iterator

__all__ = ["SIGNATURE", "chunk", "chunks", "has_end"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunks(data: bytes | mmap.mmap, *, with_pixels: bool = False) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and content of the whole chunks; image data is passed over unread unless asked for, then as far as it
    goes.
    """
    place = len(SIGNATURE)
    while place + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, place)
        if name == b"IDAT" or place + 8 + length <= len(data):
            yield name, b"" if name == b"IDAT" and not with_pixels else data[place + 8 : place + 8 + length]
        if name == b"IEND":
            return
        place += 12 + length


def has_end(data: bytes | mmap.mmap) -> bool:
    """Say whether the chunks go on to the one that closes a PNG, its checksum included."""
    place = len(SIGNATURE)
    while place + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, place)
        place += 12 + length
        if name == b"IEND":
            return bool(place <= len(data))
    return False


def chunk(name: bytes, content: bytes) -> bytes:
    """Return one chunk."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
