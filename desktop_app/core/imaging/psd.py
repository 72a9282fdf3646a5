"""Photoshop's files, flattened: the picture that they keep of all their layers."""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.imaging.colour import IntoRgb, laboratory_colours, print_colours
from desktop_app.core.imaging.decoding import Decoder, PhotoInfo, missing_note, raster_from_stored
from desktop_app.core.imaging.extras import library
from desktop_app.core.imaging.metadata import Metadata, bare_exif
from desktop_app.core.imaging.raster import Depth, Raster

__all__ = ["is_psd", "psd_decoder"]

_ICC, _EXIF, _XMP, _IPTC = 1039, 1058, 1060, 1028  # image resources
_DEPTHS: dict[int, Depth] = {1: "8", 8: "8", 16: "16", 32: "32f"}
_LAYERS = "The file's layers are shown flattened, and a saved result holds no layers."
_HEADER, _RUNS = 26, 1  # bytes; a way to compress
_PLAIN = ("GRAYSCALE", "RGB", "DUOTONE", "BITMAP")


def is_psd(header: bytes) -> bool:
    """Say whether a file that begins with `header` is Photoshop's."""
    return header.startswith(b"8BPS")


def psd_decoder(file: BinaryIO) -> Decoder:
    """Return the decoder of a PSD or PSB.

    Raises
    ------
    InputError
        If the extra library is not installed.
    ValueError
        If the file is damaged, or keeps no flattened picture.
    """
    psd_tools = library("psd_tools", "Photoshop's files")
    file.seek(0)
    try:
        opened: Any = psd_tools.PSDImage.open(file)
    except (AssertionError, AttributeError) as error:
        raise ValueError(f"its parts do not fit {error}".rstrip()) from error
    mode = opened.color_mode.name
    colours = _colours_of(opened, mode)
    depth: Depth = "16" if mode == "LAB" else _DEPTHS[opened.depth] if mode in _PLAIN or colours else "8"
    is_grey = mode in ("GRAYSCALE", "DUOTONE", "BITMAP")
    has_alpha = mode in ("GRAYSCALE", "RGB") and opened.channels in (2, 4)
    info = PhotoInfo(opened.width, opened.height, 1 if is_grey else 3, has_alpha, depth, "PSD")

    def read() -> tuple[Raster, Metadata]:
        profile = _resource(opened, _ICC) if mode in _PLAIN else colours.icc if colours else None
        metadata = _metadata_of(opened, depth, profile)
        try:
            values = _values(opened, info, colours, is_plain=mode in _PLAIN)
        except (AssertionError, AttributeError) as error:
            raise ValueError(f"it keeps no flattened picture {error}".rstrip()) from error
        raster = raster_from_stored(values, 1, has_alpha=has_alpha)
        share = _share_of_picture(file)
        metadata = metadata if share >= 1 else metadata.noted(missing_note(share))
        notes = [_LAYERS] * (len(opened) > 0) + ([colours.note] if colours else [])
        return raster, metadata.noted(*notes)

    return Decoder(info, 6 * info.bytes_in_memory + info.width * info.height * 16, read)


def _share_of_picture(file: BinaryIO) -> float:
    """Return which share of the flattened picture's rows, of all its channels, the file holds.

    Rows of runs are filled up without a word by what decodes them; of all others it refuses a file that lacks some.
    """
    file.seek(0)
    version, channels, height = struct.unpack(">4xH6xHI8x", file.read(_HEADER))
    is_large = version == 2
    for length in ("I", "I", "Q" if is_large else "I"):  # a palette, what is said of the file, the layers
        (size,) = struct.unpack(">" + length, file.read(struct.calcsize(">" + length)))
        file.seek(size, 1)
    (compression,) = struct.unpack(">H", file.read(2))
    if compression != _RUNS:
        return 1.0
    data, rows, dtype = file.read(), channels * height, np.dtype(">u4" if is_large else ">u2")
    lengths = np.frombuffer(data, dtype, min(rows, len(data) // dtype.itemsize))
    ends = lengths.nbytes + np.cumsum(lengths, dtype=np.int64)
    return float(np.count_nonzero(ends <= len(data)) / rows)


def _colours_of(opened: Any, mode: str) -> IntoRgb | None:
    if mode == "CMYK" and opened.depth in (8, 16):
        return print_colours(_resource(opened, _ICC))
    return laboratory_colours(has_offset=True) if mode == "LAB" and opened.depth in (8, 16) else None


def _values(opened: Any, info: PhotoInfo, colours: IntoRgb | None, *, is_plain: bool) -> NDArray[Any]:
    """Return ``(H, W, C)`` values of the info's depth, alpha last."""
    if not is_plain and colours is None:
        return np.asarray(opened.topil(apply_icc=False).convert("RGB"))
    unit: NDArray[Any] = opened.numpy()
    if colours is not None:
        is_print = opened.color_mode.name == "CMYK"  # whose numbers here are paper, not ink
        return colours.convert(_whole(1 - unit, opened.depth) if is_print else 255 * unit[..., :3])
    unit = unit[..., : info.channels + info.has_alpha]
    return unit.astype(np.float32) if info.depth == "32f" else _whole(unit, 8 if info.depth == "8" else 16)


def _whole(unit: NDArray[Any], bits: int) -> NDArray[Any]:
    """Return values in [0, 1] as whole numbers of so many bits."""
    whole: NDArray[Any] = np.rint(unit * (2**bits - 1)).astype(np.uint8 if bits == 8 else np.uint16)
    return whole


def _metadata_of(opened: Any, depth: Depth, profile: bytes | None) -> Metadata:
    found = {number: _resource(opened, number) for number in (_EXIF, _XMP, _IPTC)}
    return Metadata(
        exif=bare_exif(found[_EXIF]), icc=profile, xmp=found[_XMP],
        iptc=found[_IPTC], format="PSD", depth=depth,
    ).upright()


def _resource(opened: Any, number: int) -> bytes | None:
    content = opened.image_resources.get_data(number)
    return bytes(content) if isinstance(content, bytes | bytearray) and content else None
