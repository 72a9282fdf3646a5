"""The segments of a JPEG: where its pixels begin, and those with captions (IPTC, XMP too long for one segment)."""

from __future__ import annotations

import struct

__all__ = ["IPTC_RESOURCE", "LONGEST", "iptc_segment", "joined_xmp", "scan_start", "xmp_segments"]

IPTC_RESOURCE = 0x0404  # among the image resources of Photoshop
LONGEST = 65_535 - 64  # bytes of a segment, less its own header
_PHOTOSHOP = b"Photoshop 3.0\x00"
_EXTENSION = b"http://ns.adobe.com/xmp/extension/\x00"
_GUID, _HEADER = 32, 40  # the digest that the packet names, and with it the whole length and the place of this part


def iptc_segment(iptc: bytes) -> bytes:
    """Return the segment APP13 with IPTC records of at most `LONGEST` bytes."""
    resource = b"8BIM" + struct.pack(">HHI", IPTC_RESOURCE, 0, len(iptc)) + iptc + bytes(len(iptc) % 2)
    return _segment(0xED, _PHOTOSHOP + resource)


def joined_xmp(segments: list[bytes]) -> bytes | None:
    """Return extended XMP, its digest before it, from the contents of all APP1 segments; None where there is none."""
    parts = [part.removeprefix(_EXTENSION) for part in segments if part.startswith(_EXTENSION)]
    parts = [part for part in parts if len(part) > _HEADER]
    if not parts:
        return None
    content = {struct.unpack_from(">I", part, _GUID + 4)[0]: part[_HEADER:] for part in parts}
    return parts[0][:_GUID] + b"".join(content[place] for place in sorted(content))


def xmp_segments(more: bytes) -> bytes:
    """Return the segments APP1 of what `joined_xmp` returned."""
    guid, content = more[:_GUID], more[_GUID:]
    step = LONGEST - _HEADER - len(_EXTENSION)
    return b"".join(
        _segment(0xE1, _EXTENSION + guid + struct.pack(">II", len(content), place) + content[place : place + step])
        for place in range(0, len(content), step)
    )


def scan_start(data: bytes) -> int:
    """Return where the first scan of a JPEG begins, not that of a small picture in its EXIF; -1 where there is none."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xDA:
            return place
        if marker == 0xFF:  # filling
            place += 1
        else:
            place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return -1


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content
