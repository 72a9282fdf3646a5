"""What is seen over the photo is what is said of it: previews, maps, and the panels beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QDockWidget, QDoubleSpinBox, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.core.document.document import Document
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import ToolRequest
from desktop_app.gui.canvas import PreviewPatch, Rect
from desktop_app.gui.documents import picture
from desktop_app.gui.documents.pictures import Bounds
from desktop_app.gui.shell.window import MainWindow
from tests.support.windows import apply

OpenWindow = Callable[..., MainWindow]
GREY = np.full((2, 2, 3), 100, np.uint8)


def measured(window: MainWindow, qtbot: QtBot) -> None:
    """Measure the photo, and wait until its map is on the canvas."""
    window.rooms.steps.choose_tool("uncertainty.measure")
    qtbot.mouseClick(window.parts.form.apply_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.parts.canvas.scene().overlay is not None, timeout=60_000)


def preview(window: MainWindow, qtbot: QtBot) -> None:
    """Put a preview on the canvas."""
    window.rooms.steps.choose_tool("denoise.light")
    window.parts.form.preview_toggle.setChecked(True)
    qtbot.waitUntil(lambda: window.parts.canvas.scene().preview is not None, timeout=60_000)


def is_seen(panel: QScrollArea) -> bool:
    """Whether a panel stands in front of those that share its place."""
    return not panel.widget().visibleRegion().isEmpty()


def test_a_slow_preview_is_said_to_be_on_its_way(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    toggle = window.parts.form.preview_toggle
    window.rooms.steps.choose_tool("denoise.slow")
    toggle.setChecked(True)
    qtbot.waitUntil(lambda: toggle.text() == "Previewing…", timeout=60_000)
    window.rooms.steps.choose_tool("denoise.light")
    qtbot.waitUntil(lambda: toggle.text() == "Preview", timeout=60_000)
    assert window.parts.canvas.scene().preview is not None
    window.rooms.steps.choose_tool("denoise.slow")
    qtbot.waitUntil(lambda: toggle.text() == "Previewing…", timeout=60_000)
    toggle.setChecked(False)
    assert toggle.text() == "Preview"


def test_a_preview_that_fails_is_told_until_one_succeeds_or_none_is_wanted(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    toggle, said = window.parts.form.preview_toggle, window.parts.messages
    preview(window, qtbot)
    window.rooms.steps.choose_tool("denoise.faulty")
    assert window.parts.canvas.scene().preview is None  # another tool's is no preview of this one
    qtbot.waitUntil(lambda: len(said.texts()) == 1, timeout=60_000)
    assert said.texts() == ["No preview: expected a better photo, got this one; take another."]
    assert toggle.text() == "Preview"
    window.rooms.steps.choose_tool("denoise.light")
    qtbot.waitUntil(lambda: window.parts.canvas.scene().preview is not None, timeout=60_000)
    assert said.texts() == []
    window.rooms.steps.choose_tool("denoise.faulty")
    qtbot.waitUntil(lambda: len(said.texts()) == 1, timeout=60_000)
    toggle.setChecked(False)
    assert said.texts() == []


def test_a_preview_follows_the_form_and_the_view(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    canvas, runs = window.parts.canvas, window.rooms.runs
    preview(window, qtbot)
    window.parts.form.findChild(QDoubleSpinBox, "param_amount").setValue(30)
    qtbot.waitUntil(lambda: canvas.scene().preview.pixels.max() == 130, timeout=60_000)
    with qtbot.waitSignal(runs.previewed, timeout=60_000):
        canvas.zoom_to(60.0)
    seen = canvas.scene().preview.region
    assert seen.width < 48
    assert seen.height < 32
    window.rooms.steps.apply()
    assert not window.parts.form.preview_toggle.isChecked()  # the result itself is on its way
    assert canvas.scene().preview is None


@pytest.mark.parametrize(("seconds", "is_drafted"), [(None, True), (5.0, True), (0.01, False)])
def test_a_slow_preview_of_a_reduced_photo_is_drafted_first(
    open_window: OpenWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, seconds: float | None,
    is_drafted: bool,
) -> None:  # fmt: skip
    Image.new("RGB", (3600, 2400), (100, 100, 100)).save(tmp_path / "large.png")
    window = open_window(tmp_path / "large.png")
    forecast = replace(window.application.engine.forecast(ToolRequest("denoise.light"), Raster(GREY)), seconds=seconds)
    monkeypatch.setattr(window.application.engine, "forecast", lambda *_given: forecast)
    shown: list[PreviewPatch] = []
    window.rooms.runs.previewed.connect(shown.append)
    window.rooms.steps.choose_tool("denoise.light")
    window.parts.form.preview_toggle.setChecked(True)
    qtbot.waitUntil(lambda: len(shown) > is_drafted, timeout=60_000)
    *drafts, last = shown
    assert [patch.badge for patch in drafts] == ["preview (rough)"] * is_drafted
    assert last.badge == "preview (reduced photo)"
    assert window.parts.canvas.scene().preview is last
    assert all(patch.pixels.size < last.pixels.size / 3 for patch in drafts)
    assert {patch.region for patch in shown} == {Rect(0, 0, 3600, 2400)}
    assert {int(patch.pixels.max()) for patch in shown} == {110}


def test_a_preview_at_full_size_has_no_draft(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    shown: list[PreviewPatch] = []
    window.rooms.runs.previewed.connect(shown.append)
    preview(window, qtbot)
    window.parts.form.findChild(QDoubleSpinBox, "param_amount").setValue(30)
    qtbot.waitUntil(lambda: window.parts.canvas.scene().preview.pixels.max() == 130, timeout=60_000)
    assert {patch.badge for patch in shown} == {"preview"}


def test_the_probe_reads_the_preview(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    preview(window, qtbot)
    expected = "x 3 y 3 · before 100 100 100 · preview 110 110 110 · difference +10 +10 +10"
    assert window.rooms.keeper.reading(3, 3) == expected
    window.parts.form.preview_toggle.setChecked(False)
    assert window.rooms.keeper.reading(3, 3) == "x 3 y 3 · after 100 100 100"


def test_the_number_under_a_still_pointer_follows_the_preview(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    qtbot.mouseMove(window.parts.canvas, window.parts.canvas.rect().center() + QPoint(1, 1))
    qtbot.waitUntil(lambda: "after 100" in window.parts.status.probe.text())
    preview(window, qtbot)
    assert "preview 110" in window.parts.status.probe.text()


def test_the_number_under_a_still_pointer_follows_what_is_found_between_which_the_truth_lies(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, may_go, load = open_window(photo), Event(), picture.load_bounds

    def late(document: Document, state: str) -> Bounds:
        may_go.wait(60)
        return load(document, state)

    monkeypatch.setattr(picture, "load_bounds", late)
    window.parts.canvas.probed.emit((3, 3))
    apply(window, qtbot, "uncertainty.bounds")
    qtbot.waitUntil(lambda: window.parts.canvas.scene().overlay is not None, timeout=60_000)
    said = window.parts.status.probe.text
    assert "after 100 100 100" in said()
    assert "90" not in said()
    may_go.set()
    qtbot.waitUntil(lambda: "90" in said() and "110" in said(), timeout=60_000)


def test_each_map_is_seen_in_its_own_colours_at_first(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    choice = window.parts.maps.choice
    apply(window, qtbot, "uncertainty.measure")
    assert (choice().name, choice().colormap) == ("spread", "viridis")
    apply(window, qtbot, "uncertainty.bounds")
    assert (choice().name, choice().colormap) == ("lower", "gray")


def test_a_preview_is_compared_with_the_state_it_was_made_of(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    window.rooms.viewer.compare("split")
    preview(window, qtbot)
    scene = window.parts.canvas.scene()
    assert scene.mode == "split"
    assert scene.before is scene.after


def test_a_map_does_not_lie_over_a_preview(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    measured(window, qtbot)
    preview(window, qtbot)
    assert window.parts.canvas.scene().overlay is None
    assert "map" not in window.rooms.keeper.reading(3, 3)
    assert not window.parts.legend.isVisible()
    window.parts.form.preview_toggle.setChecked(False)
    assert window.parts.canvas.scene().overlay is not None
    assert window.parts.legend.isVisible()


@pytest.mark.parametrize("size", [(1366, 768), (1600, 1000)])
def test_a_map_is_explained_in_full_and_the_form_keeps_its_room(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, size: tuple[int, int]
) -> None:
    window = open_window(photo)
    window.resize(*size)
    measured(window, qtbot)
    panel = window.parts.maps
    qtbot.waitUntil(lambda: is_seen(panel) and not panel.verticalScrollBar().isVisible())
    meaning = panel.findChild(QWidget, "mapMeaning")
    for part in (window.parts.legend, meaning, panel.list, panel.opacity, panel.range):
        assert part.visibleRegion().boundingRect() == part.rect(), part.objectName()
    assert window.parts.form.height() > panel.height()
    panel.range.setCurrentIndex(panel.range.findData("fixed"))
    qtbot.waitUntil(lambda: panel.high.isVisible() and panel.widget().width() == panel.viewport().width())
    assert panel.high.visibleRegion().boundingRect() == panel.high.rect()


def test_the_panel_that_has_something_to_say_stands_in_front(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    document = window.rooms.workspace.current
    assert document is not None
    measured(window, qtbot)
    qtbot.waitUntil(lambda: is_seen(window.parts.maps))
    window.rooms.viewer.jump(document.root)
    qtbot.waitUntil(lambda: is_seen(window.parts.report))
    assert not is_seen(window.parts.maps)
    window.panels.toggle()
    window.panels.toggle()
    qtbot.waitUntil(lambda: is_seen(window.parts.report))


def test_a_panel_without_a_tab_has_a_title(open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window()
    maps, report, histogram = (
        window.findChild(QDockWidget, name) for name in ("dockMaps", "dockReport", "dockHistogram")
    )
    qtbot.waitUntil(lambda: maps.titleBarWidget() is not None and report.titleBarWidget() is not None)
    maps.hide()
    histogram.hide()
    qtbot.waitUntil(lambda: report.titleBarWidget() is None)
    maps.show()
    qtbot.waitUntil(lambda: report.titleBarWidget() is not None)


def test_a_grid_shows_several_models_results_side_by_side(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    viewer, canvas = window.rooms.viewer, window.parts.canvas
    for amount in (10, 20):
        window.rooms.viewer.jump("s0")
        qtbot.waitUntil(lambda: viewer.state.id == "s0")
        apply(window, qtbot, amount=amount)
    viewer.compare("grid")
    qtbot.waitUntil(lambda: canvas.scene().mode == "grid")
    assert [name for name, _ in canvas.scene().grid] == ["photo.png", "Light", "Light"]
    assert canvas.scene().grid[2][1] is canvas.scene().after
    assert [int(image.levels[0][0, 0, 0]) for _, image in canvas.scene().grid] == [100, 110, 120]
    viewer.keep_in_grid("s1")
    qtbot.waitUntil(lambda: [int(image.levels[0][0, 0, 0]) for _, image in canvas.scene().grid] == [110, 120])
    viewer.keep_in_grid("s1")
    qtbot.waitUntil(lambda: len(canvas.scene().grid) == 3)
    canvas.zoom_to(4.0)
    assert canvas.view().zoom == 4.0
    assert not canvas.grab().isNull()


def test_a_blink_alternates_and_ends(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture, "_BLINK_MS", 20)
    window = open_window(photo)
    apply(window, qtbot, amount=10)
    canvas = window.parts.canvas
    window.rooms.viewer.compare("blink")
    for is_flipped in (True, False, True):
        qtbot.waitUntil(lambda wanted=is_flipped: canvas.scene().is_flipped is wanted)
    window.rooms.viewer.compare("off")
    assert canvas.scene().mode == "off"
    assert not canvas.scene().is_flipped
    with qtbot.assertNotEmitted(window.rooms.keeper.rendered, wait=100):
        pass
