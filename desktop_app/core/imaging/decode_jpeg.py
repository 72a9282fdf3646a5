"""A whole JPEG of grey or colour, decoded to where its pixels are to lie.

Pillow keeps four bytes for each pixel and gives three of them in a copy: half as long again as the decoding, and more
memory than the photo. It is asked for what is damaged, and for colours of print.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from desktop_app.core.imaging.decoding import PhotoInfo, empty_raster, laid_as_stored
from desktop_app.core.imaging.jpeg_segments import scan_start
from desktop_app.core.imaging.salvage import jpeg_faults

if TYPE_CHECKING:
    from desktop_app.core.imaging.raster import Raster

_END = b"\xff\xd9"


def whole_jpeg(data: bytes, info: PhotoInfo, orientation: int) -> Raster | None:
    """Return the upright pixels of a JPEG, as Pillow would decode them; None of one that is cut short or damaged.

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
    if start < 0 or data.rfind(_END) < start or jpeg_faults(data):
        return None
    raster = empty_raster(info)
    stored = laid_as_stored(raster.pixels, orientation)
    place = stored if stored.flags.c_contiguous else np.empty_like(stored, order="C")
    try:
        imagecodecs.jpeg8_decode(data, out=place if info.channels == 3 else place[..., 0])
    except (imagecodecs.Jpeg8Error, ValueError):
        return None
    if place is not stored:
        stored[...] = place
    return raster
