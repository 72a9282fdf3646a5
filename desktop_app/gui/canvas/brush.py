"""Painting on the canvas: moves of the left button become strokes in photo pixels."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QCursor, QMouseEvent, QPainter, QPen, QPixmap

from desktop_app.gui.canvas.widget import Canvas

_LARGEST_CURSOR = 256  # logical pixels: larger ones are not shown everywhere


class BrushTool(QObject):
    """Watches a canvas while it is switched on.

    Signals
    -------
    began : QPointF
        The user pressed the button here, in photo pixels.
    stroked : QPointF, QPointF
        The user painted from here to there, in photo pixels.
    ended
        The user let go.
    """

    began = Signal(QPointF)
    stroked = Signal(QPointF, QPointF)
    ended = Signal()

    def __init__(self, canvas: Canvas, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._size = 40.0
        self._last: QPointF | None = None
        self.is_on = False
        canvas.viewChanged.connect(lambda _view: self._show_cursor())

    def switch(self, is_on: bool) -> None:
        """Paint with the left button, or leave it to the canvas again."""
        if is_on == self.is_on:
            return
        self._end()
        self.is_on = is_on
        if is_on:
            self._canvas.installEventFilter(self)
            self._show_cursor()
        else:
            self._canvas.removeEventFilter(self)
            self._canvas.setCursor(Qt.CursorShape.CrossCursor)

    def set_size(self, size: float) -> None:
        """Show a brush of a diameter in photo pixels."""
        self._size = size
        self._show_cursor()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Take the left button's presses and moves; all else is the canvas's."""
        if not isinstance(event, QMouseEvent) or self._canvas.pans:
            return False
        kind, spot = event.type(), event.position()
        if kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
            return event.button() == Qt.MouseButton.LeftButton and self._begin(spot)
        if kind == QEvent.Type.MouseButtonRelease and event.button() == Qt.MouseButton.LeftButton:
            self._end()
            return True
        if kind == QEvent.Type.MouseMove and not event.buttons() & Qt.MouseButton.MiddleButton:
            self._canvas.look_at(spot)
            self._go_on(spot)
            return True
        return False

    def _begin(self, spot: QPointF) -> bool:
        self._last = self._canvas.photo_point(spot)
        if self._last is not None:
            self.began.emit(self._last)
            self.stroked.emit(self._last, self._last)
        return True

    def _end(self) -> None:
        if self._last is not None:
            self._last = None
            self.ended.emit()

    def _go_on(self, spot: QPointF) -> None:
        here = self._canvas.photo_point(spot)
        if self._last is not None and here is not None:
            self.stroked.emit(self._last, here)
            self._last = here

    def _show_cursor(self) -> None:
        if not self.is_on:
            return
        side = self._size * self._canvas.view().zoom / self._canvas.devicePixelRatioF()
        self._canvas.setCursor(circle_cursor(side) if 4 <= side <= _LARGEST_CURSOR else Qt.CursorShape.CrossCursor)


def circle_cursor(side: float) -> QCursor:
    """Return a ring of a diameter in logical pixels, light with a dark rim so that it is seen on any photo."""
    reach = round(side) + 4
    picture = QPixmap(reach, reach)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for width, colour in ((3.0, QColor(0, 0, 0, 140)), (1.2, QColor(255, 255, 255))):
        painter.setPen(QPen(colour, width))
        painter.drawEllipse(QPointF(reach / 2, reach / 2), side / 2, side / 2)
    painter.end()
    return QCursor(picture, reach // 2, reach // 2)
