"""A whole JPEG of grey or colour, decoded to where its pixels are to lie.

Pillow keeps four bytes for each pixel and gives three of them in a copy: half as long again as the decoding, and more
memory than the photo. It is asked for what is damaged, and for colours of print.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from desktop_app.core.imaging.decoding import PhotoInfo, empty_raster, laid_as_stored
from desktop_app.core.imaging.jpeg_segments import scan_start
from desktop_app.core.imaging.progressive_jpeg import has_faulty_scans
from desktop_app.core.imaging.salvage import jpeg_faults

if TYPE_CHECKING:
    from desktop_app.core.imaging.raster import Raster

_END = b"\xff\xd9"
_CORNER = 4  # pixels at the end, of one colour where the decoder had nothing more to decode
_PADDING = 16  # bytes in the place of the end: decoders look ahead
_EIGHTH = 8


def runs_dry(data: bytes) -> bool:
    """Say whether the bytes of a JPEG are fewer than its pixels want; a progressive one hides it.

    Decoders invent what is missing when they meet the end; without that, Pillow says that it is waiting.
    """
    from PIL import Image

    start = scan_start(data)
    end = data.find(_END, start)
    if start < 0 or end < 0:
        return False
    try:
        with Image.open(io.BytesIO(data[:end] + bytes(_PADDING))) as image:
            if image.format != "JPEG" or image.info.get("progressive"):
                return False
            image.draft(None, (max(1, image.width // _EIGHTH), max(1, image.height // _EIGHTH)))
            image.load()
    except OSError:
        return True
    return False


def whole_jpeg(data: bytes, info: PhotoInfo, orientation: int) -> Raster | None:
    """Return the upright pixels of a JPEG, as Pillow would decode them; None of one that is known to be damaged.

    Parameters
    ----------
    data : bytes
        The file; what follows its first picture is left alone.
    info : PhotoInfo
        What its header says: 8 bits, grey or colour.
    orientation : int
        How its pixels lie (EXIF, 1–8).
    """
    import imagecodecs

    start = scan_start(data)
    if start < 0 or data.rfind(_END) < start or jpeg_faults(data) or has_faulty_scans(data):
        return None
    raster = empty_raster(info)
    stored = laid_as_stored(raster.pixels, orientation)
    place = stored if stored.flags.c_contiguous else np.empty_like(stored, order="C")
    try:
        imagecodecs.jpeg8_decode(data, out=place if info.channels == 3 else place[..., 0])
    except (imagecodecs.Jpeg8Error, ValueError):
        return None
    if not np.ptp(place[-_CORNER:, -_CORNER:], axis=(0, 1)).any() and runs_dry(data):
        return None
    if place is not stored:
        stored[...] = place
    return raster
