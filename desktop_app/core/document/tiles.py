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
    """Return the array, of any shape and dtype, with at least two axes; the first two are those that are cut."""
    return array if array.ndim >= 2 else array.reshape(1, -1)


def places(shape: tuple[int, ...], edge: int = EDGE) -> Iterator[tuple[slice, slice]]:
    """Yield the rows and columns of every tile, row by row."""
    for top in range(0, shape[0], edge):
        for left in range(0, shape[1], edge):
            yield slice(top, min(top + edge, shape[0])), slice(left, min(left + edge, shape[1]))


def cut(array: NDArray[Any], edge: int = EDGE) -> Iterator[memoryview]:
    """Yield the bytes of every tile of an array of any shape, row by row, one copy at a time."""
    sheet = as_sheet(array)
    for rows, columns in places(sheet.shape, edge):
        yield np.ascontiguousarray(sheet[rows, columns]).data.cast("B")


def assemble(
    packed: Iterable[tuple[bytes, str, bytes]], shape: tuple[int, ...], dtype: str, edge: int = EDGE
) -> NDArray[Any]:
    """Put the tiles of an array, each with its codec and digest, together again in its shape and dtype.

    Raises
    ------
    ValueError
        If there are too few or too many tiles, one is not that which was written, or has not the size of its place.
    """
    array = np.empty(shape, dtype)
    sheet = as_sheet(array)
    for (rows, columns), tile in zip(places(sheet.shape, edge), packed, strict=True):
        place = sheet[rows, columns]
        place[...] = np.frombuffer(unpack(*tile, place.nbytes), dtype).reshape(place.shape)
    return array


def choose_codec(array: NDArray[Any], edge: int = EDGE) -> Codec:
    """Return ``"zstd"`` when a tile of an array of any shape and dtype shrinks enough to pay, else ``"raw"``."""
    if array.size == 0:
        return "raw"
    sheet = as_sheet(array)
    top, left = (max(0, (size - edge) // 2) for size in sheet.shape[:2])
    sample = np.ascontiguousarray(sheet[top : top + edge, left : left + edge]).data.cast("B")
    return "zstd" if len(pack(sample, "zstd")) < WORTH * len(sample) else "raw"


def pack(content: memoryview, codec: Codec) -> bytes | memoryview:
    """Return a tile's bytes as the file keeps them."""
    return content if codec == "raw" else zstandard.ZstdCompressor(level=1).compress(content)


def unpacked_size(packed: bytes) -> int:
    """Return how many bytes a compressed tile says that it has, from its first ones; nothing is unpacked.

    Raises
    ------
    ValueError
        If it is not compressed as `pack` does it.
    """
    try:
        return int(zstandard.get_frame_parameters(packed).content_size)
    except zstandard.ZstdError as error:
        raise ValueError(f"expected a compressed tile: {error}") from error


def unpack(packed: bytes, codec: str, expected: bytes, size: int) -> bytes:
    """Return the `size` bytes of a tile, checked against its digest.

    Raises
    ------
    ValueError
        If they are not those that were written.
    """
    if (len(packed) if codec == "raw" else unpacked_size(packed)) != size:
        raise ValueError(f"expected a tile of {size} bytes, got another size")
    try:
        content = packed if codec == "raw" else zstandard.ZstdDecompressor().decompress(packed)
    except zstandard.ZstdError as error:
        raise ValueError(f"expected a compressed tile: {error}") from error
    if digest(content) != expected:
        raise ValueError("expected the tile that was written, got other bytes")
    return content
