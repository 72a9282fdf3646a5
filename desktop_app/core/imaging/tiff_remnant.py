"""What is left of a strip or tile of a TIFF that ends before its time: its first rows."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["first_rows"]

_NONE, _LZW, _DEFLATE, _OLD_DEFLATE, _PACKBITS = 1, 5, 8, 32946, 32773
_LONGEST_RUN = 128  # bytes that PackBits counts at once


def first_rows(page: Any, data: bytes, index: int) -> tuple[NDArray[Any], tuple[int, int, int]]:
    """Return the whole rows that the beginning of an encoded piece holds, and where they lie.

    Parameters
    ----------
    page : TiffPage
        Not compressed, or by LZW, Deflate or PackBits; of values of whole bytes.
    data : bytes
        What there is of the piece.
    index : int
        Which piece of the page it is.

    Returns
    -------
    tuple
        ``(h, w, samples)`` of the page's dtype, and the place of its first value: sample, row, column.

    Raises
    ------
    ValueError
        If there is no whole row, or the piece is of another kind.
    """
    import tifffile

    inflate = _INFLATE.get(int(page.compression))
    if inflate is None or page.bitspersample != 8 * page.dtype.itemsize:
        raise ValueError("such pieces cannot be read in part")
    _, (sample, _, top, left, _), (_, _, width, samples) = page.decode(None, index)
    width = page.tilewidth if page.is_tiled else width
    stored = np.dtype(page.parent.byteorder + page.dtype.char)
    found = inflate(data)
    rows = len(found) // (width * samples * stored.itemsize)
    if not rows:
        raise ValueError("not one row of the piece is there")
    values = np.frombuffer(found, stored, rows * width * samples).reshape(rows, width, samples)
    if page.predictor != 1:
        values = tifffile.TIFF.UNPREDICTORS[page.predictor](values, axis=-2)
    return values, (sample, top, left)


def _inflated(data: bytes) -> bytes:
    return zlib.decompressobj().decompress(data)


def _of_lzw(data: bytes) -> bytes:
    import imagecodecs

    return bytes(imagecodecs.lzw_decode(data))


def _of_packbits(data: bytes) -> bytes:
    import imagecodecs

    for more in (_LONGEST_RUN, _LONGEST_RUN + 1):  # which end a run of literals, and leave none begun
        try:
            return bytes(imagecodecs.packbits_decode(data + bytes(more)))[:-more]
        except imagecodecs.PackbitsError:
            continue
    raise ValueError("its runs make no sense")


_INFLATE: Mapping[int, Callable[[bytes], bytes]] = MappingProxyType(
    {_NONE: bytes, _LZW: _of_lzw, _DEFLATE: _inflated, _OLD_DEFLATE: _inflated, _PACKBITS: _of_packbits}
)
