"""TIFF through tifffile: sixteen bits and floats stay what they are."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from desktop_app.api.errors import ParameterError
from desktop_app.core.imaging.colour import IntoRgb, laboratory_colours, print_colours
from desktop_app.core.imaging.decode_pillow import CUT, identify, pillow_decoder
from desktop_app.core.imaging.decoding import (
    DAMAGE,
    END_NOTE,
    Decoder,
    PhotoInfo,
    missing_note,
    scaled_integers,
    turned_upright,
    upright_size,
)
from desktop_app.core.imaging.metadata import BandsWanted, Metadata
from desktop_app.core.imaging.raster import Depth, Raster
from desktop_app.core.imaging.tiff_lost import lost_tags
from desktop_app.core.imaging.tiff_pixels import Pieces
from desktop_app.core.imaging.tiff_words import metadata_of_page

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _SEPARATED, _YCBCR = 0, 1, 2, 3, 5, 6  # photometric interpretations
_CIE_LAB, _ICC_LAB = 8, 9
_INKS = 4
_JPEG = 7  # a compression
_SEPARATE = 2  # planes, one after another
_UNSPECIFIED, _ASSOCIATED, _UNASSOCIATED = 0, 1, 2
_FLOAT, _UNSIGNED = "f", "u"
_WHOLE = "iu"
_NOWHERE = logging.NullHandler()
# Bits, format and further kinds of samples; places and lengths of strips and tiles; palette; tables of a JPEG.
_WITHOUT_WHICH_NOT = {258, 339, 338, 273, 279, 324, 325, 320, 347}
_WHOLE_IN_FLOATS = 1 << 24
_HIGHEST, _WORD, _WHOLE_WORD = 281, 16, 65535  # a tag, MaxSampleValue; bits, and what they can say
_DIGITS_NOTE = "The file's numbers have more digits than are kept: about seven of each, as 32-bit floats have."


def is_tiff(header: bytes) -> bool:
    """Say whether a file that begins with `header` is a TIFF or BigTIFF of either byte order."""
    return header[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


def tiff_decoder(file: BinaryIO, bands: BandsWanted = "auto") -> Decoder:
    """Return the decoder of the first page of a TIFF.

    Unsigned integers of up to 16 bits keep their depth (other than 8 and 16 are scaled to the next of these); all other
    numbers become float32, as they are. Print colours of 8 bits go through Pillow. Strips or tiles that are missing or
    damaged are black, and told in the metadata's notes.

    Raises
    ------
    ValueError
        If the page holds something else than a picture (complex numbers, a volume), or what describes its pixels is
        lost.
    """
    import tifffile

    quieten()
    document = tifffile.TiffFile(file)
    page: Any = document.pages[0]
    lost = lost_tags(page)
    if lost & _WITHOUT_WHICH_NOT:
        raise ValueError("how its pixels are stored is said behind its end")
    metadata = metadata_of_page(page, file).noted(*_pages_note(document))
    if _is_for_pillow(page):
        image = identify(file)
        if image is None:
            raise ValueError("its colours are of a kind that cannot be read")
        wanted = Pieces(page, int(page.samplesperpixel), lambda values: values)
        image.info |= {CUT: True} if wanted.are_cut else {}
        said = metadata.noted(*([END_NOTE] if lost and not wanted.are_cut else []))
        return replace(pillow_decoder(image, said), most_pixels=wanted.most_pixels)
    shown, choice = bands_of(page, bands), int(page.samplesperpixel) if _has_bands(page) else 1
    depth, channels, alpha = _depth_of(page), len(shown) or _channels_of(page), None if shown else _alpha_of(page)
    if shown and page.samplesperpixel > len(shown):
        metadata = replace(metadata, bands=shown, band_count=choice).noted(_bands_note(shown, page))
    palette = None
    if _has_palette(page):
        depth, palette = _palette_converter(page)
    orientation = _orientation_of(page)
    size = upright_size(page.imagewidth, page.imagelength, orientation)
    info = PhotoInfo(*size, channels, alpha is not None, depth, "TIFF", choice)
    numbers = page.dtype.name if depth == "32f" and page.dtype.name != "float32" else ""
    colours = _colours_of(page, metadata.icc)
    if palette is not None:
        pieces = Pieces(page, 1, palette)
    elif colours is not None:
        into_rgb = colours.convert
        pieces = Pieces(page, _INKS if page.photometric == _SEPARATED else 3,
                        lambda values: into_rgb(values.astype(values.dtype.newbyteorder("="))))
    else:
        count = max(shown) + 1 if shown else channels + (alpha is not None)
        pieces = Pieces(page, count, lambda values: _in_depth(values, page, depth), shown)

    def read() -> tuple[Raster, Metadata]:
        raster, share = pieces.read(info, orientation)
        if alpha == _ASSOCIATED:
            _divide_by_alpha(raster)
        kept = replace(
            metadata, depth=depth, full_scale=_full_scale(page, depth), numbers=numbers,
            icc=metadata.icc if colours is None else colours.icc,
        )
        if raster.alpha is not None and page.dtype.kind in _WHOLE and depth == "32f":
            np.divide(raster.alpha, np.iinfo(page.dtype).max, out=raster.alpha)
        if _loses_digits(page, raster):
            kept = kept.noted(_DIGITS_NOTE)
        if colours is not None:
            kept = kept.noted(colours.note)
        if share < 1 or lost or pieces.are_cut or replace(pieces, samples=int(page.samplesperpixel)).are_cut:
            kept = kept.noted(missing_note(share))
        return raster, kept.upright()

    return Decoder(info, pieces.working_bytes, read, pieces.most_pixels)


def quieten() -> None:
    """Keep tifffile's log of damaged files from the terminal: what matters of it is said with the photo."""
    logging.getLogger("tifffile").addHandler(_NOWHERE)


def _full_scale(page: Any, depth: Depth) -> int:
    """Return `Metadata.full_scale`: of fewer bits, which are scaled, all; else what the file calls its highest value.

    That all of 16 bits are used many a program says whatever the values are, and is no word on them.
    """
    if depth != "16" or page.photometric not in (_BLACK_IS_ZERO, _RGB):
        return 0
    if page.bitspersample < _WORD:
        return _WHOLE_WORD
    said = page.tags.valueof(_HIGHEST, default=0)
    highest = max(said, default=0) if isinstance(said, tuple) else said
    return highest if isinstance(highest, int) and highest < _WHOLE_WORD else 0


def _loses_digits(page: Any, raster: Raster) -> bool:
    """Say whether the file's numbers have more digits than float32 keeps."""
    if page.dtype.itemsize < 4 or page.dtype.name == "float32" or raster.depth != "32f":
        return False
    return page.dtype.itemsize == 8 or float(np.abs(raster.pixels).max()) > _WHOLE_IN_FLOATS


def _colours_of(page: Any, icc: bytes | None) -> IntoRgb | None:
    """Return how the colours of a page become RGB; None where they are RGB, grey or indices."""
    if page.photometric == _SEPARATED:
        return print_colours(icc)
    return laboratory_colours(has_offset=page.photometric == _ICC_LAB) if _is_laboratory(page) else None


def _is_laboratory(page: Any) -> bool:
    return bool(page.photometric in (_CIE_LAB, _ICC_LAB) and page.planarconfig == 1 and page.samplesperpixel >= 3
                and page.dtype in (np.uint8, np.uint16))


def _is_for_pillow(page: Any) -> bool:
    if page.photometric in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB):
        return False
    if _has_palette(page) or _is_laboratory(page):
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


def _pages_note(document: Any) -> list[str]:
    """Return what the file holds beside its first page, in sentences."""
    try:
        pages = len(document.pages)
    except DAMAGE:
        pages = 1
    return [f"The file has {pages} pages: the first is shown, and a saved result holds no other."] if pages > 1 else []


def _has_bands(page: Any) -> bool:
    return page.photometric in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB)


def bands_of(page: Any, wanted: BandsWanted) -> tuple[int, ...]:
    """Return which bands of a page with many are shown, from 0 on; none of one that has no others.

    Raises
    ------
    ParameterError
        If the page has no such bands.
    """
    if not _has_bands(page):
        return ()
    count = int(page.samplesperpixel)
    if count <= _channels_of(page) + (_alpha_of(page) is not None) and wanted == "auto":
        return ()
    chosen = ((0, 1, 2) if count >= 3 else (0,)) if wanted == "auto" else wanted
    if len(chosen) not in (1, 3) or not all(0 <= band < count for band in chosen) or len(set(chosen)) < len(chosen):
        asked = ", ".join(str(band + 1) for band in chosen)
        raise ParameterError(f"expected one band, or three that differ, of the file's {count}, got {asked}; choose "
                             "others")
    return chosen


def _bands_note(shown: tuple[int, ...], page: Any) -> str:
    numbers = ", ".join(str(band + 1) for band in shown)
    is_one = len(shown) == 1
    what = f"band {numbers} is shown as grey" if is_one else f"bands {numbers} are shown as red, green and blue"
    return (f"The file has {page.samplesperpixel} bands: {what}, and a result that is saved as a TIFF of the same size "
            "keeps the others.")


def all_bands(path: Path, depth: Depth) -> tuple[NDArray[Any], bool]:
    """Return all bands ``(H, W, S)`` of a TIFF's first page, upright, and whether the first three are colours.

    Their values are the file's own numbers, of its dtype; of 8 and 16 bits uint8 and uint16, as they are in memory.
    """
    import tifffile

    with tifffile.TiffFile(path) as document:
        page: Any = document.pages[0]
        values = page.asarray()
        values = np.moveaxis(values, 0, -1) if page.planarconfig == _SEPARATE else values
        numbers = values if depth == "32f" else _in_depth(values, page, depth)
        return turned_upright(numbers, _orientation_of(page)).copy(), bool(page.photometric == _RGB)


def _depth_of(page: Any) -> Depth:
    if _is_laboratory(page):
        return "16"
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
