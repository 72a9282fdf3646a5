"""The command palette: type a few letters of an action or a tool."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHeaderView, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from desktop_app.gui.language import tr
from desktop_app.gui.panels.placing import give_size
from desktop_app.gui.viewmodel.tools import found_by, relevance, told_of

if TYPE_CHECKING:
    from desktop_app.core.plugins.entries import ToolEntry

_ENTRY = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class Entry:
    """Something that can be done: what the list says, what stands at its right end, what it calls; a tool's entry."""

    title: str
    hint: str
    call: Callable[[], None]
    tool: ToolEntry | None = None


def matches(entries: Sequence[Entry], query: str) -> list[Entry]:
    """Return the entries that a query finds, the best first; tools as the tool list has them."""
    wanted = " ".join(query.casefold().split())

    def told(entry: Entry) -> str:
        return f"{entry.title} {entry.hint}" if entry.tool is None else told_of(entry.tool)

    def worse(entry: Entry) -> tuple[bool, bool, int, bool]:
        if entry.tool is not None:
            return relevance(entry.tool, query)
        title = entry.title.casefold()
        return False, False, 0 if title == wanted else 1 if title.startswith(wanted) else 3, False

    return sorted(found_by(entries, query, told), key=worse) if wanted else list(entries)


class CommandPalette(QDialog):
    """A line above a list; Return does the first match."""

    def __init__(self, entries: Sequence[Entry], parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("commandPalette")
        self.setAccessibleName(tr("Command palette"))
        self._entries = list(entries)
        self.line, self.list = QLineEdit(), QTreeWidget()
        self.line.setPlaceholderText(tr("What do you want to do?"))
        self.line.setAccessibleName(tr("What do you want to do?"))
        self.list.setAccessibleName(tr("Commands and tools"))
        self.list.setHeaderHidden(True)
        self.list.setColumnCount(2)
        self.list.setRootIsDecorated(False)
        self.list.header().setStretchLastSection(False)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self.line)
        column.addWidget(self.list)
        give_size(self, 480, 400)
        self.line.installEventFilter(self)
        self.line.textChanged.connect(lambda _text: self._fill())
        self.line.returnPressed.connect(lambda: self._do(self.list.currentItem()))
        self.list.itemClicked.connect(lambda item, _column: self._do(item))
        self._fill()

    def show_over(self, window: QWidget) -> None:
        """Show it over the middle of a window, ready to be typed into; it goes when it is closed."""
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.move(window.mapToGlobal(window.rect().center()) - self.rect().center())
        self.show()
        self.line.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows move through the list while the line keeps the focus."""
        if watched is self.line and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {int(Qt.Key.Key_Down): 1, int(Qt.Key.Key_Up): -1}.get(event.key())
            if step is not None and self.list.topLevelItemCount():
                self._mark((self.list.currentIndex().row() + step) % self.list.topLevelItemCount())
                return True
        return super().eventFilter(watched, event)

    def _fill(self) -> None:
        self.list.clear()
        for entry in matches(self._entries, self.line.text()):
            item = QTreeWidgetItem([tr(entry.title), tr(entry.hint)])
            item.setData(0, _ENTRY, entry)
            item.setToolTip(0, tr(entry.title))
            self.list.addTopLevelItem(item)
        self._mark(0)

    def _mark(self, row: int) -> None:
        item = self.list.topLevelItem(row)
        if item is not None:
            self.list.setCurrentItem(item)

    def _do(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            entry: Entry = item.data(0, _ENTRY)
            self.accept()
            entry.call()
