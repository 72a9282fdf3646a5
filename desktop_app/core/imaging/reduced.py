"""A large JPEG at a fraction of its size, to be looked at while all of it is decoded."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from desktop_app.api.errors import InputError
from desktop_app.core.imaging.claims import judge
from desktop_app.core.imaging.decode_pillow import identify, metadata_of, pillow_decoder
from desktop_app.core.imaging.decoding import DAMAGE, raster_from_stored
from desktop_app.core.imaging.metadata import has_profile
from desktop_app.core.imaging.raster import Raster

__all__ = ["reduced_jpeg"]

_LARGE = 16_000_000  # pixels; a smaller photo is decoded before anybody waits for it
_SIDE = 1500  # pixels, at least, of the longer side: what a window shows


def reduced_jpeg(path: Path) -> tuple[Raster, bytes | None] | None:
    """Return a large JPEG, upright, at a half, a quarter or an eighth of its size, and its profile; None of all else.

    Of each block of 8 × 8 values the decoder makes 4 × 4, 2 × 2 or one: half the time of the whole photo, and a small
    part of its memory. What is wrong with a file is said by who opens it.
    """
    try:
        with path.open("rb") as file:
            image = identify(file)
            if image is None or image.format not in ("JPEG", "MPO") or image.mode not in ("L", "RGB"):
                return None
            if image.width * image.height < _LARGE:
                return None
            judge(pillow_decoder(image), path)
            metadata, longer = metadata_of(image), max(image.size)
            image.draft(image.mode, (image.width * _SIDE // longer, image.height * _SIDE // longer))
            image.load()
            stored = np.asarray(image).reshape(image.height, image.width, -1)
    except (InputError, *DAMAGE):
        return None
    icc = metadata.icc if metadata.icc and has_profile(metadata.icc) else None
    return raster_from_stored(stored, metadata.orientation, has_alpha=False), icc
