"""TIFF through tifffile: sixteen bits and floats stay what they are."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.imaging.colour import print_converter
from desktop_app.core.imaging.decode_pillow import PRINT_NOTE, identify, pillow_decoder
from desktop_app.core.imaging.decoding import DAMAGE, Decoder, PhotoInfo, missing_note, scaled_integers, upright_size
from desktop_app.core.imaging.metadata import Metadata, bare_exif, prefixed_exif
from desktop_app.core.imaging.raster import Depth, Raster
from desktop_app.core.imaging.tiff_pixels import Pieces

_ICC, _XMP, _EXIF, _GPS, _IPTC = 34675, 700, 34665, 34853, 33723
_RESOLUTION_X, _RESOLUTION_Y, _RESOLUTION_UNIT, _CENTIMETRE = 282, 283, 296, 3
# Description, make, model, software, date, artist, host, copyright, and Windows' title to subject.
_TEXT_TAGS = (270, 271, 272, 305, 306, 315, 316, 33432, 40091, 40092, 40093, 40094, 40095)
# Transfer curve, white point and primaries; the place of maps and heights; what GDAL says of a file.
_DATA_TAGS = (301, 318, 319, 33550, 33922, 34264, 34735, 34736, 34737, 42112, 42113)
_BIG_MOTOROLA = b"MM\x00+"
_RATIONAL_TAGS = (318, 319)
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _SEPARATED, _YCBCR = 0, 1, 2, 3, 5, 6  # photometric interpretations
_INKS = 4
_JPEG = 7  # a compression
_UNSPECIFIED, _ASSOCIATED, _UNASSOCIATED = 0, 1, 2
_FLOAT, _UNSIGNED = "f", "u"
_WHOLE = "iu"


def is_tiff(header: bytes) -> bool:
    """Say whether a file that begins with `header` is a TIFF or BigTIFF of either byte order."""
    return header[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


def tiff_decoder(file: BinaryIO) -> Decoder:
    """Return the decoder of the first page of a TIFF.

    Unsigned integers of up to 16 bits keep their depth (other than 8 and 16 are scaled to the next of these); all other
    numbers become float32, as they are. 8-bit print colours and laboratory colours go through Pillow, in 8 bits. Strips
    or tiles that are missing or damaged are black, and told in the metadata's notes.

    Raises
    ------
    ValueError
        If the page holds something else than a picture: complex numbers, a volume.
    """
    import tifffile

    document = tifffile.TiffFile(file)
    page: Any = document.pages[0]
    metadata = _metadata_of(page, file).noted(*_unseen(document, page))
    if _is_for_pillow(page):
        image = identify(file)
        if image is None:
            raise ValueError("its colours are of a kind that cannot be read")
        wanted = Pieces(page, int(page.samplesperpixel), lambda values: values)
        return replace(pillow_decoder(image, metadata), most_pixels=wanted.most_pixels)
    depth, channels, alpha = _depth_of(page), _channels_of(page), _alpha_of(page)
    palette = None
    if _has_palette(page):
        depth, palette = _palette_converter(page)
    orientation = _orientation_of(page)
    size = upright_size(page.imagewidth, page.imagelength, orientation)
    info = PhotoInfo(*size, channels, alpha is not None, depth, "TIFF")
    numbers = page.dtype.name if depth == "32f" and page.dtype.name != "float32" else ""
    is_print = page.photometric == _SEPARATED
    if palette is not None:
        pieces = Pieces(page, 1, palette)
    else:
        colours = print_converter(metadata.icc) if is_print else None
        pieces = Pieces(
            page, _INKS if is_print else channels + (alpha is not None),
            lambda values: (colours or _same)(_in_depth(values, page, depth)),
        )

    def read() -> tuple[Raster, Metadata]:
        raster, share = pieces.read(info, orientation)
        if alpha == _ASSOCIATED:
            _divide_by_alpha(raster)
        kept = replace(metadata, depth=depth, numbers=numbers, icc=None if is_print else metadata.icc)
        if raster.alpha is not None and page.dtype.kind in _WHOLE and depth == "32f":
            np.divide(raster.alpha, np.iinfo(page.dtype).max, out=raster.alpha)
        if is_print:
            kept = kept.noted(PRINT_NOTE)
        if share < 1:
            kept = kept.noted(missing_note(share))
        return raster, kept.upright()

    return Decoder(info, pieces.working_bytes, read, pieces.most_pixels)


def _same(values: NDArray[Any]) -> NDArray[Any]:
    return values


def write(file: BinaryIO, values: NDArray[Any], metadata: Metadata, *, has_alpha: bool = False) -> None:
    """Write ``(H, W, C)`` values uncompressed, with the photo's EXIF, profile, XMP and resolution.

    Parameters
    ----------
    file : BinaryIO
        Open for reading and writing, empty.
    values : ndarray
        uint8, uint16 or float32; C is 1 or 3, and one more when the last channel is alpha.
    metadata : Metadata
        Of an EXIF block the descriptions, the camera's directory and the place are kept.
    has_alpha : bool
        Whether the last channel is alpha.
    """
    import tifffile

    colours = values.shape[-1] - has_alpha
    directories = _directories(metadata.exif)
    tifffile.imwrite(
        file, values if values.shape[-1] > 1 else values[..., 0], byteorder="<", metadata=None, software=False,
        photometric="rgb" if colours == 3 else "minisblack", planarconfig="contig" if values.shape[-1] > 1 else None,
        extrasamples=["unassalpha"] if has_alpha else None, iccprofile=metadata.icc,
        resolution=metadata.dpi, resolutionunit="inch" if metadata.dpi else None,
        extratags=[*_text_tags(metadata), *((tag - 1, "I", 1, 0, True) for tag in directories)],
    )
    for tag, content in directories.items():
        _append_directory(file, tag, content)


def _is_for_pillow(page: Any) -> bool:
    if page.photometric in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB):
        return False
    if _has_palette(page):
        return False
    if page.photometric == _SEPARATED and page.planarconfig == 1 and page.samplesperpixel >= _INKS:
        return bool(page.dtype != np.uint16)
    return bool(page.photometric != _YCBCR or page.compression != _JPEG)


def _has_palette(page: Any) -> bool:
    return bool(page.photometric == _PALETTE and page.samplesperpixel == 1 and page.colormap is not None)


def _palette_converter(page: Any) -> tuple[Depth, Callable[[NDArray[Any]], NDArray[Any]]]:
    """Return what turns indices ``(h, w, 1)`` into colours, and in which depth: 8 bits where those say it all."""
    colours: NDArray[Any] = page.colormap.T
    of_eight = next((step for step in (257, 256) if not (colours % step).any()), None)  # 256: by older programs
    table = colours if of_eight is None else (colours // of_eight).astype(np.uint8)
    return "16" if of_eight is None else "8", lambda values: table[values[..., 0]]


def _unseen(document: Any, page: Any) -> list[str]:
    """Return what the file holds and is not shown, in sentences."""
    sentences = []
    try:
        pages = len(document.pages)
    except DAMAGE:
        pages = 1
    if pages > 1:
        sentences.append(f"The file has {pages} pages: the first is shown, and a saved result holds no other.")
    if page.photometric in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB):
        shown = _channels_of(page) + (_alpha_of(page) is not None)
        if page.samplesperpixel > shown:
            which = "the first is" if shown == 1 else f"the first {shown} are"
            sentences.append(f"The file has {page.samplesperpixel} bands: {which} shown, and a saved result holds no "
                             "other.")
    return sentences


def _depth_of(page: Any) -> Depth:
    kind = page.dtype.kind if page.dtype is not None else "?"
    if kind not in (_FLOAT, _UNSIGNED, "b", "i"):
        raise ValueError(f"its numbers are {page.dtype}, where real ones can be read")
    if kind in (_FLOAT, "i") or page.dtype.itemsize > 2:
        return "32f"
    return "8" if page.dtype.itemsize == 1 else "16"


def _channels_of(page: Any) -> int:
    if page.axes not in ("YX", "YXS", "SYX"):
        raise ValueError(f"it has the axes {page.axes}, where a flat picture can be read")
    return 1 if page.photometric in (_WHITE_IS_ZERO, _BLACK_IS_ZERO) else 3


def _alpha_of(page: Any) -> int | None:
    """Return the kind of the first further channel when that is alpha.

    One beside three colours whose kind the file leaves open is taken for transparency, as other programs do.
    """
    kinds = [int(kind) for kind in page.extrasamples]
    if not kinds or kinds[0] not in (_UNSPECIFIED, _ASSOCIATED, _UNASSOCIATED):
        return None
    is_open = kinds[0] == _UNSPECIFIED
    return None if is_open and (len(kinds) > 1 or _channels_of(page) == 1) else kinds[0]


def _orientation_of(page: Any) -> int:
    tag = page.tags.get(274)
    return int(tag.value) if tag is not None and 1 <= int(tag.value) <= 8 else 1


def _in_depth(values: NDArray[Any], page: Any, depth: Depth) -> NDArray[Any]:
    is_inverted = page.photometric == _WHITE_IS_ZERO
    if depth == "32f":
        unit = values.astype(np.float32, copy=False)
        return 1 - unit if is_inverted else unit
    full = 255 if depth == "8" else 65535
    bits = 1 if values.dtype.kind == "b" else int(page.bitspersample)
    native = values.astype(np.uint8 if depth == "8" else np.uint16, copy=False)
    if full != 2**bits - 1:
        native = scaled_integers(native, 2**bits - 1, full)
    return full - native if is_inverted else native


def _divide_by_alpha(raster: Raster) -> None:
    """Divide colours by alpha, where there is any; what is wholly transparent becomes black."""
    assert raster.alpha is not None
    pixels: NDArray[Any] = raster.pixels
    is_float = pixels.dtype.kind == _FLOAT
    full = np.float32(1.0 if is_float else np.iinfo(pixels.dtype).max)
    for row, transparency in zip(pixels, raster.alpha, strict=True):
        alpha = (transparency.astype(np.float32) / full)[:, None]
        colours = np.divide(row, alpha, out=np.zeros(row.shape, np.float32), where=alpha > 0)
        row[...] = colours if is_float else np.rint(np.clip(colours, 0, full))


def _metadata_of(page: Any, file: BinaryIO) -> Metadata:
    return Metadata(
        exif=_exif_of(file, page), icc=_bytes_of(page, _ICC), xmp=_bytes_of(page, _XMP), format="TIFF",
        dpi=_dpi_of(page), iptc=_bytes_of(page, _IPTC),
    )


def _bytes_of(page: Any, tag: int) -> bytes | None:
    entry = page.tags.get(tag)
    if entry is None:
        return None
    if isinstance(entry.value, tuple) and tag == _IPTC:  # some programs write it as words of 32 bits
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
        texts = {tag: page.tags[tag].value for tag in _TEXT_TAGS if tag in page.tags}
        block.update({tag: text for tag, text in texts.items() if isinstance(text, str)})
        return bare_exif(block.tobytes()) if len(block) else None
    file.seek(0)
    try:
        found.load_from_fp(file)
        block.update({tag: found[tag] for tag in (*_TEXT_TAGS, *_DATA_TAGS) if tag in found})
        for tag in (_EXIF, _GPS):
            if content := found.get_ifd(tag):
                block.get_ifd(tag).update(content)
                block[tag] = content
        return bare_exif(block.tobytes()) if len(block) else None
    except (SyntaxError, ValueError, TypeError, KeyError, struct.error):  # BigTIFF, or directories that lead nowhere
        return None


def _exif_from(exif: bytes | None) -> Any:
    from PIL import Image

    block = Image.Exif()
    if exif:
        block.load(prefixed_exif(exif))
    return block


def _text_tags(metadata: Metadata) -> list[tuple[int, str, int, Any, bool]]:
    block = _exif_from(metadata.exif)
    tags: list[tuple[int, str, int, Any, bool]] = []
    for tag in _TEXT_TAGS:
        value = block.get(tag)
        if isinstance(value, str):
            tags.append((tag, "s", 0, value.encode() + b"\x00", True))
        elif isinstance(value, bytes):
            tags.append((tag, "B", len(value), value, True))
    tags += [_data_tag(tag, block[tag]) for tag in _DATA_TAGS if tag in block]
    if metadata.xmp:
        tags.append((_XMP, "B", len(metadata.xmp), metadata.xmp, True))
    if metadata.iptc:
        tags.append((_IPTC, "B", len(metadata.iptc), metadata.iptc, True))
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
    found = {tag: dict(block.get_ifd(tag)) for tag in (_EXIF, _GPS)}
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
