"""A classifier's first classes as bars: how probable each is, how far answers lie apart, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.gui.language import tr

if TYPE_CHECKING:
    from desktop_app.gui.viewmodel.report import Bar

_ROW, _LABEL, _LEGEND, _THICK, _GAP = 28, 88, 20, 6, 2
_TICK = 4  # half the height of a spread's ends
_MIDDLE = Qt.AlignmentFlag.AlignVCenter


class PredictionBars(QWidget):
    """The model's first classes as bars: before above after, or each with the spread of several answers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: tuple[Bar, ...] = ()
        self._titles = ("", "")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_bars(self, bars: Sequence[Bar], titles: tuple[str, str]) -> None:
        """Show classes with their probabilities; titles say what the upper and the lower bar are, where there are two.
        """
        self._bars, self._titles = tuple(bars), (tr(titles[0]), tr(titles[1]))
        self.setAccessibleName(tr(f"What the model sees: {'; '.join(_spoken(bar, titles) for bar in bars)}"))
        self.setVisible(bool(bars))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size that all bars take."""
        return QSize(200, _ROW * len(self._bars) + self._top())

    def _top(self) -> int:
        return _LEGEND if self._titles[0] else 0

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the bars."""
        painter = QPainter(self)
        if self._titles[0]:
            _draw_legend(painter, self._titles, self.palette())
        numbers = max((painter.fontMetrics().horizontalAdvance(tr(bar.numbers())) for bar in self._bars), default=0)
        for index, bar in enumerate(self._bars):
            area = QRectF(0, self._top() + index * _ROW, self.width(), _ROW)
            _draw_bar(painter, bar, area, self.palette(), numbers, has_two=bool(self._titles[0]))
        painter.end()


def _spoken(bar: Bar, titles: tuple[str, str]) -> str:
    between = f", {100 * bar.spread[0]:.0f} to {100 * bar.spread[1]:.0f} %" if bar.spread else ""
    return f"{bar.label} {bar.numbers()}{between}" + (f" ({titles[0]} → {titles[1]})" if titles[0] else "")


def _colours(palette: QPalette) -> tuple[QColor, QColor]:
    roles = QPalette.ColorRole
    return palette.color(roles.PlaceholderText), palette.color(roles.Accent)


def _draw_legend(painter: QPainter, titles: tuple[str, str], palette: QPalette) -> None:
    left = float(_LABEL)
    for title, colour in zip(titles, _colours(palette), strict=True):
        painter.fillRect(QRectF(left, _LEGEND / 2 - 4, 8, 8), colour)
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        width = painter.fontMetrics().horizontalAdvance(title)
        painter.drawText(QRectF(left + 14, 0, width, _LEGEND), _MIDDLE, title)
        left += 14 + width + 16


def _draw_bar(painter: QPainter, bar: Bar, area: QRectF, palette: QPalette, numbers: float, *, has_two: bool) -> None:
    """Draw one class: its name, its bar (before above after where there are two), and its numbers, so wide."""
    text, (faint, accent) = palette.color(QPalette.ColorRole.WindowText), _colours(palette)
    painter.setPen(text)
    name = painter.fontMetrics().elidedText(tr(bar.label), Qt.TextElideMode.ElideRight, _LABEL - 8)
    painter.drawText(QRectF(area.left(), area.top(), _LABEL, area.height()), _MIDDLE, name)
    place = QRectF(area.right() - numbers, area.top(), numbers, area.height())
    painter.drawText(place, _MIDDLE | Qt.AlignmentFlag.AlignRight, tr(bar.numbers()))
    left, width, middle = area.left() + _LABEL, area.width() - _LABEL - numbers - 12, area.center().y()
    if has_two:
        _fill(painter, QRectF(left, middle - _THICK - _GAP / 2, width, _THICK), bar.before, faint)
        _fill(painter, QRectF(left, middle + _GAP / 2, width, _THICK), bar.after, accent)
    else:
        _fill(painter, QRectF(left, middle - _THICK, width, 2 * _THICK), bar.before, accent)
    if bar.spread:
        _draw_spread(painter, left + width * bar.spread[0], left + width * bar.spread[1], middle, palette)


def _fill(painter: QPainter, room: QRectF, share: float | None, colour: QColor) -> None:
    track = QColor(colour)
    track.setAlpha(28)
    painter.fillRect(room, track)
    if share:
        painter.fillRect(QRectF(room.left(), room.top(), max(1.0, room.width() * share), room.height()), colour)


def _draw_spread(painter: QPainter, low: float, high: float, middle: float, palette: QPalette) -> None:
    """Draw from where to where most answers lie: a thin line with ends, seen on the bar and beside it."""
    roles = QPalette.ColorRole
    for colour, thick in ((palette.color(roles.Window), 4.0), (palette.color(roles.WindowText), 1.5)):
        painter.setPen(QPen(colour, thick, c=Qt.PenCapStyle.FlatCap))
        painter.drawLine(QPointF(low, middle), QPointF(max(high, low + 1), middle))
        for end in (low, high):
            painter.drawLine(QPointF(end, middle - _TICK), QPointF(end, middle + _TICK))
