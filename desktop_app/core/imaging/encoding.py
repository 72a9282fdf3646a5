"""Photos out: what each format can hold, and how it is written."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.core.atomic import Overwrite, check_target, replaced_file
from desktop_app.core.imaging import avif, png
from desktop_app.core.imaging.decoding import DAMAGE
from desktop_app.core.imaging.export import USUAL, Export, as_srgb, prepared
from desktop_app.core.imaging.jpeg_segments import LONGEST, iptc_segment, xmp_segments
from desktop_app.core.imaging.jpegxl import jpegxl_file
from desktop_app.core.imaging.metadata import Metadata, prefixed_exif
from desktop_app.core.imaging.ranges import as_in_file
from desktop_app.core.imaging.raster import Depth, Raster, convert_depth
from desktop_app.core.imaging.rgb_space import space_of
from desktop_app.core.imaging.tiff import all_bands
from desktop_app.core.imaging.tiff_writer import left_out_planes, write_tiff

_NO_OTHERS = "The file's other bands were left out: only a TIFF of the same size and numbers keeps them, if whole."
_DEPTHS: tuple[Depth, ...] = ("8", "16", "32f")


@dataclass(frozen=True)
class Saved:
    """What was written, and in which numbers; ``notes`` are sentences on what the format could not hold."""

    path: Path
    depth: Depth
    dtype: str
    width: int
    height: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Format:
    name: str
    depths: tuple[Depth, ...]
    longest_side: int
    has_alpha: bool
    write: Callable[[BinaryIO, NDArray[Any], Metadata, Export], None]
    has_profile: bool = True
    bits_of_deep: int = 8  # per value of a photo with more, where the format holds more than a byte and no whole two


def save_photo(
    path: str | os.PathLike[str],
    raster: Raster,
    metadata: Metadata,
    *,
    depth: Depth | None = None,
    overwrite: Overwrite = "unprotected",
    source: Path | None = None,
    export: Export = USUAL,
) -> Saved:
    """Write a photo, whole or not at all, with the EXIF, colour profile, XMP and resolution that came with it.

    The file is written beside `path` under another name, synced, and renamed: a full disk or a lost machine leaves
    what was there. An existing file is replaced, be it the one that the photo came from, unless it is read-only or
    `overwrite` says otherwise: to ask first is the caller's part.

    Parameters
    ----------
    path : str or path
        Its suffix says the format: ``.png``, ``.jpg``, ``.jpeg``, ``.webp``, ``.tif``, ``.tiff``, ``.avif``, ``.jxl``.
        TIFF is written uncompressed; AVIF in ten bits, grey in eight, and in eight without loss at quality 100;
        JPEG XL says in its own words what a profile says by primaries and a curve, and is in sRGB where it says more.
    raster : Raster
        The pixels. Values outside [0, 1] are clipped and the rest is rounded, except in ``32f``; NaN becomes black.
        Alpha is kept; a JPEG, which has none, shows the photo on white.
    metadata : Metadata
        Of the opened file.
    depth : {"8", "16", "32f"}, optional
        Bits per value; by default those of the file that the photo came from, or the most that the format can hold.
    overwrite : {"never", "unprotected", "always"}
        Whether an existing file may be replaced, and a read-only one too.
    source : Path, optional
        The opened file, whose other bands are kept where only some of many were shown.
    export : Export
        Quality and the like; by default quality 95, JPEG without colour subsampling, nothing left out.

    Raises
    ------
    ParameterError
        If the format cannot hold `depth`.
    InputError
        If the suffix is unknown, the picture too large for the format, or the file cannot be written.
    """
    path = Path(path)
    target = _format_of(path)
    raster, metadata = prepared(raster, metadata, export)
    _require_size(path, target, raster)
    in_srgb = None
    if metadata.icc and not target.has_profile and (raster.channels == 1 or space_of(metadata.icc) is None):
        raster, metadata = as_srgb(raster, metadata.icc), replace(metadata, icc=None, colour=None)
        in_srgb = f"The colours were turned into sRGB: {target.name} has no words for the photo's own."
    chosen = _depth_for(target, depth, metadata.depth)
    is_deeper = target.bits_of_deep > 8 and depth is None and metadata.depth != "8" and raster.channels == 3
    kept, notes = _what_fits(target, raster, metadata, chosen, str(target.bits_of_deep) if is_deeper else chosen)
    notes += (in_srgb,) if in_srgb else ()
    shown = raster if target.has_alpha else _on_white(raster)
    if chosen == metadata.depth and (metadata.levels or metadata.numbers):
        values = as_in_file(shown, metadata if depth is None else replace(metadata, numbers=""))
    else:
        values = _values(shown, "16" if is_deeper else chosen)
    if metadata.bands:
        among = _among_others(target, values, metadata, chosen, source)
        if among is not None:
            with replaced_file(path, overwrite=overwrite) as file:
                write_tiff(file, among[0], kept, colours=among[1])
            return Saved(path, chosen, values.dtype.name, raster.width, raster.height, notes)
        notes += (_NO_OTHERS,)
    with replaced_file(path, overwrite=overwrite) as file:
        target.write(file, values, kept, export)
    return Saved(path, chosen, values.dtype.name, raster.width, raster.height, notes)


def _among_others(
    target: _Format, values: NDArray[Any], metadata: Metadata, depth: Depth, source: Path | None
) -> tuple[NDArray[Any], int] | None:
    """Return values ``(H, W, C)`` in their places among the file's other bands, and how many of these are colours.

    None where the file that is saved cannot hold them beside each other, and where the opened one has lost some.
    """
    if source is None or target.name != "TIFF" or depth != metadata.depth or metadata.format != "TIFF":
        return None
    try:
        whole, has_colours = all_bands(source, depth)
    except DAMAGE:
        return None
    if whole.shape[:2] != values.shape[:2] or values.shape[-1] != len(metadata.bands) or whole.dtype != values.dtype:
        return None
    whole[..., list(metadata.bands)] = values
    return whole, 3 if has_colours else 1


def check_output(path: str | os.PathLike[str], depth: Depth | None = None) -> None:
    """Refuse, before there is a picture, a file that `save_photo` would refuse for its name, depth or protection.

    Raises
    ------
    ParameterError
        If the format cannot hold `depth`.
    InputError
        If the suffix is unknown, or there is a read-only file or a folder.
    """
    _depth_for(_format_of(Path(path)), depth, "8")
    check_target(Path(path))


def _format_of(path: Path) -> _Format:
    lossy: tuple[Depth, ...] = ("8",)
    formats = {
        ".png": _Format("PNG", ("8", "16"), 2**31 - 1, True, _write_png),
        ".jpg": _Format("JPEG", lossy, 65_500, False, _write_jpeg),
        ".webp": _Format("WebP", lossy, 16_383, True, _write_webp),
        ".tif": _Format("TIFF", _DEPTHS, 2**31 - 1, True, _write_tiff),
        ".avif": _Format("AVIF", lossy, 65_535, True, _write_avif, bits_of_deep=avif.BITS),
        ".jxl": _Format("JPEG XL", ("8", "16"), 2**30 - 1, True, _write_jpegxl, has_profile=False),
    }
    suffix = {".jpeg": ".jpg", ".tiff": ".tif"}.get(path.suffix.lower(), path.suffix.lower())
    if suffix not in formats:
        raise InputError(
            f"expected a file name that ends in .png, .jpg, .webp, .tif, .avif or .jxl, got {path.name!r}; "
            "change its ending"
        )
    return formats[suffix]


def _require_size(path: Path, target: _Format, raster: Raster) -> None:
    if max(raster.width, raster.height) > target.longest_side:
        raise InputError(
            f"expected a picture of at most {target.longest_side} pixels a side for {target.name}, got "
            f"{raster.width}×{raster.height}; save {path.stem!r} as PNG or TIFF"
        )


def _depth_for(target: _Format, asked: Depth | None, source: Depth) -> Depth:
    if asked is not None and asked not in target.depths:
        raise ParameterError(
            f"expected a depth that {target.name} can hold ({', '.join(target.depths)}), got {asked}; "
            "save as TIFF or choose another depth"
        )
    return asked or (source if source in target.depths else target.depths[-1])


def _what_fits(
    target: _Format, raster: Raster, metadata: Metadata, depth: Depth, bits: str
) -> tuple[Metadata, tuple[str, ...]]:
    """Return the metadata that the file can hold, and what is lost in sentences; `bits` are those it is written in."""
    kept, notes = metadata.upright().sized(raster.width, raster.height), _left_out(target, metadata)
    if raster.alpha is not None and not target.has_alpha:
        notes.append(f"{target.name} has no transparency: the photo was put on white.")
    if metadata.depth == "32f" and depth != "32f":
        notes.append(f"{target.name} was written in {bits} bits: values were clipped to [0, 1] and rounded.")
    if metadata.depth == "16" and "16" not in target.depths:
        notes.append(f"{target.name} was written in {bits} bits: it cannot hold the photo's 16.")
    if metadata.levels and depth != metadata.depth:
        low, high = metadata.levels
        notes.append(f"{target.name} in {bits} bits holds the values as shown: 0…1 are {low:g}…{high:g} of the file.")
    if kept.icc and kept.icc[16:20] == b"GRAY" and raster.channels == 3:
        kept = replace(kept, icc=None)
        notes.append("The colour profile was left out: it is one for grey pictures.")
    if target.name == "JPEG" and len(kept.exif or b"") > LONGEST:
        kept = replace(kept, exif=None)
        notes.append("EXIF was left out: it is larger than JPEG allows.")
    if target.name == "JPEG" and len(kept.xmp or b"") > LONGEST:
        kept = replace(kept, xmp=None)
        notes.append("XMP was left out: it is larger than JPEG allows.")
    return kept, tuple(notes)


def _left_out(target: _Format, metadata: Metadata) -> list[str]:
    """Return what of the words beside a photo, and of its colours' meaning, the format has no place for."""
    has_place: dict[str, tuple[str, ...]] = {
        "iptc": ("JPEG", "TIFF"), "comment": ("JPEG", "PNG"), "more_xmp": ("JPEG",), "text": ("PNG",),
        "dpi": ("JPEG", "PNG", "TIFF"),
    }
    titles = {"iptc": "IPTC", "comment": "The comment", "more_xmp": "Extended XMP", "text": "PNG's text",
              "dpi": "The resolution"}
    notes = [
        f"{titles[name]} was left out: {target.name} has no place for it."
        for name, formats in has_place.items() if getattr(metadata, name) and target.name not in formats
    ]
    if target.name == "TIFF":
        notes += left_out_planes(metadata)
    if target.name == "JPEG" and len(metadata.iptc or b"") > LONGEST:
        notes.append("IPTC was left out: it is larger than JPEG allows.")
    names = png.colour_names(metadata.colour) if metadata.colour and not metadata.icc else []
    if names and target.name != "PNG":
        notes.append(f"What the file says of its colours ({', '.join(names)}) was left out: {target.name} has no place "
                     "for it, and they will be read as sRGB.")
    return notes


def _on_white(raster: Raster) -> Raster:
    if raster.alpha is None:
        return raster
    alpha: NDArray[Any] = convert_depth(raster.alpha, "32f")[..., None]
    colours: NDArray[Any] = convert_depth(raster.pixels, "32f")
    return Raster(colours * alpha + (1 - alpha))


def _values(raster: Raster, depth: Depth) -> NDArray[Any]:
    """Return ``(H, W, C)`` values in a depth, alpha behind the colours."""
    pixels = convert_depth(raster.pixels, depth)
    return pixels if raster.alpha is None else np.dstack([pixels, convert_depth(raster.alpha, depth)])


def _write_png(file: BinaryIO, values: NDArray[Any], metadata: Metadata, _export: Export) -> None:
    file.write(png.encoded(values, metadata))


def _write_tiff(file: BinaryIO, values: NDArray[Any], metadata: Metadata, _export: Export) -> None:
    write_tiff(file, values, metadata, has_alpha=values.shape[-1] in (2, 4))


def _write_jpeg(file: BinaryIO, values: NDArray[Any], metadata: Metadata, export: Export) -> None:
    dpi = {"dpi": metadata.dpi} if metadata.dpi else {}
    more = xmp_segments(metadata.more_xmp) if metadata.more_xmp else b""
    if metadata.iptc and len(metadata.iptc) <= LONGEST:
        more += iptc_segment(metadata.iptc)
    comment = {"comment": metadata.comment} if metadata.comment else {}
    file.write(_through_pillow(
        "JPEG", values, metadata, quality=export.quality, subsampling=export.subsampling,
        progressive=export.progressive, optimize=export.progressive, extra=more, **dpi, **comment))


def _write_webp(file: BinaryIO, values: NDArray[Any], metadata: Metadata, export: Export) -> None:
    file.write(_through_pillow("WEBP", values, metadata, quality=export.quality))


def _write_avif(file: BinaryIO, values: NDArray[Any], metadata: Metadata, export: Export) -> None:
    if values.shape[-1] > 2:
        file.write(avif.avif_colours(values, metadata, export))
    else:  # imagecodecs knows no quality of grey, and eight bits lose nothing where no colours are mixed
        file.write(_through_pillow("AVIF", convert_depth(values, "8"), metadata, quality=export.quality))


def _write_jpegxl(file: BinaryIO, values: NDArray[Any], metadata: Metadata, export: Export) -> None:
    file.write(jpegxl_file(values, metadata, quality=export.quality))


def _through_pillow(name: str, values: NDArray[Any], metadata: Metadata, **options: Any) -> bytes:
    """Encode into memory: Pillow writing to a file itself would hide why a write failed."""
    from PIL import Image

    grey = values[..., 0] if values.shape[-1] == 1 else values
    exif = prefixed_exif(metadata.exif) if metadata.exif else None
    words = {"exif": exif, "icc_profile": metadata.icc, "xmp": metadata.xmp}
    options |= {word: block for word, block in words.items() if block}
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(grey)).save(buffer, name, **options)
    return buffer.getvalue()
