"""Arrays cut into tiles that are known by their content, so that an unchanged tile is kept once. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any, Literal

import numpy as np
import zstandard
from numpy.typing import NDArray

Codec = Literal["raw", "zstd"]
EDGE = 512
"""Height and width of a tile in pixels."""

WORTH = 0.8
"""An array is compressed when its sample tile shrinks to less than this share: noise never does, flat graphics do."""


def digest(content: bytes | memoryview) -> bytes:
    """Return the 20 bytes by which a tile is known."""
    return blake2b(content, digest_size=20).digest()


def as_sheet(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array with at least two axes; the first two are those that are cut."""
    return array if array.ndim >= 2 else array.reshape(1, -1)


def spans(shape: tuple[int, ...], edge: int = EDGE) -> Iterator[tuple[slice, slice]]:
    """Yield the rows and columns of every tile, row by row."""
    for top in range(0, shape[0], edge):
        for left in range(0, shape[1], edge):
            yield slice(top, top + edge), slice(left, left + edge)


def cut(array: NDArray[Any], edge: int = EDGE) -> Iterator[memoryview]:
    """Yield the bytes of every tile, row by row, one copy at a time."""
    sheet = as_sheet(array)
    for rows, columns in spans(sheet.shape, edge):
        yield np.ascontiguousarray(sheet[rows, columns]).data.cast("B")


def assemble(contents: Iterable[bytes], shape: tuple[int, ...], dtype: str, edge: int = EDGE) -> NDArray[Any]:
    """Put the tiles of an array together again.

    Raises
    ------
    ValueError
        If there are too few or too many tiles, or one has not the size of its place.
    """
    array = np.empty(shape, dtype)
    sheet = as_sheet(array)
    for (rows, columns), content in zip(spans(sheet.shape, edge), contents, strict=True):
        place = sheet[rows, columns]
        place[...] = np.frombuffer(content, dtype).reshape(place.shape)
    return array


def choose_codec(array: NDArray[Any], edge: int = EDGE) -> Codec:
    """Return ``"zstd"`` when a tile from the middle shrinks enough to pay for the time, else ``"raw"``."""
    if array.size == 0:
        return "raw"
    sheet = as_sheet(array)
    top, left = (max(0, (size - edge) // 2) for size in sheet.shape[:2])
    sample = np.ascontiguousarray(sheet[top : top + edge, left : left + edge]).data.cast("B")
    return "zstd" if len(pack(sample, "zstd")) < WORTH * len(sample) else "raw"


def pack(content: memoryview, codec: Codec) -> bytes | memoryview:
    """Return a tile's bytes as the file keeps them."""
    return content if codec == "raw" else zstandard.ZstdCompressor(level=1).compress(content)


def unpack(packed: bytes, codec: str, expected: bytes) -> bytes:
    """Return a tile's bytes, checked against its digest.

    Raises
    ------
    ValueError
        If they are not those that were written.
    """
    try:
        content = packed if codec == "raw" else zstandard.ZstdDecompressor().decompress(packed)
    except zstandard.ZstdError as error:
        raise ValueError(f"expected a compressed tile: {error}") from error
    if digest(content) != expected:
        raise ValueError("expected the tile that was written, got other bytes")
    return content
