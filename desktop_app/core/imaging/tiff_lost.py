"""What the directory of a TIFF's first page points to and the file, which was cut short, no longer holds."""

from __future__ import annotations

import struct
from typing import Any

__all__ = ["lost_tags"]

_ENTRIES = {False: ("H", "HHI4s"), True: ("Q", "HHQ8s")}  # of a TIFF and a BigTIFF: how many there are, and one
_OFFSETS = {False: "I", True: "Q"}
# Of a value of each type.
_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_DIRECTORIES = (34665, 34853)  # the camera's and the place's
_NEXT = 0  # stands for the pages that follow


def lost_tags(page: Any) -> set[int]:
    """Return the tags of tifffile's `page` whose values lie behind the file's end; 0 for the pages that follow it."""
    document = page.parent
    file, order, is_big = document.filehandle, document.byteorder, bool(document.is_bigtiff)
    count_format, entry_format = (order + one for one in _ENTRIES[is_big])
    link = struct.Struct(order + _OFFSETS[is_big])
    file.seek(page.offset)
    (count,) = struct.unpack(count_format, file.read(struct.calcsize(count_format)))
    size = struct.calcsize(entry_format)
    directory, following = file.read(count * size), file.read(link.size)
    lost = set()
    for code, kind, values, field in struct.iter_unpack(entry_format, directory):
        (place,) = link.unpack(field)
        length = 1 if code in _DIRECTORIES else values * _BYTES.get(kind, 1)
        if (length > link.size or code in _DIRECTORIES) and place + length > file.size:
            lost.add(code)
    if len(following) < link.size or link.unpack(following)[0] >= file.size:
        lost.add(_NEXT)
    return lost
