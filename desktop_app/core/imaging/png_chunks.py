"""The chunks of a PNG: a length, a name, contents and a checksum."""

from __future__ import annotations

import mmap
import struct
import zlib
from collections.abc import Iterator

__all__ = ["SIGNATURE", "chunk", "chunks", "has_end", "is_broken", "without_broken_chunks"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LEAST = {b"cHRM": 32, b"gAMA": 4, b"sRGB": 1, b"pHYs": 9, b"acTL": 8}  # bytes of what stands beside the pixels
_TRANSPARENT = {0: 2, 2: 6}  # bytes of tRNS, by colour type; of a palette's colours, as many as it likes
_COLOUR_TYPE = 25  # its place in a file


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


def is_broken(name: bytes, content: bytes, colour_type: int) -> bool:
    """Say whether a chunk beside a PNG's pixels is too short, or of a kind, to be read; the pixels are no worse."""
    if name == b"iCCP":
        return not content.partition(b"\0")[2].startswith(b"\0")  # its one way of packing
    if name == b"tRNS":
        return not content or len(content) != _TRANSPARENT.get(colour_type, len(content))
    return len(content) < _LEAST.get(name, 0)


def without_broken_chunks(data: bytes) -> tuple[bytes, list[str]]:
    """Return a PNG without such chunks, at which decoders stop, and their names."""
    kept, names, place = [data[: len(SIGNATURE)]], list[str](), len(SIGNATURE)
    while place + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, place)
        end = place + 12 + length
        if end <= len(data) and is_broken(name, data[place + 8 : end - 4], data[_COLOUR_TYPE]):
            names.append(name.decode())
        else:
            kept.append(data[place:end])
        place = end
    return b"".join((*kept, data[place:])), names


def chunk(name: bytes, content: bytes) -> bytes:
    """Return one chunk."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
