"""Photos shared among processes come out as from one, byte for byte, whatever happens to a process."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import torch
from PIL import Image

from desktop_app.api import Cancelled
from desktop_app.core.application import Application
from desktop_app.core.batch import process_hands
from desktop_app.core.batch.journal import Done
from desktop_app.core.batch.process_hands import sensible_workers
from desktop_app.core.batch.run import Batch
from desktop_app.core.batch.tasks import photos_of, tasks_of
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.request import StepRecord
from desktop_app.core.steps.recipes import Recipe

SMOOTH = Recipe((StepRecord("denoise.tv", "restoration", "TV", "verilens", "1", {"sigma": 20.0, "iterations": 40}, 0),))
COUNT = 8


@pytest.fixture(autouse=True)
def barely_nicer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let processes come to work on a busy machine too; a laptop stays usable at what they have otherwise."""
    assert process_hands.NICENESS >= 10
    monkeypatch.setattr(process_hands, "NICENESS", 1)


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    application = Application(tmp_path / "home")
    yield application
    application.close()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return a folder with noise, and a file that is none."""
    folder = tmp_path / "photos"
    folder.mkdir()
    draw = np.random.default_rng(0)
    for number in range(COUNT):
        Image.fromarray(draw.integers(0, 256, (120, 160, 3), dtype=np.uint8)).save(folder / f"{number}.png")
    (folder / "bad.png").write_bytes(b"no picture")
    return folder


def batch(application: Application, photos: Path, out: Path, **options: Any) -> Batch:
    return Batch(application, SMOOTH, tasks_of(photos_of([photos]), out), out, **options)


def workers_of_this() -> list[psutil.Process]:
    children = psutil.Process().children()
    return [child for child in children if any("spawn_main" in word for word in child.cmdline())]


def test_processes_write_what_one_writes_though_one_of_them_is_killed(
    application: Application, photos: Path, tmp_path: Path
) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    alone = batch(application, photos, tmp_path / "alone")
    first = list(alone.all(JobControl()))
    alone.close()
    torch.set_num_threads(threads)
    shared = batch(application, photos, tmp_path / "shared")
    second = []
    for one in shared.all(JobControl(), workers=2):
        if not second:
            workers = workers_of_this()
            assert len(workers) == 2
            assert all(worker.nice() >= 1 for worker in workers)
            workers[0].kill()
        second.append(one)
    shared.close()
    assert sorted(one.photo for one in second) == [one.photo for one in first]
    assert [Path(one.photo).name for one in second if one.error] == ["bad.png"]
    for number in range(COUNT):
        ours, theirs = (tmp_path / folder / f"{number}.png" for folder in ("shared", "alone"))
        assert ours.read_bytes() == theirs.read_bytes()
    again = batch(application, photos, tmp_path / "shared", resumes=True)
    assert sum(one.is_kept for one in again.all(JobControl(), workers=2)) == COUNT
    again.close()
    assert workers_of_this() == []


def test_cancelling_ends_the_processes_and_keeps_what_is_done(
    application: Application, photos: Path, tmp_path: Path
) -> None:
    control, out = JobControl(), tmp_path / "out"
    made, done = batch(application, photos, out), []

    def take(one: Done) -> None:
        done.append(one)
        control.cancel()

    with pytest.raises(Cancelled):
        deque(take(one) for one in made.all(control, workers=2))
    made.close()
    assert workers_of_this() == []
    written = {Path(str(one.output)).name for one in done if one.error is None}
    assert {path.name for path in out.glob("*.png")} == written
    assert len(written) < COUNT
    rest = batch(application, photos, out, resumes=True)
    assert sum(one.is_kept for one in rest.all(JobControl())) == len(written)
    rest.close()


def test_a_few_photos_are_not_worth_a_process() -> None:
    assert sensible_workers(0) == sensible_workers(7) == 1
    assert sensible_workers(100_000) >= 1
