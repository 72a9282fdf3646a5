"""A small plot of how something was held against the truth; the mouse reads each mark."""

from __future__ import annotations

from math import hypot

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop_app.gui.language import tr
from desktop_app.gui.viewmodel.check_plot import CheckPlot, Mark

_HEIGHT, _MARGIN, _BELOW, _BAR = 168, 44, 34, 24
_REACH = 14.0  # pixels within which the mouse finds a mark
_LEAST, _MORE = 3.0, 8.0  # a mark's radius in pixels, and how much is added with its weight
_TICKS = 4


class CheckView(QWidget):
    """Shows a `CheckPlot`; hidden without one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plot: CheckPlot | None = None
        self.setObjectName("checkView")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_plot(None)

    def show_plot(self, plot: CheckPlot | None) -> None:
        """Show a plot, or nothing."""
        self._plot = plot
        self.setAccessibleName(tr(plot.words) if plot else "")
        self.setVisible(plot is not None)
        self.setFixedHeight(self.sizeHint().height())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size that it takes."""
        bars = self._plot.bars if self._plot else ()
        return QSize(240, _BAR * len(bars) if bars else _HEIGHT)

    def said_at(self, place: QPointF) -> str:
        """Return what is said of the mark nearest to a place, empty where none is near."""
        plot = self._plot
        near = [(hypot(*(place - self._place(mark)).toTuple()), mark.said) for mark in plot.marks] if plot else []
        distance, said = min(near, default=(_REACH, ""))
        return said if distance < _REACH else ""

    def event(self, event: QEvent) -> bool:
        """Say what is under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), tr(self.said_at(QPointF(event.pos()))), self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the plot."""
        if self._plot is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._plot.bars:
            self._draw_bars(painter, self._plot)
        else:
            self._draw_marks(painter, self._plot)
        painter.end()

    def _least(self) -> float:
        """Return the share at which both axes begin: they are a fifth long at least."""
        marks = self._plot.marks if self._plot else ()
        return min(4, int(5 * min((min(mark.across, mark.up) for mark in marks), default=0.0))) / 5

    def _area(self) -> QRectF:
        side = float(self.height() - _BELOW - 8)
        return QRectF(_MARGIN, 8, min(1.6 * side, self.width() - _MARGIN - 8.0), side)

    def _place(self, mark: Mark) -> QPointF:
        area, least = self._area(), self._least()
        across, up = ((value - least) / (1.0 - least) for value in (mark.across, mark.up))
        return QPointF(area.left() + across * area.width(), area.bottom() - up * area.height())

    def _draw_marks(self, painter: QPainter, plot: CheckPlot) -> None:
        area, least = self._area(), self._least()
        muted = self.palette().color(QPalette.ColorRole.PlaceholderText)
        painter.setPen(QPen(muted, 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.drawLine(area.bottomLeft(), area.topLeft())
        row = painter.fontMetrics().height()
        for tick in range(_TICKS + 1):
            text = f"{100 * (least + (1.0 - least) * tick / _TICKS):.0f}"
            across, up = (tick * length / _TICKS for length in (area.width(), area.height()))
            painter.drawText(QRectF(area.left() + across - 20, area.bottom() + 1, 40, row), _CENTRE, text)
            painter.drawText(QRectF(0, area.bottom() - up - row / 2, _MARGIN - 6, row), _RIGHT, text)
        below = QRectF(area.left() - _MARGIN, area.bottom() + row, area.width() + 2 * _MARGIN, row)
        painter.drawText(below, _CENTRE, tr(f"{plot.across} → {plot.up}, %"))
        painter.setPen(QPen(muted, 1, Qt.PenStyle.DashLine))
        painter.drawLine(area.bottomLeft(), area.topRight())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().color(QPalette.ColorRole.Accent))
        for mark in plot.marks:
            radius = _LEAST + _MORE * mark.weight
            painter.drawEllipse(self._place(mark), radius, radius)

    def _draw_bars(self, painter: QPainter, plot: CheckPlot) -> None:
        metrics = painter.fontMetrics()
        names = max(metrics.horizontalAdvance(tr(name)) for name, _ in plot.bars) + 12
        room = self.width() - names - metrics.horizontalAdvance("0.00") - 12
        for line, (name, length) in enumerate(plot.bars):
            top = line * _BAR
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            painter.drawText(QRectF(0, top, names, _BAR), _LEFT, tr(name))
            painter.drawText(QRectF(names + room + 8, top, self.width(), _BAR), _LEFT, f"{length:.2f}")
            painter.fillRect(QRectF(names, top + 8, room, _BAR - 16), self.palette().color(QPalette.ColorRole.Base))
            painter.fillRect(QRectF(names, top + 8, room * length, _BAR - 16),
                             self.palette().color(QPalette.ColorRole.Accent))  # fmt: skip


_CENTRE = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
