"""What a TIFF's page says beside its pixels: EXIF, profile, XMP, IPTC and resolution."""

from __future__ import annotations

import struct
import warnings
from typing import Any, BinaryIO

from desktop_app.core.imaging.metadata import Metadata, bare_exif

__all__ = ["DATA_TAGS", "EXIF", "GPS", "IPTC", "TEXT_TAGS", "XMP", "metadata_of_page"]

_ICC, XMP, EXIF, GPS, IPTC = 34675, 700, 34665, 34853, 33723
_RESOLUTION_X, _RESOLUTION_Y, _RESOLUTION_UNIT, _CENTIMETRE = 282, 283, 296, 3
# Description, make, model, software, date, artist, host, copyright, and Windows' title to subject.
TEXT_TAGS = (270, 271, 272, 305, 306, 315, 316, 33432, 40091, 40092, 40093, 40094, 40095)
# Transfer curve, white point and primaries; the place of maps and heights; what GDAL says of a file.
DATA_TAGS = (301, 318, 319, 33550, 33922, 34264, 34735, 34736, 34737, 42112, 42113)
_BIG_MOTOROLA = b"MM\x00+"


def metadata_of_page(page: Any, file: BinaryIO) -> Metadata:
    """Return what travels beside the pixels of a page."""
    return Metadata(
        exif=_exif_of(file, page), icc=_bytes_of(page, _ICC), xmp=_bytes_of(page, XMP), format="TIFF",
        dpi=_dpi_of(page), iptc=_bytes_of(page, IPTC),
    )


def _bytes_of(page: Any, tag: int) -> bytes | None:
    entry = page.tags.get(tag)
    if entry is None:
        return None
    if isinstance(entry.value, tuple) and tag == IPTC:  # some programs write it as words of 32 bits
        return struct.pack(f"{page.parent.byteorder}{len(entry.value)}I", *entry.value)
    return bytes(entry.value) if isinstance(entry.value, bytes) else None


def _dpi_of(page: Any) -> tuple[float, float] | None:
    across, down, unit = (page.tags.get(tag) for tag in (_RESOLUTION_X, _RESOLUTION_Y, _RESOLUTION_UNIT))
    if across is None or down is None or unit is None or int(unit.value) == 1:
        return None
    pairs = (across.value, down.value)
    if any(len(pair) != 2 or 0 in pair for pair in pairs):
        return None
    scale = 2.54 if int(unit.value) == _CENTIMETRE else 1.0
    return (pairs[0][0] / pairs[0][1] * scale, pairs[1][0] / pairs[1][1] * scale)


def _exif_of(file: BinaryIO, page: Any) -> bytes | None:
    """Return the page's descriptions, the camera's directory and the place as an EXIF block of their own."""
    from PIL import Image

    found, block = Image.Exif(), Image.Exif()
    file.seek(0)
    if file.read(4) == _BIG_MOTOROLA:  # which Pillow takes for the usual kind: the descriptions are what is left
        texts = {tag: page.tags[tag].value for tag in TEXT_TAGS if tag in page.tags}
        block.update({tag: text for tag, text in texts.items() if isinstance(text, str)})
        return bare_exif(block.tobytes()) if len(block) else None
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of lost words: it is said with the photo, and not on the terminal
            found.load_from_fp(file)
            block.update({tag: found[tag] for tag in (*TEXT_TAGS, *DATA_TAGS) if tag in found})
            for tag in (EXIF, GPS):
                if content := found.get_ifd(tag):
                    block.get_ifd(tag).update(content)
                    block[tag] = content
        return bare_exif(block.tobytes()) if len(block) else None
    except (SyntaxError, ValueError, TypeError, KeyError, struct.error):  # BigTIFF, or directories that lead nowhere
        return None
