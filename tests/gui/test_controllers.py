"""What the rooms behind the panels promise and no other test looks at: whose step, whose mask, whose file it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSize
from pytestqt.qtbot import QtBot

from desktop_app.api import InputSpec
from desktop_app.api.errors import ToolError
from desktop_app.core.document.document import Document
from desktop_app.core.jobs.preview import PreviewPlan, Region
from desktop_app.core.jobs.request import ModelSpec
from desktop_app.core.plugins.entries import ModelEntry, Snapshot, ToolEntry
from desktop_app.gui.canvas import Rect
from desktop_app.gui.documents import picture
from desktop_app.gui.documents.pictures import load_map
from desktop_app.gui.documents.start import existing, thumbnail
from desktop_app.gui.shell.window import MainWindow
from desktop_app.gui.steps import kernel_choice, work
from desktop_app.gui.steps.questions import CONFIDENCE, confidence_task
from desktop_app.gui.viewmodel.maps import MapChoice
from tests.gui.test_inputs import paint
from tests.support.windows import PATIENCE_MS, apply, shown_document

OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def window(open_window: OpenWindow, photo: Path) -> MainWindow:
    """A window with a photo."""
    return open_window(photo)


def second(window: MainWindow, photo: Path, qtbot: QtBot) -> Document:
    """Open another photo in the window, and return its document."""
    other = photo.with_name("other.png")
    other.write_bytes(photo.read_bytes())
    window.rooms.workspace.open_files([str(other)])
    qtbot.waitUntil(lambda: len(window.rooms.workspace.documents) == 2, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.rooms.keeper.picture() is not None, timeout=PATIENCE_MS)
    return window.rooms.workspace.documents[1]


def spied(called: list[str], real: Callable[[Document], Any]) -> Callable[[Document], Any]:
    """Return a method that notes its calls."""

    def method(document: Document) -> Any:
        called.append(real.__name__)
        return real(document)

    return method


def held(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Let every step wait until the event is set."""
    may_go, run = threading.Event(), window.application.engine.run

    def late(*given: Any, **named: Any) -> Any:
        assert may_go.wait(60)
        return run(*given, **named)

    monkeypatch.setattr(window.application.engine, "run", late)
    return may_go


# masks


def test_changing_a_step_brings_back_whether_it_went_inside_only(
    window: MainWindow, photo: Path, qtbot: QtBot
) -> None:
    masks, steps, document = window.rooms.masks, window.rooms.steps, shown_document(window)
    apply(window, qtbot)
    paint(window, qtbot)
    assert masks.area() is not None
    steps.change_step("s1")  # it was applied to the whole photo
    assert masks.area() is None
    assert not window.parts.mask.area.isChecked()
    masks.switch(True)
    window.parts.mask.area.click()
    apply(window, qtbot, amount=20.0)
    inside = document.cursor
    window.parts.mask.area.click()
    assert masks.area() is None
    steps.change_step(inside)
    assert masks.area() is not None
    assert window.parts.mask.area.isChecked()


def test_each_photo_has_a_mask_of_its_own_and_a_result_is_not_hidden_by_it(
    window: MainWindow, photo: Path, qtbot: QtBot
) -> None:
    masks, canvas = window.rooms.masks, window.parts.canvas
    paint(window, qtbot)
    painted = masks.painted()
    assert canvas.scene().mask is not None
    apply(window, qtbot)
    qtbot.waitUntil(lambda: canvas.scene().mask is None, timeout=PATIENCE_MS)
    masks.switch(False)
    masks.switch(True)
    assert canvas.scene().mask is not None
    other = second(window, photo, qtbot)
    assert masks.painted() is None
    assert not masks.can_undo()
    window.rooms.workspace.show(window.rooms.workspace.documents[0])
    assert np.array_equal(masks.painted(), painted)
    assert other is not shown_document(window)


def test_nothing_is_painted_without_a_photo(window: MainWindow, qtbot: QtBot, open_window: OpenWindow) -> None:
    masks = window.rooms.masks
    paint(window, qtbot)
    assert masks.is_on
    window.rooms.close_document(shown_document(window))
    assert not masks.is_on
    masks.switch(True)
    assert not masks.is_on
    assert masks.mask() is None
    assert masks.area() is None


def test_a_mask_of_another_size_is_refused_and_the_painted_one_stays(
    window: MainWindow, photo: Path, qtbot: QtBot
) -> None:
    paint(window, qtbot)
    before = window.rooms.masks.painted()
    small = photo.with_name("small.png")
    Image.new("L", (9, 7), 255).save(small)
    window.rooms.masks.open_area(str(small))
    said = window.parts.messages
    qtbot.waitUntil(lambda: "Expected a mask of 48×32 pixels" in said.text(), timeout=PATIENCE_MS)
    assert np.array_equal(window.rooms.masks.painted(), before)


# steps and runs


def test_a_step_that_ends_elsewhere_says_where_it_is(
    window: MainWindow, photo: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, said, may_go = shown_document(window), window.parts.messages, held(window, monkeypatch)
    window.rooms.steps.choose_tool("denoise.light")
    window.rooms.steps.apply()
    second(window, photo, qtbot)
    may_go.set()
    qtbot.waitUntil(lambda: "is done; it stands in the history of photo.png" in said.text(), timeout=PATIENCE_MS)
    assert len(first.states) == 2
    may_go.clear()
    window.rooms.workspace.show(first)
    window.rooms.steps.choose_tool("denoise.faulty")
    window.rooms.steps.apply()
    window.rooms.workspace.show(window.rooms.workspace.documents[1])
    may_go.set()
    qtbot.waitUntil(lambda: "photo.png: Faulty: expected a better photo" in said.text(), timeout=PATIENCE_MS)


def test_closing_a_photo_stops_its_own_step_alone(
    window: MainWindow, photo: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, may_go = shown_document(window), held(window, monkeypatch)
    other, runs = second(window, photo, qtbot), window.rooms.runs
    window.rooms.workspace.show(first)
    window.rooms.steps.choose_tool("denoise.light")
    window.rooms.steps.apply()
    window.rooms.steps.document_closed(other)
    assert runs.is_busy
    window.rooms.steps.document_closed(first)
    assert not runs.is_busy
    assert "Cancelled Light; nothing was changed." in window.parts.messages.text()
    told: list[str] = []
    runs.progressed.connect(lambda progress: told.append(progress.message))
    window.rooms.steps.apply()
    assert told == ["waiting for Light"]
    may_go.set()
    qtbot.waitUntil(lambda: not runs.is_busy and len(first.states) == 2, timeout=PATIENCE_MS)
    assert runs.stopping == ""


def test_a_second_step_waits_for_the_first_to_be_cancelled(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go, steps, form = held(window, monkeypatch), window.rooms.steps, window.parts.form
    changes: list[bool] = []
    steps.busyChanged.connect(changes.append)
    steps.choose_tool("denoise.light")
    assert form.apply_button.isEnabled()
    steps.apply()
    assert not form.apply_button.isEnabled()
    first = window.rooms.runs.task
    steps.apply()
    assert window.parts.messages.text() == "Another step is at work; wait for it, or cancel it."
    assert window.rooms.runs.task is first
    may_go.set()
    qtbot.waitUntil(lambda: not window.rooms.runs.is_busy, timeout=PATIENCE_MS)
    assert form.apply_button.isEnabled()
    assert changes == [True, False]


def test_what_cannot_be_changed_is_told(window: MainWindow, qtbot: QtBot) -> None:
    steps, said, document = window.rooms.steps, window.parts.messages, shown_document(window)
    steps.change_step("s0")
    assert said.text() == "The opened photo has no parameters; choose a step below it."
    apply(window, qtbot)
    window.application.host.tools.pop("denoise.light")
    steps.show_snapshot(window.application.host.snapshot())
    assert window.parts.form.tool is None  # its form went with it
    steps.change_step("s1")
    assert said.text() == "Expected the tool denoise.light, found none; enable or install the plugin test."
    assert document.cursor == "s1"


def test_looking_elsewhere_ends_the_change_of_a_step(window: MainWindow, qtbot: QtBot) -> None:
    steps, document = window.rooms.steps, shown_document(window)
    apply(window, qtbot)
    apply(window, qtbot, amount=7.0)
    steps.change_step("s2")
    apply(window, qtbot, amount=3.0)
    assert document.states["s3"].parent == "s1"  # beside the step, not on it
    steps.change_step("s1")
    with qtbot.waitSignal(window.rooms.viewer.stateShown, timeout=PATIENCE_MS):
        window.rooms.viewer.jump("s2")
    apply(window, qtbot, amount=4.0)
    assert document.states["s4"].parent == "s2"


def test_a_model_is_asked_what_the_user_works_with(window: MainWindow) -> None:
    document = shown_document(window)
    tool = ToolEntry(
        id=CONFIDENCE, kind="uncertainty", task="uncertainty", title="Confidence", summary="Says.", version="1",
        plugin="p", plugin_version="1", distribution="d", schema={},
    )  # fmt: skip
    models = tuple(
        ModelEntry(id=name, title=name, task="classifier", version="1", weights="w", sha256="0", labels=("a", "b"))
        for name in ("one", "two")
    )
    known = Snapshot((tool,), models, (), "1")
    for chosen, wanted in (("two", "two"), ("gone", "one"), (None, "one")):
        task = confidence_task(document, known, "cpu", chosen)
        assert task is not None
        request = task.step.request
        assert (list(request.subjects), request.device) == ([ModelSpec(wanted)], "cpu")
        assert (task.document, task.parent, task.title) == (document, document.cursor, "Confidence")
    assert confidence_task(document, Snapshot((tool,), (), (), "1"), "cpu", None) is None
    assert confidence_task(document, Snapshot((), models, (), "1"), "cpu", None) is None


def test_a_view_covers_whole_pixels() -> None:
    assert work.whole_pixels(Rect(left=1.2, top=2.9, width=3.1, height=4.2)) == Region(2, 1, 6, 4)
    least = work.whole_pixels(Rect(left=5.0, top=5.0, width=0.0, height=0.0))
    assert (least.height, least.width) == (1, 1)


def test_a_kernel_fits_the_photo_at_full_size_alone() -> None:
    kernel, values = InputSpec("kernel", "kernel", "What blurred it."), np.ones((1, 5, 5), np.float32)
    full, reduced = (PreviewPlan(level, *[Region(0, 0, 4, 4)] * 3, is_reduced=bool(level)) for level in (0, 1))
    assert work._cut_input(kernel, values, full) is values
    with pytest.raises(ToolError, match="zoom in"):
        work._cut_input(kernel, values, reduced)
    mask, plane = InputSpec("mask", "mask", "Where."), np.arange(64, dtype=np.float32).reshape(1, 8, 8)
    assert np.array_equal(work._cut_input(mask, plane, full), plane[:, :4, :4])
    assert np.array_equal(work._cut_input(mask, plane, reduced), plane[:, ::2, ::2])


def test_kernels_of_steps_come_before_those_that_were_kept(tmp_path: Path) -> None:
    kept = [tmp_path / "motion.tif"]
    assert kernel_choice.choices(None, kept) == [(f"file:{kept[0]}", "Kept: motion")]
    assert kernel_choice.choices(None, []) == []


# documents


def test_closing_a_tab_shows_its_neighbour_and_no_other(window: MainWindow, photo: Path, qtbot: QtBot) -> None:
    workspace = window.rooms.workspace
    for count in (2, 3):
        workspace.open_files([str(photo)])
        qtbot.waitUntil(lambda count=count: len(workspace.documents) == count, timeout=PATIENCE_MS)
    first, middle, last = workspace.documents
    workspace.show(middle)
    workspace.close(middle)
    assert workspace.current is last
    workspace.show(first)
    workspace.close(last)
    assert workspace.current is first  # it was not the one that was closed
    assert window.parts.messages.texts() == []  # nothing was lost
    workspace.close(first)
    assert workspace.current is None


def test_the_newest_ten_files_are_remembered_each_once(window: MainWindow, tmp_path: Path) -> None:
    workspace, changes = window.rooms.workspace, list[int]()
    workspace.recentChanged.connect(lambda: changes.append(1))
    for number in (*range(12), 5):
        workspace.remember(tmp_path / f"{number}.png")
    names = [Path(path).name for path in workspace.recent()]
    assert names == [f"{number}.png" for number in (5, 11, 10, 9, 8, 7, 6, 4, 3, 2)]
    assert len(changes) == 13


def test_what_is_remembered_is_written_beside_the_window(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, settings, writers = window.rooms.workspace, window.application.settings, set[int]()
    write = settings.set

    def spied_set(name: str, value: object) -> None:
        writers.add(threading.get_ident())
        write(name, value)

    monkeypatch.setattr(settings, "set", spied_set)
    for number in range(5):
        workspace.remember(tmp_path / f"{number}.png")
    qtbot.waitUntil(lambda: settings.get("recent") == workspace.recent(), timeout=PATIENCE_MS)
    assert threading.get_ident() not in writers


def test_a_result_waits_for_the_photo_that_its_other_bands_are_in(
    open_window: OpenWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tifffile

    bands = np.random.default_rng(0).integers(0, 255, (20, 24, 5), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "bands.tif", bands, photometric="minisblack", planarconfig="contig")
    window, target, called = open_window(tmp_path / "bands.tif"), tmp_path / "result.tif", list[str]()
    document = shown_document(window)
    for name in ("flush", "original"):
        monkeypatch.setattr(Document, name, spied(called, getattr(Document, name)))
    window.rooms.workspace.save_result(document, document.cursor, target)
    qtbot.waitUntil(lambda: "Saved the result as result.tif." in window.parts.messages.texts(), timeout=PATIENCE_MS)
    assert called == ["flush", "original"]
    assert tifffile.imread(target).shape == (20, 24, 5)


def test_a_saved_project_is_remembered_under_its_new_name(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    workspace, document, path = window.rooms.workspace, shown_document(window), tmp_path / "mine.vlens"
    with qtbot.waitSignal(workspace.documentsChanged, timeout=PATIENCE_MS):
        workspace.save_project(document, path)
    qtbot.waitUntil(lambda: window.parts.messages.text() == "Saved the project as mine.vlens.", timeout=PATIENCE_MS)
    assert workspace.recent()[0] == str(path)
    assert document.project == path


@pytest.mark.parametrize(("size", "stripe"), [((90, 20), (1, 0)), ((20, 90), (0, 1))])
def test_a_small_picture_is_the_middle_of_a_photo(tmp_path: Path, size: tuple[int, int], stripe: Any) -> None:
    thirds = Image.new("RGB", (3, 1) if stripe == (1, 0) else (1, 3))
    for index, colour in enumerate(("red", "lime", "blue")):
        thirds.putpixel((index * stripe[0], index * stripe[1]), Image.new("RGB", (1, 1), colour).getpixel((0, 0)))
    path = tmp_path / "thirds.png"
    thirds.resize(size, Image.Resampling.NEAREST).save(path)
    small = thumbnail(str(path), QSize(12, 12))
    assert small is not None
    assert (small.width(), small.height()) == (12, 12)
    for x, y in ((1, 1), (10, 10), (6, 6)):
        assert small.pixelColor(x, y).getRgb()[:3] == (0, 255, 0)
    path.write_bytes(b"no photo")
    assert thumbnail(str(path), QSize(12, 12)) is None
    assert existing([str(path), str(tmp_path), str(tmp_path / "none")]) == [str(path)]


def test_a_map_is_read_anew_only_when_its_numbers_or_its_range_are_others(window: MainWindow, qtbot: QtBot) -> None:
    apply(window, qtbot, "uncertainty.measure")
    document = shown_document(window)
    choice = MapChoice(name="spread", mode="fixed", low=0.0, high=200.0, colormap="viridis")
    first = load_map(document, "s1", choice, None)
    assert (first.low, first.high) == (0.0, 200.0)
    coloured = load_map(document, "s1", replace(choice, colormap="magma"), first)
    assert coloured.layer is first.layer
    assert coloured.overlay.levels is first.overlay.levels
    assert coloured.overlay.table != first.overlay.table
    assert first.answers(document.id, "s1", choice)
    for other in ({"high": 100.0}, {"low": 1.0}, {"mode": "p99"}, {"name": "else"}):
        assert not first.answers(document.id, "s1", replace(choice, **other)), other
    assert not first.answers(document.id, "s0", choice)
    assert not first.answers("another", "s1", choice)


def test_a_map_that_comes_too_late_is_not_shown(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(window, qtbot, "uncertainty.measure")
    keeper, canvas, document = window.rooms.keeper, window.parts.canvas, shown_document(window)
    qtbot.waitUntil(lambda: canvas.scene().overlay is not None, timeout=PATIENCE_MS)
    has_begun, may_go, is_late = threading.Event(), threading.Event(), threading.Event()

    def load(of: Document, state: str, choice: MapChoice, known: Any) -> Any:
        if choice.colormap == "magma":
            has_begun.set()
            assert may_go.wait(60)
        loaded = load_map(of, state, choice, known)
        if choice.colormap == "magma":
            is_late.set()
        return loaded

    monkeypatch.setattr(picture, "load_map", load)
    first, intent = canvas.scene().overlay, keeper.intent
    assert intent is not None
    keeper.show(document, replace(intent, map=replace(intent.map, colormap="magma")))
    qtbot.waitUntil(has_begun.is_set, timeout=PATIENCE_MS)  # one that has not is dropped, and is never late
    keeper.show(document, replace(intent, map=replace(intent.map, colormap="gray")))
    qtbot.waitUntil(lambda: canvas.scene().overlay.table != first.table, timeout=PATIENCE_MS)
    newest = canvas.scene().overlay
    may_go.set()
    qtbot.waitUntil(is_late.is_set, timeout=PATIENCE_MS)
    qtbot.wait(100)
    assert canvas.scene().overlay is newest
