"""How one picture fared against another: a point between their names, with its interval."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.gui.language import tr
from desktop_app.gui.viewmodel.study import PairView

_NAMES, _TRACK, _MARGIN = 22, 26, 9


class PreferenceBar(QWidget):
    """Draws the share of votes nearer to the name that got more of them, and the interval that it may lie in."""

    def __init__(self, pair: PairView) -> None:
        super().__init__()
        self._pair = pair
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr(pair.sentence))

    def sizeHint(self) -> QSize:
        """Return room for the names above the track."""
        return QSize(320, _NAMES + _TRACK)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint names, track, middle, interval, point."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles, palette, pair = QPalette.ColorRole, self.palette(), self._pair
        track = QRectF(_MARGIN, _NAMES + _TRACK / 2 - 3, self.width() - 2 * _MARGIN, 6)
        _draw_names(painter, pair, QRectF(0, 0, self.width(), _NAMES), palette)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(roles.Midlight))
        painter.drawRoundedRect(track, 3, 3)
        if pair.share is not None:
            accent = palette.color(roles.Accent)
            faint = palette.color(roles.Accent)
            faint.setAlphaF(0.45)
            painter.setBrush(faint)
            left, right = (track.left() + end * track.width() for end in (pair.low, pair.high))
            painter.drawRoundedRect(QRectF(left, track.top(), max(right - left, 6.0), track.height()), 3, 3)
            painter.setBrush(accent)
            painter.drawEllipse(QPointF(track.left() + pair.share * track.width(), track.center().y()), 7, 7)
        painter.fillRect(QRectF(track.center().x(), track.top() - 5, 1, 16), palette.color(roles.PlaceholderText))
        painter.end()


def _draw_names(painter: QPainter, pair: PairView, area: QRectF, palette: QPalette) -> None:
    painter.setPen(palette.color(QPalette.ColorRole.WindowText))
    room = int(area.width() / 2) - 8
    sides = ((pair.second, Qt.AlignmentFlag.AlignLeft), (pair.first, Qt.AlignmentFlag.AlignRight))
    for name, side in sides:
        text = painter.fontMetrics().elidedText(tr(name), Qt.TextElideMode.ElideRight, room)
        painter.drawText(area, side | Qt.AlignmentFlag.AlignVCenter, text)


class PreferenceCard(QFrame):
    """A bar with its sentence."""

    def __init__(self, pair: PairView) -> None:
        super().__init__()
        self.setProperty("role", "card")
        text = QLabel(tr(pair.sentence))
        text.setWordWrap(True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 12)
        column.setSpacing(8)
        column.addWidget(PreferenceBar(pair))
        column.addWidget(text)
