"""PNG of sixteen bits, which Pillow would cut to eight, and the chunks that hold a photo's metadata."""

from __future__ import annotations

import io
import mmap
import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any, BinaryIO

from desktop_app.core.imaging.claims import DEFLATE_RATIO
from desktop_app.core.imaging.decoding import (
    DAMAGE,
    END_NOTE,
    Decoder,
    PhotoInfo,
    broken_note,
    missing_note,
    raster_from_stored,
    said_bits,
    upright_size,
)
from desktop_app.core.imaging.metadata import Metadata, bare_exif
from desktop_app.core.imaging.png_chunks import SIGNATURE, chunk, chunks, has_end, is_broken
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.imaging.salvage import CHANNELS, completed_png
from desktop_app.core.imaging.unheard import unheard

if TYPE_CHECKING:
    from numpy.typing import NDArray

_XMP_KEYWORD = b"XML:com.adobe.xmp"
_LARGEST_PROFILE = 64 << 20
_INCH = 0.0254
_TEXT, _COLOUR = (b"tEXt", b"zTXt", b"iTXt"), (b"gAMA", b"cHRM", b"cICP", b"sRGB", b"mDCV", b"cLLI")
_READ_ELSEWHERE = (_XMP_KEYWORD, b"Raw profile type exif")
# As PNG's specification states sRGB's: in 1/100000.
_USUAL_GAMMA = struct.pack(">I", 45455)
_USUAL_PRIMARIES = struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
_FIRST_CHUNKS = 33  # the signature and the header chunk
# Fast settings: a tenth larger than the default, four times sooner.
_LEVEL, _RUN_LENGTH_STRATEGY, _SUB_FILTER = 1, 3, 16


def is_sixteen_bit(header: bytes) -> bool:
    """Say whether a file that begins with `header` (32 bytes) is a PNG of sixteen bits a value."""
    return header.startswith(SIGNATURE) and len(header) > 24 and header[24] == 16


def png_decoder(file: BinaryIO) -> Decoder:
    """Return the decoder of a sixteen-bit PNG.

    Raises
    ------
    ValueError, struct.error, zlib.error
        If the file is damaged.
    """
    data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    width, height, _, colour_type = struct.unpack_from(">IIBB", data, 16)
    if 0 in (width, height):
        raise ValueError("its header says that it is empty")
    said, metadata = _read_metadata(data)
    metadata = with_chunks(metadata, file)
    bits = max(said.get(b"sBIT", b"")[: 3 if colour_type & 2 else 1], default=0)
    has_alpha = bool(colour_type & 4) or b"tRNS" in said
    channels = 3 if colour_type & 2 else 1
    size = upright_size(width, height, metadata.orientation)
    info = PhotoInfo(*size, channels, has_alpha, "16", "PNG")

    def read() -> tuple[Raster, Metadata]:
        import imagecodecs

        with unheard():
            try:
                stored, told = imagecodecs.png_decode(data), metadata.noted(*([] if has_end(data) else [END_NOTE]))
            except DAMAGE:
                whole, share = completed_png(data[:])
                stored, told = imagecodecs.png_decode(whole), metadata.noted(missing_note(share))
        told = replace(told, full_scale=said_bits(stored, bits))
        raster = raster_from_stored(
            stored.reshape(height, width, -1), metadata.orientation, has_alpha=has_alpha)
        return raster, told.upright()

    return Decoder(info, info.bytes_in_memory, read, most_pixels(data, len(data)))


def most_pixels(header: bytes | mmap.mmap, size: int) -> int:
    """Return the most pixels that a PNG of `size` bytes, which begins with `header`, can hold."""
    return DEFLATE_RATIO * size * 8 // max(1, header[24] * CHANNELS.get(header[25], 1))


def encoded(values: NDArray[Any], metadata: Metadata) -> bytes:
    """Return ``(H, W, 1–4)`` uint8 or uint16 values as a PNG with the photo's EXIF, profile, XMP and resolution."""
    import imagecodecs

    squeezed = values[..., 0].copy() if values.shape[-1] == 1 else values
    data = imagecodecs.png_encode(squeezed, _LEVEL, strategy=_RUN_LENGTH_STRATEGY, filter=_SUB_FILTER)
    return b"".join((data[:_FIRST_CHUNKS], *_metadata_chunks(metadata), data[_FIRST_CHUNKS:]))


def with_chunks(metadata: Metadata, file: IO[bytes]) -> Metadata:
    """Return metadata with a PNG's chunks of text and of its colours' meaning, as they stand in its file."""
    data = file.getvalue() if isinstance(file, io.BytesIO) else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    text = colour = b""
    for name, content in chunks(data):
        if name in _TEXT and not content.startswith(_READ_ELSEWHERE):
            text += chunk(name, content)
        elif name in _COLOUR and not is_broken(name, content, 0):
            colour += chunk(name, content)
    return replace(metadata, text=text or None, colour=colour or None)


def colour_names(colour: bytes) -> list[str]:
    """Return the names of the chunks of `Metadata.colour`; none where they say sRGB and nothing else."""
    said = dict(chunks(SIGNATURE + colour))
    usual = {b"gAMA": _USUAL_GAMMA, b"cHRM": _USUAL_PRIMARIES}
    return [name.decode() for name, content in said.items() if name != b"sRGB" and usual.get(name) != content]


def _read_metadata(data: mmap.mmap) -> tuple[dict[bytes, bytes], Metadata]:
    said, metadata, lost = {}, Metadata(format="PNG", depth="16"), list[str]()
    for name, content in chunks(data):
        if is_broken(name, content, data[25]):
            lost.append(name.decode())
            continue
        said[name] = content
        if name == b"eXIf":
            metadata = replace(metadata, exif=bare_exif(content))
        elif name == b"iCCP":
            metadata = replace(metadata, icc=_inflated(content.partition(b"\x00")[2][1:]))
        elif name == b"iTXt" and content.startswith(_XMP_KEYWORD + b"\x00"):
            metadata = replace(metadata, xmp=_text(content))
        elif name == b"pHYs":
            metadata = replace(metadata, dpi=_dots_per_inch(content))
    return said, metadata.noted(broken_note(lost)) if lost else metadata


def _inflated(content: bytes) -> bytes:
    return zlib.decompressobj().decompress(content, _LARGEST_PROFILE)


def _text(content: bytes) -> bytes:
    """Return the text of an ``iTXt`` chunk: keyword, 0, compressed, method, language, 0, translation, 0, text."""
    after = content[len(_XMP_KEYWORD) + 1 :]
    text = after[2:].split(b"\x00", 2)[2]
    return _inflated(text) if after[0] else text


def _dots_per_inch(content: bytes) -> tuple[float, float] | None:
    across, down, is_metric = struct.unpack(">IIB", content)
    return (across * _INCH, down * _INCH) if is_metric and across and down else None


def _metadata_chunks(metadata: Metadata) -> Iterator[bytes]:
    yield metadata.colour or b""
    if metadata.icc:
        yield chunk(b"iCCP", b"ICC profile\x00\x00" + zlib.compress(metadata.icc))
    if metadata.dpi:
        yield chunk(b"pHYs", struct.pack(">IIB", *(round(dots / _INCH) for dots in metadata.dpi), 1))
    if metadata.exif:
        yield chunk(b"eXIf", metadata.exif)
    if metadata.xmp:
        yield chunk(b"iTXt", _XMP_KEYWORD + bytes(5) + metadata.xmp)
    if metadata.comment:
        yield chunk(b"iTXt", b"Comment" + bytes(5) + metadata.comment.decode("utf-8", "replace").encode())
    yield metadata.text or b""
