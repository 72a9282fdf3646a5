"""What a header claims, judged before a pixel is decoded: by the memory that is free, and by the file's own bytes."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import IO

from desktop_app.api.errors import InputError
from desktop_app.core.imaging.decoding import Decoder

__all__ = ["DEFLATE_RATIO", "JPEG_PIXELS", "LZW_RATIO", "PACKBITS_RATIO", "judge", "pillow_pixels", "webp_pixels"]

# The most bytes that one byte of a compressed stream can stand for, by the definition of each method. A picture of one
# colour comes near: what is refused lies beyond what any writer can reach.
DEFLATE_RATIO = 1032  # a match of 258 bytes in two bits
LZW_RATIO = 2560  # the longest string of a table of 4096, in a code of 12 bits
PACKBITS_RATIO = 64  # a run of 128 bytes in two
JPEG_PIXELS = 512  # a block of 64 pixels in the one bit of its first scan
_WEBP_PIXELS = 1024  # lossy: a block of 256 pixels, how it is predicted in no less than two bits
# JPEG 2000 sets none; a picture of one colour takes three times the bytes that are asked for here.
_PIXELS_PER_BYTE = {"JPEG": JPEG_PIXELS, "GIF": LZW_RATIO, "BMP": 256, "PPM": 8, "JPEG2000": 1 << 19}
_SMALL = 64 << 20  # bytes of a raster that is decoded whatever its file looks like
_LEAST_SHARE = 0.25  # of a large picture has to be possible, so that a file that was cut short still opens


def pillow_pixels(format_name: str, file_bytes: int) -> int | None:
    """Return the most pixels that a file of `file_bytes` can hold; None where the format sets no bound."""
    rate = _PIXELS_PER_BYTE.get(format_name)
    return None if rate is None else rate * file_bytes


def webp_pixels(file: IO[bytes], file_bytes: int) -> int | None:
    """Return the most pixels that a WebP file of `file_bytes` can hold; None where it is lossless or has many pictures.

    A lossless picture of one colour takes no bit for its pixels.
    """
    place = 12  # after RIFF, its length and WEBP
    while place < file_bytes:
        file.seek(place)
        name, length = struct.unpack("<4sI", file.read(8).ljust(8, b"\0"))
        if name == b"VP8 ":
            return _WEBP_PIXELS * file_bytes
        if name not in (b"VP8X", b"ICCP", b"ALPH"):
            return None
        place += 8 + length + length % 2
    return None


def judge(decoder: Decoder, path: Path) -> None:
    """Refuse a picture that the file cannot hold, or that memory cannot.

    Raises
    ------
    InputError
        In one sentence, before anything is decoded.
    """
    import psutil

    info = decoder.info
    size = f"{info.width}×{info.height}"
    held = decoder.most_pixels
    if held is not None and info.bytes_in_memory > _SMALL and held < _LEAST_SHARE * info.width * info.height:
        raise InputError(
            f"expected a whole picture in {str(path)!r}, but its {path.stat().st_size} bytes cannot hold the {size} "
            "pixels that its header claims: it is damaged or a hoax; get the file again"
        )
    needed, free = info.bytes_in_memory + decoder.working_bytes, psutil.virtual_memory().available
    if needed > free:
        raise InputError(
            f"expected {str(path)!r} to fit into memory, but its {size} pixels "
            f"need {needed / 1e9:.1f} GB and {free / 1e9:.1f} GB are free; close something or open a smaller picture"
        )
