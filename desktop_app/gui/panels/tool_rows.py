"""Draws the recommended tool of a task: what it is for, with a star, and its method's name beneath."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPalette
from PySide6.QtWidgets import QStyleOptionViewItem

from desktop_app.gui.panels.marked_rows import GAP, MarkedRows, fitted

_STAR = "★"
_LEADING = 2  # pixels between the two lines


class ToolDelegate(MarkedRows):
    """Paints rows that say in a role what they are recommended for in two lines."""

    def __init__(self, role: int, parent: QObject) -> None:
        super().__init__(role, parent)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return a row's size."""
        size = super().sizeHint(option, index)
        more = option.fontMetrics.height() + _LEADING if index.data(self._role) else 0
        return QSize(size.width(), size.height() + more)

    def draw(
        self, painter: QPainter, area: QRect, mark: str, text: str, palette: QPalette, is_selected: bool
    ) -> None:
        """Draw what the tool is for, a star, and its method beneath."""
        roles, middle = QPalette.ColorRole, Qt.AlignmentFlag.AlignVCenter
        half = area.height() // 2
        upper = QRect(area.left(), area.top(), area.width(), half)
        lower = upper.translated(0, half)
        painter.setPen(palette.color(roles.HighlightedText if is_selected else roles.PlaceholderText))
        painter.drawText(lower, middle, fitted(painter, text, lower))
        painter.setPen(palette.color(roles.HighlightedText if is_selected else roles.Accent))
        painter.drawText(upper, middle | Qt.AlignmentFlag.AlignRight, _STAR)
        font = QFont(painter.font())
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(palette.color(roles.HighlightedText if is_selected else roles.Text))
        room = upper.adjusted(0, 0, -painter.fontMetrics().horizontalAdvance(_STAR) - GAP, 0)
        painter.drawText(room, middle, fitted(painter, mark, room))
