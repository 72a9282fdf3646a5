"""Widgets beside each other, in as many rows as the width asks for."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Lays widgets out as words in a paragraph; hidden ones take no room.

    Those of a group stay in one row wherever they fit into one: a group that does not fit beside those before it begins
    a row of its own.

    Parameters
    ----------
    parent : QWidget
        Whose widgets they are.
    gap, group_gap : int
        Pixels between two widgets, and between two groups in one row.
    """

    def __init__(self, parent: QWidget, gap: int = 8, group_gap: int = 24) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gaps: dict[QLayoutItem, int] = {}  # inside a group, by its first item
        self._spare: QLayoutItem | None = None
        self._gap, self._group_gap = gap, group_gap

    def add_group(self, *widgets: QWidget, gap: int | None = None) -> None:
        """Add widgets that belong together; between them there may be another gap than elsewhere."""
        first = len(self._items)
        for widget in widgets:
            self.addWidget(widget)
        self._gaps[self._items[first]] = self._gap if gap is None else gap

    def add_spare(self, widget: QWidget) -> None:
        """Add a last widget that is shown only where the last row has room for it: it says what is said elsewhere."""
        self.addWidget(widget)
        self._spare = self._items[-1]

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
            size = size if item is self._spare else size.expandedTo(item.minimumSize())
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
        if is_real and self._spare is not None:
            self._spare.setGeometry(QRect())  # until it has a place
        for row in rows:
            height = max(item.sizeHint().height() for item, _ in row)
            for item, left in row:
                size = item.sizeHint().boundedTo(QSize(inside.width(), height))
                if is_real:
                    item.setGeometry(QRect(QPoint(inside.left() + left, top + (height - size.height()) // 2), size))
            top += height + self._gap
        return top - (self._gap if rows else 0) - area.top() + margins.bottom()

    def _rows(self, width: int) -> list[list[tuple[QLayoutItem, int]]]:
        """Return the items of each row, with how far they stand from its left end."""
        rows: list[list[tuple[QLayoutItem, int]]] = []
        used = 0
        for inner, group in self._groups():
            needs = [item.sizeHint().width() for item in group]
            fits = bool(rows) and used + self._group_gap + sum(needs) + inner * (len(group) - 1) <= width
            if group == [self._spare] and not fits:
                continue
            for number, (item, need) in enumerate(zip(group, needs, strict=True)):
                if fits or (number > 0 and used + inner + need <= width):
                    used += inner if number else self._group_gap
                    rows[-1].append((item, used))
                else:
                    rows.append([(item, 0)])
                    used = 0
                used += need
        return rows

    def _groups(self) -> list[tuple[int, list[QLayoutItem]]]:
        """Return the items that take room, those that belong together in one list, with the gap between them."""
        groups: list[tuple[int, list[QLayoutItem]]] = []
        is_open = False
        for item in self._items:
            if item in self._gaps or item is self._spare or not is_open:
                is_open = item in self._gaps
                groups.append((self._gaps.get(item, self._gap), []))
            if not item.isEmpty():
                groups[-1][1].append(item)
        return [(gap, group) for gap, group in groups if group]
