"""The keyboard: shortcuts reach the photo from any field, Tab reads like the window, menus have letters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QSlider, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.gui.shell.window import MainWindow
from desktop_app.gui.widgets.number_box import NumberBox
from tests.gui.test_window import apply, shown_level

OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def stepped(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> MainWindow:
    """Return a window with one step, whose tool was then chosen again by search."""
    window = open_window(photo)
    apply(window, qtbot)
    window.activateWindow()
    window.parts.tools.search.setFocus()
    qtbot.keyClicks(window.parts.tools.search, "light")
    qtbot.keyClick(window.parts.tools.search, Qt.Key.Key_Return)
    return window


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def cursor(window: MainWindow) -> str:
    document = window.rooms.workspace.current
    assert document is not None
    return document.cursor


def test_a_tool_found_by_search_hands_the_focus_to_its_first_field(stepped: MainWindow) -> None:
    assert focused().objectName() == "param_amount"


def test_undo_and_redo_reach_the_photo_from_a_number_field(stepped: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(focused(), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert cursor(stepped) == "s0"
    qtbot.waitUntil(stepped.actions_by_id["redo"].isEnabled)
    qtbot.keyClick(focused(), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert cursor(stepped) == "s1"


def test_a_text_that_is_edited_keeps_undo_until_it_is_taken_in(stepped: MainWindow, qtbot: QtBot) -> None:
    box = focused()
    assert isinstance(box, NumberBox)
    qtbot.keyClicks(box, "2")
    qtbot.keyClick(box, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert cursor(stepped) == "s1"
    qtbot.keyClicks(box, "3")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    qtbot.keyClick(box, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert cursor(stepped) == "s0"


def test_undo_reaches_the_photo_where_arrows_have_changed_a_number(stepped: MainWindow, qtbot: QtBot) -> None:
    box = focused()
    assert isinstance(box, NumberBox)
    before = box.value()
    qtbot.keyClick(box, Qt.Key.Key_Up)
    assert box.value() > before
    qtbot.keyClick(box, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert cursor(stepped) == "s0"


def test_a_step_applied_from_a_field_is_undone_there(stepped: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClicks(focused(), "33")
    qtbot.keyClick(focused(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: cursor(stepped) == "s2", timeout=60_000)
    qtbot.waitUntil(lambda: shown_level(stepped) == 143, timeout=60_000)
    qtbot.keyClick(focused(), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert cursor(stepped) == "s1"


def test_undo_changes_no_number_that_was_taken_in_while_the_photo_has_nothing_to_undo(
    stepped: MainWindow, qtbot: QtBot
) -> None:
    """As long as a step is made, for one: Undo is off, and its key came to the field, which took digits back."""
    box = focused()
    assert isinstance(box, NumberBox)
    stepped.actions_by_id["apply"].triggered.disconnect()
    stepped.actions_by_id["undo"].setEnabled(False)
    qtbot.keyClicks(box, "33")
    qtbot.keyClick(box, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(box, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (box.value(), cursor(stepped)) == (33.0, "s1")
    qtbot.keyClicks(box, "4")
    qtbot.keyClick(box, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert box.text() != "4"


@pytest.mark.parametrize("name", ["toolSearch", "param_amount"])
@pytest.mark.parametrize("action", ["save_result", "save_project", "palette", "panels"])
def test_shortcuts_reach_the_photo_from_a_field(
    stepped: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, name: str, action: str
) -> None:
    called: list[str] = []
    monkeypatch.setattr(stepped, "_do", lambda spec: called.append(spec.id))
    stepped.actions_by_id[action].triggered.disconnect()
    stepped.actions_by_id[action].triggered.connect(lambda: called.append(action))
    field = stepped.findChild(QWidget, name)
    field.setFocus()
    qtbot.keyClicks(field, "7")
    keys = stepped.actions_by_id[action].shortcut()[0]
    qtbot.keyClick(field, keys.key(), keys.keyboardModifiers())
    assert called == [action]


@pytest.mark.parametrize(("action", "typed"), [("clipping", "j"), ("toggle_before", "\\"), ("crop", "c")])
def test_a_letter_reaches_the_photo_from_a_number_and_no_text(
    stepped: MainWindow, qtbot: QtBot, action: str, typed: str
) -> None:
    called: list[str] = []
    stepped.actions_by_id[action].triggered.disconnect()
    stepped.actions_by_id[action].triggered.connect(lambda: called.append(action))
    box = focused()
    assert isinstance(box, NumberBox)
    qtbot.keyClicks(box, f"1{typed}2")
    assert (called, box.cleanText()) == ([action], "12")
    search = stepped.parts.tools.search
    search.setFocus()
    search.clear()
    qtbot.keyClicks(search, f"a{typed}")
    assert (called, search.text()) == ([action], f"a{typed}")


def test_escape_goes_back_to_the_photo(stepped: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(focused(), Qt.Key.Key_Escape)
    assert focused() is stepped.parts.canvas


def test_tab_leaves_the_canvas_when_the_focus_came_by_tab(stepped: MainWindow, qtbot: QtBot) -> None:
    canvas = stepped.parts.canvas
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(canvas, Qt.Key.Key_Tab)
    assert stepped.parts.form.isVisible()
    assert focused() is not canvas
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    qtbot.keyClick(canvas, Qt.Key.Key_Tab)
    assert not stepped.parts.form.isVisible()


def test_tab_hides_the_panels_wherever_no_text_is_entered(stepped: MainWindow, qtbot: QtBot) -> None:
    for part in (stepped.parts.history, stepped.parts.form.apply_button, stepped.parts.status.compare):
        part.setFocus(Qt.FocusReason.MouseFocusReason)
        qtbot.keyClick(focused(), Qt.Key.Key_Tab)
        assert not stepped.parts.form.isVisible()
        assert focused() is stepped.parts.canvas
        qtbot.keyClick(focused(), Qt.Key.Key_Tab)
        assert stepped.parts.form.isVisible()


def test_tab_goes_on_from_a_field_and_for_who_came_by_it(stepped: MainWindow, qtbot: QtBot) -> None:
    field = stepped.findChild(QWidget, "param_amount")
    field.setFocus(Qt.FocusReason.MouseFocusReason)
    reached = [focused()]
    for _ in range(3):
        qtbot.keyClick(focused(), Qt.Key.Key_Tab)
        assert stepped.parts.form.isVisible()
        reached.append(focused())
    assert len(set(map(id, reached))) == 4


def tab_chain(window: QWidget) -> Iterator[QWidget]:
    """Yield what Tab reaches, from the first on."""
    widget = window.nextInFocusChain()
    while widget is not window:
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible() and widget.isEnabled():
            yield widget
        widget = widget.nextInFocusChain()


def test_tab_goes_through_the_window_as_it_is_read(stepped: MainWindow, qtbot: QtBot) -> None:
    stepped.rooms.steps.choose_tool("denoise.unmasked")
    qtbot.waitUntil(stepped.findChild(QWidget, "param_amount").isVisible)
    names = [widget.objectName() for widget in tab_chain(stepped)]
    wanted = [
        "toolSearch", "toolList", "historyView", "canvas", "param_amount", "input_mask", "make_mask", "previewToggle",
        "applyButton", "reportPanel", "compareMode", "deviceLabel",
    ]  # fmt: skip
    at = names.index("toolSearch")
    names = names[at:] + names[:at]
    assert [name for name in names if name in wanted] == wanted


def test_every_menu_entry_has_a_letter_of_its_own(stepped: MainWindow) -> None:
    for menu in (stepped.menuBar(), *stepped._menus.values()):
        titles = [action.text() for action in menu.actions() if action.text()]
        letters = [title[title.index("&") + 1].casefold() for title in titles]
        assert len(letters) == len(set(letters)), titles


def test_every_button_and_field_has_a_name_for_who_cannot_see_it(stepped: MainWindow) -> None:
    stepped.rooms.masks.switch(True)
    kinds = (QAbstractButton, QComboBox, QSlider, NumberBox)
    nameless = [
        (type(widget).__name__, widget.objectName(), type(widget.parent()).__name__)
        for widget in stepped.findChildren(QWidget)
        if isinstance(widget, kinds) and widget.isVisible()
        and not (widget.accessibleName() or getattr(widget, "text", str)() or widget.toolTip())
    ]  # fmt: skip
    assert nameless == []


def test_a_preview_that_cannot_be_had_says_why(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window()
    form = window.parts.form
    window.rooms.steps.choose_tool("denoise.light")
    assert not form.preview_toggle.isEnabled()
    assert "photo" in form.preview_toggle.toolTip()
    window.rooms.workspace.open_files([str(photo)])
    qtbot.waitUntil(form.preview_toggle.isEnabled, timeout=60_000)
    window.rooms.steps.choose_tool("uncertainty.measure")
    assert not form.preview_toggle.isEnabled()
    assert "measures" in form.preview_toggle.toolTip()
    window.rooms.steps.choose_tool("denoise.masked")
    assert "mask" in form.preview_toggle.accessibleDescription()


def test_what_stands_in_the_form_is_not_said_again_over_the_photo(stepped: MainWindow, qtbot: QtBot) -> None:
    stepped.rooms.steps.choose_tool("denoise.masked")
    qtbot.waitUntil(stepped.parts.form.is_problem_seen)
    stepped.rooms.steps.apply()
    assert stepped.parts.messages.texts() == []
    stepped.panels.toggle()
    stepped.rooms.steps.apply()
    assert "expected a mask" in stepped.parts.messages.text()


def test_the_zoom_is_named_and_can_be_chosen(stepped: MainWindow) -> None:
    zoom = stepped.parts.status.zoom
    stepped.parts.canvas.fit()
    next(action for action in zoom.menu().actions() if action.text() == "200 %").trigger()
    assert stepped.parts.canvas.view().zoom == 2
    assert zoom.accessibleName() == "Zoom: 200 %"


def test_automatic_boxes_are_named_by_their_parameter() -> None:
    from desktop_app.gui.panels.grid import Row
    from desktop_app.gui.viewmodel.schema import FieldSpec

    row = Row(FieldSpec("sigma", "float", "Noise σ", is_optional=True), QApplication.instance())
    assert row.automatic.accessibleName() == "Noise σ: automatic"
    for widget in row.widgets:
        widget.deleteLater()
