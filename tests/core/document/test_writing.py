"""The database below a document: transactions, the queue of writes, locks, and what a small or odd document holds."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pytest

from desktop_app.api.errors import InputError
from desktop_app.core.document import locks, store, tiles
from desktop_app.core.document.document import Document
from desktop_app.core.document.leftovers import spoilt
from desktop_app.core.document.pixels import byte_count, remove_copies
from desktop_app.core.document.session import Session
from desktop_app.core.document.state import MAX_TITLE, describe_map
from desktop_app.core.document.writer import Write, Writer
from desktop_app.core.imaging.files import Photo
from desktop_app.core.imaging.metadata import Metadata
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import MapLayer, Outcome, StepRecord

PATIENCE = 60.0


def facts_of(connection: sqlite3.Connection) -> dict[str, Any]:
    return store.read_facts(connection)


def test_a_transaction_is_whole_or_nothing(tmp_path: Path) -> None:
    with closing(store.create(tmp_path / "a.vlens")) as connection:
        with store.transaction(connection):
            store.write_facts(connection, {"a": 1})
        with suppress(ZeroDivisionError), store.transaction(connection):
            store.write_facts(connection, {"a": 2, "b": 3})
            _ = 1 / 0
        assert facts_of(connection) == {"a": 1}
        assert not connection.in_transaction


def test_a_database_is_durable_and_distrusts_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "a.vlens"
    with closing(store.create(path)) as connection:
        told = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in (
            "journal_mode", "synchronous", "foreign_keys", "wal_autocheckpoint", "trusted_schema", "page_size",
            "user_version",
        )}  # fmt: skip
        assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "wal_autocheckpoint": 0,
                        "trusted_schema": 0, "page_size": 16384, "user_version": store.VERSION}  # fmt: skip
        with pytest.raises(sqlite3.Error):
            connection.execute("ATTACH ':memory:' AS other")
        store.check(connection, path)
    with closing(store.connect_read_only(path)) as reader, pytest.raises(sqlite3.OperationalError, match="readonly"):
        store.write_facts(reader, {"a": 1})
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).touch()
    store.remove(path)
    store.remove(path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("version", "is_fine"), [(0, True), (store.VERSION, True), (store.VERSION + 1, False)])
def test_a_version_is_read_up_to_ours(tmp_path: Path, version: int, is_fine: bool) -> None:
    path = tmp_path / "a.vlens"
    with closing(store.create(path)) as connection:
        connection.execute(f"PRAGMA user_version={version}")
        if is_fine:
            store.check(connection, path)
        else:
            with pytest.raises(InputError, match="newer Verilens"):
                store.check(connection, path)


@pytest.mark.parametrize(("error", "words"), [
    (OSError("gone"), "“gone”: check the disk"), (sqlite3.OperationalError("odd"), "a working database, got “odd”"),
    (MemoryError(), "it ran out"), (KeyError("x"), "a damaged one"), (ZeroDivisionError("y" * 999), "[(]y{300}[)]"),
])  # fmt: skip
def test_a_fault_is_told_of_the_file(error: Exception, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught, store.told_of(
        Path("folder/a.vlens")
    ):
        raise error
    assert str(caught.value).startswith("a.vlens: expected ")


def test_a_fault_of_sqlite_is_known_by_its_family() -> None:
    error = sqlite3.OperationalError("x")
    error.sqlite_errorcode = sqlite3.SQLITE_READONLY | (5 << 8)
    assert "read-only" in store.explain(error)


class Told:
    """Notes how writes went."""

    def __init__(self, path: Path) -> None:
        self.events: list[str] = []
        self.writer = Writer(path, store.create(path))

    def submit(self, name: str, fails: Callable[[], bool] = lambda: False) -> None:
        def run(connection: sqlite3.Connection) -> None:
            if fails():
                raise OSError("no room")
            store.write_facts(connection, {name: len(self.events)})

        self.writer.submit(Write(run, lambda: self.events.append(name), lambda why: self.events.append(f"!{name}")))


def test_a_write_that_fails_stays_first_and_is_tried_again(tmp_path: Path) -> None:
    told, is_full = Told(tmp_path / "a.vlens"), threading.Event()
    is_full.set()
    told.submit("one", is_full.is_set)
    with pytest.raises(InputError, match=r"^a\.vlens: expected .*no room"):
        told.writer.flush()
    assert set(told.events) == {"!one"}
    is_full.clear()
    told.submit("two")
    told.writer.flush()
    assert [each for each in told.events if each != "!one"] == ["one", "two"]
    with store.reading(tmp_path / "a.vlens") as connection:
        assert set(facts_of(connection)) == {"one", "two"}
    told.writer.close()


def test_what_waits_is_given_up_at_the_end(tmp_path: Path) -> None:
    told, entered, leave = Told(tmp_path / "a.vlens"), threading.Event(), threading.Event()

    def slow() -> bool:
        entered.set()
        assert leave.wait(PATIENCE)
        return False

    told.submit("one", slow)
    told.submit("two")
    assert entered.wait(PATIENCE)
    closing_thread = threading.Thread(target=told.writer.close)
    closing_thread.start()
    while told.writer._pending:
        pass
    leave.set()
    closing_thread.join(PATIENCE)
    assert told.events == ["one"]


def test_the_log_is_moved_into_the_database(tmp_path: Path) -> None:
    path = tmp_path / "a.vlens"
    told = Told(path)
    told.submit("one")
    told.writer.flush()
    alone = tmp_path / "alone.vlens"
    alone.write_bytes(path.read_bytes())
    with closing(store.connect_read_only(alone, immutable=True)) as connection:
        assert set(facts_of(connection)) == {"one"}
    told.writer.close()


def test_a_lock_is_had_by_one_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    mine = locks.acquire(path)
    assert mine is not None
    assert locks.acquire(path) is None
    locks.release(mine, path)
    assert not path.exists()
    again = locks.acquire(path)
    assert again is not None
    path.unlink()
    locks.release(again, path)
    with pytest.raises((OSError, sqlite3.Error)):
        locks.acquire(tmp_path / "absent" / "a.lock")


def test_bytes_are_counted_with_alpha() -> None:
    pixels = np.zeros((4, 5, 3), np.uint16)
    assert byte_count(Raster(pixels)) == 120
    assert byte_count(Raster(pixels, np.zeros((4, 5), np.uint16))) == 160
    assert byte_count(MapLayer("m", "k", "u", "M", "c", np.zeros((4, 5), np.float32))) == 80


@pytest.mark.parametrize(("edge", "shape", "expected"), [
    (4, (5, 9), [(0, 4, 0, 4), (0, 4, 4, 8), (0, 4, 8, 9), (4, 5, 0, 4), (4, 5, 4, 8), (4, 5, 8, 9)]),
    (4, (4, 4), [(0, 4, 0, 4)]), (4, (0, 4), []),
])  # fmt: skip
def test_tiles_lie_row_by_row(edge: int, shape: tuple[int, int], expected: list[tuple[int, ...]]) -> None:
    assert [(r.start, r.stop, c.start, c.stop) for r, c in tiles.places(shape, edge)] == expected


def test_the_middle_decides_whether_an_array_is_compressed() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (60, 60), np.uint8)
    flat_middle, noisy_middle = noise.copy(), np.zeros_like(noise)
    flat_middle[20:40, 20:40] = 0
    noisy_middle[20:40, 20:40] = noise[20:40, 20:40]
    chosen = [tiles.choose_codec(each, edge=20) for each in (flat_middle, noisy_middle, noise, noise[:0])]
    assert chosen == ["zstd", "raw", "raw", "raw"]
    assert len(tiles.digest(b"a")) == 20


@pytest.mark.parametrize("depth", ["8", "16", "32f"])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_document_of_one_pixel_comes_back_whole(tmp_path: Path, depth: str, channels: int) -> None:
    dtype = {"8": np.uint8, "16": np.uint16, "32f": np.float32}[depth]
    full = 1 if depth == "32f" else np.iinfo(dtype).max
    raster = Raster(np.full((1, 1, channels), full, dtype), np.full((1, 1), full, dtype))
    layer = MapLayer("m", "difference", "1", "M.", "magma", np.full((1, 1), 2.5, np.float32))
    artifacts = {
        "point": np.full((), 3.0, np.float32), "row": np.arange(3, dtype=np.float32),
        "none": np.zeros((0, 4), np.float32), "axes": np.arange(2, dtype=np.float32).reshape((1,) * 7 + (2,)),
    }  # fmt: skip
    record = StepRecord("t", "restoration", "T", "p", "1", {}, 0, notes=("a note",))
    project = tmp_path / "p.vlens"
    session = Session(tmp_path / "session", read=lambda path: Photo(raster, Metadata(), path, "PNG"))
    (tmp_path / "photo.png").write_bytes(b"any")
    document = session.open_photo(tmp_path / "photo.png")
    document.commit("s0", Outcome(record, raster, (layer,), {"a": [1]}, artifacts), "x" * MAX_TITLE)
    document.commit("s1", Outcome(record, None, (replace(layer, name="n"),)))
    document.save_as(project)
    document.close(discard=True)
    again = session.open_project(project)
    try:
        assert (again.cursor, list(again.states), again.states["s1"].children) == ("s2", ["s0", "s1", "s2"], ("s2",))
        assert (again.states["s2"].pixels_of, again.states["s1"].record) == ("s1", record)
        assert (again.states["s1"].width, again.states["s1"].depth, again.states["s1"].channels) == (1, depth, channels)
        assert again.raster("s1").pixels.dtype == dtype
        assert again.map("s1", "m").values.tolist() == [[2.5]]
        for name, values in artifacts.items():
            np.testing.assert_array_equal(again.artifact("s1", name), values)
            assert again.artifact("s1", name).shape == values.shape
    finally:
        again.close(discard=True)


def test_a_map_is_described_by_its_range() -> None:
    info = describe_map(MapLayer("m", "k", "u", "M", "c", np.array([[1.0, 2.0, 6.0]], np.float32), is_aligned=False))
    assert (info.width, info.height, info.low, info.high, info.mean, info.is_aligned) == (3, 1, 1.0, 6.0, 3.0, False)


def test_leftovers_come_latest_first_and_say_what_they_hold(
    sessions: Callable[..., Session], photo: Path, make_outcome: Callable[..., Outcome]
) -> None:
    session = sessions()
    began = datetime.now(UTC)
    for steps in (1, 2):
        document = session.open_photo(photo)
        for seed in range(steps):
            document.commit(document.cursor, make_outcome(seed))
    session.close()
    two, one = sessions().recoverable()
    assert [(each.steps, each.title, each.is_modified, each.problem) for each in (two, one)] == [
        (2, "photo.png", True, ""), (1, "photo.png", True, ""),
    ]  # fmt: skip
    assert began <= one.changed < two.changed <= datetime.now(UTC) + timedelta(seconds=1)


def test_what_cannot_be_opened_is_dated_by_its_file(tmp_path: Path) -> None:
    assert spoilt(tmp_path / "a.vlens", "why").changed == datetime.fromtimestamp(0, UTC)
    (tmp_path / "a.vlens").touch()
    told = spoilt(tmp_path / "a.vlens", "why")
    assert (told.title, told.steps, told.is_modified, told.problem) == ("a.vlens", 0, True, "why")
    assert told.changed > datetime.now(UTC) - timedelta(minutes=5)


def test_copies_of_one_database_only_are_removed(tmp_path: Path) -> None:
    for name in ("a-original.png", "a-original", "b-original.png", "a.vlens"):
        (tmp_path / name).touch()
    remove_copies(tmp_path / "a.vlens")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.vlens", "b-original.png"]


def test_a_session_keeps_a_quarter_of_the_free_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=4000))
    assert Session(tmp_path / "one")._cache._limit == 1000
    assert Session(tmp_path / "two", cache_bytes=0)._cache._limit == 0


def test_undo_redo_and_titles_count_as_changes_only_while_they_differ(
    document: Document, make_outcome: Callable[..., Outcome]
) -> None:
    state = document.commit("s0", make_outcome()).id
    assert (document.can_undo, document.can_redo, document.is_modified) == (True, False, True)
    document.undo()
    assert (document.can_undo, document.can_redo) == (False, True)
    document.delete(state)
    assert list(document.hidden) == [state]
    assert document.raster(state) is not None, "a hidden state can still be looked at"
    assert document.redo() == "s0"
    document.rename("s0", "t" * MAX_TITLE)
    assert document.states["s0"].title == "t" * MAX_TITLE


def test_what_was_checked_of_a_map_is_kept_with_it(tmp_path: Path) -> None:
    layer = MapLayer("m", "uncertainty", "levels", "M.", "magma", np.ones((1, 1), np.float32), True, "ranks", {"n": 34})
    info = describe_map(layer)
    assert (info.standing, info.checked) == ("ranks", {"n": 34})
