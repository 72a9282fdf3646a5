"""Projects that somebody damaged on purpose: each is told in one sentence, leaves nothing, and hides no other."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import MISSING, fields
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
import zstandard

from desktop_app.api.errors import InputError
from desktop_app.core.document import store
from desktop_app.core.jobs.request import StepRecord

KEPT = Path(__file__).parent / "projects" / "first_version.vlens"

Damage = Callable[[sqlite3.Connection], object]


def sql(*statements: str) -> Damage:
    """Return a damage done by statements, whatever the schema says of them."""

    def run(connection: sqlite3.Connection) -> None:
        for statement in statements:
            connection.execute(statement)

    return run


def fact(name: str, value: object) -> Damage:
    """Return a damage to one fact; bytes and text are put there as they are."""

    def run(connection: sqlite3.Connection) -> None:
        text = value if isinstance(value, (str, bytes)) else json.dumps(value)
        connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, text))

    return run


def cell(table: str, column: str, value: object, where: str) -> Damage:
    """Return a damage to one cell."""
    return lambda connection: connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (value,))


def entry(table: str, column: str, name: str, value: object, where: str) -> Damage:
    """Return a damage to one entry of a JSON object in a cell."""

    def run(connection: sqlite3.Connection) -> None:
        found = connection.execute(f"SELECT {column} FROM {table} WHERE {where}").fetchone()[0]
        text = json.dumps({**json.loads(found), name: value})
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (text,))

    return run


def tile_bomb(connection: sqlite3.Connection) -> None:
    """Let a tile of a few bytes say that it has a terabyte."""
    frame = bytearray(zstandard.ZstdCompressor().compress(bytes(1 << 20)))
    header = b"\x28\xb5\x2f\xfd" + b"\xe0" + (1 << 40).to_bytes(8, "little")
    connection.execute("UPDATE tiles SET codec = 'zstd', content = ?", (header + bytes(frame[9:]),))


def much_from_little(connection: sqlite3.Connection) -> None:
    """Claim a picture of 50 gigabytes that is one tile, again and again."""
    empty = zstandard.ZstdCompressor().compress(bytes(512 * 512 * 12))
    tile = connection.execute("INSERT INTO tiles VALUES (NULL, x'00', 'zstd', ?)", (empty,)).lastrowid
    array = connection.execute("SELECT id FROM arrays WHERE state = 's3' AND role = 'pixels'").fetchone()[0]
    side, count = 512 * 127, 127 * 127
    connection.execute("DELETE FROM placements WHERE array = ?", (array,))
    connection.execute("UPDATE arrays SET shape = ? WHERE id = ?", (json.dumps([side, side, 3]), array))
    connection.execute("UPDATE states SET width = ?, height = ?, channels = 3 WHERE id = 's3'", (side, side))
    with store.transaction(connection):
        connection.executemany("INSERT INTO placements VALUES (?, ?, ?)", ((array, at, tile) for at in range(count)))


def too_much_from_little(connection: sqlite3.Connection) -> None:
    """Claim a picture of as many pixels as no photo has."""
    much_from_little(connection)
    connection.execute("UPDATE states SET width = 10 * width, height = 10 * height WHERE id = 's3'")


def deep(levels: int) -> str:
    return "[" * levels + "]" * levels


S1, S3 = "id = 's1'", "id = 's3'"
PIXELS, MAP = "state = 's1' AND role = 'pixels'", "state = 's2' AND role = 'map' AND name = 'spread'"
A_TILE = "id = (SELECT min(tile) FROM placements)"

DAMAGES: dict[str, Damage] = {
    "no_cursor": sql("DELETE FROM facts WHERE name = 'cursor'"),
    "cursor_is_gone": fact("cursor", "s99"),
    "cursor_is_a_number": fact("cursor", 3),
    "cursor_is_a_list": fact("cursor", ["s1"]),
    "cursor_is_deleted": fact("cursor", "s4"),
    "cursor_came_of_a_deleted_state": sql(
        "UPDATE states SET is_deleted = 1 WHERE id = 's1'", "UPDATE facts SET value = '\"s2\"' WHERE name = 'cursor'"
    ),
    "visited_is_a_list": fact("visited", [1, 2]),
    "visited_leads_nowhere": fact("visited", {"s0": "s77"}),
    "source_is_a_number": fact("source", 5),
    "source_is_missing": sql("DELETE FROM facts WHERE name = 'source'"),
    "project_is_a_list": fact("project", ["a"]),
    "is_modified_is_text": fact("is_modified", "yes"),
    "metadata_is_null": fact("metadata", None),
    "metadata_of_other_names": fact("metadata", {"colour": "red"}),
    "metadata_of_wrong_types": fact("metadata", {"exif": "text", "depth": "8", "format": "PNG"}),
    "metadata_of_no_base64": fact("metadata", {"exif": {"base64": "*"}, "depth": "8", "format": "PNG"}),
    "original_is_missing": sql("DELETE FROM facts WHERE name = 'original'"),
    "original_is_a_number": fact("original", 1),
    "original_of_no_name": fact("original", {"name": None, "digest": None}),
    "original_known_by_a_number": fact("original", {"name": "leaf.png", "digest": 5}),
    "original_has_no_bytes": sql("DELETE FROM original"),
    "a_fact_is_bytes": fact("cursor", b"\xff\xfe"),
    "a_fact_is_no_json": fact("cursor", "{"),
    "deep_facts": fact("visited", deep(100_000)),
    "rather_deep_report": cell("states", "report", deep(500), S1),
    "huge_number_in_a_report": cell("states", "report", "[" + "9" * 100_000 + "]", S1),
    "report_is_a_list": cell("states", "report", "[]", S1),
    "title_of_10_mb": cell("states", "title", "x" * 10_000_000, S1),
    "title_is_bytes": cell("states", "title", b"abc", S1),
    "title_is_no_utf8": sql("UPDATE states SET title = CAST(x'fffefd' AS TEXT) WHERE id = 's1'"),
    "no_states": sql("DELETE FROM placements", "DELETE FROM arrays", "DELETE FROM states"),
    "no_root": sql("UPDATE states SET parent = 's1' WHERE id = 's0'"),
    "two_roots": sql("UPDATE states SET parent = NULL WHERE id = 's1'"),
    "root_is_deleted": sql("UPDATE states SET is_deleted = 1 WHERE id = 's0'"),
    "own_parent": sql("UPDATE states SET parent = 's1' WHERE id = 's1'"),
    "a_circle": sql("UPDATE states SET parent = 's2' WHERE id = 's1'"),
    "parent_is_gone": sql("UPDATE states SET parent = 's9' WHERE id = 's1'"),
    "another_id": sql(
        "UPDATE states SET id = 's7', pixels_of = 's7' WHERE id = 's4'",
        "UPDATE arrays SET state = 's7' WHERE state = 's4'",
    ),
    "pixels_of_a_stranger": cell("states", "pixels_of", "s3", "id = 's2'"),
    "pixels_of_nobody": cell("states", "pixels_of", "s9", "id = 's2'"),
    "width_is_negative": cell("states", "width", -5, S1),
    "width_is_zero": cell("states", "width", 0, S1),
    "width_of_a_billion": cell("states", "width", 10**9, S1),
    "root_of_a_billion": sql(f"UPDATE states SET width = {10**9}, height = {10**9} WHERE id = 's0'"),
    "root_without_width": cell("states", "width", 0, "id = 's0'"),
    "root_without_height": cell("states", "height", 0, "id = 's0'"),
    "root_of_two_channels": cell("states", "channels", 2, "id = 's0'"),
    "root_of_negative_size": sql("UPDATE states SET width = -5, height = -5 WHERE id = 's0'"),
    "width_is_text": cell("states", "width", "wide", S1),
    "width_is_a_fraction": cell("states", "width", 18.5, S1),
    "two_channels": cell("states", "channels", 2, S1),
    "other_depth": cell("states", "depth", "8", S1),
    "no_depth": cell("states", "depth", "12", S1),
    "created_never": cell("states", "created", "yesterday", S1),
    "created_without_a_zone": cell("states", "created", "2026-01-01T00:00:00", S1),
    "created_before_time_was_counted": cell("states", "created", "1969-12-31T23:59:59+00:00", S1),
    "created_in_the_last_year": cell("states", "created", "9999-12-31T23:59:59+00:00", S1),
    "no_record": cell("states", "record", None, S1),
    "record_is_a_number": cell("states", "record", "7", S1),
    "record_of_other_names": entry("states", "record", "colour", "red", S1),
    "record_with_a_text_for_a_seed": entry("states", "record", "seed", "1", S1),
    "record_with_a_huge_seed": entry("states", "record", "seed", 10**400, S1),
    "record_with_strange_notes": entry("states", "record", "notes", [1, 2], S1),
    "record_with_strange_params": entry("states", "record", "params", [1], S1),
    "record_with_strange_inputs": entry("states", "record", "inputs", {"mask": 5}, S1),
    "record_with_a_strange_target": entry("states", "record", "target", 3, S1),
    "shape_is_a_number": cell("arrays", "shape", "7", PIXELS),
    "shape_is_negative": cell("arrays", "shape", "[-18, 14, 3]", PIXELS),
    "shape_of_billions": cell("arrays", "shape", f"[{10**9}, {10**9}, 3]", PIXELS),
    "artifact_of_billions": cell("arrays", "shape", f"[{10**9}, {10**9}]", "role = 'artifact'"),
    "shape_of_fractions": cell("arrays", "shape", "[18.0, 14, 3]", PIXELS),
    "another_type": cell("arrays", "dtype", "<f4", PIXELS),
    "objects": cell("arrays", "dtype", "|O", PIXELS),
    "a_type_of_a_billion": cell("arrays", "dtype", "(1000000000,)f4", "role = 'artifact'"),
    "no_edge": cell("arrays", "edge", 0, PIXELS),
    "edge_is_negative": cell("arrays", "edge", -1, PIXELS),
    "edge_is_smaller_than_any_of_ours": cell("arrays", "edge", 63, PIXELS),
    "edge_is_larger_than_any_of_ours": cell("arrays", "edge", 4097, PIXELS),
    "array_of_nobody": cell("arrays", "state", "s9", PIXELS),
    "array_of_another_role": cell("arrays", "role", "sound", PIXELS),
    "no_pixels": sql(f"DELETE FROM placements WHERE array IN (SELECT id FROM arrays WHERE {PIXELS})",
                     f"DELETE FROM arrays WHERE {PIXELS}"),
    "map_of_another_name": entry("arrays", "about", "name", "other", MAP),
    "map_of_another_size": entry("arrays", "about", "width", 10**9, MAP),
    "map_range_is_text": entry("arrays", "about", "low", "0", MAP),
    "map_range_is_nan": entry("arrays", "about", "mean", float("nan"), MAP),
    "map_without_meaning": cell("arrays", "about", '{"name": "spread"}', MAP),
    "map_is_nothing": cell("arrays", "about", "null", MAP),
    "artifact_becomes_a_map": cell("arrays", "role", "map", "role = 'artifact'"),
    "a_tile_is_missing": sql(f"DELETE FROM tiles WHERE {A_TILE}"),
    "a_tile_is_short": cell("tiles", "content", b"abc", A_TILE),
    "a_tile_is_text": cell("tiles", "content", "abc", A_TILE),
    "a_digest_is_text": cell("tiles", "digest", "abc", A_TILE),
    "a_tile_of_another_codec": cell("tiles", "codec", "gzip", A_TILE),
    "a_tile_is_not_compressed": cell("tiles", "codec", "zstd", "codec = 'raw'"),
    "a_tile_at_another_place": sql("UPDATE placements SET position = 5 WHERE array = 1"),
    "tile_bomb": tile_bomb,
    "too_much_from_little": too_much_from_little,
    "tiles_of_no_array": sql("INSERT INTO placements SELECT 999, 0, min(id) FROM tiles"),
    "another_version": sql("PRAGMA user_version = 99"),
    "another_program": sql("PRAGMA application_id = 7"),
    "trigger": sql("CREATE TRIGGER t AFTER INSERT ON states BEGIN DELETE FROM states; END"),
    "extra_table": sql("CREATE TABLE more (name)"),
    "extra_index": sql("CREATE INDEX more ON states (title)"),
    "virtual_table": sql("CREATE VIRTUAL TABLE more USING fts5(name)"),
    "endless_view": sql(
        "ALTER TABLE facts RENAME TO old",
        "CREATE VIEW facts AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT CAST(i AS TEXT) AS name, '1' AS value FROM n",
    ),
    "generated_column": sql("ALTER TABLE states ADD COLUMN more AS (hex(zeroblob(100000000)))"),
    "table_is_missing": sql("DROP TABLE original"),
}  # fmt: skip


def damaged(damage: Damage, path: Path) -> Path:
    """Write a project with a damage."""
    path.write_bytes(KEPT.read_bytes())
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("PRAGMA synchronous=OFF")
        damage(connection)
    return path


@pytest.fixture
def kept_work(document, session, make_outcome):
    """Leave an unsaved step behind, and return what opens the session again."""
    document.commit("s0", make_outcome(1))
    session.close()


def expect_refused(session, path: Path, folder: Path) -> str:
    """Open a project in vain; see that one sentence tells of it and that the session folder is as it was."""
    before = {each.name for each in folder.iterdir()}
    with pytest.raises(InputError) as caught:
        session.open_project(path)
    assert {each.name for each in folder.iterdir()} == before
    message = str(caught.value)
    assert path.name in message
    assert "expected" in message
    assert "\n" not in message
    assert len(message) < 600
    return message


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_project_is_refused(name, sessions, tmp_path):
    session = sessions()
    expect_refused(session, damaged(DAMAGES[name], tmp_path / "bad.vlens"), tmp_path / "session")


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_leftover_hides_no_other(name, kept_work, sessions, tmp_path):
    damaged(DAMAGES[name], tmp_path / "session" / "bad.vlens")
    session = sessions()
    found = {recovery.title: recovery for recovery in session.recoverable()}
    assert found["photo.png"].problem == ""
    if name == "no_states":  # nothing was ever written: it is removed, as what a killed program began
        assert len(found) == 1
        return
    assert "bad.vlens: expected" in found["bad.vlens"].problem
    with pytest.raises(InputError, match="expected"):
        session.recover(found["bad.vlens"])
    session.discard(found["bad.vlens"])
    assert [each.title for each in session.recoverable()] == ["photo.png"]


def spoil_bytes(change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(change(KEPT.read_bytes()))


FILES: dict[str, Callable[[Path], object]] = {
    "empty": spoil_bytes(lambda content: b""),
    "text": spoil_bytes(lambda content: b"a letter"),
    "noise": spoil_bytes(lambda content: os.urandom(50_000)),
    "header_only": spoil_bytes(lambda content: content[:100]),
    "cut_short": spoil_bytes(lambda content: content[: len(content) // 2]),
    "broken_page": spoil_bytes(lambda content: content[:16384] + os.urandom(16384) + content[32768:]),
    "pages_of_noise": spoil_bytes(lambda content: content[:100] + os.urandom(len(content) - 100)),
    "folder": lambda path: path.mkdir(),
    "pipe": lambda path: os.mkfifo(path),  # noqa: PLW0108 # looked up here: Windows has none
    "link_to_nothing": lambda path: path.symlink_to("absent"),
    "link_to_itself": lambda path: path.symlink_to(path.name),
}


@pytest.mark.skipif(os.name == "nt", reason="pipes and links are a matter of Unix")
@pytest.mark.parametrize("name", FILES)
def test_what_is_no_project_is_refused(name, sessions, tmp_path):
    session = sessions()
    FILES[name](tmp_path / "bad.vlens")
    expect_refused(session, tmp_path / "bad.vlens", tmp_path / "session")


@pytest.mark.skipif(os.name == "nt", reason="pipes and links are a matter of Unix")
@pytest.mark.parametrize("suffix", [".vlens", ".lock"])
@pytest.mark.parametrize("name", FILES)
def test_what_is_no_project_hides_no_leftover(name, suffix, kept_work, sessions, tmp_path):
    FILES[name](tmp_path / "session" / f"bad{suffix}")
    session = sessions()
    found = {recovery.title: recovery.problem for recovery in session.recoverable()}
    assert found.pop("photo.png") == ""
    assert all(f"{title}: expected" in problem for title, problem in found.items())


def test_reading_ends_when_its_time_is_over(sessions, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "_PATIENCE", -1e9)
    many = sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
               "INSERT INTO original SELECT 10 + i, x'00' FROM n")  # fmt: skip
    message = expect_refused(sessions(), damaged(many, tmp_path / "bad.vlens"), tmp_path / "session")
    assert "within its time" in message


@pytest.mark.parametrize(("size", "seconds", "is_over"), [
    (0, 19.0, False), (0, 21.0, True), (10**9, 119.0, False), (10**9, 121.0, True),
])  # fmt: skip
def test_a_large_file_has_more_time(tmp_path, monkeypatch, size, seconds, is_over):
    path = tmp_path / "large.vlens"
    path.touch()
    os.truncate(path, size)
    clock = [1000.0]
    monkeypatch.setattr(store, "monotonic", lambda: clock[0])
    many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT count(*) FROM n"
    with closing(sqlite3.connect(":memory:")) as connection:
        with store.in_time(connection, path):
            clock[0] += seconds
            if is_over:
                with pytest.raises(sqlite3.OperationalError, match="interrupted"):
                    connection.execute(many).fetchone()
            else:
                assert connection.execute(many).fetchone() == (20000,)
        clock[0] += 1e6
        assert connection.execute(many).fetchone() == (20000,), "nobody counts any more"


def test_a_picture_that_is_larger_than_the_memory_is_told_before_it_is_read(session, tmp_path, monkeypatch):
    document = session.open_project(damaged(much_from_little, tmp_path / "large.vlens"))
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=4 << 30))
    with pytest.raises(InputError, match=r"50\.7 GB of free memory"):
        document.raster("s3")
    assert document.raster("s1").width == 14


def test_a_project_of_a_machine_whose_clock_was_never_set_opens(session, tmp_path):
    first_second = cell("states", "created", "1970-01-01T00:00:00+00:00", S1)
    document = session.open_project(damaged(first_second, tmp_path / "early.vlens"))
    assert document.states["s1"].created.timestamp() == 0


def test_a_project_of_the_first_version_opens(session):
    document = session.open_project(KEPT)
    assert [state.title for state in document.states.values()] == [
        "leaf.png", "Total variation", "Spread of it", "Twice as large",
    ]  # fmt: skip
    assert (document.cursor, list(document.hidden), document.source) == ("s2", ["s4"], Path("leaf.png"))
    assert document.metadata.dpi == (72.009, 72.009)
    assert document.states["s1"].report == {"psnr": float("inf"), "top": [1, 2], "nested": {"a": None}}
    rasters = {name: document.raster(name) for name in ("s0", "s1", "s2", "s3", "s4")}
    sizes = {name: (raster.width, raster.depth) for name, raster in rasters.items()}
    assert sizes == {"s0": (14, "8"), "s1": (14, "16"), "s2": (14, "16"), "s3": (28, "32f"), "s4": (4, "8")}
    assert document.raster("s1").alpha is not None
    assert document.map("s2", "kernel size").values.shape == (5, 7)
    assert document.artifact("s1", "kernel").shape == (3, 5, 5)
    assert document.states["s2"].record.params == {"strength": 0.1, "mode": "fast", "n": 3}
    assert document.states["s2"].record.inputs == {"mask": "/tmp/mask.png"}


@pytest.mark.parametrize("name", [each.name for each in fields(StepRecord) if each.default_factory is not MISSING
                                  or each.default is not MISSING])  # fmt: skip
def test_a_project_that_opens_can_be_saved_whatever_its_records_leave_out(name, session, tmp_path):
    def leave_out(connection: sqlite3.Connection) -> None:
        for state, text in connection.execute("SELECT id, record FROM states WHERE record NOT NULL").fetchall():
            record = {word: value for word, value in json.loads(text).items() if word != name}
            connection.execute("UPDATE states SET record = ? WHERE id = ?", (json.dumps(record), state))

    document = session.open_project(damaged(leave_out, tmp_path / "short.vlens"))
    document.save_as(tmp_path / "saved.vlens")
    saved = session.open_project(tmp_path / "saved.vlens")
    assert [state.record for state in saved.states.values()] == [state.record for state in document.states.values()]
