"""What is left of a damaged file: completed so that its decoder shows what is there."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from math import ceil

from desktop_app.core.imaging.jpeg_segments import scan_start
from desktop_app.core.imaging.png_chunks import SIGNATURE, chunk, chunks

__all__ = [
    "CHANNELS", "PADDED", "completed_jpeg", "completed_png", "jpeg_faults", "padded", "without_stray_markers",
]  # fmt: skip

_STEP = 4096
_END_OF_IMAGE = b"\xff\xd9"
_FRAME = re.compile(rb"\xff[\xc0\xc1]\x00.{6}([\x01-\x04])", re.DOTALL)  # of a sequential JPEG: how many components
_STRAY = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]", re.DOTALL)
_STRAY_OR_RESTART = re.compile(rb"\xff[\x01-\xfe]", re.DOTALL)
_TILE_PART = b"\xff\x90\x00\x0a"
_MOST = 100  # times as long as it is, a file is not made
PADDED = ("WEBP", "JPEG2000", "AVIF", "HEIF")
_RIFF, _LOSSY = 12, b"VP8 "  # bytes before a WebP's chunks, and the one of those whose decoder
_MORE = 1 << 12  # may want more zeros than there were bytes
_WORST_FILTER = 4  # of the five of PNG
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by PNG's colour type
# Adam7: first column and row, and the steps to the next, of each pass.
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def padded(kind: str, data: bytes) -> bytes:
    """Return a file of a format of `PADDED` with zeros up to the length that it claims; as it is where it has that.

    Its decoder then goes on to the end: what is there is right, and behind it anything may come.
    """
    if kind == "WEBP":
        return _padded_riff(data)
    if kind in ("AVIF", "HEIF"):
        return _lengthened(data, _end_of_boxes(data))
    end = _end_of_tiles(data)
    if end < 0 or data.startswith(_END_OF_IMAGE, end):
        return data
    return _lengthened(data[:end], end) + _END_OF_IMAGE


def _lengthened(data: bytes, end: int) -> bytes:
    return data + bytes(max(0, min(end, _MOST * len(data)) - len(data)))


def _padded_riff(data: bytes) -> bytes:
    """Return a WebP with zeros up to its length; a lossy picture in it that is cut is made longer than it claims."""
    place = _RIFF
    while place + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, place)
        end = place + 8 + length
        if name == _LOSSY and end > len(data):
            whole = bytearray(_lengthened(data, end + _MORE))
            struct.pack_into("<I", whole, 4, len(whole) - 8)
            struct.pack_into("<I", whole, place + 4, len(whole) - place - 8)
            return bytes(whole)
        place = end + length % 2
    return _lengthened(data, 8 + int.from_bytes(data[4:8], "little"))


def _end_of_boxes(data: bytes) -> int:
    """Return where the last of the boxes that begin within the data ends."""
    end = 0
    while end + 16 <= len(data):
        size = int.from_bytes(data[end : end + 4], "big")
        size = int.from_bytes(data[end + 8 : end + 16], "big") if size == 1 else size
        if size < 8:  # up to the end of the file, wherever that was
            break
        end += size
    return end


def _end_of_tiles(data: bytes) -> int:
    """Return where the last tile part that begins within the data of a JPEG 2000 ends."""
    place = data.find(_TILE_PART)
    while 0 <= place <= len(data) - 10 and data.startswith(_TILE_PART, place):
        length = int.from_bytes(data[place + 6 : place + 10], "big")
        if length == 0:
            break
        place += length
    return place


def completed_jpeg(data: bytes) -> bytes:
    """Return a JPEG that was cut short with the end that decoders wait for."""
    return data + _END_OF_IMAGE


def jpeg_faults(data: bytes) -> bool:
    """Say whether markers are missing, or stray, between the first scan and the end of a JPEG's bytes.

    Restart markers count from 0 to 7 and over again, so that bytes lost inside show, where the writer has set them.
    """
    if without_stray_markers(data) is not data:
        return True
    if b"\xff\xdd" not in data:
        return False
    expected = 0
    place = scan_start(data)
    while place >= 0:
        place = data.find(b"\xff", place + 2)
        marker = data[place + 1] if 0 <= place < len(data) - 1 else 0xD9
        if marker == 0xD9:
            return False
        if marker == 0xDA:
            expected = 0
        elif 0xD0 <= marker <= 0xD7:
            if marker != 0xD0 + expected:
                return True
            expected = (expected + 1) % 8
    return False


def without_stray_markers(data: bytes) -> bytes:
    """Return a JPEG of one scan without what looks like a marker among its pixels: a fault, at which decoders stop.

    What follows is decoded then, though it may lie in the wrong place. Files of several scans are returned as they are.
    """
    start = scan_start(data)
    frame = _FRAME.search(data[:start]) if start > 0 else None
    if frame is None or len(data) < start + 5 or data[start + 4] != frame[1][0]:
        return data
    stray = _STRAY if b"\xff\xdd" in data[:start] else _STRAY_OR_RESTART
    end = data.find(_END_OF_IMAGE, start)
    end = len(data) if end < 0 else end
    pixels = start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")
    if stray.search(data, pixels, end) is None:
        return data
    return data[:pixels] + stray.sub(b"\xff\x00", data[pixels:end]) + data[end:]


def completed_png(data: bytes) -> tuple[bytes, float]:
    """Return a damaged PNG with its rows filled up, and which share of its rows was there.

    What could be inflated stays; the rest becomes zeros. Checksums are not asked.

    Raises
    ------
    ValueError, struct.error
        If there is no row at all.
    """
    width, height, bits, colour_type, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
    bits_per_pixel = bits * CHANNELS[colour_type]
    layout = list(_rows(width, height, bits_per_pixel, is_interlaced=bool(interlaced)))
    size = sum(rows * row for rows, row in layout)
    before: list[bytes] = []
    stream = bytearray()
    for name, content in chunks(data, with_pixels=True):
        if name == b"IDAT":
            stream += content
        elif name != b"IEND" and not stream:
            before.append(chunk(name, content))
    rows = _inflated(bytes(stream), size)
    rows = rows[: _end_of_sense(rows, layout)]
    if not rows:
        raise ValueError("not one of its rows is there")
    pixels = chunk(b"IDAT", zlib.compress(rows + bytes(size - len(rows)), 1))
    return b"".join((SIGNATURE, *before, pixels, chunk(b"IEND", b""))), len(rows) / size


def _rows(width: int, height: int, bits_per_pixel: int, *, is_interlaced: bool) -> Iterator[tuple[int, int]]:
    """Yield, of each pass, the number of rows and the bytes of one, its filter's byte included."""
    passes = _PASSES if is_interlaced else ((0, 0, 1, 1),)
    for left, top, across, down in passes:
        columns, rows = ceil((width - left) / across), ceil((height - top) / down)
        if columns > 0 and rows > 0:
            yield rows, 1 + ceil(columns * bits_per_pixel / 8)


def _end_of_sense(rows: bytes, layout: list[tuple[int, int]]) -> int:
    """Return where the first row begins that has a filter which there is not; all behind a fault is then noise."""
    begin = 0
    for count, row in layout:
        filters = rows[begin : begin + count * row : row]
        known = next((index for index, name in enumerate(filters) if name > _WORST_FILTER), None)
        if known is not None:
            return begin + known * row
        begin += count * row
    return len(rows)


def _inflated(stream: bytes, size: int) -> bytes:
    """Inflate as far as the stream goes; what comes behind a fault is lost."""
    inflater, found, step = zlib.decompressobj(), bytearray(), _STEP
    place = 0
    while place < len(stream) and len(found) < size and not inflater.eof:
        before = inflater.copy()
        try:
            found += inflater.decompress(stream[place : place + step], size - len(found))
            place += step
        except zlib.error:
            if step == 1:
                break
            inflater, step = before, 1  # a fault takes all that was inflated in its step
    return bytes(found)
