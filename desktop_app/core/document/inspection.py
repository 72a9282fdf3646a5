"""A look through a document's database before anything in it is believed: it may come from anybody.

Facts, states, tree, sizes and tiles are compared with each other; no array is read, and nothing is allocated by a size
that is only claimed. Time and memory grow with the file's own bytes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from itertools import groupby
from math import prod
from typing import Any

from desktop_app.core.document import contents, history, store, tiles
from desktop_app.core.document.content import Content
from desktop_app.core.document.facts import Facts
from desktop_app.core.document.history import History
from desktop_app.core.document.plain import conforms, from_text
from desktop_app.core.document.state import MAX_TITLE, State

_MAX_PIXELS = 1 << 32
_MOST_AXES = 8
_EDGES = range(64, 4097)
_DTYPES = {"8": "|u1", "16": "<u2", "32f": "<f4"}
_ITEM_SIZES = {"|b1": 1, "|u1": 1, "<u2": 2, "<i4": 4, "<i8": 8, "<f4": 4, "<f8": 8}
_FRAME_HEADER = 18  # bytes, at most, of a zstd frame


def read_content(connection: sqlite3.Connection) -> tuple[Facts, Content]:
    """Return what a database holds besides arrays, after a look through all of it.

    Raises
    ------
    ValueError, TypeError, LookupError, ArithmeticError, sqlite3.Error
        With what is not as it was written by us.
    """
    values = store.read_facts(connection)
    facts = Facts.from_json(values)
    _expect(conforms(facts, Facts), "facts of their types")
    states = {state.id: state for state in contents.read_states(connection)}
    tree = contents.read_tree(connection)
    _expect_tree(tree)
    for state in states.values():
        _expect_state(state, states)
    _expect_original(connection, values["original"])
    _expect_arrays(connection, states, set() if values["original"]["digest"] is None else {tree.root})
    return facts, Content(tree, states)


def _expect(is_so: bool, what: str) -> None:
    if not is_so:
        raise ValueError(f"expected {what}, got something else")


def _expect_tree(tree: History) -> None:
    parents = tree.parents
    _expect(bool(parents), "at least one state")
    _expect(conforms(tree.cursor, str) and conforms(tree.visited, Mapping[str, str]), "a cursor and a way of redo")
    known: set[str] = set()
    for number, (state, parent) in enumerate(parents.items()):
        _expect(state == f"s{number}", f"the state s{number}")
        _expect(parent in known if known else parent is None, f"a parent of s{number} that came before it")
        known.add(state)
    shown = set(history.visible(tree))
    _expect(tree.root in shown, "an opened photo that is not deleted")
    _expect(tree.cursor in shown, "a cursor on a state that is shown")
    _expect(all(parents.get(to) == at for at, to in tree.visited.items()), "a way of redo from parent to child")


def _expect_state(state: State, states: Mapping[str, State]) -> None:
    name = state.id
    _expect(conforms(state, State), f"{name} with facts of their types")
    _expect(len(state.title) <= MAX_TITLE, f"a title of {name} of at most {MAX_TITLE} letters")
    _expect(state.created.tzinfo is not None and 1970 <= state.created.year < 9999, f"a time at which {name} was made")
    _expect(state.width >= 1 and state.height >= 1 and state.channels in (1, 3), f"a size of {name}")
    _expect(state.width * state.height <= _MAX_PIXELS, f"{name} of at most {_MAX_PIXELS} pixels")
    _expect((state.record is None) == (state.parent is None), f"the record of the step that made {name}")
    for info in state.maps:
        _expect(all(-1e38 < each < 1e38 for each in (info.low, info.high, info.mean)), f"finite maps of {name}")
    if state.pixels_of != name:
        owner = states[state.parent or name]
        _expect(state.pixels_of == owner.pixels_of, f"pixels of {name} that are its own or its parent's")
        _expect(_format_of(state) == _format_of(owner), f"{name} of the size of its pixels")


def _format_of(state: State) -> tuple[int, int, int, str]:
    return state.width, state.height, state.channels, state.depth


def _expect_original(connection: sqlite3.Connection, original: Any) -> None:
    _expect(conforms(original, Mapping[str, str | None]) and isinstance(original["name"], str), "the photo's name")
    if original["digest"] is not None:
        found = connection.execute("SELECT EXISTS (SELECT 1 FROM original)").fetchone()[0]
        _expect(bool(found), "the opened photo's own file")


def _expect_arrays(connection: sqlite3.Connection, states: Mapping[str, State], in_files: set[str]) -> None:
    """See that every state has its arrays, of its size, and every array its tiles; `in_files` need no pixels."""
    bytes_of = dict(_tile_sizes(connection))
    placed = _placements(connection)
    seen: dict[tuple[str, str, str], tuple[tuple[int, ...], str]] = {}
    rows = connection.execute("SELECT id, state, role, name, dtype, shape, edge FROM arrays ORDER BY id").fetchall()
    for number, state, role, name, dtype, text, edge in rows:
        what = f"the array {name!r} of {state}"
        shape = tuple(from_text(text))
        _expect(conforms(shape, tuple[int, ...]) and min(shape, default=0) >= 0, f"a shape of {what}")
        _expect(len(shape) <= _MOST_AXES, f"at most {_MOST_AXES} axes of {what}")
        _expect(dtype in _ITEM_SIZES and edge in _EDGES, f"a data type of {what}")
        _expect_tiles(shape, _ITEM_SIZES[dtype], edge, [bytes_of[tile] for tile in placed.pop(number, ())], what)
        seen[state, role, name] = shape, dtype
    _expect(not placed, "tiles of arrays that are there")
    for key, found in seen.items():
        _expect(_is_wanted(states[key[0]], *key[1:], *found), f"arrays of {key[0]} as it says")
    for state in states.values():
        has = state.id in in_files or state.pixels_of != state.id or (state.id, "pixels", "") in seen
        _expect(has, f"the pixels of {state.id}")


def _is_wanted(state: State, role: str, name: str, shape: tuple[int, ...], dtype: str) -> bool:
    if role == "artifact":
        return True
    if role == "map":
        infos = [info for info in state.maps if info.name == name]
        return dtype == "<f4" and [(info.height, info.width) for info in infos] == [shape]
    size = (state.height, state.width)
    expected = {"pixels": (*size, state.channels), "alpha": size}.get(role)
    return not name and state.pixels_of == state.id and shape == expected and dtype == _DTYPES[state.depth]


def _expect_tiles(shape: tuple[int, ...], item: int, edge: int, sizes: list[int], what: str) -> None:
    rows, columns, *rest = shape if len(shape) > 1 else (1, prod(shape))
    number = -(-rows // edge) * -(-columns // edge)  # compared before a list of that length is made
    _expect(number == len(sizes), f"{number} tiles of {what}")
    each = prod(rest) * item
    expected = (
        (place[0].stop - place[0].start) * (place[1].stop - place[1].start) * each
        for place in tiles.places((rows, columns), edge)
    )
    _expect(all(map(int.__eq__, expected, sizes)), f"tiles of the size of {what}")


def _placements(connection: sqlite3.Connection) -> dict[int, list[int]]:
    rows = connection.execute("SELECT array, position, tile FROM placements ORDER BY array, position")
    placed: dict[int, list[int]] = {}
    for array, group in groupby(rows, key=lambda row: row[0]):
        entries = list(group)
        _expect([position for _, position, _ in entries] == list(range(len(entries))), "tiles in their order")
        placed[array] = [tile for _, _, tile in entries]
    return placed


def _tile_sizes(connection: sqlite3.Connection) -> Iterator[tuple[int, int]]:
    """Yield every tile's number and its bytes when unpacked, as its first bytes say: nothing is unpacked."""
    rows = connection.execute("SELECT id, codec, length(content), typeof(content), typeof(digest) FROM tiles")
    for number, codec, length, kind, digest_kind in rows:
        _expect(kind == digest_kind == "blob" and codec in ("raw", "zstd"), "tiles of bytes")
        yield number, length if codec == "raw" else _unpacked_size(connection, number)


def _unpacked_size(connection: sqlite3.Connection, tile: int) -> int:
    with connection.blobopen("tiles", "content", tile, readonly=True) as blob:
        return tiles.unpacked_size(blob.read(_FRAME_HEADER))
