"""Draws a list's rows with a badge at their right: a word in a rounded frame."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPalette

from desktop_app.gui.language import tr
from desktop_app.gui.panels.marked_rows import GAP, MarkedRows, fitted

_PADDING = 8
_TRUSTED = "calibrated"


class BadgeDelegate(MarkedRows):
    """Paints rows that have a word in a role with that word beside their text."""

    def draw(
        self, painter: QPainter, area: QRect, mark: str, text: str, palette: QPalette, is_selected: bool
    ) -> None:
        """Draw the text, and its badge at the right."""
        left = draw_badge(painter, mark, area, palette, is_selected=is_selected)
        room = QRect(area.left(), area.top(), left - GAP - area.left(), area.height())
        roles = QPalette.ColorRole
        painter.setPen(palette.color(roles.HighlightedText if is_selected else roles.Text))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, fitted(painter, text, room))


def draw_badge(painter: QPainter, text: str, area: QRect, palette: QPalette, *, is_selected: bool) -> int:
    """Draw a badge at the right end of an area, and return where it begins: filled where the word is one of trust."""
    roles, metrics = QPalette.ColorRole, painter.fontMetrics()
    word = tr(text)
    width, height = metrics.horizontalAdvance(word) + 2 * _PADDING, metrics.height() + 2
    box = QRectF(area.right() - width, area.center().y() - height / 2 + 0.5, width, height)
    is_trusted = text == _TRUSTED
    line = palette.color(roles.HighlightedText if is_selected else roles.Highlight if is_trusted else roles.Mid)
    ink = palette.color(roles.HighlightedText if is_selected or is_trusted else roles.PlaceholderText)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(line)
    painter.setBrush(palette.color(roles.Highlight) if is_trusted else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box, height / 2, height / 2)
    painter.setPen(ink)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, word)
    return int(box.left())
