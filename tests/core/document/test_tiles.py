"""Arrays in tiles: cut, packed, and put together again bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from desktop_app.core.document import store, tiles
from desktop_app.core.document.contents import read_array, write_array

dtypes = st.sampled_from(["uint8", "uint16", "float32"])
shapes = arrays.array_shapes(min_dims=0, max_dims=4, max_side=9)


def packed_tiles(array: np.ndarray, edge: int) -> list[tuple[bytes, str, bytes]]:
    return [(bytes(tile), "raw", tiles.digest(tile)) for tile in tiles.cut(array, edge)]


@settings(max_examples=60)
@given(dtypes.flatmap(lambda dtype: arrays.arrays(dtype, shapes)), st.integers(1, 5))
def test_tiles_make_the_array_again(array: np.ndarray, edge: int) -> None:
    again = tiles.assemble(packed_tiles(array, edge), array.shape, array.dtype.str, edge)
    assert again.dtype == array.dtype
    assert again.tobytes() == array.tobytes()


@pytest.mark.parametrize("codec", ["raw", "zstd"])
def test_a_changed_byte_is_noticed(codec: tiles.Codec) -> None:
    content = memoryview(b"some pixels" * 20)
    packed = bytearray(tiles.pack(content, codec))
    assert tiles.unpack(bytes(packed), codec, tiles.digest(content), len(content)) == content
    packed[-1] ^= 1
    with pytest.raises(ValueError, match="tile"):
        tiles.unpack(bytes(packed), codec, tiles.digest(content), len(content))


def test_only_what_shrinks_is_compressed() -> None:
    noise = np.random.default_rng(0).integers(0, 65536, (600, 600, 3), dtype=np.uint16)
    assert tiles.choose_codec(noise) == "raw"
    assert tiles.choose_codec(np.zeros_like(noise)) == "zstd"
    assert tiles.choose_codec(np.empty((0, 4), np.float32)) == "raw"


@pytest.mark.parametrize("codec", ["raw", "zstd"])
def test_a_tile_of_another_size_is_not_unpacked(codec: tiles.Codec) -> None:
    content = memoryview(bytes(1 << 20))
    with pytest.raises(ValueError, match="100 bytes"):
        tiles.unpack(bytes(tiles.pack(content, codec)), codec, tiles.digest(content), 100)


def test_too_few_tiles_are_noticed() -> None:
    contents = packed_tiles(np.zeros((8, 8), np.uint8), 4)
    with pytest.raises(ValueError, match="zip"):
        tiles.assemble(contents[:-1], (8, 8), "|u1", 4)


def test_an_unchanged_tile_is_kept_once(tmp_path) -> None:
    before = np.random.default_rng(0).integers(0, 256, (1024, 1100, 3), dtype=np.uint8)
    after = before.copy()
    after[600, 600] ^= 1
    connection = store.create(tmp_path / "a.vlens")
    connection.execute("PRAGMA foreign_keys=OFF")
    counts = []
    for state, array in (("s1", before), ("s2", before), ("s3", after)):
        with store.transaction(connection):
            write_array(connection, state, "pixels", array)
        counts.append(connection.execute("SELECT count(*) FROM tiles").fetchone()[0])
    assert counts == [6, 6, 7]
    assert np.array_equal(read_array(connection, "s2", "pixels"), before)
    assert np.array_equal(read_array(connection, "s3", "pixels"), after)
    assert read_array(connection, "s4", "pixels") is None
    connection.close()
