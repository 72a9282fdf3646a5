"""What the rows of a document's database hold: the original file, arrays in tiles, states, the tree."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from hashlib import blake2b
from math import prod
from pathlib import PurePath
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from desktop_app.api.errors import InputError
from desktop_app.core.document import tiles
from desktop_app.core.document.history import History
from desktop_app.core.document.plain import from_text, to_text
from desktop_app.core.document.state import MapInfo, State
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import INPUT_COPY, StepRecord

_CHUNK = 4 << 20
_STATE = "id, parent, title, record, report, created, pixels_of, width, height, channels, depth"


def write_original(connection: sqlite3.Connection, source: BinaryIO) -> str:
    """Stream a file into the database and return its digest in hexadecimal."""
    whole = blake2b(digest_size=20)
    source.seek(0)
    for position, chunk in enumerate(iter(lambda: source.read(_CHUNK), b"")):
        whole.update(chunk)
        connection.execute("INSERT INTO original (position, content) VALUES (?, ?)", (position, chunk))
    return whole.hexdigest()


def read_original(connection: sqlite3.Connection, target: BinaryIO, expected: str) -> None:
    """Stream the original file out of the database.

    Raises
    ------
    ValueError
        If it is not the file that was written.
    """
    whole = blake2b(digest_size=20)
    for (chunk,) in connection.execute("SELECT content FROM original ORDER BY position"):
        whole.update(chunk)
        target.write(chunk)
    if whole.hexdigest() != expected:
        raise ValueError("the original photo's bytes have changed")


def forget_original(connection: sqlite3.Connection) -> None:
    """Take the original file out again: it changed while it was read, and is not what was opened."""
    connection.execute("DELETE FROM original")


def write_array(
    connection: sqlite3.Connection, state: str, role: str, array: NDArray[Any], name: str = "", about: Any = None
) -> None:
    """Write an array of a state, of any shape and dtype, in tiles; those that are there are only referred to."""
    row = (state, role, name, array.dtype.str, json.dumps(array.shape), tiles.EDGE, json.dumps(about))
    insert = "INSERT INTO arrays (state, role, name, dtype, shape, edge, about) VALUES (?, ?, ?, ?, ?, ?, ?)"
    number = connection.execute(insert, row).lastrowid
    codec = tiles.choose_codec(array)
    for position, content in enumerate(tiles.cut(array)):
        tile = _write_tile(connection, content, codec)
        connection.execute("INSERT INTO placements (array, position, tile) VALUES (?, ?, ?)", (number, position, tile))


def _write_tile(connection: sqlite3.Connection, content: memoryview, codec: tiles.Codec) -> int:
    known_as = tiles.digest(content)
    known = connection.execute("SELECT id FROM tiles WHERE digest = ?", (known_as,)).fetchone()
    if known is not None:
        return int(known[0])
    row = (known_as, codec, tiles.pack(content, codec))
    return int(connection.execute("INSERT INTO tiles (digest, codec, content) VALUES (?, ?, ?)", row).lastrowid or 0)


def read_array(connection: sqlite3.Connection, state: str, role: str, name: str = "") -> NDArray[Any] | None:
    """Return an array of a state in the shape and dtype that it was written in; None when there is none.

    Raises
    ------
    ValueError
        If a tile is missing or not the one that was written.
    InputError
        If there is not enough free memory for it.
    """
    query = "SELECT id, dtype, shape, edge FROM arrays WHERE state = ? AND role = ? AND name = ?"
    row = connection.execute(query, (state, role, name)).fetchone()
    if row is None:
        return None
    number, dtype, shape, edge = row
    _require_memory(prod(extent := tuple(from_text(shape))) * np.dtype(dtype).itemsize)
    return tiles.assemble(_packed_tiles(connection, number), extent, dtype, edge)


def _require_memory(needed: int) -> None:
    import psutil

    free = psutil.virtual_memory().available
    if needed > free:
        raise InputError(
            f"expected {needed / 1e9:.1f} GB of free memory for what this state holds, got {free / 1e9:.1f} GB: "
            "close other documents or programs first"
        )


def _packed_tiles(connection: sqlite3.Connection, array: int) -> Iterator[tuple[bytes, str, bytes]]:
    query = (
        "SELECT content, codec, digest FROM placements JOIN tiles ON tiles.id = placements.tile "
        "WHERE array = ? ORDER BY position"
    )
    return connection.execute(query, (array,))


def write_state(connection: sqlite3.Connection, state: State) -> None:
    """Write a state without its pixels, maps and artifacts."""
    connection.execute(
        f"INSERT INTO states ({_STATE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            state.id, state.parent, state.title, None if state.record is None else to_text(state.record.to_json()),
            to_text(state.report), state.created.isoformat(), state.pixels_of, state.width, state.height,
            state.channels, state.depth,
        ),
    )  # fmt: skip


def read_states(connection: sqlite3.Connection) -> list[State]:
    """Return all states, hidden ones too, in order of creation and without their children."""
    abouts: dict[str, list[tuple[str, str, Any]]] = {}
    for state, role, name, about in connection.execute("SELECT state, role, name, about FROM arrays ORDER BY id"):
        abouts.setdefault(state, []).append((role, name, from_text(about)))
    rows = connection.execute(f"SELECT {_STATE} FROM states ORDER BY position")
    return [_state_of(row, abouts.get(row[0], [])) for row in rows]


def _state_of(row: tuple[Any, ...], arrays: list[tuple[str, str, Any]]) -> State:
    name, parent, title, record, report, created, pixels_of, width, height, channels, depth = row
    return State(
        id=name, parent=parent, title=title, pixels_of=pixels_of,
        record=None if record is None else StepRecord.from_json(from_text(record)),
        width=width, height=height, channels=channels, depth=depth,
        maps=tuple(MapInfo(**about) for role, _, about in arrays if role == "map"),
        artifacts=tuple(name for role, name, _ in arrays if role == "artifact"),
        report=from_text(report), created=datetime.fromisoformat(created), is_saved=True,
    )  # fmt: skip


def name_copied_inputs(connection: sqlite3.Connection) -> None:
    """Leave of each step's input files the names only, where the document has what was in them."""
    copies = set(connection.execute("SELECT state, name FROM arrays WHERE role = 'artifact'"))
    for state, text in connection.execute("SELECT id, record FROM states WHERE record IS NOT NULL").fetchall():
        record = from_text(text)
        given = record.get("inputs", {})
        inputs = {
            name: PurePath(path).name if (state, f"{INPUT_COPY}{name}") in copies else path
            for name, path in given.items()
        }
        if inputs != given:
            row = (to_text({**record, "inputs": inputs}), state)
            connection.execute("UPDATE states SET record = ? WHERE id = ?", row)


def write_title(connection: sqlite3.Connection, state: str, title: str) -> None:
    """Give a state another title."""
    connection.execute("UPDATE states SET title = ? WHERE id = ?", (title, state))


def write_raster(connection: sqlite3.Connection, state: str, raster: Raster) -> None:
    """Write a state's pixels and alpha."""
    write_array(connection, state, "pixels", raster.pixels)
    if raster.alpha is not None:
        write_array(connection, state, "alpha", raster.alpha)


def write_map(connection: sqlite3.Connection, state: str, info: MapInfo, values: NDArray[np.float32]) -> None:
    """Write a map ``(H, W)`` or ``(H, W, C)`` float32 of a state."""
    write_array(connection, state, "map", values, info.name, asdict(info))


def write_tree(connection: sqlite3.Connection, history: History) -> None:
    """Write where the cursor stands, where redo leads, and what is hidden."""
    facts = [("cursor", json.dumps(history.cursor)), ("visited", json.dumps(dict(history.visited)))]
    connection.executemany("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", facts)
    hidden = json.dumps(sorted(history.deleted))
    connection.execute("UPDATE states SET is_deleted = id IN (SELECT value FROM json_each(?))", (hidden,))


def read_tree(connection: sqlite3.Connection) -> History:
    """Return the tree.

    Raises
    ------
    KeyError
        If the database has none: it was killed before its first transaction.
    """
    rows = connection.execute("SELECT id, parent, is_deleted FROM states ORDER BY position").fetchall()
    facts = dict(connection.execute("SELECT name, value FROM facts WHERE name IN ('cursor', 'visited')"))
    deleted = frozenset(state for state, _, is_deleted in rows if is_deleted)
    return History(
        {state: parent for state, parent, _ in rows}, from_text(facts["cursor"]), deleted, from_text(facts["visited"])
    )
