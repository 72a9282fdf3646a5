"""Keys can be changed in their list, at once and for good."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from pytestqt.qtbot import QtBot

from desktop_app.core.application import Application
from desktop_app.gui.shell.shortcuts import ShortcutsDialog
from desktop_app.gui.shell.window import MainWindow

OpenWindow = Callable[..., MainWindow]


def listed(window: MainWindow) -> ShortcutsDialog:
    window.actions_by_id["shortcuts"].trigger()
    dialog = window.findChild(ShortcutsDialog)
    assert dialog is not None
    return dialog


def test_other_keys_count_at_once_until_they_are_reset(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, application: Application
) -> None:
    window = open_window(photo)
    dialog = listed(window)
    dialog.choose("fit")
    dialog.editor.setKeySequence(QKeySequence("Ctrl+1"))
    assert "“100%”" in dialog.problem.text()
    assert not dialog.change.isEnabled()
    dialog.editor.setKeySequence(QKeySequence("F7"))
    dialog.change.click()
    window.activateWindow()
    window.parts.canvas.actual_size()
    window.parts.canvas.setFocus()
    qtbot.keyClick(window.parts.canvas, Qt.Key.Key_F7)
    assert window.parts.canvas.view().is_fit
    assert "(F7)" in window.actions_by_id["fit"].toolTip()
    assert application.settings.get("shortcuts") == {"fit": "F7"}
    dialog.reset.click()
    assert window.actions_by_id["fit"].shortcut() == QKeySequence("Ctrl+0")
    assert application.settings.get("shortcuts") == {}
    dialog.close()


def test_escape_closes_the_list_from_the_field_for_keys(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    dialog = listed(open_window(photo))
    dialog.choose("fit")
    dialog.editor.setFocus()
    qtbot.keyClick(dialog.editor, Qt.Key.Key_F7)
    assert dialog.editor.keySequence() == QKeySequence("F7")
    qtbot.keyClick(dialog.editor, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_the_list_is_searched_by_words_and_keys(open_window: OpenWindow, photo: Path) -> None:
    dialog = listed(open_window(photo))
    dialog.search.setText("ctrl+shift+p")
    shown = [item.text(0) for number in range(dialog.tree.topLevelItemCount())
             if not (item := dialog.tree.topLevelItem(number)).isHidden()]
    assert shown == ["Command palette"]
    dialog.close()


@pytest.fixture
def chosen(tmp_path: Path) -> Path:
    """Return a home whose settings bind an action, and one that there is not."""
    folder = tmp_path / "home" / "data"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "settings.json").write_text(json.dumps({"shortcuts": {"nobody": "F5", "fit": "F7"}}))
    return folder


@pytest.mark.usefixtures("chosen")
def test_the_file_is_read_and_what_is_wrong_in_it_is_said(open_window: OpenWindow, photo: Path) -> None:
    window = open_window(photo)
    assert "'nobody'" in " ".join(window.parts.messages.texts())
    assert window.actions_by_id["fit"].shortcut() == QKeySequence("F7")
