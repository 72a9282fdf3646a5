"""Drawing on the photo what a crop keeps, or a line that is to be level: presses and moves in photo pixels."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent

from desktop_app.gui.canvas.widget import Canvas


class FrameTool(QObject):
    """Watches a canvas while it is switched on.

    Signals
    -------
    pressed : QPointF
        The user took hold of something here, in photo pixels.
    moved : QPointF
        The pointer is here, in photo pixels; something may be held or not.
    released : QPointF
        The user let go here, in photo pixels.
    confirmed
        The user clicked twice.
    """

    pressed = Signal(QPointF)
    moved = Signal(QPointF)
    released = Signal(QPointF)
    confirmed = Signal()

    def __init__(self, canvas: Canvas, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._is_held = False
        self.is_on = False

    def switch(self, is_on: bool) -> None:
        """Take the left button, or leave it to the canvas again."""
        if is_on == self.is_on:
            return
        self.is_on, self._is_held = is_on, False
        if is_on:
            self._canvas.installEventFilter(self)
        else:
            self._canvas.removeEventFilter(self)
            self._canvas.setCursor(Qt.CursorShape.CrossCursor)

    def show_cursor(self, cursor: Qt.CursorShape) -> None:
        """Show what a press would do here."""
        self._canvas.setCursor(cursor)

    def reach(self, pixels: float) -> float:
        """Return a length of the window, in logical pixels, in those of the photo."""
        return pixels * self._canvas.devicePixelRatioF() / self._canvas.view().zoom

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Take the left button's presses and moves, while no key gives them to the canvas; all else is the canvas's."""
        if not isinstance(event, QMouseEvent) or self._canvas.pans:
            return False
        kind, spot = event.type(), self._canvas.photo_point(event.position())
        if spot is None:
            return False
        is_left = event.button() == Qt.MouseButton.LeftButton
        if kind == QEvent.Type.MouseButtonPress and is_left:
            self._is_held = True
            self.pressed.emit(spot)
        elif kind == QEvent.Type.MouseButtonRelease and is_left and self._is_held:
            self._is_held = False
            self.released.emit(spot)
        elif kind == QEvent.Type.MouseButtonDblClick and is_left:
            self.confirmed.emit()
        elif kind == QEvent.Type.MouseMove and not event.buttons() & Qt.MouseButton.MiddleButton:
            self._canvas.look_at(event.position())
            self.moved.emit(spot)
        else:
            return False
        return True
