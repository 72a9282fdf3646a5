"""The scale of a map: its colours, round numbers below them, its name and unit above."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.gui.language import tr
from desktop_app.gui.widgets.ticks import nice_ticks, tick_labels

_BAR_HEIGHT = 14
_TICK = 4


@dataclass(frozen=True)
class ColourScale:
    """What a colour bar says.

    Parameters
    ----------
    name, unit : str
        The map's; the unit may be empty.
    low, high : float
        The values of the first and the last colour, in the unit.
    table : tuple of int
        Colours ``0xAARRGGBB`` from low to high; a last transparent one ("no value") is left out.
    """

    name: str
    unit: str
    low: float
    high: float
    table: tuple[int, ...]

    @property
    def title(self) -> str:
        """Name and unit in one line."""
        return f"{self.name} ({self.unit})" if self.unit else self.name


class ColourBar(QWidget):
    """Shows a `ColourScale`; empty until one is set.

    Parameters
    ----------
    parent : QWidget, optional
        Its owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale: ColourScale | None = None
        self.setObjectName("colour_bar")
        self.setAccessibleName(tr("Colour bar"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def scale(self) -> ColourScale | None:
        """Return what is shown."""
        return self._scale

    def set_scale(self, scale: ColourScale | None) -> None:
        """Show a scale, or nothing."""
        if scale == self._scale:
            return
        self._scale = scale
        text = f"{scale.title}: from {scale.low:.4g} to {scale.high:.4g}" if scale else "no map"
        self.setAccessibleDescription(tr(text))
        self.setToolTip(tr(text if scale else ""))
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for two lines of text and the bar."""
        return QSize(240, 2 * self.fontMetrics().height() + _BAR_HEIGHT + _TICK + 14)

    def minimumSizeHint(self) -> QSize:
        """Return the least width at which the numbers stay apart."""
        return QSize(120, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw title, colours, ticks."""
        if self._scale is None:
            return
        painter = QPainter(self)
        line = self.fontMetrics().height()
        bar = QRectF(0, line + 6, self.width(), _BAR_HEIGHT)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        room = int(bar.width())
        title = self.fontMetrics().elidedText(tr(self._scale.title), Qt.TextElideMode.ElideRight, room)
        painter.drawText(QPointF(bar.left(), self.fontMetrics().ascent() + 2), title)
        _paint_colours(painter, bar, self._scale.table)
        _paint_ticks(painter, bar, self._scale)
        painter.end()


def _paint_colours(painter: QPainter, bar: QRectF, table: tuple[int, ...]) -> None:
    colours = table[:-1] if table and table[-1] >> 24 == 0 else table
    gradient = QLinearGradient(bar.topLeft(), bar.topRight())
    for number, colour in enumerate(colours):
        gradient.setColorAt(number / max(len(colours) - 1, 1), QColor.fromRgba(colour))
    painter.fillRect(bar, gradient)


def _paint_ticks(painter: QPainter, bar: QRectF, scale: ColourScale) -> None:
    metrics = painter.fontMetrics()
    ticks = nice_ticks(scale.low, scale.high, max(2, int(bar.width() / 56)))
    for tick, text in zip(ticks, tick_labels(ticks), strict=True):
        share = (tick - scale.low) / (scale.high - scale.low) if scale.high > scale.low else 0.0
        x = bar.left() + share * (bar.width() - 1)
        painter.fillRect(QRectF(x, bar.bottom(), 1, _TICK), painter.pen().color())
        width = metrics.horizontalAdvance(tr(text))
        left = min(max(x - width / 2, 0.0), bar.right() - width)
        painter.drawText(QPointF(left, bar.bottom() + _TICK + metrics.ascent() + 2), tr(text))
