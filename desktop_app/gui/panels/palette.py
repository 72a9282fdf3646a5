"""The command palette: type a few letters of an action or a tool."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

_LONGEST = 12


@dataclass(frozen=True)
class Entry:
    """Something that can be done: what the list says, what stands at its right end, and what it calls."""

    title: str
    hint: str
    call: Callable[[], None]


def matches(entries: Sequence[Entry], query: str) -> list[Entry]:
    """Return the entries in which every word of the query occurs; those that begin with it first."""
    words = query.casefold().split()
    found = [entry for entry in entries if all(word in f"{entry.title} {entry.hint}".casefold() for word in words)]
    return sorted(found, key=lambda entry: not entry.title.casefold().startswith(query.casefold().strip()))


class CommandPalette(QDialog):
    """A line above a list; Return does the first match."""

    def __init__(self, entries: Sequence[Entry], parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("commandPalette")
        self.setAccessibleName("Command palette")
        self._entries = list(entries)
        self.line, self.list = QLineEdit(), QListWidget()
        self.line.setPlaceholderText("What do you want to do?")
        self.line.setAccessibleName("What do you want to do?")
        self.list.setAccessibleName("Commands and tools")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self.line)
        column.addWidget(self.list)
        self.resize(480, 400)
        self.line.installEventFilter(self)
        self.line.textChanged.connect(lambda _text: self._fill())
        self.line.returnPressed.connect(lambda: self._do(self.list.currentItem()))
        self.list.itemActivated.connect(self._do)
        self.list.itemClicked.connect(self._do)
        self._fill()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows move through the list while the line keeps the focus."""
        if watched is self.line and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {int(Qt.Key.Key_Down): 1, int(Qt.Key.Key_Up): -1}.get(event.key())
            if step is not None and self.list.count():
                self.list.setCurrentRow((self.list.currentRow() + step) % self.list.count())
                return True
        return super().eventFilter(watched, event)

    def _fill(self) -> None:
        self.list.clear()
        for entry in matches(self._entries, self.line.text())[: _LONGEST * 4]:
            item = QListWidgetItem(f"{entry.title}    {entry.hint}" if entry.hint else entry.title)
            item.setData(Qt.ItemDataRole.UserRole, entry)
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _do(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            entry: Entry = item.data(Qt.ItemDataRole.UserRole)
            self.accept()
            entry.call()
