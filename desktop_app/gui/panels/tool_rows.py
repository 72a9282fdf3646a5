"""Draws the recommended tool of a task: what it is for, with a star, and its method's name beneath."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

_STAR, _GAP = "★", 8


class ToolDelegate(QStyledItemDelegate):
    """Paints rows that say in a role what they are recommended for in two lines, all others as ever."""

    def __init__(self, role: int, parent: QObject) -> None:
        super().__init__(parent)
        self._role = role

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return a row's size."""
        size = super().sizeHint(option, index)
        more = option.fontMetrics.height() if index.data(self._role) else 0
        return QSize(size.width(), size.height() + more)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one row."""
        job = index.data(self._role)
        if not job:
            super().paint(painter, option, index)
            return
        self.initStyleOption(option, index)
        method, option.text = option.text, ""
        widget = option.widget
        style = widget.style() if isinstance(widget, QWidget) else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, widget)
        area = style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, option, widget).adjusted(3, 2, -_GAP, -2)
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        _draw(painter, area, job, method, option.palette, is_selected)
        painter.restore()


def _draw(painter: QPainter, area: QRect, job: str, method: str, palette: QPalette, is_selected: bool) -> None:
    roles, middle = QPalette.ColorRole, Qt.AlignmentFlag.AlignVCenter
    half = area.height() // 2
    upper = QRect(area.left(), area.top(), area.width(), half)
    lower = upper.translated(0, half)
    painter.setPen(palette.color(roles.HighlightedText if is_selected else roles.PlaceholderText))
    painter.drawText(lower, middle, _fitted(painter, method, lower))
    painter.setPen(palette.color(roles.HighlightedText if is_selected else roles.Accent))
    painter.drawText(upper, middle | Qt.AlignmentFlag.AlignRight, _STAR)
    font = QFont(painter.font())
    font.setWeight(QFont.Weight.DemiBold)
    painter.setFont(font)
    painter.setPen(palette.color(roles.HighlightedText if is_selected else roles.Text))
    room = upper.adjusted(0, 0, -painter.fontMetrics().horizontalAdvance(_STAR) - _GAP, 0)
    painter.drawText(room, middle, _fitted(painter, job, room))


def _fitted(painter: QPainter, text: str, room: QRect) -> str:
    return painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
