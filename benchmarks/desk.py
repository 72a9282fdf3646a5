"""Files in and out beside the bare codec, and many photos: what sharing them out among processes costs and brings.

Files: 24 megapixels of a real kind (smooth, with texture and grain), from disk and to it, synced. A batch: photos of
2 megapixels, whose decoding and encoding go on beside the tool; the bare run has them in memory and writes nothing. Two
processes are held against one of one thread, so the gain is bounded by the cores that are free. Sharing out: hands that
do nothing, so that what remains is the crew and the synced journal. Costs: seconds of one thread for a megapixel, by
the process's own clock, which other work on the machine hardly moves; docs/scale.md goes on from them.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.timing import Row, alternate, medians
from desktop_app.core.application import Application
from desktop_app.core.batch.crew import Event, worked_through
from desktop_app.core.batch.journal import Done, Journal
from desktop_app.core.batch.run import Batch
from desktop_app.core.batch.tasks import Task, photos_of, tasks_of
from desktop_app.core.imaging.files import open_photo, save_photo
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.request import StepRecord
from desktop_app.core.steps.recipes import Recipe, replay

_STEP = StepRecord("denoise.tv", "restoration", "TV", "verilens", "1", {"sigma": 20.0, "iterations": 50}, 0)
_RECIPE = Recipe((_STEP,), "smooth")
_COSTLY = {"enhance.levels": 2, "denoise.tv": 2, "denoise.deep": 0.5}  # megapixels of which each is asked about
_PHOTOS = 8
_SHARED_OUT = 2000


class _Idle:
    """Hands that are done as soon as they are given something."""

    def __init__(self) -> None:
        self._said: deque[Event] = deque()

    def room(self) -> int:
        return 2

    def hire(self) -> int:
        self._said.append(Event(len(self._said)))
        return len(self._said) - 1

    def give(self, hand: int, task: Task) -> None:
        self._said.append(Event(hand, task, Done(str(task.photo), str(task.place))))

    def heard(self, seconds: float) -> Sequence[Event]:  # noqa: ARG002 - nothing has to be waited for
        said = list(self._said)
        self._said.clear()
        return said

    def leave(self) -> Sequence[Event]:
        return ()

    def abandon(self) -> None:
        self._said.clear()


def picture(height: int, width: int, seed: int = 0) -> Image.Image:
    """Return a picture that compresses as photos do: shades, edges, some grain."""
    draw = np.random.default_rng(seed)
    small = Image.fromarray(draw.integers(0, 256, (height // 64, width // 64, 3), dtype=np.uint8))
    smooth = np.asarray(small.resize((width, height), Image.Resampling.BICUBIC)).astype(np.float32)
    grain = draw.normal(0.0, 4.0, (height, width, 1)).astype(np.float32)
    return Image.fromarray((smooth + grain).clip(0, 255).astype(np.uint8))


def measure() -> list[Row]:
    """Return the rows of files, of a batch and of sharing out."""
    with tempfile.TemporaryDirectory(prefix="verilens-bench-") as folder:
        return [*_files(Path(folder)), *_batches(Path(folder)), _sharing_out(Path(folder)),
                *_costs(Path(folder))]  # fmt: skip


def _files(folder: Path) -> list[Row]:
    big = picture(4000, 6000)
    jpeg, out = folder / "big.jpg", folder / "out"
    big.save(jpeg, quality=92)
    photo = open_photo(jpeg)
    out.mkdir()

    def bare_decode() -> None:
        with Image.open(jpeg) as image:
            image.load()

    def bare_encode(kind: str, **how: object) -> Callable[[], None]:
        def run() -> None:
            written = BytesIO()
            big.save(written, kind, **how)
            (out / f"bare.{kind}").write_bytes(written.getvalue())

        return run

    found = medians(alternate({
        "open": lambda: open_photo(jpeg), "decode": bare_decode,
        "jpeg": lambda: save_photo(out / "ours.jpg", photo.raster, photo.metadata),
        "bare jpeg": bare_encode("jpeg", quality=95, subsampling=0),
        "png": lambda: save_photo(out / "ours.png", photo.raster, photo.metadata),
        "bare png": bare_encode("png"),
    }, count=3))  # fmt: skip
    return [
        Row("open a JPEG of 24 MP", found["open"], found["decode"], "Pillow's decode", "≤ 1.5"),
        Row("save a JPEG of 24 MP", found["jpeg"], found["bare jpeg"], "Pillow's encode and a write", "≤ 1.2"),
        Row("save a PNG of 24 MP", found["png"], found["bare png"], "Pillow's encode and a write", "≤ 2.5 s"),
    ]


def _batches(folder: Path) -> list[Row]:
    photos = folder / "photos"
    photos.mkdir()
    for number in range(_PHOTOS):
        picture(1200, 1600, number).save(photos / f"{number}.jpg", quality=92)
    application = Application(folder / "home")
    rasters = [open_photo(path).raster for path in sorted(photos.iterdir())]

    def bare() -> None:
        for raster in rasters:
            deque(replay(application, _RECIPE, raster, JobControl()), maxlen=0)

    def batch(workers: int) -> None:
        out = folder / f"out-{workers}"
        shutil.rmtree(out, ignore_errors=True)
        made = Batch(application, _RECIPE, tasks_of(photos_of([photos]), out), out)
        faults = [one.error for one in made.all(JobControl(), workers=workers) if one.error]
        made.close()
        if faults:
            raise RuntimeError(str(faults[0]))

    found = medians(alternate({"bare": bare, "one": lambda: batch(1), "two": lambda: batch(2)}, count=3))
    application.close()
    cores = f"{os.cpu_count()} cores, with what else runs on them; {_PHOTOS} photos, with the start of the processes"
    return [
        Row(f"denoise.tv on {_PHOTOS} files of 2 MP", found["one"], found["bare"], "the tool alone", "≤ 1.11"),
        Row("the same, two processes", found["two"], found["one"], "one process", "–", note=cores),
    ]


def _sharing_out(folder: Path) -> Row:
    tasks = [Task(Path(f"/photos/{number}.jpg"), folder / f"{number}.jpg") for number in range(_SHARED_OUT)]

    def share(is_noted: bool) -> Callable[[], None]:
        def run() -> None:
            notes = folder / "notes"
            shutil.rmtree(notes, ignore_errors=True)
            notes.mkdir()
            journal = Journal(notes, "key")
            for task, done in worked_through(_Idle(), tasks, 2, JobControl()):
                if is_noted:
                    journal.note(task, replace(done, steps=(_STEP.to_json(),)))

        return run

    found = medians(alternate({"noted": share(True), "not": share(False)}, count=3))
    each = {name: 1000 * seconds / _SHARED_OUT for name, seconds in found.items()}
    return Row("share a photo out and write it down", each["noted"], each["not"], "sharing out alone", "–", "ms",
               f"{1000 / each['noted']:.0f} photos a second at most from one program")


def _costs(folder: Path) -> list[Row]:
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    application = Application(folder / "home")
    try:
        return [*_cost_of_files(folder), *(_cost_of(application, tool, size) for tool, size in _COSTLY.items())]
    finally:
        application.close()
        torch.set_num_threads(threads)


def _cost_of_files(folder: Path) -> list[Row]:
    path = folder / "cost.jpg"
    picture(2400, 3200).save(path, quality=92)
    photo = open_photo(path)
    size = photo.raster.width * photo.raster.height / 1e6
    read = _least(lambda: open_photo(path)) / size
    write = _least(lambda: save_photo(folder / "written.jpg", photo.raster, photo.metadata)) / size
    return [_cost("read a JPEG", read), _cost("write a JPEG", write)]


def _cost_of(application: Application, tool: str, megapixels: float) -> Row:
    from desktop_app.core.imaging.raster import Raster
    from desktop_app.core.jobs.request import ToolRequest
    from desktop_app.core.steps.step import Step, run_step

    width = 1600 if megapixels > 1 else 800
    raster = Raster(np.asarray(picture(round(megapixels * 1e6 / width), width)))
    size = raster.width * raster.height / 1e6
    return _cost(tool, _least(lambda: run_step(application, Step(ToolRequest(tool)), raster)) / size)


def _least(work: Callable[[], object]) -> float:
    """Return the seconds of this process that work takes: the least of three times after one, which loads."""
    work()
    found = []
    for _ in range(3):
        started = time.process_time()
        work()
        found.append(time.process_time() - started)
    return min(found)


def _cost(what: str, seconds: float) -> Row:
    note = f"{12 * seconds / 3600 * 1e8:,.0f} hours for 100 million photos of 12 MP"
    return Row(f"{what}, one thread", seconds, None, "–", "–", "s/MP", note)
