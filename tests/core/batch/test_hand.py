"""What a hand of a cluster does with a photo is what the program does here, byte for byte, without Ray being there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from desktop_app.core.application import Application
from desktop_app.core.batch.cluster import Hand
from desktop_app.core.batch.run import Batch
from desktop_app.core.batch.stages import Wanted
from desktop_app.core.batch.tasks import Task, photos_of, tasks_of
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.request import StepRecord
from desktop_app.core.steps.recipes import Recipe

SMOOTH = Recipe((StepRecord("denoise.tv", "restoration", "TV", "verilens", "1", {"sigma": 20.0, "iterations": 20}, 0),))


def test_a_hand_writes_what_a_batch_writes(tmp_path: Path) -> None:
    photos, near, far = (tmp_path / name for name in ("photos", "near", "far"))
    for folder in (photos, far):
        folder.mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (80, 90, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(photos / "a.png")
    (photos / "b.png").write_bytes(b"no picture")
    application = Application(tmp_path / "home")
    batch = Batch(application, SMOOTH, tasks_of(photos_of([photos]), near), near)
    here = list(batch.all(JobControl()))
    batch.close()
    hand = Hand((application, Wanted(SMOOTH)))
    assert hand.ready() is None
    for one in here:
        task = Task(Path(one.photo), far / Path(one.photo).name)
        said, done = hand.do(task)
        assert said == task
        assert (done.error is None) == (one.error is None)
    assert (far / "a.png").read_bytes() == (near / "a.png").read_bytes()
    assert not (far / "b.png").exists()
    application.close()
