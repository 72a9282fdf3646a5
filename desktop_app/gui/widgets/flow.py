"""Widgets beside each other, in as many rows as the width asks for."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Lays widgets out as words in a paragraph; hidden ones take no room."""

    def __init__(self, parent: QWidget, gap: int = 8) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap = gap

    def addItem(self, item: QLayoutItem) -> None:
        """Add an item at the end."""
        self._items.append(item)

    def count(self) -> int:
        """Return how many items there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """Return an item, None beyond the last."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Take an item out and return it."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """Return that it needs no more room than it asks for."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """Return that a narrower one is higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height at a width."""
        return self._arrange(QRect(0, 0, width, 0), is_real=False)

    def sizeHint(self) -> QSize:
        """Return the least size."""
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        """Return the size of the largest item: the others stand below it."""
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        margins = self.contentsMargins()
        return size + QSize(margins.left() + margins.right(), margins.top() + margins.bottom())

    def setGeometry(self, area: QRect) -> None:
        """Place the items."""
        super().setGeometry(area)
        self._arrange(area, is_real=True)

    def _arrange(self, area: QRect, *, is_real: bool) -> int:
        """Place the items row by row, in the middle of their rows, and return the height that they take."""
        margins = self.contentsMargins()
        inside = area.marginsRemoved(margins)
        top, rows = inside.top(), self._rows(inside.width())
        for row in rows:
            height, left = max(item.sizeHint().height() for item in row), inside.left()
            for item in row:
                size = item.sizeHint().boundedTo(QSize(inside.width(), height))
                if is_real:
                    item.setGeometry(QRect(QPoint(left, top + (height - size.height()) // 2), size))
                left += size.width() + self._gap
            top += height + self._gap
        return top - (self._gap if rows else 0) - area.top() + margins.bottom()

    def _rows(self, width: int) -> list[list[QLayoutItem]]:
        rows: list[list[QLayoutItem]] = []
        used = 0
        for item in self._items:
            if item.isEmpty():
                continue
            need = item.sizeHint().width()
            if rows and used + self._gap + need <= width:
                rows[-1].append(item)
                used += self._gap + need
            else:
                rows.append([item])
                used = need
        return rows
