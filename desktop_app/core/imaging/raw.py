"""Camera raw and DNG: read with the camera's white balance and nothing clipped, then developed, in sixteen bits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from io import SEEK_END, BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

import numpy as np

from desktop_app.api.errors import ParameterError
from desktop_app.core.imaging.decoding import DAMAGE, Decoder, PhotoInfo, missing_note, raster_from_stored
from desktop_app.core.imaging.extras import library
from desktop_app.core.imaging.metadata import Metadata
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.imaging.tiff import is_tiff, quieten
from desktop_app.core.imaging.tiff_words import metadata_of_page
from desktop_app.core.imaging.unheard import unheard

__all__ = ["DEMOSAICS", "USUAL_DEMOSAIC", "embedded_preview", "is_raw", "raw_decoder"]

DEMOSAICS: Mapping[str, str] = MappingProxyType({
    "AHD": "AHD", "DHT": "DHT", "AAHD": "AAHD", "DCB": "DCB", "PPG": "PPG", "VNG": "VNG", "bilinear": "LINEAR",
})  # fmt: skip
"""The ways of undoing a colour filter, by the names of `enhance.develop`, as LibRaw calls them."""

USUAL_DEMOSAIC = "AHD"

_STARTS = (b"FUJIFILMCCD-RAW", b"IIU\x00", b"IIRO", b"IIRS", b"MMOR", b"FOVb", b"\x00MRM")
_DNG_VERSION = 50706
_SENSOR = (32803, 34892)  # photometric interpretations: behind a colour filter, and what a DNG calls linear
_CURVE = (2.4, 12.92)  # sRGB's power and slope near black
_BYTES_PER_PIXEL = 24
_TURNS = {3: 2, 5: 1, 6: 3}  # quarter turns to the left, by how LibRaw says that a photo lies
_ORIENTATION = 274
_MOST = 100  # times as long as it is, a file is not made
_NOTE = ("The photo was developed from camera raw in 16 bits of sRGB: with the camera's white balance, and as bright "
         "as its lights allow; a result is saved as a picture.")


def is_raw(file: BinaryIO, header: bytes) -> bool:
    """Say whether a file that begins with `header` (32 bytes) holds what a camera's sensor measured."""
    if header.startswith(_STARTS) or header[4:12] == b"ftypcrx ":
        return True
    if not is_tiff(header):
        return False
    return header[8:10] == b"CR" or _has_sensor(file)


def _has_sensor(file: BinaryIO) -> bool:
    import tifffile

    quieten()
    file.seek(0)
    try:
        page: Any = tifffile.TiffFile(file).pages[0]
        pages = [page, *(page.pages or ())]
        return _DNG_VERSION in page.tags or any(one.photometric in _SENSOR for one in pages)
    except DAMAGE:
        return False
    finally:
        file.seek(0)


def raw_decoder(file: BinaryIO, demosaic: str = USUAL_DEMOSAIC) -> Decoder:
    """Return the decoder of a raw photo, whose colour filter is undone in one of the ways of `DEMOSAICS`.

    Raises
    ------
    ParameterError
        If there is no such way.
    InputError
        If the extra library is not installed.
    ValueError
        If the file is damaged, or of a camera that the library does not know.
    """
    rawpy = library("rawpy", "camera raw")
    if demosaic not in DEMOSAICS:
        raise ParameterError(f"expected one of {', '.join(DEMOSAICS)} to undo the colour filter, got {demosaic!r}")
    whole, share = _completed(file)
    whole.seek(0)
    try:
        with unheard():
            opened: Any = rawpy.imread(whole)
    except rawpy.LibRawError as error:
        raise ValueError(f"not to be developed: {error}") from error
    sizes = opened.sizes
    is_turned = sizes.flip in (5, 6)
    size = (sizes.height, sizes.width) if is_turned else (sizes.width, sizes.height)
    info = PhotoInfo(*size, 3, False, "16", "RAW")
    metadata = _metadata_of(file)

    def read() -> tuple[Raster, Metadata]:
        try:
            with unheard():
                values = opened.postprocess(
                    output_bps=16, use_camera_wb=True, gamma=_CURVE, no_auto_bright=True,
                    highlight_mode=rawpy.HighlightMode.Blend, output_color=rawpy.ColorSpace.sRGB,
                    demosaic_algorithm=rawpy.DemosaicAlgorithm[DEMOSAICS[demosaic]],
                )  # fmt: skip
        except rawpy.LibRawError as error:
            raise ValueError(f"not to be developed: {error}") from error
        said = metadata if share >= 1 else metadata.noted(missing_note(share))
        return raster_from_stored(values, 1, has_alpha=False), said.noted(_NOTE)

    return Decoder(info, info.width * info.height * _BYTES_PER_PIXEL, read)


def _completed(file: BinaryIO) -> tuple[BinaryIO, float]:
    """Return a raw file built as a TIFF with zeros for the sensor's values that it lacks, and which share it has.

    LibRaw gives nothing of a file that ends before they do.
    """
    import tifffile

    size = file.seek(0, SEEK_END)
    file.seek(0)
    try:
        page: Any = tifffile.TiffFile(file).pages[0]
        pages = [one for one in (page, *(page.pages or ())) if one.photometric in _SENSOR]
        spans = [span for one in pages for span in zip(one.dataoffsets, one.databytecounts, strict=False)]
    except DAMAGE:
        return file, 1.0
    end, total = max((offset + count for offset, count in spans), default=0), sum(count for _, count in spans)
    if not size < end <= _MOST * size:
        return file, 1.0
    there = sum(max(0, min(count, size - offset)) for offset, count in spans)
    file.seek(0)
    return BytesIO(file.read() + bytes(end - size)), there / total


def embedded_preview(path: Path) -> Raster | None:
    """Return the picture that the camera put into a raw file, upright, to be shown until it is developed; None without.

    Raises
    ------
    InputError
        If the extra library is not installed.
    """
    rawpy = library("rawpy", "camera raw")
    from PIL import Image, ImageOps

    try:
        with unheard(), rawpy.imread(str(path)) as opened:
            found = opened.extract_thumb()
            flip = opened.sizes.flip
        if found.format != rawpy.ThumbFormat.JPEG:
            return Raster(np.ascontiguousarray(np.rot90(found.data, _TURNS.get(flip, 0))))
        image: Image.Image = Image.open(BytesIO(found.data))
        if image.getexif().get(_ORIENTATION, 1) != 1:
            image = ImageOps.exif_transpose(image)
        elif image.width > image.height and flip in _TURNS:
            image = image.rotate(90 * _TURNS[flip], expand=True)
        return Raster(np.asarray(image.convert("RGB")))
    except (rawpy.LibRawError, *DAMAGE):
        return None


def _metadata_of(file: BinaryIO) -> Metadata:
    """Return EXIF and XMP where the raw file is built as a TIFF; no profile, since the pixels become sRGB."""
    import tifffile

    file.seek(0)
    found = Metadata()
    if is_tiff(file.read(4)):
        file.seek(0)
        try:
            found = metadata_of_page(tifffile.TiffFile(file).pages[0], file)
        except DAMAGE:
            found = Metadata()
    return replace(found, icc=None, format="RAW", depth="16", is_raw=True).upright()
