"""What travels beside the pixels, untouched, from the opened file to the exported one."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, replace
from typing import Literal

from desktop_app.core.imaging.raster import Depth

_ORIENTATION, _THUMBNAIL_OFFSET, _THUMBNAIL_LENGTH = 0x0112, 0x0201, 0x0202
_CAMERA, _PIXEL_WIDTH, _PIXEL_HEIGHT, _LONG = 0x8769, 0xA002, 0xA003, 4
_PLACE = 0x8825
_TYPE_BYTES = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}  # of EXIF's kinds of numbers; of others one
_XMP_PLACE = re.compile(rb"<exif:GPS(\w+)[^>]*>.*?</exif:GPS\1>|\s*exif:GPS\w+\s*=\s*(?:\"[^\"]*\"|'[^']*')", re.DOTALL)
_PROFILE_HEADER = 128
_EXIF_PREFIX = b"Exif\x00\x00"
_XMP_ORIENTATION = re.compile(rb"(tiff:Orientation(?:\s*=\s*[\"']|>)\s*)([1-8])")


BandsWanted = tuple[int, ...] | Literal["auto"]
"""Which bands of a file with many are shown: one as grey or three as colours, from 0 on, or the first that fit."""


@dataclass(frozen=True)
class Metadata:
    """All that a photo's file says besides its pixels.

    Parameters
    ----------
    exif : bytes, optional
        A TIFF block (it begins with ``II`` or ``MM``), without the prefix that JPEG puts before it.
    icc : bytes, optional
        The colour profile of the pixels as they are in memory; none means sRGB, or grey of the same curve.
    xmp : bytes, optional
        The XMP packet.
    format : str
        The file's format, as in ``"JPEG"``; empty for a picture that came from no file.
    depth : Depth
        Bits per value of the file.
    dpi : tuple of float, optional
        Horizontal and vertical dots per inch.
    iptc : bytes, optional
        IPTC records: captions, keywords, credits.
    comment : bytes, optional
        A JPEG's or GIF's comment.
    more_xmp : bytes, optional
        Extended XMP of a JPEG, the digest that the packet names before it.
    text, colour : bytes, optional
        A PNG's chunks of text, and those that say how its colours are meant (gAMA, cHRM, cICP …), as they stand.
    numbers : str
        The kind of the file's numbers, as in ``"int16"``, where `depth` does not say it; empty where it does.
    bands : tuple of int
        Which bands of a file with many are shown, from 0 on; empty where there are no others.
    band_count : int
        How many bands such a file has.
    full_scale : int
        Of 16 bits, the number of those in memory that the file itself calls its highest: 65535 where it says that its
        values use the whole range, 0 where it says nothing.
    is_data : bool
        Whether the file's values are no photo's, so that they are shown in levels that are undone when it is saved.
    is_raw : bool
        Whether the file holds what a camera measured, so that it is developed before it is looked at.
    levels : tuple of float, optional
        The file's own values that are 0 and 1 in memory, where those are no photo's; none where nothing was changed.
    notes : tuple of str
        What is to be said of the file: sentences on what it lacks, or holds and is not shown.
    """

    exif: bytes | None = None
    icc: bytes | None = None
    xmp: bytes | None = None
    format: str = ""
    depth: Depth = "8"
    dpi: tuple[float, float] | None = None
    iptc: bytes | None = None
    comment: bytes | None = None
    more_xmp: bytes | None = None
    text: bytes | None = None
    colour: bytes | None = None
    numbers: str = ""
    bands: tuple[int, ...] = ()
    band_count: int = 0
    full_scale: int = 0
    is_data: bool = False
    is_raw: bool = False
    levels: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()

    @property
    def orientation(self) -> int:
        """How the pixels in the file lie (EXIF's 1–8); the EXIF block is asked first, then the XMP packet."""
        found = _exif_orientation(self.exif) if self.exif else None
        if found is None and self.xmp and (match := _XMP_ORIENTATION.search(self.xmp)):
            found = int(match[2])
        return found if found is not None and 1 <= found <= 8 else 1

    def noted(self, *sentences: str) -> Metadata:
        """Return the same with further sentences on the file."""
        return replace(self, notes=(*self.notes, *sentences))

    def sized(self, width: int, height: int) -> Metadata:
        """Return the same for a picture of this size, which EXIF states too."""
        return replace(self, exif=_sized_exif(self.exif, (width, height))) if self.exif else self

    def upright(self) -> Metadata:
        """Return the same for pixels that have been turned upright.

        The orientation is reset where it stands, so that no other tag moves; the embedded thumbnail, which would go
        on showing the old picture, is blanked and unlinked.
        """
        return replace(
            self,
            exif=_upright_exif(self.exif) if self.exif else None,
            xmp=_XMP_ORIENTATION.sub(rb"\g<1>1", self.xmp) if self.xmp else None,
        )


def without_place(metadata: Metadata) -> Metadata:
    """Return the same without where the photo was taken: EXIF's directory of GPS is blanked and unlinked."""
    return replace(
        metadata, exif=_placeless_exif(metadata.exif) if metadata.exif else None,
        xmp=_XMP_PLACE.sub(b"", metadata.xmp) if metadata.xmp else None,
    )


def has_profile(icc: bytes) -> bool:
    """Say whether an ICC block is a profile: long enough for its header, and signed as one."""
    return len(icc) >= _PROFILE_HEADER and icc[36:40] == b"acsp"


def has_directory(exif: bytes) -> bool:
    """Say whether an EXIF block can be read: its byte order is told, and its first directory lies within it."""
    order = _byte_order(exif)
    if order is None:
        return False
    try:
        _, link = _directory(exif, order, *struct.unpack_from(order + "I", exif, 4))
    except struct.error:
        return False
    return link <= len(exif)


def bare_exif(exif: bytes | None) -> bytes | None:
    """Return an EXIF block without JPEG's prefix; None when nothing is in it."""
    return (exif or b"").removeprefix(_EXIF_PREFIX) or None


def prefixed_exif(exif: bytes) -> bytes:
    """Return an EXIF block with the prefix that JPEG wants."""
    return _EXIF_PREFIX + exif


def _byte_order(exif: bytes | bytearray) -> str | None:
    return {b"II*\x00": "<", b"MM\x00*": ">"}.get(bytes(exif[:4]))


def _directory(exif: bytes | bytearray, order: str, offset: int) -> tuple[dict[int, int], int]:
    """Return the place of each entry of a directory by tag, and the place of the link to the next directory."""
    (count,) = struct.unpack_from(order + "H", exif, offset)
    places = range(offset + 2, offset + 2 + 12 * count, 12)
    return {struct.unpack_from(order + "H", exif, place)[0]: place for place in places}, offset + 2 + 12 * count


def _exif_orientation(exif: bytes) -> int | None:
    order = _byte_order(exif)
    if order is None:
        return None
    try:
        entries, _ = _directory(exif, order, *struct.unpack_from(order + "I", exif, 4))
        place = entries.get(_ORIENTATION)
        return None if place is None else int(struct.unpack_from(order + "H", exif, place + 8)[0])
    except struct.error:  # a damaged block says nothing about orientation, and is no reason to refuse the photo
        return None


def _upright_exif(exif: bytes) -> bytes:
    order = _byte_order(exif)
    if order is None:
        return exif
    block = bytearray(exif)
    try:
        entries, link = _directory(block, order, *struct.unpack_from(order + "I", block, 4))
        if _ORIENTATION in entries:
            struct.pack_into(order + "H", block, entries[_ORIENTATION] + 8, 1)
        _blank_thumbnail(block, order, link)
    except struct.error:  # as far as it can be read it is upright; the rest travels as it came
        return bytes(block)
    return bytes(block)


def _sized_exif(exif: bytes, size: tuple[int, int]) -> bytes:
    order = _byte_order(exif)
    if order is None:
        return exif
    block = bytearray(exif)
    try:
        entries, _ = _directory(block, order, *struct.unpack_from(order + "I", block, 4))
        if _CAMERA in entries:
            inner, _ = _directory(block, order, *struct.unpack_from(order + "I", block, entries[_CAMERA] + 8))
            for tag, length in zip((_PIXEL_WIDTH, _PIXEL_HEIGHT), size, strict=True):
                if tag in inner:
                    struct.pack_into(order + "HII", block, inner[tag] + 2, _LONG, 1, length)
    except struct.error:  # a damaged block travels as it came
        return exif
    return bytes(block)


def _placeless_exif(exif: bytes) -> bytes | None:
    order = _byte_order(exif)
    if order is None:
        return exif
    block = bytearray(exif)
    try:
        (start,) = struct.unpack_from(order + "I", block, 4)
        entries, link = _directory(block, order, start)
        if _PLACE not in entries:
            return exif
        place, _ = _directory(block, order, *struct.unpack_from(order + "I", block, entries[_PLACE] + 8))
        for entry in place.values():
            kind, count, offset = struct.unpack_from(order + "HII", block, entry + 2)
            size = _TYPE_BYTES.get(kind, 1) * count
            if size > 4 and offset + size <= len(block):
                block[offset : offset + size] = bytes(size)
            block[entry : entry + 12] = bytes(12)
        entry = entries[_PLACE]
        block[entry : link + 4] = block[entry + 12 : link + 4] + bytes(12)
        struct.pack_into(order + "H", block, start, len(entries) - 1)
    except struct.error:  # where the place lies cannot be told: none of the block may go on
        return None
    return bytes(block)


def _blank_thumbnail(block: bytearray, order: str, link: int) -> None:
    (offset,) = struct.unpack_from(order + "I", block, link)
    if offset == 0:
        return
    struct.pack_into(order + "I", block, link, 0)
    entries, _ = _directory(block, order, offset)
    if _THUMBNAIL_OFFSET in entries and _THUMBNAIL_LENGTH in entries:
        (start,) = struct.unpack_from(order + "I", block, entries[_THUMBNAIL_OFFSET] + 8)
        (length,) = struct.unpack_from(order + "I", block, entries[_THUMBNAIL_LENGTH] + 8)
        end = min(start + length, len(block))
        block[start:end] = bytes(max(0, end - start))
