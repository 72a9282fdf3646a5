"""Pictures of eight bits a value through Pillow: decoded whole, taken over strip by strip; most JPEGs straight."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock
from typing import IO, TYPE_CHECKING, BinaryIO

from desktop_app.core.imaging import png
from desktop_app.core.imaging.beside import beside_picture
from desktop_app.core.imaging.boxes import with_avif_colour, with_jp2_boxes
from desktop_app.core.imaging.claims import pillow_pixels, webp_pixels
from desktop_app.core.imaging.decode_jpeg import runs_dry, whole_jpeg
from desktop_app.core.imaging.decoding import (
    DAMAGE,
    DAMAGED,
    END_NOTE,
    GAPS_NOTE,
    Decoder,
    PhotoInfo,
    broken_note,
    missing_note,
)
from desktop_app.core.imaging.jpeg_segments import IPTC_RESOURCE, joined_xmp
from desktop_app.core.imaging.metadata import Metadata, bare_exif
from desktop_app.core.imaging.passed_over import has_trailer, with_bmp_profile, with_gif_blocks, with_netpbm_comment
from desktop_app.core.imaging.pillow_modes import STRIP_BYTES, info_of, into_rgb, take_over
from desktop_app.core.imaging.png_chunks import has_end, without_broken_chunks
from desktop_app.core.imaging.progressive_jpeg import has_faulty_scans, up_to_stray_marker
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.imaging.salvage import (
    PADDED,
    completed_jpeg,
    completed_png,
    jpeg_faults,
    padded,
    without_stray_markers,
)

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

# Formats that are recognised by their content and decoded without another program's help (EPS would call one).
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF", "JPEG2000")
_DECODERS_BYTES = {"WEBP": 8, "JPEG2000": 16, "AVIF": 12}  # per pixel: canvases, coefficients, planes
_SALVAGED = ("JPEG", "PNG", "GIF", "BMP", "PPM", "TIFF", *PADDED)
_ENDS = {"PNG": has_end, "GIF": has_trailer}  # formats that close with what holds no pixels
CUT = "verilens:cut"
"""Among the facts of a picture whose end was missing."""
LOST = "verilens:lost"
"""Among the facts of one that lacks what is broken beside its pixels: the sentence on it."""
CUT_NOTE = f"{DAMAGED}: what could be read is shown, and the rest may be coarse or wrong."
_CUT_NOTE = f"{DAMAGED}: what could be read is shown, and the rest is blank."
_PNG_BITS = 24  # where a PNG's header says how many a value has
_LIMIT = Lock()
_PASSED_OVER = {
    "JPEG2000": with_jp2_boxes, "AVIF": with_avif_colour, "GIF": with_gif_blocks, "BMP": with_bmp_profile,
    "PPM": with_netpbm_comment,
}  # fmt: skip


def identify(file: BinaryIO) -> ImageFile | None:
    """Return the picture that the content of `file` is, its header read only; None when it is none.

    Pillow's own `open` would warn of a large picture and refuse a very large one, by a limit that is global to the
    process; here the plugins are asked directly, and memory is judged by what the machine has.
    """
    from PIL import Image

    Image.init()
    file.seek(0)
    prefix = file.read(16)
    for name in FORMATS:
        factory, accept = Image.OPEN.get(name, (None, None))
        if factory is None or (accept is not None and accept(prefix) is not True):
            continue
        file.seek(0)
        with _unlimited(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damaged words: it is said with the photo, and not on the terminal
            return _opened(name, factory, file)
    return None


def _opened(name: str, factory: Callable[..., ImageFile], file: IO[bytes]) -> ImageFile:
    """Open a picture; one whose end is missing with zeros in its place, a PNG without what is broken; marked so."""
    try:
        return factory(file, "")
    except DAMAGE:
        data = _bytes_of(file)
        whole = padded(name, data) if name in PADDED else data
        if name == "PNG":
            whole, lost = without_broken_chunks(data)
            if lost:
                image = factory(io.BytesIO(whole), "")
                image.info[LOST] = broken_note(lost)
                return image
        if len(whole) == len(data):
            raise
        image = factory(io.BytesIO(whole), "")
        image.info[CUT] = True
        return image


@contextmanager
def _unlimited() -> Iterator[None]:
    """Lift Pillow's limit on pixels, which WebP and GIF ask while they are opened; it is global to the process."""
    from PIL import Image

    with _LIMIT:
        usual = Image.MAX_IMAGE_PIXELS
        Image.MAX_IMAGE_PIXELS = None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = usual


def pillow_decoder(image: ImageFile, metadata: Metadata | None = None) -> Decoder:
    """Return the decoder of an identified picture.

    Parameters
    ----------
    image : Image
        From `identify`.
    metadata : Metadata, optional
        Of a file whose metadata somebody else has read, and whose orientation Pillow applies itself (TIFF).
    """
    known = metadata or metadata_of(image)
    orientation = 1 if metadata else known.orientation
    info = info_of(image, orientation)
    size = _size_of(image)
    file = image.fp

    def read() -> tuple[Raster, Metadata]:
        straight = _straight(image, info, orientation)
        if straight is not None:
            return straight, replace(known, depth="8").upright().noted(*beside_picture(image))
        picture, notes = _loaded(image)
        if image.format == "PNG" and file is not None:
            _match_transparency(picture, file)
        # PNG may put its metadata behind the pixels.
        late = metadata or (metadata_of(picture) if image.format == "PNG" else known)
        raster = take_over(picture, 1 if metadata else late.orientation)
        colours = into_rgb(picture)
        icc = late.icc if colours is None else colours.icc
        if image.format == "PNG" and file is not None:
            late = png.with_chunks(late, file)
        lost = [image.info[LOST]] if LOST in image.info else []
        said = (*beside_picture(image), *lost, *notes, *([] if colours is None else [colours.note]))
        return raster, replace(late, icc=icc, depth=raster.depth).upright().noted(*said)

    return Decoder(info, _working_bytes(image) + size, read, _most_pixels(image, size))


def _working_bytes(image: Image) -> int:
    """Return what Pillow and the format's decoder hold while the raster is filled."""
    per_pixel = 1 if len(image.getbands()) == 1 and image.mode not in "IF" else 4
    return image.width * image.height * (per_pixel + _DECODERS_BYTES.get(image.format or "", 0)) + 2 * STRIP_BYTES


def _size_of(image: ImageFile) -> int:
    file = image.fp
    return 0 if file is None else file.seek(0, io.SEEK_END)


def _most_pixels(image: ImageFile, size: int) -> int | None:
    if image.format == "PNG" and image.fp is not None:
        image.fp.seek(0)
        return png.most_pixels(image.fp.read(32), size)
    if image.format == "WEBP" and image.fp is not None:
        return webp_pixels(image.fp, size)
    return pillow_pixels(image.format or "", size)


def _straight(image: ImageFile, info: PhotoInfo, orientation: int) -> Raster | None:
    """Return the pixels of a JPEG that needs neither mending nor other colours; None of all else."""
    if image.format not in ("JPEG", "MPO") or image.mode not in ("L", "RGB") or image.fp is None:
        return None
    return whole_jpeg(_bytes_of(image.fp), info, orientation)


def _loaded(image: ImageFile) -> tuple[ImageFile, list[str]]:
    """Decode a picture; of a damaged one what is there, with a sentence that says so."""
    from PIL import ImageFile as Files

    file = image.fp
    Files.LOAD_TRUNCATED_IMAGES = False  # libraries of plugins set it, and nobody would be told what is missing
    try:
        jpeg = b"" if image.format != "JPEG" or file is None else _bytes_of(file)
        is_whole = not (jpeg_faults(jpeg) or runs_dry(jpeg) or has_faulty_scans(jpeg))
        if not is_whole and (mended := without_stray_markers(jpeg)) is not jpeg:
            return _reloaded(mended), [GAPS_NOTE]
        image.load()
        has_end_of = _ENDS.get(image.format or "")
        is_closed = has_end_of is None or file is None or has_end_of(_bytes_of(file))
        notes = {GAPS_NOTE: not is_whole, CUT_NOTE: CUT in image.info, END_NOTE: not is_closed}
        return image, [note for note, holds in notes.items() if holds]
    except DAMAGE:
        if file is None or image.format not in _SALVAGED:
            raise
        if image.format == "JPEG":
            return _reloaded_jpeg(completed_jpeg(_bytes_of(file)))
        if image.format in PADDED:
            return _reloaded(padded(image.format, _bytes_of(file))), [CUT_NOTE]
        if image.format == "PNG":
            whole, share = completed_png(_bytes_of(file))
            return _reloaded(whole), [missing_note(share)]
        image.tile = []  # what was decoded so far is the picture
        image.load()
        return image, [_CUT_NOTE]


def _reloaded_jpeg(data: bytes) -> tuple[ImageFile, list[str]]:
    try:
        return _reloaded(data), [_CUT_NOTE]
    except DAMAGE:
        coarser = up_to_stray_marker(data)
        if coarser is not data:
            return _reloaded(coarser), [CUT_NOTE]
        return _reloaded(without_stray_markers(data)), [GAPS_NOTE]


def _match_transparency(image: ImageFile, file: IO[bytes]) -> None:
    """Let the grey that a PNG of 2 or 4 bits calls transparent be the one that Pillow has made of it."""
    value = image.info.get("transparency")
    if image.mode == "L" and isinstance(value, int):
        file.seek(_PNG_BITS)
        image.info["transparency"] = value * 255 // (2 ** file.read(1)[0] - 1)


def _bytes_of(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _reloaded(data: bytes) -> ImageFile:
    image = identify(io.BytesIO(data))
    assert image is not None  # it was one before its end was mended
    image.load()
    return image


def metadata_of(image: ImageFile) -> Metadata:
    """Return what travels beside the pixels of an identified picture, as far as its decoder has come."""
    info = image.info
    xmp = info.get("xmp") or info.get("XML:com.adobe.xmp")
    dpi = info.get("dpi")
    found = Metadata(
        exif=bare_exif(info.get("exif")) or _exif_in_text(image),
        icc=info.get("icc_profile") or None,
        xmp=_as_bytes(xmp),
        format=image.format or "",
        dpi=(float(dpi[0]), float(dpi[1])) if dpi and 0 not in dpi else None,
        iptc=(info.get("photoshop") or {}).get(IPTC_RESOURCE) or None,
        comment=_as_bytes(info.get("comment")) if image.format in ("JPEG", "GIF", "JPEG2000") else None,
        more_xmp=joined_xmp([part for name, part in getattr(image, "applist", ()) if name == "APP1"]),
    )
    if image.format not in _PASSED_OVER or image.fp is None:
        return found
    place = image.fp.tell()
    data = _bytes_of(image.fp)
    image.fp.seek(place)
    return _PASSED_OVER[image.format](found, data)


def _as_bytes(text: str | bytes | None) -> bytes | None:
    return text.encode() if isinstance(text, str) else text or None


def _exif_in_text(image: ImageFile) -> bytes | None:
    """Return EXIF that older programs put into a PNG as hexadecimal text."""
    if "Raw profile type exif" not in image.info:
        return None
    return bare_exif(image.getexif().tobytes())
