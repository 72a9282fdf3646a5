"""The window over real documents with tools that take no time: open, apply, undo, jump, branch, cancel, recover."""

from __future__ import annotations

import subprocess
import sys
import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDoubleSpinBox, QLineEdit, QListWidget, QTreeWidget, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.core.application import Application
from desktop_app.gui.app import create_window
from desktop_app.gui.shell.actions import ACTIONS
from desktop_app.gui.shell.commands import Commands
from desktop_app.gui.shell.window import MainWindow
from tests.support.windows import apply, shown_document

OpenWindow = Callable[..., MainWindow]
_NAMES = (
    "canvas", "historyView", "toolSearch", "toolList", "paramForm", "applyButton", "previewToggle", "cancelButton",
    "progressBar", "mapPanel", "mapList", "mapOpacity", "mapColormap", "mapRange", "compareMode", "pixelProbe",
    "modelPicker", "deviceLabel",
)  # fmt: skip


def shown_level(window: MainWindow) -> int:
    """Return the grey level that the canvas shows in the middle of the photo."""
    canvas = window.parts.canvas
    return canvas.grab().toImage().pixelColor(canvas.rect().center()).red()


def test_every_name_of_the_contract_is_there(open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window()
    assert window.objectName() == "mainWindow"
    qtbot.waitUntil(lambda: window.findChild(QWidget, "pluginManager") is not None)
    missing = [name for name in _NAMES if window.findChild(QWidget, name) is None]
    assert missing == []
    unnamed = [name for name in _NAMES if not window.findChild(QWidget, name).accessibleName()]
    assert [name for name in unnamed if name not in ("applyButton", "previewToggle")] == []


def test_every_action_has_its_command_and_a_shortcut_of_its_own() -> None:
    assert [spec.callback for spec in ACTIONS if not callable(getattr(Commands, spec.callback, None))] == []
    shortcuts = [spec.shortcut for spec in ACTIONS if spec.shortcut]
    assert len(shortcuts) == len(set(shortcuts))


def test_search_filters_the_list(open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window()
    tree = window.findChild(QTreeWidget, "toolList")
    assert tree.topLevelItemCount() == 2
    qtbot.keyClicks(window.parts.tools.search, "light")
    assert tree.topLevelItemCount() == 1
    qtbot.keyClick(window.parts.tools.search, Qt.Key.Key_Return)
    assert window.parts.form.tool is not None
    assert window.parts.form.tool.id == "denoise.light"


def test_open_apply_undo_jump_and_branch(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    document = shown_document(window)
    assert shown_level(window) == 100
    apply(window, qtbot)
    qtbot.waitUntil(lambda: shown_level(window) == 110)
    apply(window, qtbot)
    qtbot.waitUntil(lambda: shown_level(window) == 120)
    window.actions_by_id["undo"].trigger()
    qtbot.waitUntil(lambda: shown_level(window) == 110)
    window.parts.history.setCurrentRow(0)
    qtbot.waitUntil(lambda: shown_level(window) == 100)
    apply(window, qtbot, amount=50)
    qtbot.waitUntil(lambda: shown_level(window) == 150)
    assert len(document.states) == 4
    assert len(document.states[document.root].children) == 2


def test_changing_a_step_makes_a_branch_beside_it(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    document = shown_document(window)
    apply(window, qtbot, amount=20)
    step = document.cursor
    window.parts.form.findChild(QDoubleSpinBox, "param_amount").setValue(3)
    window.rooms.steps.change_step(step)
    assert window.parts.form.intent().request.params == {"amount": 20.0}
    window.parts.form.findChild(QDoubleSpinBox, "param_amount").setValue(40)
    apply(window, qtbot)
    assert document.states[document.cursor].parent == document.root
    qtbot.waitUntil(lambda: shown_level(window) == 140)


def test_a_step_remembers_the_files_of_its_inputs(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    document = shown_document(window)
    window.rooms.steps.choose_tool("denoise.masked")
    assert not window.parts.form.apply_button.isEnabled()
    window.parts.form.findChild(QLineEdit, "input_mask").setText(str(photo))
    apply(window, qtbot, "denoise.masked")
    window.parts.form.findChild(QLineEdit, "input_mask").clear()
    window.rooms.steps.change_step(document.cursor)
    assert window.parts.form.intent().inputs == {"mask": str(photo)}


def test_cancel_is_said_at_once_and_changes_nothing(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    window.rooms.steps.choose_tool("denoise.slow")
    window.rooms.steps.apply()
    qtbot.waitUntil(lambda: window.parts.status.progress.value() == 500)
    assert not window.parts.form.apply_button.isEnabled()
    qtbot.mouseClick(window.parts.status.cancel, Qt.MouseButton.LeftButton)
    assert window.parts.messages.text() == "Cancelled Slow; nothing was changed."
    assert window.parts.status.progress.text() == "Slow · still stopping…"
    assert window.parts.status.cancel.isHidden()
    assert window.parts.form.apply_button.isEnabled()
    qtbot.waitUntil(window.parts.status.progress.isHidden)
    document = shown_document(window)
    assert len(document.states) == 1
    apply(window, qtbot)
    assert len(document.states) == 2


def test_a_fault_is_one_sentence_with_details(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    window.rooms.steps.choose_tool("denoise.faulty")
    window.rooms.steps.apply()
    sentence = "Faulty: expected a better photo, got this one; take another."
    qtbot.waitUntil(lambda: window.parts.messages.text() == sentence)
    assert QApplication.activeModalWidget() is None
    assert window.parts.status.progress.text() == ""


def test_a_measurement_brings_its_map_scale_and_probe(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    apply(window, qtbot, "uncertainty.measure")
    maps = window.findChild(QListWidget, "mapList")
    qtbot.waitUntil(lambda: window.parts.legend.scale() is not None, timeout=60_000)
    assert window.parts.legend.scale().title == "spread (8-bit levels)"
    assert maps.item(0).text() == "spread (8-bit levels)"
    assert maps.item(0).checkState() == Qt.CheckState.Checked
    assert window.parts.canvas.scene().overlay is not None
    assert "map 100 levels" in window.rooms.keeper.reading(3, 3)
    window.parts.maps.opacity.setValue(25)
    assert window.parts.canvas.scene().opacity == pytest.approx(0.25)
    maps.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert window.parts.canvas.scene().overlay is None
    assert window.parts.legend.scale() is None  # no colours are left to be explained


def test_compare_shows_the_photo_before(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    apply(window, qtbot)
    window.parts.status.compare.setCurrentIndex(window.parts.status.compare.findData("before"))
    qtbot.waitUntil(lambda: shown_level(window) == 100)
    assert window.actions_by_id["compare_before"].isChecked()
    qtbot.waitUntil(lambda: "before 100 100 100 · after 110 110 110" in window.rooms.keeper.reading(0, 0))


def test_preview_is_shown_and_taken_away(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    document = window.rooms.workspace.current
    window.rooms.steps.choose_tool("denoise.light")
    window.parts.form.preview_toggle.setChecked(True)
    qtbot.waitUntil(lambda: window.parts.canvas.scene().preview is not None, timeout=60_000)
    patch = window.parts.canvas.scene().preview
    assert patch is not None
    assert not patch.is_reduced
    assert np.array_equal(np.unique(patch.pixels), [110])
    assert patch.region[2:] == (48, 32)
    gone = weakref.ref(patch)
    del patch
    window.parts.form.preview_toggle.setChecked(False)
    assert window.parts.canvas.scene().preview is None
    assert document is not None
    assert len(document.states) == 1
    window.parts.canvas.repaint()
    qtbot.waitUntil(lambda: gone() is None)


def test_many_photos_have_tabs_that_can_be_read(open_window: OpenWindow, photo: Path) -> None:
    long = photo.with_name("holiday in the mountains, the last evening before the rain.png")
    long.write_bytes(photo.read_bytes())
    window = open_window(long, *[photo] * 7)
    window.resize(700, 500)
    tabs = window.parts.tabs
    assert {tabs.tabText(n) for n in range(8)} == {"holiday in the m…re the rain.png", "photo.png"}
    assert all(tabs.tabRect(n).width() >= tabs.fontMetrics().horizontalAdvance(tabs.tabText(n)) for n in range(8))


def test_two_photos_have_tabs_and_a_bad_one_a_sentence(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo, photo)
    assert window.parts.tabs.count() == 2
    assert not window.parts.tabs.isHidden()
    bad = photo.with_name("bad.png")
    bad.write_bytes(b"not a picture")
    window.rooms.workspace.open_files([str(bad)])
    qtbot.waitUntil(lambda: "bad.png" in window.parts.messages.text(), timeout=60_000)
    window.rooms.close_document(window.rooms.workspace.documents[0])
    assert window.parts.tabs.isHidden()


def test_what_is_to_be_said_of_a_file_is_said_when_it_is_opened(
    open_window: OpenWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.bmp"
    Image.new("RGB", (40, 30)).save(cut)
    cut.write_bytes(cut.read_bytes()[:-900])
    window = open_window(cut)
    qtbot.waitUntil(lambda: "cut short" in window.parts.messages.text())


def test_saved_result_and_project_come_back(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    from PIL import Image

    window = open_window(photo)
    apply(window, qtbot)
    workspace = window.rooms.workspace
    document = workspace.current
    assert document is not None
    workspace.save_result(document, document.cursor, photo.with_name("result.png"))
    workspace.save_project(document, photo.with_name("project.vlens"))
    qtbot.waitUntil(lambda: document.project is not None and photo.with_name("result.png").exists(), timeout=60_000)
    with Image.open(photo.with_name("result.png")) as image:
        assert image.getpixel((5, 5)) == (110, 110, 110)
    window.rooms.close_document(document)
    qtbot.waitUntil(lambda: not workspace.documents, timeout=60_000)
    workspace.open_files([str(photo.with_name("project.vlens"))])
    qtbot.waitUntil(lambda: len(workspace.documents) == 1, timeout=60_000)
    qtbot.waitUntil(lambda: len(window.parts.history.states()) == 2)


def test_unsaved_steps_are_offered_again(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    apply(window, qtbot)
    window.close()
    again = open_window()
    qtbot.waitUntil(lambda: "can be brought back" in again.parts.messages.text(), timeout=60_000)
    again.parts.messages.choose("Restore")
    qtbot.waitUntil(lambda: len(again.parts.history.states()) == 2, timeout=60_000)
    qtbot.waitUntil(lambda: shown_level(again) == 110, timeout=60_000)


def test_tab_on_the_canvas_hides_all_panels_and_brings_them_back(open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window()
    panels = (window.parts.history, window.parts.tools, window.parts.form, window.parts.maps, window.parts.report)
    window.activateWindow()
    window.parts.canvas.setFocus()
    qtbot.waitUntil(window.parts.canvas.hasFocus)
    qtbot.keyClick(window.parts.canvas, Qt.Key.Key_Tab)
    assert not any(panel.isVisible() for panel in panels)
    qtbot.keyClick(window.parts.canvas, Qt.Key.Key_Tab)
    assert all(panel.isVisible() for panel in panels)


def test_tab_elsewhere_goes_to_the_next_widget(open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window()
    window.activateWindow()
    window.parts.tools.search.setFocus()
    qtbot.keyClick(window.parts.tools.search, Qt.Key.Key_Tab)
    assert window.parts.tools.isVisible()
    assert not window.parts.tools.search.hasFocus()


def test_themes_change_every_colour(open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window()
    light_places = []
    for theme, is_light in (("light", True), ("dark", False)):
        window.actions_by_id[f"theme_{theme}"].trigger()
        image = window.grab().toImage()
        places = [window.parts.history, window.parts.tools, window.parts.form, window.parts.status, window.parts.report]
        for place in places:
            spot = place.mapTo(window, place.rect().bottomRight()) * 1.0
            lightness = image.pixelColor(int(spot.x()) - 4, int(spot.y()) - 4).lightness()
            light_places.append((place.objectName() or type(place).__name__, theme, (lightness > 128) is is_light))
    assert [place for place in light_places if not place[2]] == []


_STARTED = """
import sys
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication
from desktop_app.gui.app import create_window
from desktop_app.gui.shell import window as shell
shell._PAINT_LIMIT_MS = 60_000  # a busy machine paints later than a window's rooms would wait for
heavy = ("numpy", "pydantic", "torch", "matplotlib", "PIL", "superqt", "qtawesome", "psutil", "decimal",
         "desktop_app.gui.panels.maps", "desktop_app.gui.panels.mask_bar", "desktop_app.gui.panels.subject")
found = []
class Painted(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and not found:
            found.append([name for name in heavy if name in sys.modules])
        return False
application = QApplication([])
window = create_window([])
painted = Painted()
window.parts.canvas.installEventFilter(painted)
window.show()
while not found:
    application.processEvents()
window.close()
print("imported:", found[0])
"""


def test_nothing_heavy_is_imported_before_the_first_paint() -> None:
    done = subprocess.run([sys.executable, "-c", _STARTED], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "imported: []"


def test_parts_that_the_first_paint_does_not_need_are_found_by_name_before_it(qtbot: QtBot, tmp_path: Path) -> None:
    application = Application(tmp_path)
    window = create_window([], application)
    qtbot.addWidget(window)
    missing = [name for name in (*_NAMES, "maskBar", "strengthRow") if window.findChild(QWidget, name) is None]
    assert not missing
    assert len(window.findChildren(QWidget, "mapRange")) == 1
    window.close()
    application.close()


def test_joining_the_rooms_imports_no_torch() -> None:
    """It is done on the window's thread after the first paint: the window would stand still for seconds."""
    code = "import sys, desktop_app.gui.shell.rooms; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
