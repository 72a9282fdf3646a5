"""Draws a list's rows as ever, but for those that carry a mark: of these the text is drawn by a hand of its own."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop_app.gui.language import tr

GAP = 8
"""Pixels between what stands side by side in a row."""


class MarkedRows(QStyledItemDelegate):
    """Paints the rows whose `role` holds a word by `draw`, all others as ever.

    Parameters
    ----------
    role : int
        Of the mark.
    inset : int
        Pixels that stay free above and below what is drawn.
    """

    def __init__(self, role: int, parent: QObject, inset: int = 0) -> None:
        super().__init__(parent)
        self._role, self._inset = role, inset

    def draw(
        self, painter: QPainter, area: QRect, mark: str, text: str, palette: QPalette, is_selected: bool
    ) -> None:
        """Draw a marked row's text and mark into an area; the row's ground, selection and icon are there."""
        raise NotImplementedError

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one row."""
        mark = index.data(self._role)
        if not mark:
            super().paint(painter, option, index)
            return
        self.initStyleOption(option, index)
        text, option.text = option.text, ""
        widget = option.widget
        style = widget.style() if isinstance(widget, QWidget) else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, widget)
        area = style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, option, widget)
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        self.draw(painter, area.adjusted(3, self._inset, -GAP, -self._inset), mark, text, option.palette, is_selected)
        painter.restore()


def fitted(painter: QPainter, text: str, room: QRect) -> str:
    """Return the text with an ellipsis where it is too long for the room."""
    return painter.fontMetrics().elidedText(tr(text), Qt.TextElideMode.ElideRight, room.width())
