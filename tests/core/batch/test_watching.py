"""Photos that come into a watched folder: each once, when it is whole, and none of the results."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from typing import Any

import numpy as np
import pytest
from PIL import Image

from desktop_app.api import Cancelled, ParameterError
from desktop_app.api.errors import InputError
from desktop_app.core.batch.arrivals import SETTLED, arriving, named_tasks, require_watchable
from desktop_app.core.batch.tasks import Task
from desktop_app.core.jobs.control import JobControl


class Watched:
    """A folder under watch whose clock is set by hand."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.now, self.control = 0.0, JobControl()
        self._photos: Iterator[Path | None] = arriving(
            [folder], self.control, clock=lambda: self.now, changed=lambda _seconds: True, **options,
        )

    def after(self, seconds: float) -> list[str]:
        """Return the names of the photos that come in so many seconds."""
        found = []
        for _ in range(8):
            self.now += seconds / 8
            for photo in self._photos:
                if photo is None:
                    break
                found.append(photo.name)
        return found


def save(path: Path, shade: int = 90) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((40, 60, 3), shade, np.uint8)).save(path)
    return path.read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def test_what_is_there_and_what_comes_is_given_once(folder: Path) -> None:
    save(folder / "a.png")
    (folder / "notes.txt").write_text("no photo")
    watched = Watched(folder)
    assert watched.after(SETTLED / 2) == []
    assert watched.after(SETTLED) == ["a.png"]
    save(folder / "b.jpg")
    assert watched.after(2 * SETTLED) == ["b.jpg"]
    assert watched.after(100 * SETTLED) == []
    save(folder / "a.png", 200)  # another photo under the name
    assert watched.after(2 * SETTLED) == ["a.png"]


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_a_photo_that_is_still_being_copied_is_waited_for(folder: Path, name: str) -> None:
    whole = save(folder / name)
    (folder / name).write_bytes(b"")
    watched = Watched(folder)
    assert watched.after(5 * SETTLED) == []  # an empty file
    (folder / name).write_bytes(whole[: len(whole) // 2])
    assert watched.after(5 * SETTLED) == []  # a copy that stands still
    (folder / name).write_bytes(whole)
    assert watched.after(2 * SETTLED) == [name]


def test_a_photo_that_never_becomes_whole_is_given_in_the_end(folder: Path) -> None:
    (folder / "cut.jpg").write_bytes(save(folder / "cut.jpg")[:-40])
    assert Watched(folder).after(60.0) == ["cut.jpg"]  # opening it says what is wrong


def test_results_below_the_watched_folder_are_none_that_come(folder: Path) -> None:
    save(folder / "deep" / "a.png")
    save(folder / "out" / "b.png")
    assert Watched(folder, is_deep=True, leave_out=folder / "out").after(2 * SETTLED) == ["a.png"]
    assert Watched(folder).after(2 * SETTLED) == []


def test_watching_ends_when_the_user_says_so_or_the_folder_is_gone(folder: Path) -> None:
    watched = Watched(folder)
    watched.after(1.0)
    assert watched.control.end_early()
    assert watched.after(1.0) == []
    watched = Watched(folder)
    watched.control.cancel()
    with pytest.raises(Cancelled):
        watched.after(1.0)
    watched = Watched(folder)
    folder.rmdir()
    with pytest.raises(InputError, match="it is gone"):
        watched.after(1.0)


def test_what_cannot_be_watched_is_refused(folder: Path, tmp_path: Path) -> None:
    require_watchable([folder], tmp_path / "out", "{name}")
    with pytest.raises(ParameterError, match=r"got .* for both"):
        require_watchable([folder], folder / ".." / "in", "{name}")
    with pytest.raises(ParameterError, match=r"without \{number\}"):
        require_watchable([folder], tmp_path / "out", "{name}-{number}")
    with pytest.raises(InputError, match="name a folder"):
        require_watchable([folder / "a.png"], tmp_path / "out", "{name}")


def test_two_photos_never_become_one_result(tmp_path: Path) -> None:
    one, other = tmp_path / "in" / "a.png", tmp_path / "more" / "a.png"
    tasks = list(named_tasks([one, None, other, one], tmp_path / "out", recipe="turned"))
    assert tasks[0] == tasks[3] == Task(one, tmp_path / "out" / "a.png")
    assert tasks[1] is None
    assert tasks[2] is not None
    assert "put {folder} into the names" in tasks[2].problem


def test_the_system_says_that_a_photo_has_come(folder: Path) -> None:
    pytest.importorskip("watchfiles", reason="pip install 'verilens[watch]'")
    control = JobControl()
    Timer(0.5, save, [folder / "a.png"]).start()
    started = time.monotonic()
    for photo in arriving([folder], control):
        if photo is not None:
            assert photo.name == "a.png"
            break
        assert time.monotonic() - started < 60
