"""Photos in and out: opened once with all that travels beside the pixels, saved whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.core.imaging.claims import judge
from desktop_app.core.imaging.colour import is_usable
from desktop_app.core.imaging.credentials import credentials_note, has_credentials
from desktop_app.core.imaging.decode_pillow import identify, pillow_decoder
from desktop_app.core.imaging.decoding import DAMAGE, Decoder, PhotoInfo
from desktop_app.core.imaging.deep import deep_decoder
from desktop_app.core.imaging.development import Development, developed_raw
from desktop_app.core.imaging.encoding import Saved, check_output, save_photo
from desktop_app.core.imaging.exr import exr_decoder, is_exr
from desktop_app.core.imaging.heif import heif_decoder, is_heif
from desktop_app.core.imaging.jpegxl import is_jpegxl, jpegxl_decoder
from desktop_app.core.imaging.metadata import BandsWanted, Metadata, has_directory, has_profile
from desktop_app.core.imaging.netpbm import netpbm_decoder
from desktop_app.core.imaging.png import is_sixteen_bit, png_decoder
from desktop_app.core.imaging.psd import is_psd, psd_decoder
from desktop_app.core.imaging.ranges import LevelsWanted, display_range, levels_note, within_levels
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.imaging.raw import USUAL_DEMOSAIC, is_raw, raw_decoder
from desktop_app.core.imaging.rgb_space import said_profile
from desktop_app.core.imaging.tiff import is_tiff, tiff_decoder

__all__ = ["Photo", "PhotoInfo", "Saved", "check_output", "open_photo", "probe", "save_photo"]

_NO_PROFILE = "The file's colour profile is none: it is left out, and the colours are read as sRGB."
_BAD_PROFILE = ("The file's colour profile is damaged, or of other colours: it is left out, and the colours are read "
                "as sRGB.")
_COLOURED = 3
_NO_EXIF = "The file's EXIF is damaged: it is left out."


@dataclass(frozen=True, eq=False)
class Photo:
    """An opened file: its upright pixels, and what travels beside them.

    ``format`` is what the content is (``"JPEG"``), whatever the file's name says.
    """

    raster: Raster
    metadata: Metadata
    path: Path
    format: str


def open_photo(
    path: str | os.PathLike[str], *, levels: LevelsWanted = "auto", bands: BandsWanted = "auto",
    development: Development | None = None,
) -> Photo:  # fmt: skip
    """Read a photo: JPEG, PNG, WebP, TIFF, GIF, BMP, PPM, AVIF, JPEG XL, JPEG 2000, EXR, HEIF, raw, PSD.

    What it is its content says. The last four need the extra ``photo``; raw is developed into 16 bits of sRGB, a PSD
    is flattened, the linear light of an OpenEXR encoded as sRGB.
    The pixels are the file's own 8-bit, 16-bit or float values, turned upright; of an animation the first frame, of a
    many-page TIFF the first page. Alpha becomes a plane of its own, a palette its colours, CMYK sRGB through the
    embedded profile. Floats are kept, NaN included: it is for a tool to refuse them. Of a file that is cut short or
    damaged what is there is shown; ``metadata.notes`` says so, and what else the file holds and is not shown.

    Parameters
    ----------
    path : str or path
        The file; it is only read.
    levels : tuple of float, "auto" or None
        The file's values that become 0 and 1: by default found from the data where they are not those of a photo (CT,
        elevation, a camera of 12 bits); None for the file's own numbers, as a depth or a map has them, and for camera
        raw before it is developed.
    development : mapping, optional
        Of camera raw: parameters of ``enhance.develop`` other than its defaults.
    bands : tuple of int or "auto"
        Which bands of a TIFF with many are shown, from 0 on: one as grey or three as colours; by default the first
        three, or the first where there are two. The others are kept when the same kind of file is saved.

    Returns
    -------
    Photo
        At most one copy of the pixels stays in memory.

    Raises
    ------
    InputError
        If there is no such file, it may not be read, is empty, damaged or no picture, or needs more memory than
        there is.

    Examples
    --------
    >>> photo = open_photo("holiday.jpg")  # doctest: +SKIP
    >>> photo.raster.pixels.shape, photo.metadata.depth  # doctest: +SKIP
    ((4000, 6000, 3), '8')
    """
    path = Path(path)
    with _opened(path) as file, _damage_told(path):
        decoder = _decoder(file, path, bands, (development or {}).get("demosaic", USUAL_DEMOSAIC))
        judge(decoder, path)
        raster, metadata = decoder.read()
        if metadata.is_raw:
            raster = raster if levels is None else developed_raw(raster, development)[0]
            levels = None
        found = display_range(raster, metadata) if levels == "auto" else levels
        if found is not None and raster.depth != "8":
            metadata = replace(metadata, is_data=True, levels=found).noted(levels_note(found, metadata))
            raster = within_levels(raster, found)
        if metadata.icc and not has_profile(metadata.icc):
            metadata = replace(metadata, icc=None).noted(_NO_PROFILE)
        if metadata.icc and not is_usable(metadata.icc):
            metadata = replace(metadata, icc=None).noted(_BAD_PROFILE)
        if not metadata.icc and metadata.colour and raster.channels == _COLOURED:
            metadata = replace(metadata, icc=said_profile(metadata.colour))
        if metadata.exif and not has_directory(metadata.exif):
            metadata = replace(metadata, exif=None).noted(_NO_EXIF)
        if has_credentials(file):
            metadata = metadata.noted(credentials_note())
    return Photo(raster, metadata, path, decoder.info.format)


def probe(path: str | os.PathLike[str]) -> PhotoInfo:
    """Return what a photo's header says, without decoding a pixel; errors as of `open_photo`, memory aside."""
    path = Path(path)
    with _opened(path) as file, _damage_told(path):
        return _decoder(file, path).info


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
    except FileNotFoundError as error:
        raise InputError(f"expected a photo at {str(path)!r}, found no such file; check its name") from error
    except OSError as error:
        what = "a folder" if path.is_dir() else (error.strerror or str(error)).lower()
        raise InputError(f"expected a photo that can be read at {str(path)!r}, got: {what}; choose a file") from error
    with file:
        yield file


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    try:
        yield
    except MemoryError as error:
        raise InputError(f"expected enough memory to open {str(path)!r}, but it ran out; close something") from error
    except DAMAGE as error:
        raise InputError(
            f"expected a whole picture in {str(path)!r}, got one that is cut short or damaged, or of a kind that "
            f"cannot be read ({' '.join(str(error).split())}); get the file again or convert it"
        ) from error


def _decoder(
    file: BinaryIO, path: Path, bands: BandsWanted = "auto", demosaic: str = USUAL_DEMOSAIC
) -> Decoder:
    header = file.read(32)
    file.seek(0)
    if not header:
        raise InputError(f"expected a picture in {str(path)!r}, got an empty file; get the file again")
    if is_sixteen_bit(header):
        return png_decoder(file)
    if is_raw(file, header):
        return raw_decoder(file, demosaic)
    if is_tiff(header):
        return tiff_decoder(file, bands)
    if bands != "auto":
        raise ParameterError(f"expected a TIFF of which bands can be chosen, got {path.name!r}; leave the bands out")
    further = ((is_jpegxl, jpegxl_decoder), (is_heif, heif_decoder), (is_psd, psd_decoder),
               (is_exr, exr_decoder))  # fmt: skip
    decode = next((decode for is_one, decode in further if is_one(header)), None)
    if decode is not None:
        return decode(file)
    netpbm = netpbm_decoder(file)
    if netpbm is not None:
        return netpbm
    image = identify(file)
    if image is None:
        raise InputError(
            f"expected a picture (JPEG, PNG, WebP, TIFF, GIF, BMP, PPM, AVIF, JPEG XL, JPEG 2000, OpenEXR, HEIF, "
            f"camera raw or PSD) in {str(path)!r}, got another kind of file; convert it first"
        )
    return deep_decoder(image, pillow_decoder(image))

