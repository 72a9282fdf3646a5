"""Crop, straighten and turn in the window: what is drawn on the photo is what the form says, and what is applied."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from desktop_app.core.application import Application
from desktop_app.gui.canvas import Rect
from desktop_app.gui.canvas.geometry import device_point
from desktop_app.gui.shell.window import MainWindow
from tests.support.windows import PATIENCE_MS, shown_document, wait_for_background

OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def application(tmp_path: Path) -> Application:
    """Return the program with its own tools."""
    return Application(tmp_path / "home")


@pytest.fixture
def window(open_window: OpenWindow, tmp_path: Path, qtbot: QtBot) -> MainWindow:
    """Return a window with a photo of 60 × 40 pixels, each of another colour."""
    from PIL import Image

    rows, columns = np.mgrid[0:40, 0:60]
    Image.fromarray(np.dstack([rows * 6, columns * 4, rows + columns]).astype(np.uint8)).save(tmp_path / "ramp.png")
    window = open_window(tmp_path / "ramp.png")
    qtbot.waitUntil(lambda: "enhance.crop" in window.rooms.plugins.snapshot.tools_by_id, timeout=PATIENCE_MS)
    return window


def spot(window: MainWindow, x: float, y: float) -> QPoint:
    """Return where a point of the photo is on the canvas."""
    canvas = window.parts.canvas
    ratio = canvas.devicePixelRatioF()
    pane = Rect(0, 0, canvas.width() * ratio, canvas.height() * ratio)
    left, top = device_point(canvas.view(), pane, x, y)
    return QPoint(round(left / ratio), round(top / ratio))


def drag(window: MainWindow, qtbot: QtBot, start: tuple[float, float], end: tuple[float, float]) -> None:
    canvas = window.parts.canvas
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=spot(window, *start))
    qtbot.mouseMove(canvas, spot(window, *end))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=spot(window, *end))


def wait(window: MainWindow, qtbot: QtBot, count: int) -> None:
    document = shown_document(window)
    qtbot.waitUntil(lambda: len(document.states) == count and not window.rooms.runs.is_busy, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: document.states[document.cursor].is_saved, timeout=PATIENCE_MS)
    wait_for_background(window, qtbot)  # what can be undone, and what the form means now, is told after that
    qtbot.waitUntil(lambda: window.rooms.keeper.picture() is not None, timeout=PATIENCE_MS)


def test_a_crop_is_drawn_applied_and_begun_anew(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_id["crop"].trigger()
    assert window.parts.canvas.scene().guide.kept == Rect(0, 0, 60, 40)
    assert not window.parts.form.preview_toggle.isEnabled()
    drag(window, qtbot, (10, 5), (40, 35))
    params = window.parts.form.intent().request.params
    assert (params["left"], params["top"], params["width"], params["height"]) == (10, 5, 30, 30)
    drag(window, qtbot, (40, 20), (30, 20))  # the right side
    assert window.parts.canvas.scene().guide.kept == Rect(10, 5, 20, 30)
    qtbot.mouseDClick(window.parts.canvas, Qt.MouseButton.LeftButton, pos=spot(window, 20, 20))
    qtbot.mouseRelease(window.parts.canvas, Qt.MouseButton.LeftButton, pos=spot(window, 20, 20))  # Qt's own omits it
    wait(window, qtbot, 2)
    document = shown_document(window)
    state = document.states[document.cursor]
    assert (state.title, state.width, state.height) == ("Crop to 20 × 30", 20, 30)
    assert (document.raster(state.id).planes()[1, 0] * 255).round().tolist() == [4.0 * x for x in range(10, 30)]
    assert window.parts.canvas.scene().guide.kept == Rect(0, 0, 20, 30)  # the form means the whole of it now


def test_a_side_that_is_caught_outside_the_photo_does_not_jump(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_id["crop"].trigger()
    window.parts.canvas.zoom_to(1.0)  # where ten pixels are within reach
    drag(window, qtbot, (66, 20), (56, 20))
    assert window.parts.canvas.scene().guide.kept == Rect(0, 0, 50, 40)


def test_the_box_is_drawn_on_the_state_that_is_gone_back_to(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_id["crop"].trigger()
    drag(window, qtbot, (10, 5), (40, 35))
    window.parts.form.apply_button.click()
    wait(window, qtbot, 2)
    window.actions_by_id["undo"].trigger()
    qtbot.waitUntil(lambda: window.parts.canvas.scene().guide.kept == Rect(0, 0, 60, 40), timeout=PATIENCE_MS)


def test_before_lies_where_it_was_cropped_from(window: MainWindow, qtbot: QtBot) -> None:
    window.rooms.steps.apply_tool("enhance.crop", {"left": 10.0, "top": 5.0, "width": 20.0, "height": 30.0})
    wait(window, qtbot, 2)
    window.actions_by_id["compare_split"].trigger()
    keeper = window.rooms.keeper
    qtbot.waitUntil(lambda: window.parts.canvas.scene().before is not None, timeout=PATIENCE_MS)
    assert window.parts.canvas.scene().before_at == Rect(-10, -5, 60, 40)
    assert "difference 0 0 0" in keeper.reading(3, 4)
    assert window.parts.canvas.scene().guide is None


def test_the_probe_compares_a_flipped_photo_with_where_its_pixels_came_from(window: MainWindow, qtbot: QtBot) -> None:
    window.rooms.steps.apply_tool("enhance.rotate", {"flip": "left-right"})
    wait(window, qtbot, 2)
    window.actions_by_id["compare_split"].trigger()
    qtbot.waitUntil(lambda: window.parts.canvas.scene().before is not None, timeout=PATIENCE_MS)
    assert "difference 0 0 0" in window.rooms.keeper.reading(3, 4)


def test_a_line_gives_the_angle(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_id["straighten"].trigger()
    drag(window, qtbot, (10, 10), (50, 14))
    assert window.parts.form.intent().request.params["angle"] == pytest.approx(-5.71, abs=0.3)
    window.parts.form.apply_button.click()
    wait(window, qtbot, 2)
    document = shown_document(window)
    assert document.states[document.cursor].title.startswith("Straighten -5")
    assert window.parts.form.intent().request.params["angle"] == 0


@pytest.mark.parametrize("side", [1, -1])
def test_a_line_on_what_is_tilted_already_turns_no_further_than_can_be(
    window: MainWindow, qtbot: QtBot, side: int
) -> None:
    window.actions_by_id["straighten"].trigger()
    window.parts.form.set_params({"angle": -40.0 * side})
    window.parts.form.preview_toggle.setChecked(True)
    qtbot.waitUntil(lambda: window.rooms.keeper.has_preview, timeout=PATIENCE_MS)
    drag(window, qtbot, (22, 20), (38, 20 + 6 * side))
    assert window.parts.form.intent().request.params["angle"] == -45.0 * side
    assert window.parts.form.problem() is None


def test_a_tilt_is_previewed_and_the_next_line_is_drawn_on_that(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_id["straighten"].trigger()
    drag(window, qtbot, (10, 10), (50, 14))
    window.parts.form.preview_toggle.setChecked(True)
    qtbot.waitUntil(lambda: window.rooms.keeper.has_preview, timeout=PATIENCE_MS)
    patch = window.parts.canvas.scene().preview
    assert patch is not None
    assert patch.is_whole
    middle = patch.region.left + patch.region.width / 2, patch.region.top + patch.region.height / 2
    assert middle == pytest.approx((30, 20), abs=0.5)
    assert patch.region.width < 60
    frame = window.parts.canvas._stage.frame()
    assert frame.cut
    drag(window, qtbot, (10, 14), (50, 10))  # as far back
    assert window.parts.form.intent().request.params["angle"] == pytest.approx(0, abs=0.3)


def test_turns_are_one_press_and_undone_by_one(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_id["turn_right"].trigger()
    wait(window, qtbot, 2)
    document = shown_document(window)
    assert (document.states[document.cursor].width, document.states[document.cursor].title) == (40, "Turn right")
    window.actions_by_id["undo"].trigger()
    assert document.cursor == document.root


def test_a_mask_stays_where_no_pixel_has_moved(window: MainWindow, qtbot: QtBot) -> None:
    masks = window.rooms.masks
    masks.switch(True)
    mask = masks.mask()
    assert mask is not None
    mask.fill()
    masks.switch(False)
    window.actions_by_id["flip_sides"].trigger()
    wait(window, qtbot, 2)
    qtbot.waitUntil(lambda: masks.painted() is None)
    qtbot.waitUntil(lambda: "mask stays with the picture" in window.parts.messages.text())
    window.actions_by_id["undo"].trigger()
    assert masks.painted() is not None


def test_with_space_held_a_drag_pans_whatever_is_drawn(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_id["crop"].trigger()
    canvas = window.parts.canvas
    canvas.zoom_to(40.0)
    before = canvas.photo_point(QPointF(50, 50))
    qtbot.keyPress(canvas, Qt.Key.Key_Space)
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    qtbot.mouseMove(canvas, QPoint(90, 70))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(90, 70))
    qtbot.keyRelease(canvas, Qt.Key.Key_Space)
    after = canvas.photo_point(QPointF(90, 70))
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()), abs=0.1)
    assert window.parts.form.intent().request.params["width"] is None


def hover(window: MainWindow, qtbot: QtBot, x: float, y: float) -> Qt.CursorShape:
    """Return the cursor over a point of the photo, no button pressed."""
    qtbot.mouseMove(window.parts.canvas, spot(window, x, y))
    return window.parts.canvas.cursor().shape()


def test_the_pointer_says_what_a_press_would_take_hold_of(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_id["crop"].trigger()
    drag(window, qtbot, (20, 10), (40, 30))
    shapes = {
        (30, 20): Qt.CursorShape.SizeAllCursor, (50, 20): Qt.CursorShape.CrossCursor,
        (20, 20): Qt.CursorShape.SizeHorCursor, (40, 20): Qt.CursorShape.SizeHorCursor,
        (30, 10): Qt.CursorShape.SizeVerCursor, (30, 30): Qt.CursorShape.SizeVerCursor,
        (20, 10): Qt.CursorShape.SizeFDiagCursor, (40, 30): Qt.CursorShape.SizeFDiagCursor,
        (40, 10): Qt.CursorShape.SizeBDiagCursor, (20, 30): Qt.CursorShape.SizeBDiagCursor,
    }  # fmt: skip
    assert {place: hover(window, qtbot, *place) for place in shapes} == shapes
    reach = window.rooms.framing._tool.reach(1.0)
    assert hover(window, qtbot, 40 + 11 * reach, 20) == Qt.CursorShape.SizeHorCursor
    assert hover(window, qtbot, 40 + 14 * reach, 20) == Qt.CursorShape.CrossCursor


def test_a_box_is_moved_by_its_inside_and_a_click_leaves_it(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_id["crop"].trigger()
    canvas = window.parts.canvas
    drag(window, qtbot, (20, 10), (40, 30))
    drag(window, qtbot, (30, 20), (35, 22))
    assert canvas.scene().guide.kept == Rect(25, 12, 20, 20)
    params = window.parts.form.intent().request.params
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=spot(window, 30, 20))
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=spot(window, 5, 5))
    assert window.parts.form.intent().request.params == params
    assert canvas.scene().guide.kept == Rect(25, 12, 20, 20)


def test_a_box_keeps_its_ratio_and_counts_in_the_forms_unit(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_id["crop"].trigger()
    form = window.parts.form
    form.set_params({"ratio": "1:1", "unit": "%"})
    assert window.parts.canvas.scene().guide.kept == Rect(10, 0, 40, 40)
    drag(window, qtbot, (4, 5), (34, 15))
    params = form.intent().request.params
    assert window.parts.canvas.scene().guide.kept == Rect(4, 5, 30, 30)
    assert (params["left"], params["width"]) == pytest.approx((100 * 4 / 60, 50), abs=0.01)
    assert (params["top"], params["height"]) == pytest.approx((12.5, 75), abs=0.01)


def test_a_line_is_seen_while_it_is_drawn_and_one_that_is_too_short_tilts_nothing(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.actions_by_id["straighten"].trigger()
    canvas, form = window.parts.canvas, window.parts.form
    assert (canvas.scene().guide.kept, canvas.scene().guide.line) == (None, None)
    assert "level" in canvas.scene().guide.hint
    near = 7 * window.rooms.framing._tool.reach(1.0)
    drag(window, qtbot, (20, 10), (20 + near, 10 + near / 3))
    assert form.intent().request.params["angle"] == 0
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=spot(window, 10, 10))
    qtbot.mouseMove(canvas, spot(window, 50, 14))
    assert canvas.scene().guide.line == pytest.approx((10, 10, 50, 14), abs=0.3)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=spot(window, 50, 14))
    assert canvas.scene().guide.line is None
    assert form.intent().request.params["angle"] != 0


def test_nothing_is_drawn_while_a_mask_is_painted_or_something_compared(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_id["crop"].trigger()
    canvas = window.parts.canvas
    assert "double-click applies" in canvas.scene().guide.hint
    window.rooms.masks.switch(True)
    assert canvas.scene().guide is None
    window.rooms.masks.switch(False)
    assert canvas.scene().guide is not None
    window.rooms.viewer.compare("split")
    assert canvas.scene().guide is None
    with qtbot.assertNotEmitted(window.rooms.framing.applyAsked):
        qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=spot(window, 20, 20))
        qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=spot(window, 20, 20))
    window.rooms.viewer.compare("off")
    assert canvas.scene().guide.kept == Rect(0, 0, 60, 40)
    window.rooms.steps.choose_tool("enhance.rotate")
    assert canvas.scene().guide.kept is None


@pytest.mark.parametrize(("is_painted", "is_repainted"), [(True, False), (False, False), (True, True)])
def test_that_a_mask_stays_behind_is_said_where_there_is_one_and_none_here(
    window: MainWindow, qtbot: QtBot, is_painted: bool, is_repainted: bool
) -> None:
    masks, messages = window.rooms.masks, window.parts.messages
    window.actions_by_id["flip_sides"].trigger()
    wait(window, qtbot, 2)
    masks.switch(True)
    if is_repainted:
        masks.mask().fill()
    with qtbot.waitSignal(window.rooms.viewer.stateShown):
        window.rooms.viewer.jump("s0")
    messages.begin()
    if is_painted:
        masks.mask().fill()
    with qtbot.waitSignal(window.rooms.viewer.stateShown):
        window.rooms.viewer.jump("s1")
    assert ("mask stays with the picture" in messages.text()) == (is_painted and not is_repainted)
