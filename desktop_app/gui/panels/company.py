"""Who else is asked: what a tool that questions several at once takes beside the one that was picked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from desktop_app.gui.language import tr
from desktop_app.gui.panels.pieces import ignore_idle_wheel

_MOST_ROWS = 5
_ROW_GAP = 8  # pixels between two rows' letters
_ID = Qt.ItemDataRole.UserRole


class Company(QListWidget):
    """A short list of names to tick.

    Parameters
    ----------
    title : str
        What screen readers call it.
    """

    changed = Signal()

    def __init__(self, title: str, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(tr(title))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        ignore_idle_wheel(self)
        self.itemChanged.connect(self.changed)

    def offer(self, items: Sequence[tuple[str, str]], ticked: Iterable[str]) -> None:
        """Show names and ids, and tick those of these ids; emits nothing."""
        blocked, chosen = QSignalBlocker(self), set(ticked)
        row_height = self.fontMetrics().height() + _ROW_GAP
        self.clear()
        for title, value in items:
            item = QListWidgetItem(tr(title), self)
            item.setData(_ID, value)
            item.setToolTip(tr(title))
            item.setSizeHint(QSize(0, row_height))
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if value in chosen else Qt.CheckState.Unchecked)
        rows = min(max(len(items), 1), _MOST_ROWS)
        self.setFixedHeight(rows * row_height + 2 * self.frameWidth())
        del blocked

    def ticked(self) -> list[str]:
        """Return the ids that are ticked, in the list's order."""
        return [item.data(_ID) for item in self._items() if item.checkState() == Qt.CheckState.Checked]

    def _items(self) -> list[QListWidgetItem]:
        return [self.item(row) for row in range(self.count())]
