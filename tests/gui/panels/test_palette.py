"""The command palette."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop_app.gui.panels.palette import CommandPalette, Entry, matches


def test_what_begins_with_the_query_comes_first() -> None:
    entries = [Entry(title, "", lambda: None) for title in ("Save project", "Close", "Project settings")]
    assert [entry.title for entry in matches(entries, "project")] == ["Project settings", "Save project"]
    assert matches(entries, "nothing") == []


def test_the_title_itself_comes_before_what_begins_with_it() -> None:
    entries = [Entry(title, hint, lambda: None) for title, hint in (("Noise", "fog"), ("Fog lamp", ""), ("Fog", ""))]
    assert [entry.title for entry in matches(entries, "fog")] == ["Fog", "Fog lamp", "Noise"]


def test_return_does_the_chosen_one(qtbot: QtBot) -> None:
    done: list[str] = []
    entries = [Entry(name, "", lambda name=name: done.append(name)) for name in ("Fit", "Find", "Undo")]
    palette = CommandPalette(entries)
    qtbot.addWidget(palette)
    palette.show()
    qtbot.keyClicks(palette.line, "fi")
    qtbot.keyClick(palette.line, Qt.Key.Key_Down)
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert done == ["Find"]
    assert not palette.isVisible()
