"""Batches: which photos, into what, and that nothing is lost, done twice or stopped by one that is damaged."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from desktop_app.api import Cancelled, ParameterError
from desktop_app.api.errors import InputError
from desktop_app.core.application import Application
from desktop_app.core.batch.journal import NAME, Done, Journal
from desktop_app.core.batch.report import summary, write_report
from desktop_app.core.batch.run import Batch
from desktop_app.core.batch.stages import Made, Read, Wanted, read, work, write
from desktop_app.core.batch.tasks import named, photos_of, tasks_of
from desktop_app.core.imaging.files import open_photo
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.request import StepRecord
from desktop_app.core.steps.recipes import Recipe
from desktop_app.core.wording import own_catalogue


def record(tool: str = "enhance.rotate", **params: Any) -> StepRecord:
    return StepRecord(tool, "restoration", "Turn", "verilens", "1.0", params, 0)


RECIPE = Recipe((record(turn="right"),), "turned")


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    application = Application(tmp_path / "home")
    yield application
    application.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with three small photos, one in a folder of its own, and a text."""
    for number, name in enumerate(("b.png", "a.jpg", "deep/c.png")):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 12 + number, 3), 40 * number, np.uint8)).save(path)
    (tmp_path / "photos" / "notes.txt").write_text("no photo")
    return tmp_path / "photos"


def names(paths: Any) -> list[str]:
    return [path.name for path in paths]


def test_files_folders_and_patterns_are_photos_in_order_and_once(folder: Path) -> None:
    assert names(photos_of([folder])) == ["a.jpg", "b.png"]
    assert names(photos_of([folder], is_deep=True)) == ["a.jpg", "b.png", "c.png"]
    assert names(photos_of([folder / "*.png", folder / "b.png"])) == ["b.png"]
    assert names(photos_of([folder / "b.png", folder, folder / "b.png"])) == ["b.png", "a.jpg", "b.png"]  # named twice
    assert names(photos_of([folder / "**" / "*.png"])) == ["b.png", "c.png"]
    assert names(photos_of([folder / "absent.png"])) == ["absent.png"]  # which then is that photo's own fault
    for empty in (folder / "*.tif", folder.parent / "empty"):
        (folder.parent / "empty").mkdir(exist_ok=True)
        with pytest.raises(InputError, match="found none"):
            photos_of([empty])


def test_results_are_named_by_a_template(folder: Path, tmp_path: Path) -> None:
    photos = photos_of([folder], is_deep=True)
    tasks = tasks_of(photos, tmp_path / "out", "{folder}-{name}-{number}", suffix=".webp")
    assert names(task.place for task in tasks) == ["photos-a-0001.webp", "photos-b-0002.webp", "deep-c-0003.webp"]
    assert names(task.place for task in tasks_of([Path("x.nef")], tmp_path)) == ["x.png"]


@pytest.mark.parametrize(("template", "words"), [
    ("same", "names of their own"), ("{nobody}", "{nobody}"), ("{name", "mend the braces"), ("{name}/x", "leave out"),
    ("", "leave out"), ("..", "leave out"), ("{}", "{}"), ("{name}:", "leave out"), ("{name:x}", "mend the braces"),
])  # fmt: skip
def test_names_that_would_lose_something_are_refused(template: str, words: str, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=words):
        tasks_of(photos_of([folder]), tmp_path / "out", template, suffix=".png")


@pytest.mark.skipif(os.name == "nt", reason="no file there has such a name")
def test_a_photo_keeps_its_own_name_whatever_another_system_says_of_it(tmp_path: Path) -> None:
    photos = [Path(f"{stem}.png") for stem in ("12:30:15", 'the "best"?', "a\\b", "star*", "line\nbreak", " a", "a")]
    assert [task.place.name for task in tasks_of(photos, tmp_path)] == names(photos)


def test_a_photo_is_never_its_own_result(folder: Path) -> None:
    with pytest.raises(ParameterError, match="beside the inputs"):
        tasks_of(photos_of([folder]), folder)
    with pytest.raises(InputError, match="got a file"):
        tasks_of(photos_of([folder]), folder / "notes.txt")
    with pytest.raises(ParameterError, match="kind of file"):
        tasks_of(photos_of([folder]), folder / "out", suffix=".xyz")
    assert named("{name}", {"name": "ünï"}) == "ünï"


def batch(application: Application, folder: Path, out: Path, **options: Any) -> tuple[Batch, list[Done]]:
    made = Batch(application, RECIPE, tasks_of(photos_of([folder], is_deep=True), out), out, **options)
    try:
        return made, list(made.all(JobControl()))
    finally:
        made.close()


def test_one_bad_photo_stops_no_other(application: Application, folder: Path, tmp_path: Path) -> None:
    (folder / "b.png").write_bytes(b"no picture")
    _, done = batch(application, folder, tmp_path / "out", has_thumbnails=True)
    assert [one.error is None for one in done] == [True, False, True]
    assert done[1].error is not None
    assert done[1].error["exit_code"] == InputError.exit_code
    with Image.open(tmp_path / "out" / "c.png") as turned:
        assert turned.size == (8, 14)
    page = write_report(tmp_path / "out", RECIPE, done, 3).read_text(encoding="utf-8")
    assert page.index("What went wrong") < page.index("b.png") < page.index("a.jpg")
    assert page.count("data:image/jpeg;base64,") == 4
    assert summary(done, 3) == "3 of 3 photos: 2 written, 1 failed."


def test_the_page_has_photos_whose_names_are_no_text(tmp_path: Path) -> None:
    page = write_report(tmp_path, RECIPE, [Done("caf\udce9.png", "out/caf\udce9.png")], 1)
    assert r"caf\udce9.png" in page.read_text(encoding="utf-8")


def test_the_page_is_in_the_language_that_is_asked_for(tmp_path: Path) -> None:
    done = [Done("a.png", "out/a.png", notes=("It was 1.5 s late.",), thumbnails={"before": "", "after": ""}),
            Done("b.png", error={"message": "expected folders to watch, got b.png; name a folder"})]  # fmt: skip
    page = write_report(tmp_path, RECIPE, done, 3, own_catalogue("de")).read_text(encoding="utf-8")
    for words in ('lang="de"', "2 von 3 Fotos: 1 geschrieben, 1 fehlgeschlagen.", "<h2>Schritte</h2>",
                  "<h2>Was schiefging</h2>", "<h2>Fotos</h2>", "zu beobachtende Ordner wurden erwartet",
                  "<figcaption>vorher", "1,5 s"):  # fmt: skip
        assert words in page
    english = write_report(tmp_path, RECIPE, done, 3).read_text(encoding="utf-8")
    assert 'lang="en"' in english
    assert "It was 1.5 s late." in english
    assert "enhance.rotate turn=right (seed 0)" in english


def test_a_fault_that_nobody_thought_of_is_told_of_its_photo(
    application: Application, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_step = application.engine.run

    def breaks(request: Any, raster: Any, **more: Any) -> Any:
        if raster.width == 12:
            raise ZeroDivisionError("of all things")
        return run_step(request, raster, **more)

    monkeypatch.setattr(application.engine, "run", breaks)
    _, done = batch(application, folder, tmp_path / "out")
    assert [one.error is None for one in done] == [True, False, True]
    assert "ZeroDivisionError: of all things" in str(done[1].error)


def test_what_is_done_is_not_done_again_and_nothing_is_lost(
    application: Application, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    first = Batch(application, RECIPE, tasks_of(photos_of([folder], is_deep=True), out), out)
    first.one(first.tasks[0], JobControl())
    first.close()  # as a kill would have it: one of three is done …
    with (out / NAME).open("a") as file:
        file.write('\n{"key": "cut sh')  # … and a line was cut short
    written = (out / "a.jpg").stat().st_mtime_ns
    _, done = batch(application, folder, out, resumes=True)
    assert [one.is_kept for one in done] == [True, False, False]
    assert (out / "a.jpg").stat().st_mtime_ns == written
    _, again = batch(application, folder, out, resumes=True)
    assert [one.is_kept for one in again] == [True, True, True]
    assert list(again[1].steps) == json.loads(json.dumps(done[1].steps))
    Image.fromarray(np.zeros((5, 5, 3), np.uint8)).save(folder / "b.png")
    (out / "c.png").unlink()
    _, third = batch(application, folder, out, resumes=True)
    assert [one.is_kept for one in third] == [True, False, False]  # one was changed, the result of another is gone
    other = Batch(application, Recipe((record(turn="left"),)), first.tasks, out, resumes=True)
    assert not other.one(other.tasks[0], JobControl()).is_kept  # another recipe's results are others
    other.close()


def test_faults_are_tried_again(application: Application, folder: Path, tmp_path: Path) -> None:
    whole = (folder / "b.png").read_bytes()
    (folder / "b.png").write_bytes(whole[:40])
    batch(application, folder, tmp_path / "out")
    (folder / "b.png").write_bytes(whole)
    _, done = batch(application, folder, tmp_path / "out", resumes=True)
    assert [one.error for one in done] == [None] * 3
    assert [one.is_kept for one in done] == [True, False, True]


def test_a_cancelled_photo_leaves_nothing_behind(application: Application, folder: Path, tmp_path: Path) -> None:
    control = JobControl()
    control.cancel()
    out = tmp_path / "out"
    made = Batch(application, RECIPE, tasks_of(photos_of([folder]), out), out)
    with pytest.raises(Cancelled):
        list(made.all(control))
    made.close()
    assert [path.name for path in out.iterdir()] == []


def test_a_photo_that_changes_meanwhile_is_no_result(
    application: Application, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_step = application.engine.run

    def changes(*given: Any, **more: Any) -> Any:
        (folder / "b.png").write_bytes((folder / "b.png").read_bytes() + b"more")
        return run_step(*given, **more)

    monkeypatch.setattr(application.engine, "run", changes)
    out = tmp_path / "out"
    made = Batch(application, RECIPE, tasks_of([folder / "b.png"], out), out)
    (done,) = made.all(JobControl())
    made.close()
    assert "was changed" in str(done.error)
    assert not (out / "b.png").exists()


def test_a_photo_that_changes_while_it_is_opened_is_no_result(
    application: Application, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opens(path: Path, **more: Any) -> Any:
        photo = open_photo(path, **more)
        path.write_bytes(path.read_bytes() + b"more")
        return photo

    monkeypatch.setattr("desktop_app.core.imaging.files.open_photo", opens)
    made = Batch(application, RECIPE, tasks_of([folder / "b.png"], tmp_path / "out"), tmp_path / "out")
    (done,) = made.all(JobControl())
    made.close()
    assert "was changed" in str(done.error)


def test_a_photo_that_changes_once_its_result_is_written_is_done_again(
    application: Application, folder: Path, tmp_path: Path
) -> None:
    tasks, out = tasks_of([folder / "b.png"], tmp_path / "out"), tmp_path / "out"
    task = tasks[0]
    wanted = Wanted(RECIPE)
    found = read(wanted, task)
    assert isinstance(found, Read)
    made = work(application, wanted, found, JobControl())
    assert isinstance(made, Made)
    done = write(wanted, made)
    Image.fromarray(np.zeros((9, 9, 3), np.uint8)).save(folder / "b.png")
    out.mkdir(exist_ok=True)
    Journal(out, "key").note(task, done)
    assert Journal(out, "key").kept(task) is None


def test_a_recipe_that_cannot_be_done_is_refused_before_anything_runs(
    application: Application, folder: Path, tmp_path: Path
) -> None:
    tasks = tasks_of(photos_of([folder]), tmp_path / "out")
    for recipe, words in ((Recipe(()), "at least one step"), (Recipe((record("denoise.absent"),)), "denoise.absent")):
        with pytest.raises(ParameterError, match=words):
            Batch(application, recipe, tasks, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_two_programs_do_not_write_into_one_folder(application: Application, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    from desktop_app.core.document.holders import _myself

    other = {"host": "elsewhere", "process": 1, "started": _myself().started}
    (out / ".verilens-batch.lock").write_text(json.dumps(other))
    with pytest.raises(ParameterError, match="process 1 on elsewhere"):
        Batch(application, RECIPE, tasks_of(photos_of([folder]), out), out)
