"""The segments of a JPEG that hold a photo's captions: IPTC, and XMP that is too long for one segment."""

from __future__ import annotations

import struct

__all__ = ["IPTC_RESOURCE", "LONGEST", "iptc_segment", "joined_xmp", "xmp_segments"]

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


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content
