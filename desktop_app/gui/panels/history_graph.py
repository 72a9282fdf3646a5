"""Draws a history row: its dot, the lines to its parent and branches, its title and mark."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPalette, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop_app.gui.language import tr
from desktop_app.gui.viewmodel.history import HistoryRow

_LANE, _HEIGHT, _RADIUS = 16, 32, 4.5


class HistoryDelegate(QStyledItemDelegate):
    """Paints rows whose data of a role is a `HistoryRow`; titles of one list line up."""

    lanes = 1

    def __init__(self, role: int, parent: QObject) -> None:
        super().__init__(parent)
        self._role = role

    def sizeHint(
        self,
        option: QStyleOptionViewItem,  # noqa: ARG002 - Qt's signature
        index: QModelIndex | QPersistentModelIndex,  # noqa: ARG002 - Qt's signature
    ) -> QSize:
        """Return a row's size."""
        return QSize(120, _HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one row."""
        row = index.data(self._role)
        if not isinstance(row, HistoryRow):
            super().paint(painter, option, index)
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if is_selected:
            painter.fillRect(option.rect, option.palette.highlight())
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, option.palette.alternateBase())
        area = QRectF(option.rect)
        _draw_lines(painter, row, area, option.palette, is_selected)
        _draw_dot(painter, row, area, option.palette, is_selected)
        self._draw_text(painter, row, area, option, is_selected)
        painter.restore()

    def _draw_text(
        self, painter: QPainter, row: HistoryRow, area: QRectF, option: QStyleOptionViewItem, is_selected: bool
    ) -> None:
        roles = QPalette.ColorRole
        plain = roles.Text if row.is_on_path else roles.PlaceholderText
        painter.setPen(option.palette.color(roles.HighlightedText if is_selected else plain))
        left = area.left() + 8 + _LANE * min(self.lanes, 6) + 4
        right = area.right() - 8
        if not row.is_saved:
            mark = tr("saving…")
            width = option.fontMetrics.horizontalAdvance(mark)
            place = QRectF(right - width, area.top(), width, area.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, mark)
            right -= width + 8
        title = option.fontMetrics.elidedText(tr(row.title), Qt.TextElideMode.ElideRight, int(right - left))
        painter.drawText(QRectF(left, area.top(), right - left, area.height()), Qt.AlignmentFlag.AlignVCenter, title)


def _x(lane: int, area: QRectF) -> float:
    return area.left() + 8 + _LANE * (min(lane, 5) + 0.5)


def _draw_lines(painter: QPainter, row: HistoryRow, area: QRectF, palette: QPalette, is_selected: bool) -> None:
    """Draw what passes by, what comes from above, what goes on below, and the branches that begin here."""
    roles = QPalette.ColorRole
    painter.setPen(QPen(palette.color(roles.HighlightedText if is_selected else roles.PlaceholderText), 1.5))
    middle, own = area.center().y(), _x(row.lane, area)
    for lane in row.through:
        painter.drawLine(QPointF(_x(lane, area), area.top()), QPointF(_x(lane, area), area.bottom()))
    if not row.is_first:
        painter.drawLine(QPointF(own, area.top()), QPointF(own, middle))
    if row.has_next:
        painter.drawLine(QPointF(own, middle), QPointF(own, area.bottom()))
    for lane in row.forks:
        path = QPainterPath(QPointF(own, middle))
        path.lineTo(_x(lane, area) - 6, middle)
        path.quadTo(_x(lane, area), middle, _x(lane, area), middle + 6)
        path.lineTo(_x(lane, area), area.bottom() + 1)
        painter.drawPath(path)


def _draw_dot(painter: QPainter, row: HistoryRow, area: QRectF, palette: QPalette, is_selected: bool) -> None:
    roles = QPalette.ColorRole
    colour = palette.color(roles.Accent if row.is_current else roles.Text if row.is_on_path else roles.PlaceholderText)
    centre = QPointF(_x(row.lane, area), area.center().y())
    painter.setPen(QPen(palette.color(roles.Highlight if is_selected else roles.Base), 2))
    painter.setBrush(palette.color(roles.HighlightedText) if is_selected else colour)
    radius = _RADIUS + 1.5 if row.is_current else _RADIUS
    painter.drawEllipse(centre, radius, radius)
