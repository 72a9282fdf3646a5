"""HEIF, as telephones write it: its first picture, in all its bits."""

from __future__ import annotations

import io
import struct
from typing import Any, BinaryIO

import numpy as np

from desktop_app.core.imaging.decode_pillow import CUT_NOTE
from desktop_app.core.imaging.decoding import Decoder, PhotoInfo, raster_from_stored, scaled_integers
from desktop_app.core.imaging.extras import library
from desktop_app.core.imaging.metadata import Metadata, bare_exif
from desktop_app.core.imaging.png_chunks import chunk
from desktop_app.core.imaging.raster import Depth, Raster
from desktop_app.core.imaging.salvage import padded

__all__ = ["heif_decoder", "is_heif"]

_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs")
_OPEN_BRANDS = (b"mif1", b"msf1", b"mif2")  # which say nothing of the codec
_BYTES_PER_PIXEL = 24  # of the planes that its decoder holds
_SRGB = ((1, 2), (1, 2, 6, 13))
_FURTHER = "The file holds further pictures, such as a depth or gain map or frames: a saved result has none."


def is_heif(header: bytes) -> bool:
    """Say whether a file that begins with `header` (32 bytes) is HEIF, and not AVIF, which shares its boxes."""
    if header[4:8] != b"ftyp":
        return False
    end = min(int.from_bytes(header[:4], "big"), len(header))
    brands = {header[place : place + 4] for place in (8, *range(16, end, 4))}
    return header[8:12] in _BRANDS or (header[8:12] in _OPEN_BRANDS and not brands.isdisjoint(_BRANDS))


def heif_decoder(file: BinaryIO) -> Decoder:
    """Return the decoder of the picture that a HEIF shows first.

    Raises
    ------
    InputError
        If the extra library is not installed.
    """
    file.seek(0)
    data = file.read()
    whole = padded("HEIF", data)
    opened: Any = library("pillow_heif", "HEIF").open_heif(io.BytesIO(whole), convert_hdr_to_8bit=False)
    picture = opened[opened.primary_index]
    kind = picture.mode.partition(";")[0]
    bits = int(picture.info.get("bit_depth", 8))
    depth: Depth = "16" if bits > 8 else "8"
    has_alpha, channels = kind.endswith("A"), 1 if kind.startswith("L") else 3
    width, height = picture.size
    info = PhotoInfo(width, height, channels, has_alpha, depth, "HEIF")
    metadata = _metadata_of(picture.info, depth).noted(*[CUT_NOTE] * (len(whole) > len(data)))
    further = len(opened) > 1 or picture.info.get("depth_images") or picture.info.get("aux")

    def read() -> tuple[Raster, Metadata]:
        values = np.asarray(picture)
        values = values.reshape(info.height, info.width, -1)
        if depth == "16":  # the library puts them into the upper bits
            values = scaled_integers(values >> (16 - bits), 2**bits - 1, 65535)
        raster = raster_from_stored(values, 1, has_alpha=has_alpha)  # turned by the boxes, which EXIF only repeats
        return raster, metadata.noted(_FURTHER) if further else metadata

    return Decoder(info, info.width * info.height * _BYTES_PER_PIXEL, read)


def _metadata_of(info: dict[str, Any], depth: Depth) -> Metadata:
    nclx = info.get("nclx_profile") or {}
    primaries, curve = int(nclx.get("color_primaries", 2)), int(nclx.get("transfer_characteristics", 2))
    is_usual = primaries in _SRGB[0] and curve in _SRGB[1]
    colour = None if is_usual or info.get("icc_profile") else chunk(b"cICP", struct.pack("4B", primaries, curve, 0, 1))
    return Metadata(
        exif=bare_exif(info.get("exif")), icc=info.get("icc_profile") or None, xmp=info.get("xmp") or None,
        format="HEIF", depth=depth, colour=colour, full_scale=65535 if 8 < int(info.get("bit_depth", 8)) < 16 else 0,
    ).upright()
