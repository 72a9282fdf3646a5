"""What a program leaves behind when it ends, however it ends, and how it comes back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from desktop_app.api.errors import InputError
from desktop_app.core.document import session as sessions_module
from desktop_app.core.document import store
from desktop_app.core.document.session import Session
from desktop_app.core.imaging.files import Photo
from desktop_app.core.imaging.metadata import Metadata
from desktop_app.core.imaging.raster import Raster

ROOT = Path(__file__).resolve().parents[3]


def left_behind(folder: Path, to: Path) -> Path:
    """Copy a session's files as a program that is killed now would leave them; return the database."""
    to.mkdir()
    for path in folder.iterdir():
        if path.suffix != ".lock":
            shutil.copy(path, to)
    return next(to.glob("*.vlens"))


def test_a_killed_program_loses_nothing_that_was_shown_as_saved():
    command = [sys.executable, "-m", "benchmarks.kill_loop", "--rounds", "3", "--size", "300", "200"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 lost" in done.stdout.splitlines()[-1]


def test_an_open_document_is_offered_to_nobody(document, session, sessions, tmp_path):
    document.flush()
    assert {path.suffix for path in (tmp_path / "session").iterdir()} == {".vlens", ".vlens-wal", ".vlens-shm", ".lock"}
    assert session.recoverable() == []
    assert sessions().recoverable() == []


def test_an_unchanged_photo_leaves_nothing(document, session, tmp_path):
    session.close()
    assert session.documents == ()
    assert list((tmp_path / "session").iterdir()) == []


def test_an_unsaved_change_is_offered_again(document, session, sessions, make_outcome):
    document.commit("s0", make_outcome(1))
    document.commit("s1", make_outcome(2))
    document.delete("s2")
    states, hidden = dict(document.states), dict(document.hidden)
    session.close()
    later = sessions()
    (recovery,) = later.recoverable()
    assert (recovery.title, recovery.steps, recovery.is_modified, recovery.problem) == ("photo.png", 1, True, "")
    again = later.recover(recovery)
    assert {name: state.title for name, state in again.states.items()} == {n: s.title for n, s in states.items()}
    assert again.states["s1"].record == states["s1"].record
    assert list(again.hidden) == list(hidden)
    assert again.cursor == "s1"
    assert again.is_modified
    assert (again.raster("s2").pixels == make_outcome(2).raster.pixels).all()
    assert again.commit("s1", make_outcome(3)).id == "s3"


def test_a_document_is_recovered_once(document, session, sessions, make_outcome):
    document.commit("s0", make_outcome(1))
    session.close()
    one, other = sessions(), sessions()
    (recovery,) = one.recoverable()
    one.recover(recovery)
    for act in (other.recover, other.discard):
        with pytest.raises(InputError, match="no other program"):
            act(recovery)
    assert other.recoverable() == []


def test_who_looks_what_was_left_keeps_nobody_from_recovering_it(document, session, sessions, make_outcome):
    document.commit("s0", make_outcome(1))
    session.close()
    later, is_over = sessions(), threading.Event()

    def look():
        while not is_over.is_set():
            later.recoverable()

    (recovery,) = later.recoverable()
    looking = threading.Thread(target=look)
    looking.start()
    try:
        for _ in range(20):
            later.recover(recovery).close()
    finally:
        is_over.set()
        looking.join()


def test_a_discarded_document_is_gone(document, session, sessions, make_outcome, tmp_path):
    document.commit("s0", make_outcome(1))
    session.close()
    later = sessions()
    later.discard(later.recoverable()[0])
    assert list((tmp_path / "session").iterdir()) == []


def test_a_torn_log_opens_at_the_last_whole_commit(document, make_outcome, tmp_path):
    document.flush()
    database = next((tmp_path / "session").glob("*.vlens"))
    with closing(store.connect_read_only(database)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM states").fetchone()  # keeps the log from being moved
        for number in range(1, 5):
            document.commit(document.cursor, make_outcome(number))
        document.flush()
        copy = left_behind(tmp_path / "session", tmp_path / "torn")
    log = copy.with_name(copy.name + "-wal")
    with log.open("rb+") as file:
        file.truncate(log.stat().st_size * 6 // 10)
    session = Session(copy.parent, cache_bytes=0)
    (recovery,) = session.recoverable()
    again = session.recover(recovery)
    assert 1 <= recovery.steps < 4
    assert again.cursor == f"s{recovery.steps}"
    for number in range(1, recovery.steps + 1):
        assert (again.raster(f"s{number}").pixels == make_outcome(number).raster.pixels).all()
    again.close(discard=True)


def test_a_program_killed_before_anything_was_written_leaves_nothing(sessions, tmp_path):
    session = sessions()
    (tmp_path / "session" / "blank.vlens").write_bytes(b"")
    store.create(tmp_path / "session" / "early.vlens").close()
    for stray in ("early-original.png", "gone.lock"):
        (tmp_path / "session" / stray).touch()
    assert session.recoverable() == []
    assert list((tmp_path / "session").iterdir()) == []


@pytest.mark.parametrize("is_saved", [False, True])
def test_a_program_killed_before_anything_was_changed_leaves_no_copy_of_the_photo(
    document, sessions, make_outcome, tmp_path, is_saved
):
    if is_saved:
        document.commit("s0", make_outcome(1))
        document.save_as(tmp_path / "kept.vlens")
    document.flush()
    copy = left_behind(tmp_path / "session", tmp_path / "killed")
    assert Session(copy.parent).recoverable() == []
    assert list(copy.parent.iterdir()) == []


def test_a_damaged_document_is_offered_with_its_problem(sessions, tmp_path):
    session = sessions()
    path = tmp_path / "session" / "damaged.vlens"
    path.write_bytes(os.urandom(50_000))
    (recovery,) = session.recoverable()
    assert "damaged.vlens: expected" in recovery.problem
    with pytest.raises(InputError, match="expected"):
        session.recover(recovery)
    assert path.exists()
    session.discard(recovery)
    assert not path.exists()


def test_a_photo_that_was_replaced_while_it_was_opened_keeps_its_pixels(sessions, photo, tmp_path):
    from PIL import Image

    from desktop_app.core.imaging.files import open_photo

    def read_and_replace(path: Path):
        opened = open_photo(path)
        if path == photo:
            Image.new("RGB", (5, 5)).save(photo)
        return opened

    expected = open_photo(photo).raster
    session = Session(tmp_path / "other", cache_bytes=0, read=read_and_replace)
    document = session.open_photo(photo)
    document.rename("s0", "kept")
    session.close()
    later = Session(tmp_path / "other", cache_bytes=0)
    again = later.recover(later.recoverable()[0])
    assert (again.raster("s0").pixels == expected.pixels).all()
    assert (again.raster("s0").alpha == expected.alpha).all()
    with again.original() as none:
        assert none is None
    again.save_as(tmp_path / "kept.vlens")
    assert photo.read_bytes() not in (tmp_path / "kept.vlens").read_bytes()  # it is not of this document
    again.close(discard=True)


@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt])
def test_an_opening_that_is_interrupted_leaves_nothing(document, session, sessions, tmp_path, monkeypatch, error):
    document.save_as(tmp_path / "work.vlens")
    before = set((tmp_path / "session").iterdir())
    with monkeypatch.context() as changed:
        changed.setattr(sessions_module, "read_content", Mock(side_effect=error))
        with pytest.raises((error, InputError)):
            session.open_project(tmp_path / "work.vlens")
    assert set((tmp_path / "session").iterdir()) == before
    assert session.documents == (document,)
    assert sessions().recoverable() == []


def test_what_cannot_be_opened_leaves_nothing(session, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no picture")
    for name in ("bad.png", "absent.png"):
        with pytest.raises(InputError, match="expected"):
            session.open_photo(tmp_path / name)
    assert list((tmp_path / "session").iterdir()) == []


def test_one_that_cannot_be_written_keeps_no_other_open(session, photo, make_outcome, monkeypatch):
    bad, good = session.open_photo(photo), session.open_photo(photo)
    good.commit("s0", make_outcome(1))
    assert session.documents == (bad, good)
    with monkeypatch.context() as changed:
        changed.setattr(bad._writer, "flush", Mock(side_effect=InputError("expected room, got a full disk; make some")))
        with pytest.raises(InputError, match="a full disk"):
            session.close()
        assert session.documents == (bad,)
        with pytest.raises(InputError, match="a full disk"):
            bad.close()
    bad.close()
    assert session.documents == ()
    (left,) = session.recoverable()
    assert (left.path.stem, left.steps) == (good.id, 1)


def test_the_photos_own_file_is_lent_for_as_long_as_it_is_needed(session, photo, tmp_path):
    document = session.open_photo(photo)
    document.save_as(tmp_path / "work.vlens")
    for each in (document, session.open_project(tmp_path / "work.vlens")):
        each.flush()
        before = set((tmp_path / "session").iterdir())
        with each.original() as one, each.original() as other:
            assert one != other  # two at once are in nobody's way
            assert [(path.read_bytes(), path.suffix) for path in (one, other)] == [(photo.read_bytes(), ".png")] * 2
        assert set((tmp_path / "session").iterdir()) == before


def test_the_bands_that_were_chosen_are_read_again(photo, make_outcome, tmp_path):
    asked = []

    def read(path, **wanted):
        asked.append(wanted)
        metadata = Metadata(bands=wanted.get("bands", ()))
        return Photo(Raster(np.zeros((2, 3, 1), np.uint8)), metadata, path, "PNG")

    for wanted in ("auto", (3,)):
        session = Session(tmp_path / "bands", cache_bytes=0, read=read)
        document = session.open_photo(photo, wanted)
        document.flush()
        document.commit("s0", make_outcome())
        document.flush()
        document.raster("s1")  # the cache keeps the last one only
        document.raster("s0")
        document.close(discard=True)
    assert asked == [{}, {}, {"bands": (3,)}, {"bands": (3,)}]
