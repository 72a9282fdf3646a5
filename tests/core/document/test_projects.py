"""Project files: one file, whole or not at all; and what is said of one that cannot be opened."""

from __future__ import annotations

import os
import sqlite3

import numpy as np
import pytest

from desktop_app.api.errors import InputError


@pytest.fixture
def project(document, make_outcome, tmp_path):
    """Return a project file with two steps, one of them deleted."""
    document.commit(document.root, make_outcome(1, alpha=True))
    document.commit("s1", make_outcome(2))
    document.delete("s2")
    path = tmp_path / "work.vlens"
    document.save_as(path)
    return path


def refused(session, path, tmp_path) -> str:
    """Open a project that cannot be opened; return what is said, and see that it and the folder stay as they were."""
    before, files = path.read_bytes(), set((tmp_path / "session").iterdir())
    with pytest.raises(InputError) as caught:
        session.open_project(path)
    assert path.read_bytes() == before
    assert set((tmp_path / "session").iterdir()) == files
    return str(caught.value)


def test_a_project_comes_back_whole(document, session, project, photo, make_outcome, same):
    again = session.open_project(project)
    assert (again.title, again.project, again.is_modified) == ("work.vlens", project, False)
    assert again.metadata == document.metadata
    assert dict(again.states) == dict(document.states)
    assert dict(again.hidden) == dict(document.hidden)
    assert same(again.raster("s1"), make_outcome(1, alpha=True).raster)
    assert same(again.raster("s0"), document.raster("s0"))
    assert np.array_equal(again.map("s2", "spread").values, make_outcome(2).maps[0].values)
    assert np.array_equal(again.artifact("s1", "kernel"), make_outcome(1).artifacts["kernel"])


def test_saving_makes_one_file_that_names_no_folder(document, project, photo, tmp_path):
    assert {path.name for path in tmp_path.iterdir()} == {"photo.png", "session", "work.vlens", ".work.vlens.lock"}
    assert str(tmp_path).encode() not in project.read_bytes()
    with sqlite3.connect(project) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    connection.close()
    assert not document.is_modified
    assert document.project == project


def test_a_saved_document_leaves_nothing_behind(document, project, photo, tmp_path):
    document.close()
    assert {path.name for path in tmp_path.iterdir()} == {"photo.png", "session", "work.vlens"}
    assert list((tmp_path / "session").iterdir()) == []


def test_only_what_would_be_lost_is_a_change(document, project):
    document.jump("s0")
    assert not document.is_modified  # another state is looked at, and nothing is new
    title = document.states["s1"].title
    document.rename("s1", "other")
    assert document.is_modified
    document.rename("s1", title)
    assert not document.is_modified


def test_the_opened_file_is_written_to_by_saving_only(session, project, make_outcome):
    before = project.read_bytes()
    again = session.open_project(project)
    again.commit("s1", make_outcome(5))
    again.flush()
    assert project.read_bytes() == before
    again.save_as(project)
    assert list(session.open_project(project).states) == ["s0", "s1", "s3"]


def test_a_full_disk_leaves_the_old_project(document, project, make_outcome, tmp_path, full_disk):
    before, files = project.read_bytes(), set(tmp_path.iterdir())
    document.commit("s1", make_outcome(7))
    document.flush()
    with full_disk(50_000), pytest.raises(InputError, match=r"work\.vlens: expected"):
        document.save_as(project)
    assert project.read_bytes() == before
    assert set(tmp_path.iterdir()) == files
    assert document.is_modified
    document.save_as(project)
    assert not document.is_modified


def test_a_missing_folder_is_told(document, tmp_path):
    with pytest.raises(InputError, match="expected"):
        document.save_as(tmp_path / "absent" / "work.vlens")


def test_a_newer_version_is_told(session, project, tmp_path):
    connection = sqlite3.connect(project)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    assert "newer Verilens" in refused(session, project, tmp_path)


def test_another_database_is_told(session, document, tmp_path):
    path = tmp_path / "other.vlens"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE things (name)")
    connection.close()
    assert "another kind of database" in refused(session, path, tmp_path)


@pytest.mark.parametrize("content", [b"", b"hello", os.urandom(40_000)], ids=["empty", "text", "noise"])
def test_what_is_no_database_is_told(session, document, tmp_path, content):
    path = tmp_path / "no.vlens"
    path.write_bytes(content)
    assert "no.vlens: expected a Verilens project" in refused(session, path, tmp_path)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_a_truncated_project_is_told(session, project, tmp_path, share):
    with project.open("rb+") as file:
        file.truncate(int(project.stat().st_size * share))
    assert "damaged" in refused(session, project, tmp_path)


def test_a_project_with_a_broken_page_is_told(session, project, tmp_path):
    content = bytearray(project.read_bytes())
    content[16384:32768] = os.urandom(16384)
    project.write_bytes(content)
    assert "damaged" in refused(session, project, tmp_path)


def test_changed_pixels_are_told_when_they_are_looked_at(session, project, make_outcome):
    content = project.read_bytes()
    pixels = make_outcome(1, alpha=True).raster.pixels.tobytes()
    at = content.index(pixels[:64])
    project.write_bytes(content[:at] + bytes(64) + content[at + 64 :])
    again = session.open_project(project)
    with pytest.raises(InputError, match=r"^work\.vlens: expected an intact project, got a damaged one"):
        again.raster("s1")
    assert again.raster("s0").width == 90


def test_no_file_is_told(session, tmp_path):
    with pytest.raises(InputError, match="found none"):
        session.open_project(tmp_path / "absent.vlens")
