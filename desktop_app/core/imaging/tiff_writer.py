"""TIFF out: uncompressed, with all that travels beside the pixels."""

from __future__ import annotations

import io
import struct
from fractions import Fraction
from typing import Any, BinaryIO

from numpy.typing import NDArray

from desktop_app.core.imaging.laid_out import is_of_planes, without_planes
from desktop_app.core.imaging.metadata import Metadata, prefixed_exif
from desktop_app.core.imaging.tiff_words import DATA_TAGS, EXIF, GPS, IPTC, TEXT_TAGS, XMP

__all__ = ["left_out_planes", "write_tiff"]

_DESCRIPTION = 270

_RATIONAL_TAGS = (318, 319)


def write_tiff(
    file: BinaryIO, values: NDArray[Any], metadata: Metadata, *, has_alpha: bool = False, colours: int | None = None
) -> None:
    """Write ``(H, W, C)`` values uncompressed, with the photo's EXIF, profile, XMP and resolution.

    Parameters
    ----------
    file : BinaryIO
        Open for reading and writing, empty.
    values : ndarray
        Of any kind of number; C is 1 or 3, and one more when the last channel is alpha.
    metadata : Metadata
        Of an EXIF block the descriptions, the camera's directory and the place are kept.
    has_alpha : bool
        Whether the last channel is alpha.
    colours : int, optional
        How many channels are grey or colours, where more follow that are neither.
    """
    import tifffile

    others = 0 if colours is None else values.shape[-1] - colours
    colours = values.shape[-1] - has_alpha if colours is None else colours
    directories = _directories(metadata.exif)
    tifffile.imwrite(
        file, values if values.shape[-1] > 1 else values[..., 0], byteorder="<", metadata=None, software=False,
        photometric="rgb" if colours == 3 else "minisblack", planarconfig="contig" if values.shape[-1] > 1 else None,
        extrasamples=["unassalpha"] if has_alpha else ["unspecified"] * others or None, iccprofile=metadata.icc,
        resolution=metadata.dpi, resolutionunit="inch" if metadata.dpi else None,
        extratags=[*_text_tags(metadata), *((tag - 1, "I", 1, 0, True) for tag in directories)],
    )
    for tag, content in directories.items():
        _append_directory(file, tag, content)


def left_out_planes(metadata: Metadata) -> list[str]:
    """Return, in sentences, what of the photo's description `write_tiff` leaves out beside the places of its planes."""
    description = _exif_from(metadata.exif).get(_DESCRIPTION)
    if isinstance(description, str) and is_of_planes(description):
        return ["The description in OME-XML was left out: it tells of the planes of the file that was opened."]
    return []


def _exif_from(exif: bytes | None) -> Any:
    from PIL import Image

    block = Image.Exif()
    if exif:
        block.load(prefixed_exif(exif))
    return block


def _text_tags(metadata: Metadata) -> list[tuple[int, str, int, Any, bool]]:
    block = _exif_from(metadata.exif)
    tags: list[tuple[int, str, int, Any, bool]] = []
    for tag in TEXT_TAGS:
        value = block.get(tag)
        if tag == _DESCRIPTION and isinstance(value, str):
            value = without_planes(value)
        if isinstance(value, str):
            tags.append((tag, "s", 0, value.encode() + b"\x00", True))
        elif isinstance(value, bytes):
            tags.append((tag, "B", len(value), value, True))
    tags += [_data_tag(tag, block[tag]) for tag in DATA_TAGS if tag in block]
    if metadata.xmp:
        tags.append((XMP, "B", len(metadata.xmp), metadata.xmp, True))
    if metadata.iptc:
        tags.append((IPTC, "B", len(metadata.iptc), metadata.iptc, True))
    return tags


def _data_tag(tag: int, value: Any) -> tuple[int, str, int, Any, bool]:
    """Return a tag of text, whole numbers, fractions or floats as tifffile writes it."""
    if isinstance(value, str):
        return tag, "s", 0, value.encode() + b"\x00", True
    values = tuple(value) if isinstance(value, tuple | list) else (value,)
    if tag in _RATIONAL_TAGS:
        pairs = [Fraction(float(one)).limit_denominator(1_000_000) for one in values]
        return tag, "2I", len(values), tuple(part for one in pairs for part in one.as_integer_ratio()), True
    if all(isinstance(one, int) and one >= 0 for one in values):
        return tag, "H" if max(values) < 1 << 16 else "I", len(values), values, True
    return tag, "d", len(values), tuple(map(float, values)), True


def _directories(exif: bytes | None) -> dict[int, dict[int, Any]]:
    block = _exif_from(exif)
    found = {tag: dict(block.get_ifd(tag)) for tag in (EXIF, GPS)}
    return {tag: content for tag, content in found.items() if content}


def _append_directory(file: BinaryIO, tag: int, content: dict[int, Any]) -> None:
    """Put a directory at the end of the file, and let it be found under `tag`.

    tifffile writes no pointers to directories: the entry one below `tag`, which nobody uses, becomes the pointer.
    """
    import tifffile
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    file.seek(0)
    written = tifffile.TiffFile(file)
    page: Any = written.pages[0]
    if written.is_bigtiff:  # over 4 GB: Pillow writes directories with 32-bit offsets only
        return
    end = file.seek(0, io.SEEK_END)
    directory = ImageFileDirectory_v2(b"II*\x00\x08\x00\x00\x00", group=tag)
    directory.update(content)
    file.write(bytes(end % 2) + directory.tobytes(end + end % 2))
    file.seek(page.tags[tag - 1].offset)
    file.write(struct.pack("<HHII", tag, 4, 1, end + end % 2))  # 4: a LONG
