"""The histogram: how often each tone occurs, and lamps for what is clipped. It knows numbers only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QToolTip, QWidget

from desktop_app.gui.language import tr

_COLOURS = {3: (QColor(0xE0, 0x50, 0x50), QColor(0x48, 0xB0, 0x58), QColor(0x50, 0x80, 0xE8))}
_LAMP = 16.0  # logical pixels
_MARGIN = 8.0
_UNSEEN = 5e-5  # a share below it is printed as 0.00 %


@dataclass(frozen=True, eq=False)
class Tones:
    """What is shown: for each channel (and for the brightness) 256 shares, and the shares that are clipped."""

    channels: tuple[Sequence[float], ...]
    luminance: Sequence[float]
    shadows: float
    lights: float

    def text(self) -> str:
        """Return what a screen reader says."""
        if not self.shadows and not self.lights:
            return "No pixel is clipped."
        return (f"{_percent(self.shadows)} of the pixels are clipped in the shadows, {_percent(self.lights)} in the "
                "highlights.")  # fmt: skip


class HistogramView(QWidget):
    """Draws tones.

    Signals
    -------
    clippingAsked
        The user pressed a lamp: what is clipped is to be marked on the photo, or no longer.
    """

    clippingAsked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tones: Tones | None = None
        self.setObjectName("histogram")
        self.setAccessibleName(tr("Histogram"))
        self.setMinimumHeight(96)
        self.setMouseTracking(True)

    def tones(self) -> Tones | None:
        """Return what is shown."""
        return self._tones

    def show_tones(self, tones: Tones | None) -> None:
        """Show a photo's tones; None for no photo."""
        self._tones = tones
        self.setAccessibleDescription(tr(tones.text() if tones is not None else "No photo is open."))
        self.update()

    def sizeHint(self) -> QSize:
        """Return a size that suits a panel."""
        return QSize(256 + 2 * int(_MARGIN), 144)

    def lamps(self) -> tuple[QRectF, QRectF]:
        """Return the places of the lamps, shadows first."""
        size = QSize(int(_LAMP), int(_LAMP))
        area = self._area()
        return QRectF(area.topLeft(), size), QRectF(area.topRight() - QPointF(_LAMP, 0), size)

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the curves, then the lamps."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self._area()
        painter.fillRect(area, self.palette().color(QPalette.ColorRole.Base))
        if self._tones is None:
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, tr("Open a photo to see its tones"))
            return
        highest = _highest(self._tones)
        self._paint_quarters(painter, area)
        for shares, colour in zip(self._tones.channels, _COLOURS.get(len(self._tones.channels), ()), strict=False):
            fill = QColor(colour)
            fill.setAlpha(90)
            painter.setPen(QPen(colour, 1.0))
            painter.setBrush(fill)
            painter.drawPolygon(_curve(shares, area, highest))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Text), 1.5))
        painter.drawPolyline(_curve(self._tones.luminance, area, highest))
        for lamp, share in zip(self.lamps(), (self._tones.shadows, self._tones.lights), strict=True):
            self._paint_lamp(painter, lamp, share)

    def _paint_quarters(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Mid), 1.0))
        for quarter in (1, 2, 3):
            x = round(area.left() + area.width() * quarter / 4) + 0.5
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))

    def _paint_lamp(self, painter: QPainter, lamp: QRectF, share: float) -> None:
        """Draw a triangle in the upper corner: lit where something is clipped there."""
        is_left = lamp.left() < self.rect().center().x()
        colour = QColor(0x50, 0x80, 0xE8) if is_left else QColor(0xE0, 0x50, 0x50)
        painter.setPen(QPen(colour if share else self.palette().color(QPalette.ColorRole.Mid), 1.0))
        painter.setBrush(colour if share else Qt.BrushStyle.NoBrush)
        inner = lamp.adjusted(3, 3, -3, -3)
        corners = (inner.topLeft(), inner.topRight(), inner.bottomLeft() if is_left else inner.bottomRight())
        painter.drawPolygon(QPolygonF(corners))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask for the clipping to be marked where a lamp is pressed."""
        if any(lamp.contains(event.position()) for lamp in self.lamps()):
            self.clippingAsked.emit()

    def event(self, event: QEvent) -> bool:
        """Say what a lamp means under the pointer."""
        if isinstance(event, QHelpEvent) and self._tones is not None:
            shadows, lights = self.lamps()
            spot = QPointF(event.pos())
            told = self._tones.text() + " Press to mark them on the photo."
            QToolTip.showText(event.globalPos(), told if shadows.contains(spot) or lights.contains(spot) else "", self)
            return True
        return super().event(event)


def _highest(tones: Tones) -> float:
    """Return the share that reaches the top: clipped ends are left out, or nothing else would be seen."""
    curves = [list(shares)[1:255] for shares in (*tones.channels, tones.luminance)]
    return max((max(curve) for curve in curves), default=0.0) or 1.0


def _curve(shares: Sequence[float], area: QRectF, highest: float) -> QPolygonF:
    step, floor = area.width() / 255.0, area.bottom()
    inner = [
        QPointF(area.left() + step * level, floor - area.height() * min(share / highest, 1.0))
        for level, share in enumerate(shares)
    ]
    return QPolygonF([QPointF(area.left(), floor), *inner, QPointF(area.right(), floor)])


def _percent(share: float) -> str:
    return "less than 0.01 %" if 0 < share < _UNSEEN else f"{100 * share:.2f} %"
