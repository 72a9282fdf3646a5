"""Draws a list's rows with a badge at their right: a word in a rounded frame."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

_GAP, _PADDING = 8, 8
_TRUSTED = "calibrated"


class BadgeDelegate(QStyledItemDelegate):
    """Paints rows that have a word in a role as ever, and that word beside their text."""

    def __init__(self, role: int, parent: QObject) -> None:
        super().__init__(parent)
        self._role = role

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one row."""
        badge = index.data(self._role)
        if not badge:
            super().paint(painter, option, index)
            return
        self.initStyleOption(option, index)
        text, option.text = option.text, ""
        widget = option.widget
        style = widget.style() if isinstance(widget, QWidget) else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, widget)
        area = style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, option, widget).adjusted(3, 0, -_GAP, 0)
        painter.save()
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        left = draw_badge(painter, badge, area, option.palette, is_selected=is_selected)
        room = QRect(area.left(), area.top(), left - _GAP - area.left(), area.height())
        roles = QPalette.ColorRole
        painter.setPen(option.palette.color(roles.HighlightedText if is_selected else roles.Text))
        fitted = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, fitted)
        painter.restore()


def draw_badge(painter: QPainter, text: str, area: QRect, palette: QPalette, *, is_selected: bool) -> int:
    """Draw a badge at the right end of an area, and return where it begins: filled where the word is one of trust."""
    roles, metrics = QPalette.ColorRole, painter.fontMetrics()
    width, height = metrics.horizontalAdvance(text) + 2 * _PADDING, metrics.height() + 2
    box = QRectF(area.right() - width, area.center().y() - height / 2 + 0.5, width, height)
    is_trusted = text == _TRUSTED
    line = palette.color(roles.HighlightedText if is_selected else roles.Highlight if is_trusted else roles.Mid)
    ink = palette.color(roles.HighlightedText if is_selected or is_trusted else roles.PlaceholderText)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(line)
    painter.setBrush(palette.color(roles.Highlight) if is_trusted else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box, height / 2, height / 2)
    painter.setPen(ink)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    return int(box.left())
