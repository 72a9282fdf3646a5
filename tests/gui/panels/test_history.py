"""The history: a row is renamed in its place, says its whole title under the pointer, and is read out in full."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from desktop_app.gui.panels.history import HistoryView
from desktop_app.gui.viewmodel.history import HistoryRow

LONG = "Test-time augmentation of Blind deblur (normalised sparsity), a second time"


@pytest.fixture
def history(qtbot: QtBot) -> HistoryView:
    view = HistoryView()
    qtbot.addWidget(view)
    view.show_rows([
        HistoryRow("a", "photo.jpg", 0, is_first=True, has_next=True),
        HistoryRow("b", LONG, 0, is_current=True, is_saved=False),
    ])  # fmt: skip
    view.show()
    return view


def type_title(history: HistoryView, qtbot: QtBot, title: str) -> None:
    history.editItem(history.item(1))
    editor = history.findChild(QLineEdit)
    assert editor is not None
    assert editor.text() == LONG
    editor.setText(title)
    qtbot.keyClick(editor, Qt.Key.Key_Return)


def test_a_title_is_typed_in_its_place(history: HistoryView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(history.renamed) as renamed:
        type_title(history, qtbot, " Sharper ")
    assert renamed.args == ["b", "Sharper"]


def test_a_title_that_is_emptied_stays(history: HistoryView, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(history.renamed):
        type_title(history, qtbot, "  ")
    assert history.item(1).text() == LONG


def test_a_long_title_can_be_read_and_heard_in_full(history: HistoryView) -> None:
    history.resize(120, 200)
    assert history.item(1).toolTip().startswith(LONG)
    assert history.item(1).data(Qt.ItemDataRole.AccessibleTextRole) == f"{LONG}, shown, being saved"
