"""Netpbm's pictures that Pillow cuts to eight bits or does not read: deep PPM, plain or raw, PAM, and PFM in colour."""

from __future__ import annotations

import re
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.imaging.decoding import Decoder, PhotoInfo, missing_note, raster_from_stored, scaled_integers
from desktop_app.core.imaging.metadata import Metadata
from desktop_app.core.imaging.passed_over import netpbm_comment
from desktop_app.core.imaging.raster import Depth, Raster

__all__ = ["netpbm_decoder"]

_HEADER = 1 << 16  # bytes that are looked through for the end of the header
_SPACE = rb"(?:\s|#[^\n]*\n)+"
_NUMBERS = re.compile(rb"P[36]" + _SPACE + rb"(\d+)" + _SPACE + rb"(\d+)" + _SPACE + rb"(\d+)\s")
_FLOATS = re.compile(rb"PF\s+(\d+)\s+(\d+)\s+(-?[\d.]+(?:[eE][+-]?\d+)?)\s")
_ANY = re.compile(rb"P7\n((?:[^\n]*\n)*?)ENDHDR[^\n]*\n")
_SIZES = ("WIDTH", "HEIGHT", "DEPTH", "MAXVAL")
_LONGEST_NUMBER = 6  # letters of a plain number with its space


def netpbm_decoder(file: BinaryIO) -> Decoder | None:
    """Return the decoder of a deep PPM, of a PAM, or of a PFM in colour; None of every other file.

    Raises
    ------
    ValueError
        If the header is damaged, or says what no such file can hold.
    """
    file.seek(0)
    header = file.read(_HEADER)
    if match := _NUMBERS.match(header):
        width, height, highest = map(int, match.groups())
        is_plain = header.startswith(b"P3")
        return _decoder(file, match.end(), (height, width, 3), highest, is_plain=is_plain) if highest > 255 else None
    if match := _FLOATS.match(header):
        is_little = match[3].startswith(b"-")
        return _decoder(file, match.end(), (int(match[2]), int(match[1]), 3), None, dtype="<f4" if is_little else ">f4")
    if match := _ANY.match(header):
        width, height, depth, highest = _sizes(match[1])
        return _decoder(file, match.end(), (height, width, depth), highest)
    return None


def _sizes(lines: bytes) -> list[int]:
    """Return width, height, depth and highest value of the lines of a PAM's header."""
    said = dict(re.findall(r"^([A-Z]+)\s+(\d+)\s*$", lines.decode("ascii", "replace"), re.MULTILINE))
    missing = [name for name in _SIZES if name not in said]
    if missing:
        raise ValueError(f"its header lacks {missing[0]}")
    return [int(said[name]) for name in _SIZES]


def _decoder(
    file: BinaryIO, start: int, shape: tuple[int, int, int], highest: int | None, *, dtype: str = "",
    is_plain: bool = False,
) -> Decoder:
    """Return the decoder of values ``(H, W, C)`` from a place on; without a highest value they are floats."""
    height, width, channels = shape
    if 0 in shape or channels > 4 or (highest is not None and not 0 < highest < 65536):
        raise ValueError(f"its header says {width}×{height} pixels of {channels} values up to {highest}")
    dtype = dtype or ("u1" if highest is not None and highest < 256 else ">u2")
    depth: Depth = "32f" if highest is None else "8" if dtype == "u1" else "16"
    has_alpha = channels in (2, 4)
    info = PhotoInfo(width, height, channels - has_alpha, has_alpha, depth, "PPM")
    size = file.seek(0, 2) - start
    file.seek(0)
    comment = netpbm_comment(file.read(start))
    per_pixel = channels * (2 if is_plain else np.dtype(dtype).itemsize)

    def read() -> tuple[Raster, Metadata]:
        stored, share = _values(file, start, shape, dtype, is_plain=is_plain)
        values = stored[::-1] if highest is None else scaled_integers(stored, highest, 255 if depth == "8" else 65535)
        full_scale = 65535 if depth == "16" and highest != 65535 else 0
        metadata = Metadata(format="PPM", depth=depth, comment=comment, full_scale=full_scale)
        raster = raster_from_stored(values, 1, has_alpha=has_alpha)
        return raster, metadata if share >= 1 else metadata.noted(missing_note(share))

    working = info.bytes_in_memory * (_LONGEST_NUMBER if is_plain else 2)
    return Decoder(info, working, read, size // per_pixel)


def _values(
    file: BinaryIO, start: int, shape: tuple[int, int, int], dtype: str, *, is_plain: bool
) -> tuple[NDArray[Any], float]:
    """Return the values in this machine's order, what is not there as 0, and which share of them there is."""
    file.seek(start)
    data, count = file.read(), int(np.prod(shape))
    if is_plain:
        words = re.sub(rb"#[^\n]*", b"", data).split()[:count]
        found: NDArray[Any] = np.array(words, np.int64).clip(0, 65535)
    else:
        found = np.frombuffer(data, dtype, min(count, len(data) // np.dtype(dtype).itemsize))
    if not len(found):
        raise ValueError("not one of its values is there")
    values = np.zeros(count, np.dtype(dtype).newbyteorder("="))
    values[: len(found)] = found
    return values.reshape(shape), len(found) / count
