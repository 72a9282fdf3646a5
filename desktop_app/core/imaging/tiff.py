"""TIFF through tifffile: sixteen bits and floats stay what they are."""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.imaging.decode_pillow import identify, pillow_decoder
from desktop_app.core.imaging.decoding import Decoder, PhotoInfo, raster_from_stored, upright_size
from desktop_app.core.imaging.metadata import Metadata, bare_exif, prefixed_exif
from desktop_app.core.imaging.raster import Depth, Raster

_ICC, _XMP, _EXIF, _GPS = 34675, 700, 34665, 34853
_RESOLUTION_X, _RESOLUTION_Y, _RESOLUTION_UNIT, _CENTIMETRE = 282, 283, 296, 3
# Description, make, model, software, date, artist, host, copyright, and Windows' title to subject.
_TEXT_TAGS = (270, 271, 272, 305, 306, 315, 316, 33432, 40091, 40092, 40093, 40094, 40095)
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _YCBCR = 0, 1, 2, 6  # photometric interpretations
_JPEG = 7  # a compression
_ASSOCIATED, _UNASSOCIATED = 1, 2
_FLOAT, _UNSIGNED = "f", "u"


def is_tiff(header: bytes) -> bool:
    """Say whether a file that begins with `header` is a TIFF or BigTIFF of either byte order."""
    return header[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


def tiff_decoder(file: BinaryIO) -> Decoder:
    """Return the decoder of the first page of a TIFF.

    Unsigned integers of up to 16 bits keep their depth (other than 8 and 16 are scaled to the next of these), 32 bits
    and all floats become float32: integers are divided by their largest value, floats are kept as they are. Palettes,
    print and laboratory colours go through Pillow, in 8 bits.

    Raises
    ------
    ValueError
        If the page holds something else than a picture: signed integers, complex numbers, a volume.
    """
    import tifffile

    page: Any = tifffile.TiffFile(file).pages[0]
    metadata = _metadata_of(page, file)
    if _is_for_pillow(page):
        image = identify(file)
        if image is None:
            raise ValueError("its colours are of a kind that cannot be read")
        return pillow_decoder(image, metadata)
    depth, channels, alpha = _depth_of(page), _channels_of(page), _alpha_of(page)
    orientation = _orientation_of(page)
    size = upright_size(page.imagewidth, page.imagelength, orientation)
    info = PhotoInfo(*size, channels, alpha is not None, depth, "TIFF")

    def read() -> tuple[Raster, Metadata]:
        values = _as_pixels(page, channels, alpha)
        stored = _in_depth(values, page, depth)
        if alpha == _ASSOCIATED:
            stored = _without_premultiplication(stored)
        raster = raster_from_stored(stored, orientation, has_alpha=alpha is not None)
        return raster, replace(metadata, depth=depth).upright()

    return Decoder(info, 2 * info.bytes_in_memory, read)


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
    return bool(page.photometric != _YCBCR or page.compression != _JPEG)


def _depth_of(page: Any) -> Depth:
    kind = page.dtype.kind if page.dtype is not None else "?"
    if kind == _FLOAT or (kind == _UNSIGNED and page.dtype.itemsize == 4):
        return "32f"
    if kind not in (_UNSIGNED, "b") or page.dtype.itemsize > 4:
        raise ValueError(f"its numbers are {page.dtype}, not unsigned integers of up to 32 bits nor floats")
    return "8" if page.dtype.itemsize == 1 else "16"


def _channels_of(page: Any) -> int:
    if page.axes not in ("YX", "YXS", "SYX"):
        raise ValueError(f"it has the axes {page.axes}, where a flat picture can be read")
    return 1 if page.photometric in (_WHITE_IS_ZERO, _BLACK_IS_ZERO) else 3


def _alpha_of(page: Any) -> int | None:
    """Return the kind of the first further channel when that is alpha."""
    kinds = [int(kind) for kind in page.extrasamples]
    return kinds[0] if kinds and kinds[0] in (_ASSOCIATED, _UNASSOCIATED) else None


def _orientation_of(page: Any) -> int:
    tag = page.tags.get(274)
    return int(tag.value) if tag is not None and 1 <= int(tag.value) <= 8 else 1


def _as_pixels(page: Any, channels: int, alpha: int | None) -> NDArray[Any]:
    values = np.asarray(page.asarray())
    if page.axes == "SYX":
        values = np.moveaxis(values, 0, -1)
    values = values.reshape(page.imagelength, page.imagewidth, -1)
    return values[..., : channels + (alpha is not None)]


def _in_depth(values: NDArray[Any], page: Any, depth: Depth) -> NDArray[Any]:
    bits = 1 if values.dtype.kind == "b" else int(page.bitspersample)
    is_inverted = page.photometric == _WHITE_IS_ZERO
    if depth == "32f":
        scale = 1.0 if values.dtype.kind == _FLOAT else 1.0 / (2**32 - 1)
        unit = values.astype(np.float32, copy=False)
        unit = unit if scale == 1.0 else unit * np.float32(scale)
        return 1 - unit if is_inverted else unit
    full = 255 if depth == "8" else 65535
    native = values.astype(np.uint8 if depth == "8" else np.uint16, copy=False)
    if full != 2**bits - 1:
        native = _scaled_integers(native, 2**bits - 1, full)
    return full - native if is_inverted else native


def _scaled_integers(values: NDArray[Any], highest: int, full: int) -> NDArray[Any]:
    table = (np.arange(full + 1, dtype=np.uint64).clip(0, highest) * full + highest // 2) // highest
    scaled: NDArray[Any] = table.astype(values.dtype)[values]
    return scaled


def _without_premultiplication(values: NDArray[Any]) -> NDArray[Any]:
    """Divide colours by alpha, where there is any; what is wholly transparent becomes black."""
    full = 1.0 if values.dtype.kind == _FLOAT else float(np.iinfo(values.dtype).max)
    alpha = values[..., -1:].astype(np.float32) / np.float32(full)
    colours = np.divide(values[..., :-1], alpha, out=np.zeros_like(values[..., :-1], np.float32), where=alpha > 0)
    if values.dtype.kind != _FLOAT:
        colours = np.rint(np.clip(colours, 0, full))
    return np.concatenate([colours.astype(values.dtype), values[..., -1:]], axis=-1)


def _metadata_of(page: Any, file: BinaryIO) -> Metadata:
    return Metadata(
        exif=_exif_of(file), icc=_bytes_of(page, _ICC), xmp=_bytes_of(page, _XMP), format="TIFF", dpi=_dpi_of(page)
    )


def _bytes_of(page: Any, tag: int) -> bytes | None:
    entry = page.tags.get(tag)
    return bytes(entry.value) if entry is not None and isinstance(entry.value, bytes) else None


def _dpi_of(page: Any) -> tuple[float, float] | None:
    across, down, unit = (page.tags.get(tag) for tag in (_RESOLUTION_X, _RESOLUTION_Y, _RESOLUTION_UNIT))
    if across is None or down is None or unit is None or int(unit.value) == 1:
        return None
    pairs = (across.value, down.value)
    if any(len(pair) != 2 or 0 in pair for pair in pairs):
        return None
    scale = 2.54 if int(unit.value) == _CENTIMETRE else 1.0
    return (pairs[0][0] / pairs[0][1] * scale, pairs[1][0] / pairs[1][1] * scale)


def _exif_of(file: BinaryIO) -> bytes | None:
    """Return the page's descriptions, the camera's directory and the place as an EXIF block of their own."""
    from PIL import Image

    page, block = Image.Exif(), Image.Exif()
    file.seek(0)
    try:
        page.load_from_fp(file)
        block.update({tag: page[tag] for tag in _TEXT_TAGS if tag in page})
        for tag in (_EXIF, _GPS):
            if content := page.get_ifd(tag):
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
    if metadata.xmp:
        tags.append((_XMP, "B", len(metadata.xmp), metadata.xmp, True))
    return tags


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
