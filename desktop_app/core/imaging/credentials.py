"""Content credentials (C2PA) in a file: where each format keeps the manifest, by the specification's appendix A."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from importlib.util import find_spec
from typing import BinaryIO

__all__ = ["can_keep_credentials", "credentials_note", "has_credentials"]

_VOUCHED = "The file has content credentials (C2PA), which vouch for it as it is: a saved result is another picture, "
_PNG, _JPEG, _TIFFS = b"\x89PNG\r\n\x1a\n", b"\xff\xd8", {b"II*\0": "<", b"MM\0*": ">"}
_JPEG_XL = b"\0\0\0\x0cJXL \r\n\x87\n"
_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_TAG = 52545
_MOST = 4096  # parts of a file that are looked at


def can_keep_credentials() -> bool:
    """Say whether what writes credentials is installed (the extra ``c2pa``)."""
    return find_spec("c2pa") is not None


def credentials_note() -> str:
    """Return the sentence on a file that has credentials."""
    kept = "and names this one as what it was made of." if can_keep_credentials() else "and has none."
    return _VOUCHED + kept


def has_credentials(file: BinaryIO) -> bool:
    """Say whether a JPEG, PNG, WebP, TIFF, AVIF, HEIF or JPEG XL has a manifest; its parts are stepped over, not read.

    The file's position is put back. What is cut short or of another kind has none.
    """
    place = file.tell()
    try:
        file.seek(0)
        return _is_vouched(file, file.read(12))
    except (struct.error, OSError):
        return False
    finally:
        file.seek(place)


def _is_vouched(file: BinaryIO, head: bytes) -> bool:
    found = False
    if head.startswith(_JPEG):
        found = any(b"c2pa" in file.read(min(length, 256)) for length in _segments(file))
    elif head.startswith(_PNG):
        found = b"caBX" in _chunks(file, 8, is_png=True)
    elif head[:4] == b"RIFF" and head[8:] == b"WEBP":
        found = b"C2PA" in _chunks(file, 12, is_png=False)
    elif head[:4] in _TIFFS:
        found = _TAG in _tags(file, _TIFFS[head[:4]])
    elif head == _JPEG_XL or head[4:8] == b"ftyp":
        found = any(_vouches(file, name) for name in _boxes(file))
    return found


def _vouches(file: BinaryIO, name: bytes) -> bool:
    return (name == b"uuid" and file.read(16) == _UUID) or (name == b"jumb" and b"c2pa" in file.read(256))


def _segments(file: BinaryIO) -> Iterator[int]:
    """Stand at the content of each segment APP11 before a JPEG's picture, and yield its length."""
    place = 2
    for _ in range(_MOST):
        file.seek(place)
        mark, kind, length = struct.unpack(">BBH", file.read(4))
        if mark != 0xFF or kind == 0xDA:
            return
        if kind == 0xEB:
            yield length - 2
        place += 2 + length


def _chunks(file: BinaryIO, place: int, *, is_png: bool) -> Iterator[bytes]:
    """Yield the names of a PNG's chunks, or of a WebP's, whose lengths stand behind the names."""
    for _ in range(_MOST):
        file.seek(place)
        head = file.read(8)
        if len(head) < 8:
            return
        name, length = (head[4:], int.from_bytes(head[:4], "big")) if is_png else (
            head[:4], int.from_bytes(head[4:], "little"))  # fmt: skip
        yield name
        place += 8 + length + (4 if is_png else length % 2)


def _tags(file: BinaryIO, order: str) -> Iterator[int]:
    """Yield the tags of a TIFF's first page."""
    file.seek(4)
    file.seek(*struct.unpack(f"{order}I", file.read(4)))
    (count,) = struct.unpack(f"{order}H", file.read(2))
    for _ in range(count):
        yield struct.unpack(f"{order}H", file.read(12)[:2])[0]


def _boxes(file: BinaryIO) -> Iterator[bytes]:
    """Stand at the content of each outermost box, and yield its name."""
    place = 0
    for _ in range(_MOST):
        file.seek(place)
        length, name = struct.unpack(">I4s", file.read(8))
        begin = 8
        if length == 1:
            (length,), begin = struct.unpack(">Q", file.read(8)), 16
        yield name
        if length < begin:  # 0: up to the end of the file
            return
        place += length
