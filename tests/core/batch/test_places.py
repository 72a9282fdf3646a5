"""Photos and results on an object store: the same as in folders, whole or not at all, and known again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest
from PIL import Image

from desktop_app.api.errors import InputError
from desktop_app.core.application import Application
from desktop_app.core.batch.places import Remote, about, local_copy, notes_folder, place_of, written
from desktop_app.core.batch.run import Batch
from desktop_app.core.batch.tasks import photos_of, tasks_of
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.request import StepRecord
from desktop_app.core.steps.recipes import Recipe

TURN = StepRecord("enhance.rotate", "restoration", "Turn", "verilens", "1.0", {"turn": "right"}, 0)
RECIPE = Recipe((TURN,), "turned")
STORE = "memory://verilens-test"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[str]:
    """Return the URL of a folder with two photos, one of them deep, and a text; in memory, as on an object store."""
    files = fsspec.filesystem("memory")
    for number, name in enumerate(("a.png", "deep/b.png")):
        place = tmp_path / "photos" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 12 + number, 3), 90, np.uint8)).save(place)
        files.pipe(f"{STORE}/photos/{name}", place.read_bytes())
    files.pipe(f"{STORE}/photos/notes.txt", b"no photo")
    yield f"{STORE}/photos"
    files.rm(STORE, recursive=True)


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    application = Application(tmp_path / "home")
    yield application
    application.close()


def names(places: Iterable[Any]) -> list[str]:
    return [place.name for place in places]


def test_urls_are_photos_as_paths_are(store: str) -> None:
    assert names(photos_of([store])) == ["a.png"]
    assert names(photos_of([store], is_deep=True)) == ["a.png", "b.png"]
    assert names(photos_of([f"{store}/*/*.png"])) == ["b.png"]
    assert photos_of([f"{store}/a.png"]) == (Remote(f"{store}/a.png"),)
    with pytest.raises(InputError, match="found none"):
        photos_of([f"{store}/*.tif"])
    with pytest.raises(InputError, match="expected a place that can be reached"):
        photos_of(["nowhere://bucket/a.png"])


def test_a_batch_over_urls_writes_what_one_over_files_writes(
    application: Application, store: str, tmp_path: Path
) -> None:
    out = place_of(f"{STORE}/out")
    notes = notes_folder(out, application.data)
    tasks = tasks_of(photos_of([store], is_deep=True), out, "{folder}-{name}")
    batch = Batch(application, RECIPE, tasks, notes)
    done = list(batch.all(JobControl()))
    batch.close()
    assert [one.output for one in done] == [f"{STORE}/out/photos-a.png", f"{STORE}/out/deep-b.png"]
    near = tmp_path / "near"
    here = Batch(application, RECIPE, tasks_of(photos_of([tmp_path / "photos"], is_deep=True), near), near)
    assert not any(one.error for one in here.all(JobControl()))
    here.close()
    files = fsspec.filesystem("memory")
    assert files.cat(f"{STORE}/out/deep-b.png") == (near / "b.png").read_bytes()
    again = Batch(application, RECIPE, tasks, notes, resumes=True)
    files.rm(f"{STORE}/out/deep-b.png")
    assert [one.is_kept for one in again.all(JobControl())] == [True, False]
    again.close()


def test_a_photo_that_is_not_there_is_that_photos_fault(application: Application, store: str, tmp_path: Path) -> None:
    tasks = tasks_of(photos_of([f"{store}/gone.png", f"{store}/a.png"]), tmp_path / "out")
    batch = Batch(application, RECIPE, tasks, tmp_path / "out")
    gone, fine = batch.all(JobControl())
    batch.close()
    assert "expected a file that can be read at memory://" in str(gone.error)
    assert fine.error is None


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    place = Remote((tmp_path / "out" / "a.txt").as_uri())
    with written(place) as path:
        path.write_text("whole")
    assert [one.name for one in (tmp_path / "out").iterdir()] == ["a.txt"]
    with local_copy(place) as copy:
        assert copy.read_text() == "whole"
        assert copy.parent != tmp_path / "out"
    assert not copy.exists()
    before = about(place)
    (tmp_path / "out" / "a.txt").write_text("another")
    assert about(place) != before
    with pytest.raises(ZeroDivisionError), written(place) as path:
        path.write_text(str(1 / 0))
    assert (tmp_path / "out" / "a.txt").read_text() == "another"
