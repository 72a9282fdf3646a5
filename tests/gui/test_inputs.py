"""Masks painted on the canvas and kernels drawn in their window reach the steps."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit, QToolButton
from pytestqt.qtbot import QtBot

from desktop_app.core.application import Application
from desktop_app.core.jobs.request import Outcome, StepRecord
from desktop_app.core.steps.kept import keep_kernel, kept_kernels
from desktop_app.gui.panels.kernel_dialog import KernelDialog
from desktop_app.gui.panels.pieces import NoticeRow
from desktop_app.gui.shell.window import MainWindow
from desktop_app.gui.steps.kernel_choice import choices
from desktop_app.gui.viewmodel.kernel import made
from tests.support.windows import shown_document

OpenWindow = Callable[..., MainWindow]


def paint(window: MainWindow, qtbot: QtBot) -> None:
    """Switch the brush on and paint in the middle of the photo."""
    window.actions_by_id["mask"].trigger()
    window.parts.mask.size_slider.setValue(10)
    canvas = window.parts.canvas
    middle = canvas.rect().center()
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseMove(canvas, middle + QPoint(12, 0))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=middle + QPoint(12, 0))


def test_painting_shows_the_mask_and_hands_it_to_steps(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(photo)
    masks, document = window.rooms.masks, window.rooms.workspace.current
    assert document is not None
    view = window.parts.canvas.view()
    paint(window, qtbot)
    assert window.parts.canvas.view() == view  # a drag with the brush moves nothing
    assert window.parts.mask.isVisible()
    assert masks.mask().values()[16, 24] == 255
    assert window.parts.canvas.scene().mask is not None
    area = masks.area()
    assert area is not None
    seen = []
    run = window.application.engine.run
    monkeypatch.setattr(window.application.engine, "run", lambda *a, **k: (seen.append(k["mask"]), run(*a, **k))[1])
    window.rooms.steps.choose_tool("denoise.light")
    window.parts.form.apply_button.click()
    qtbot.waitUntil(lambda: len(document.states) == 2 and not window.rooms.runs.is_busy, timeout=60_000)
    assert np.array_equal(np.rint(seen[0] * 255), area)
    kept = Path(document.states[document.cursor].record.inputs["area"])
    assert np.array_equal(np.asarray(Image.open(kept)), area)
    kept.unlink()  # the document has it too: a project opened elsewhere finds no such file
    masks.mask().clear()
    window.parts.mask.area.click()
    window.rooms.steps.change_step(document.cursor)
    qtbot.waitUntil(lambda: masks.area() is not None and np.array_equal(masks.area(), area))
    window.actions_by_id["mask"].trigger()
    assert not window.parts.mask.isVisible()
    assert window.parts.canvas.scene().mask is not None  # steps still go inside only: that stays in sight


def test_inside_an_empty_mask_nothing_is_applied(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    document = window.rooms.workspace.current
    assert document is not None
    window.actions_by_id["mask"].trigger()
    window.parts.mask.area.click()
    window.rooms.steps.choose_tool("denoise.light")
    with qtbot.waitSignal(window.rooms.steps.said) as said:
        window.parts.form.apply_button.click()
    assert "mask is empty" in said.args[0].text
    assert len(document.states) == 1


def test_a_painted_mask_becomes_the_tools_input(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    window.rooms.steps.choose_tool("denoise.masked")
    window.parts.form.findChild(QToolButton, "make_mask").click()
    assert window.parts.mask.isVisible()
    window.rooms.masks.mask().fill()
    window.parts.mask.findChild(QToolButton, "maskUse").click()
    assert window.parts.form.findChild(QLineEdit, "input_mask").text() == "as painted"
    assert window.parts.mask.use.isHidden()
    window.parts.form.findChild(QLineEdit, "input_mask").setText(str(photo))
    assert not window.parts.mask.use.isHidden()
    window.rooms.steps.choose_tool("denoise.light")
    assert window.parts.mask.use.isHidden()


def test_a_tool_that_needs_a_mask_takes_the_painted_one_by_itself(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(photo)
    masks, form, document = window.rooms.masks, window.parts.form, window.rooms.workspace.current
    assert document is not None
    seen: list[np.ndarray] = []
    run = window.application.engine.run
    monkeypatch.setattr(window.application.engine, "run", lambda *a, **k: (seen.append(k["inputs"]), run(*a, **k))[1])
    window.rooms.steps.choose_tool("denoise.masked")
    assert "Ctrl+M" in str(form.problem())
    paint(window, qtbot)
    assert form.problem() is None
    assert window.parts.canvas.scene().mask is not None
    form.apply_button.click()
    qtbot.waitUntil(lambda: len(document.states) == 2 and not window.rooms.runs.is_busy, timeout=60_000)
    assert np.array_equal(np.rint(seen[0]["mask"][0] * 255), masks.painted())
    qtbot.waitUntil(lambda: window.parts.canvas.scene().mask is None)  # the result is seen, not the mask over it
    paint(window, qtbot)  # the first click ends painting: the bar was still there
    paint(window, qtbot)
    assert window.parts.canvas.scene().mask is not None
    window.rooms.steps.change_step(document.cursor)
    line = form.findChild(QLineEdit, "input_mask")
    assert line.text() == "painted mask"
    assert Path(form.intent().inputs["mask"]).is_file()
    window.rooms.steps.apply()
    assert len(document.states) == 2  # the same mask, so the same step
    mask = masks.mask()
    painted = mask.values()
    mask.clear()
    window.rooms.steps.change_step(document.cursor)
    line = form.findChild(QLineEdit, "input_mask")
    qtbot.waitUntil(lambda: line.text() == "as painted", timeout=10_000)  # back on the photo, to be painted on
    assert np.array_equal(mask.values(), painted)
    line.clear()
    window.parts.mask.findChild(QToolButton, "mask_clear").click()
    assert "Ctrl+M" in str(form.problem())


def test_a_tool_that_can_do_without_a_mask_takes_a_new_one_and_leaves_it_when_told(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    form = window.parts.form
    window.rooms.steps.choose_tool("denoise.unmasked")
    assert form.problem() is None
    paint(window, qtbot)
    line = form.findChild(QLineEdit, "input_mask")
    assert line.text() == "as painted"
    line.clear()
    window.parts.mask.findChild(QToolButton, "mask_invert").click()
    assert line.text() == ""
    window.rooms.steps.choose_tool("denoise.light")
    assert window.parts.mask.area.isChecked()  # an ordinary tool works inside by itself
    for _ in range(2):
        window.parts.mask.area.click()
    window.rooms.steps.choose_tool("denoise.unmasked")  # the mask says where steps are applied now
    assert form.findChild(QLineEdit, "input_mask").text() == ""


def test_a_step_inside_a_mask_says_so_and_shows_its_result(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    document, notice = window.rooms.workspace.current, window.parts.form.findChild(NoticeRow, "areaNotice")
    assert document is not None
    window.rooms.steps.choose_tool("denoise.light")
    assert notice.isHidden()
    paint(window, qtbot)
    assert notice.isVisible()
    window.parts.form.apply_button.click()
    qtbot.waitUntil(lambda: len(document.states) == 2 and not window.rooms.runs.is_busy, timeout=60_000)
    qtbot.waitUntil(lambda: window.parts.canvas.scene().mask is None)
    window.parts.mask.findChild(QToolButton, "mask_close").click()
    assert window.parts.canvas.scene().mask is None
    assert notice.isVisible()
    notice.dropped.emit()
    assert window.rooms.masks.area() is None
    assert notice.isHidden()


def test_a_mask_of_another_size_is_refused(
    open_window: OpenWindow, photo: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    Image.fromarray(np.zeros((5, 5), np.uint8)).save(tmp_path / "small.png")
    with qtbot.waitSignal(window.rooms.masks.said) as said:
        window.rooms.masks.open_area(str(tmp_path / "small.png"))
    assert "48×32" in said.args[0].text


def test_a_mask_is_saved_and_loaded_by_its_name(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(photo)
    paint(window, qtbot)
    masks, bar, said = window.rooms.masks, window.parts.mask, window.parts.messages
    painted, chosen = masks.painted(), [""]
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_given: (chosen[0], ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_given: (chosen[0], ""))
    bar.saveAsked.emit()  # and the user thinks better of it
    bar.loadAsked.emit()
    chosen[0] = str(photo.with_name("my mask.tif"))
    bar.saveAsked.emit()
    qtbot.waitUntil(lambda: said.text() == "Saved the mask as my mask.png.", timeout=60_000)
    assert np.array_equal(np.asarray(Image.open(photo.with_name("my mask.png"))), painted)
    bar.cleared.emit()
    assert masks.painted() is None
    chosen[0] = str(photo.with_name("my mask.png"))
    bar.loadAsked.emit()
    qtbot.waitUntil(lambda: masks.painted() is not None, timeout=60_000)
    assert np.array_equal(masks.painted(), painted)
    chosen[0] = str(photo.with_name("nowhere.png"))
    bar.loadAsked.emit()
    qtbot.waitUntil(lambda: "nowhere.png" in said.text(), timeout=60_000)
    assert np.array_equal(masks.painted(), painted)


def test_each_photo_has_its_own_mask_and_without_one_none_is_painted(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window()
    masks, workspace = window.rooms.masks, window.rooms.workspace
    masks.switch(True)
    assert not masks.is_on
    assert (masks.mask(), masks.area(), masks.painted()) == (None, None, None)
    workspace.open_files([str(photo), str(photo)])
    qtbot.waitUntil(lambda: len(workspace.documents) == 2, timeout=60_000)
    workspace.show(workspace.documents[0])
    masks.switch(True)
    masks.mask().fill()
    window.parts.mask.area.click()
    workspace.show(workspace.documents[1])
    assert (masks.painted(), masks.area()) == (None, None)
    assert not window.parts.mask.area.isChecked()
    workspace.show(workspace.documents[0])
    assert masks.area().min() == 255
    assert window.parts.mask.area.isChecked()
    for document in tuple(workspace.documents):
        workspace.close(document)
    assert not masks.is_on
    assert window.parts.mask.isHidden()


def test_what_a_step_works_on_changes_with_the_mask_only_where_it_has_a_say(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    masks = window.rooms.masks
    heard: list[str] = []
    masks.changed.connect(lambda: heard.append("changed"))
    window.rooms.steps.choose_tool("denoise.light")
    paint(window, qtbot)
    assert set(heard) == {"changed"}
    heard.clear()
    window.parts.mask.inverted.emit()
    assert heard == ["changed"]
    window.parts.mask.area.click()
    assert heard == ["changed"] * 2
    window.parts.mask.inverted.emit()
    assert heard == ["changed"] * 2


def test_the_kernel_that_a_step_estimated_is_offered_before_those_that_were_kept(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, application: Application
) -> None:
    window = open_window(photo)
    document, kernels = shown_document(window), window.rooms.kernels
    estimate = np.zeros((1, 5, 3), np.float32)
    estimate[0, 2, 1] = 0.5
    record = StepRecord("deblur.blind", "restoration", "Blind", "test", "1", {}, 0)
    document.commit(document.root, Outcome(record, document.raster("s0"), artifacts={"kernel": estimate}), "Sharper")
    kept = keep_kernel(made("gaussian", 2.0, 0.0), application.inputs)
    keys = [("state:s1", "Of “Sharper”"), (f"file:{kept}", f"Kept: {kept.stem}")]
    assert choices(document, [kept]) == keys
    assert choices(None, []) == []
    kernels.open("mask")
    dialog = window.findChild(KernelDialog)
    assert [dialog.kept.itemData(n) for n in (1, 2)] == ["state:s1", f"file:{kept}"]
    dialog.loadAsked.emit("state:s1")
    qtbot.waitUntil(dialog.use.isEnabled, timeout=60_000)
    assert (dialog.grid.kernel.shape, dialog.grid.kernel[2, 2], dialog.grid.kernel.sum()) == ((5, 5), 1, 1)
    kept.unlink()
    with qtbot.waitSignal(kernels.said, timeout=60_000) as said:
        dialog.loadAsked.emit(f"file:{kept}")
    assert said.args[0].is_fault
    assert kept.name in said.args[0].text
    dialog.close()
    qtbot.waitUntil(lambda: window.findChild(KernelDialog) is None)
    kernels.open("mask")
    assert window.findChild(KernelDialog) is not None


def test_a_kernel_is_made_and_used(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    window.rooms.kernels.open("mask")  # any input of the form will do
    window.rooms.steps.choose_tool("denoise.masked")
    dialog = window.findChild(KernelDialog)
    assert not dialog.use.isEnabled()
    dialog.findChild(QToolButton, "kernelMake").click()
    qtbot.waitUntil(dialog.use.isEnabled, timeout=60_000)
    assert dialog.side.value() == dialog.grid.kernel.shape[0]
    dialog.use.click()
    line = window.parts.form.findChild(QLineEdit, "input_mask")
    qtbot.waitUntil(lambda: line.text() == "drawn kernel")
    assert window.parts.form.intent().inputs["mask"].endswith(".tif")
    window.rooms.kernels.open("mask")
    window.rooms.kernels.open("mask")  # the window before goes only now, and takes nothing with it
    qtbot.waitUntil(lambda: len(window.findChildren(KernelDialog)) == 1)
    (again,) = window.findChildren(KernelDialog)
    assert again.kept.count() == 2
    again.kept.setCurrentIndex(1)
    again.kept.activated.emit(1)
    qtbot.waitUntil(again.use.isEnabled, timeout=60_000)


def test_a_kernel_that_was_used_is_kept_though_the_window_closes(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, application: Application
) -> None:
    window = open_window(photo)
    window.rooms.kernels.open("mask")
    window.rooms.steps.choose_tool("denoise.masked")
    dialog, background, may_go = window.findChild(KernelDialog), window.rooms.background, threading.Event()
    dialog.findChild(QToolButton, "kernelMake").click()
    qtbot.waitUntil(dialog.use.isEnabled, timeout=60_000)
    for _ in range(2):  # both of its threads are at other work
        background.run(may_go.wait, lambda _: None, lambda _: None)
    dialog.use.click()
    threading.Timer(0.05, may_go.set).start()
    assert background.close(patience=60)
    assert len(kept_kernels(application.inputs)) == 1


def test_a_kernel_is_drawn(open_window: OpenWindow, qtbot: QtBot) -> None:
    dialog = KernelDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    grid = dialog.grid
    qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=grid.rect().center())
    assert grid.kernel[15, 15] == 1.0
    assert dialog.use.isEnabled()
    qtbot.mouseClick(grid, Qt.MouseButton.RightButton, pos=grid.rect().center())
    assert grid.kernel[15, 15] == 0.0
