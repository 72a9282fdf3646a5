"""Masks: what is painted can be undone, is seen on both sides of the split, and holds for ordinary tools by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from desktop_app.api.errors import InputError
from desktop_app.gui.panels.pieces import NoticeRow
from desktop_app.gui.shell.window import MainWindow
from desktop_app.gui.steps.masks import read_mask, write_mask
from tests.gui.test_inputs import paint
from tests.support.windows import apply

OpenWindow = Callable[..., MainWindow]
_CONTROL = Qt.KeyboardModifier.ControlModifier


def drag(window: MainWindow, qtbot: QtBot, start: QPoint, end: QPoint) -> None:
    canvas = window.parts.canvas
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(canvas, (start + end) / 2)
    qtbot.mouseMove(canvas, end)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=end)


def test_strokes_undo_and_redo_before_steps_do(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    apply(window, qtbot)
    window.activateWindow()
    paint(window, qtbot)
    masks, canvas = window.rooms.masks, window.parts.canvas
    first = masks.painted()
    centre = canvas.rect().center()
    drag(window, qtbot, centre - QPoint(100, 60), centre - QPoint(60, 60))
    second = masks.painted()
    assert not np.array_equal(first, second)
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_Z, _CONTROL)
    assert np.array_equal(masks.painted(), first)
    qtbot.keyClick(canvas, Qt.Key.Key_Z, _CONTROL)
    assert masks.painted() is None
    for wanted in (first, second):
        qtbot.keyClick(canvas, Qt.Key.Key_Z, _CONTROL | Qt.KeyboardModifier.ShiftModifier)
        assert np.array_equal(masks.painted(), wanted)
    document = window.rooms.workspace.current
    assert document is not None
    assert document.cursor == "s1"
    masks.switch(False)
    qtbot.keyClick(canvas, Qt.Key.Key_Z, _CONTROL)
    assert document.cursor == "s0"


def test_a_mask_keeps_its_values_in_a_file_of_8_bits(tmp_path: Path) -> None:
    values = np.arange(6 * 40, dtype=np.uint8).reshape(6, 40)
    write_mask(tmp_path / "mask.png", values)
    with Image.open(tmp_path / "mask.png") as picture:
        assert (picture.mode, picture.size) == ("L", (40, 6))
    np.testing.assert_array_equal(read_mask(tmp_path / "mask.png", (40, 6)), values)
    with pytest.raises(InputError, match=r"expected a mask of 6×40 pixels in .* got 40×6; resize it"):
        read_mask(tmp_path / "mask.png", (6, 40))


def test_fill_clear_and_invert_are_undone_too(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    paint(window, qtbot)
    masks = window.rooms.masks
    painted = masks.painted()
    for name in ("mask_fill", "mask_clear", "mask_invert"):
        window.parts.mask.findChild(QToolButton, name).click()
        assert not np.array_equal(masks.mask().values(), painted)
        window.actions_by_id["undo"].trigger()
        assert np.array_equal(masks.painted(), painted)


def test_a_painted_mask_holds_for_ordinary_tools_until_it_is_turned_off(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    window.rooms.steps.choose_tool("denoise.light")
    notice = window.parts.form.findChild(NoticeRow, "areaNotice")
    paint(window, qtbot)
    assert notice.isVisible()
    assert window.rooms.masks.area() is not None
    window.rooms.steps.choose_tool("denoise.masked")
    assert notice.isHidden()  # the mask is the tool's own there
    assert window.rooms.masks.area() is None
    window.rooms.steps.choose_tool("denoise.light")
    notice.findChild(QToolButton).click()
    assert window.rooms.masks.area() is None
    drag(window, qtbot, window.parts.canvas.rect().center(), window.parts.canvas.rect().center())
    assert window.rooms.masks.area() is None
    for name in ("mask_clear", "mask_fill"):
        window.parts.mask.findChild(QToolButton, name).click()
    assert window.rooms.masks.area() is not None  # a new mask


def test_the_mask_is_seen_on_both_sides_of_the_split(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    apply(window, qtbot)
    window.actions_by_id["compare_split"].trigger()
    qtbot.waitUntil(lambda: window.parts.canvas.scene().before is not None)
    window.rooms.masks.switch(True)
    window.parts.mask.findChild(QToolButton, "mask_fill").click()
    canvas = window.parts.canvas
    picture = canvas.grab().toImage()
    middle = canvas.rect().center()
    for x in (middle.x() - 40, middle.x() + 40):
        colour = picture.pixelColor(x, middle.y() + 40)
        assert colour.blue() > colour.red() + 20  # the accent lies over grey


def test_a_mask_is_out_of_sight_while_a_preview_is_looked_at(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    window.rooms.steps.choose_tool("denoise.light")
    paint(window, qtbot)
    canvas, toggle = window.parts.canvas, window.parts.form.preview_toggle
    assert canvas.scene().mask is not None
    toggle.setChecked(True)
    qtbot.waitUntil(lambda: canvas.scene().preview is not None, timeout=60_000)
    assert canvas.scene().mask is None


@pytest.mark.parametrize(("x", "y", "is_on"), [(0, 0, True), (59.9, 39.9, True), (60, 3, False), (3, 40, False)])
def test_a_colour_is_taken_at_the_very_rim_and_not_beside_the_photo(
    open_window: OpenWindow, tmp_path: Path, qtbot: QtBot, x: float, y: float, is_on: bool
) -> None:
    Image.fromarray(np.full((40, 60, 3), 90, np.uint8)).save(tmp_path / "plain.png")
    window = open_window(tmp_path / "plain.png")
    window.rooms.masks.switch(True)
    window.parts.mask.findChild(QToolButton, "maskColour").click()
    window.rooms.masks.pointed.emit(QPointF(x, y))
    if is_on:
        qtbot.waitUntil(lambda: window.rooms.masks.painted() is not None, timeout=60_000)
        assert (window.rooms.masks.painted() == 255).all()
    else:
        qtbot.wait(200)
        assert window.rooms.masks.painted() is None


def test_size_and_hardness_are_numbers_too(open_window: OpenWindow, photo: Path) -> None:
    bar = open_window(photo).parts.mask
    bar.size_number.setValue(900)
    assert bar.brush().size == 900
    bar.size_slider.setValue(30)
    assert (bar.brush().size, bar.size_number.value()) == (30, 30)
    bar.hardness_number.setValue(25)
    assert (bar.brush().hardness, bar.hardness.value()) == (0.25, 25)


def test_brackets_make_the_brush_larger_and_smaller(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    window.rooms.masks.switch(True)
    window.activateWindow()
    canvas, size = window.parts.canvas, window.parts.mask.size_number
    canvas.setFocus()
    size.setValue(50)
    qtbot.keyClick(canvas, Qt.Key.Key_BracketRight)
    assert size.value() == 60
    qtbot.keyClick(canvas, Qt.Key.Key_BracketLeft)
    assert size.value() == 50


def test_the_pointer_is_as_large_as_the_brush_and_a_cross_where_none_paints(
    open_window: OpenWindow, photo: Path
) -> None:
    window = open_window(photo)
    canvas, bar = window.parts.canvas, window.parts.mask
    window.rooms.masks.switch(True)
    sides = []
    for name, size in (("maskBrush", 2), ("maskEraser", 4)):
        bar.findChild(QToolButton, name).click()
        bar.size_number.setValue(size)
        sides.append(canvas.cursor().pixmap().width())
    assert 0 < sides[0] < sides[1]
    for name in ("maskGradient", "maskTones"):
        bar.findChild(QToolButton, name).click()
        assert canvas.cursor().shape() == Qt.CursorShape.CrossCursor
    bar.findChild(QToolButton, "maskBrush").click()
    assert canvas.cursor().pixmap().width() == sides[1]


def test_a_gradient_is_full_where_the_drag_begins_and_gone_where_it_ends(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    window.rooms.masks.switch(True)
    window.parts.mask.findChild(QToolButton, "maskGradient").click()
    canvas = window.parts.canvas
    middle, zoom = canvas.rect().center(), canvas.view().zoom
    drag(window, qtbot, middle - QPoint(round(12 * zoom), 0), middle + QPoint(round(12 * zoom), 0))
    row = window.rooms.masks.painted()[16].astype(int)
    assert (row[:11] == 255).all()
    assert (row[38:] == 0).all()
    assert (np.diff(row) <= 0).all()
    assert abs(row[24] - 127) < 20
    window.actions_by_id["undo"].trigger()
    assert window.rooms.masks.painted() is None  # one drag, one step


def test_a_range_of_tones_is_taken_in(open_window: OpenWindow, tmp_path: Path, qtbot: QtBot) -> None:
    from PIL import Image

    ramp = np.repeat(np.tile(np.arange(256, dtype=np.uint8), (20, 1))[..., None], 3, axis=2)
    Image.fromarray(ramp).save(tmp_path / "ramp.png")
    window = open_window(tmp_path / "ramp.png")
    window.rooms.masks.switch(True)
    bar = window.parts.mask
    bar.findChild(QToolButton, "maskTones").click()
    for box, value in ((bar.darkest, 100), (bar.brightest, 150), (bar.softness, 9)):
        box.setValue(value)
    bar.findChild(QToolButton, "maskTakeIn").click()
    qtbot.waitUntil(lambda: window.rooms.masks.painted() is not None, timeout=60_000)
    row = window.rooms.masks.painted()[3].astype(int)
    assert (row[100:151] == 255).all()
    assert (row[:91] == 0).all()
    assert (row[161:] == 0).all()
    assert 0 < row[95] < 255


def test_an_ellipse_is_dragged_and_cut_out_of_what_was_there(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    paint(window, qtbot)
    bar, canvas, masks = window.parts.mask, window.parts.canvas, window.rooms.masks
    bar.findChild(QToolButton, "mask_fill").click()
    bar.findChild(QToolButton, "maskEllipse").click()
    bar.hardness_number.setValue(100)
    bar.joint.setCurrentIndex(bar.joint.findData("subtract"))
    middle, zoom = canvas.rect().center(), canvas.view().zoom
    reach = QPoint(round(8 * zoom), round(5 * zoom))
    drag(window, qtbot, middle - reach, middle + reach)
    values = masks.painted()
    height, width = values.shape
    assert values[height // 2, width // 2] == 0
    assert values[0, 0] == 255
    assert (values == 0).sum() == pytest.approx(np.pi * 8 * 5, rel=0.25)
    window.actions_by_id["undo"].trigger()
    assert (masks.painted() == 255).all()  # one drag, one step


@pytest.mark.parametrize("name", ["maskGradient", "maskEllipse"])
def test_a_click_without_a_drag_draws_no_form(open_window: OpenWindow, photo: Path, qtbot: QtBot, name: str) -> None:
    window = open_window(photo)
    window.rooms.masks.switch(True)
    window.parts.mask.findChild(QToolButton, name).click()
    qtbot.mouseClick(window.parts.canvas, Qt.MouseButton.LeftButton, pos=window.parts.canvas.rect().center())
    assert window.rooms.masks.painted() is None
    assert not window.rooms.masks.can_undo()


@pytest.mark.parametrize("further", [0, 30])
def test_a_colour_is_clicked_on_and_the_rim_is_feathered(
    open_window: OpenWindow, tmp_path: Path, qtbot: QtBot, further: int
) -> None:
    from PIL import Image

    picture = np.full((40, 60, 3), (60, 60, 200), np.uint8)
    picture[:, 20:40] = (200, 60, 60)
    Image.fromarray(picture).save(tmp_path / "stripes.png")
    window = open_window(tmp_path / "stripes.png")
    window.rooms.masks.switch(True)
    bar, canvas, masks = window.parts.mask, window.parts.canvas, window.rooms.masks
    bar.findChild(QToolButton, "maskColour").click()
    middle = canvas.rect().center()
    drag(window, qtbot, middle, middle + QPoint(further, further))  # a hand that slips means where it began
    qtbot.waitUntil(lambda: masks.painted() is not None, timeout=60_000)
    assert (masks.painted()[:, 20:40] == 255).all()
    assert (masks.painted()[:, :20] == 0).all()
    bar.reach.setValue(4)
    bar.findChild(QToolButton, "maskFeather").click()
    qtbot.waitUntil(lambda: masks.painted()[20, 18] > 0, timeout=60_000)
    assert 0 < masks.painted()[20, 20] < 255


def test_where_the_shown_map_is_highest_is_taken_in(open_window: OpenWindow, tmp_path: Path, qtbot: QtBot) -> None:
    from PIL import Image

    Image.fromarray(np.tile(np.arange(0, 240, 5, dtype=np.uint8), (32, 1))).save(tmp_path / "ramp.png")
    window = open_window(tmp_path / "ramp.png")
    window.rooms.masks.switch(True)
    bar, said = window.parts.mask, window.parts.messages.texts
    bar.findChild(QToolButton, "maskDoubt").click()
    bar.findChild(QToolButton, "maskTakeDoubt").click()
    assert said() == ["Choose a map in the Maps panel first; it says where the model is unsure."]
    window.rooms.masks.switch(False)
    apply(window, qtbot, tool="uncertainty.bounds")
    qtbot.waitUntil(lambda: window.rooms.keeper.shown_map() is not None, timeout=60_000)
    window.rooms.masks.switch(True)
    bar.findChild(QToolButton, "maskTakeDoubt").click()
    layer = window.rooms.keeper.shown_map()
    qtbot.waitUntil(lambda: window.rooms.masks.painted() is not None, timeout=60_000)
    inside = window.rooms.masks.painted() == 255
    assert inside.mean() == pytest.approx(0.2, abs=0.03)
    assert layer.values[inside].min() > layer.values[~inside].max()


def test_a_map_that_is_flat_leaves_the_mask_and_says_so(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    apply(window, qtbot, tool="uncertainty.bounds")
    qtbot.waitUntil(lambda: window.rooms.keeper.shown_map() is not None, timeout=60_000)
    window.rooms.masks.switch(True)
    window.parts.mask.findChild(QToolButton, "maskDoubt").click()
    window.parts.mask.findChild(QToolButton, "maskTakeDoubt").click()
    told = "Nothing in the photo is like that: the mask stays as it is."
    qtbot.waitUntil(lambda: told in window.parts.messages.texts(), timeout=60_000)
    assert window.rooms.masks.painted() is None
