"""The widget: turns wheel, pinch, mouse, keys and drops into wishes, and paints the frame that comes of them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QWidget

from desktop_app.gui.canvas.geometry import Rect, ViewState
from desktop_app.gui.canvas.paint import EMPTY_HINT, GRIP_RADIUS, paint_focus, paint_frame, style_of
from desktop_app.gui.canvas.resolve import Frame
from desktop_app.gui.canvas.scene import CanvasScene, ProbePoint
from desktop_app.gui.canvas.stage import Stage
from desktop_app.gui.canvas.wishes import Drag, HeldLoupe, keyed
from desktop_app.gui.language import tr

_WHEEL_DOUBLING = 360.0  # eighths of a degree of wheel, or trackpad pixels, that double the zoom: three notches
_LINE_REACH = 8.0  # logical pixels beside the split line that still take hold of it


class Canvas(QWidget):
    """Shows a photo, what it is compared with, and a map over it; the user zooms, pans, compares and probes.

    Wheel and pinch zoom at the pointer, a drag pans (with Space held, whatever else it would do), a double click goes
    from fit to 100% and back; F fits, 1 is 100%, + and - zoom, arrows pan, Alt with left or right moves the split.

    Signals
    -------
    probed : ProbePoint or None
        The image pixel under the pointer changed.
    viewChanged : ViewState
        The view changed, but not by `set_view`: by the user, or by a new size of the window or of the photo.
    splitChanged : float
        The user moved the split, in [0, 1].
    filesDropped : list of str
        Paths of files that were dropped here.
    """

    probed = Signal(object)
    viewChanged = Signal(object)
    splitChanged = Signal(float)
    filesDropped = Signal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = Stage()
        self._painted: Frame | None = None
        self._drag: Drag | None = None
        self._pointer: QPointF | None = None
        self._pixel: ProbePoint | None = None
        self._shows_focus = False
        self._loupe = HeldLoupe()
        self.pans = False  # whether the left button moves the photo, whatever else it would do: Space is held
        self.setObjectName("canvas")
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.grabGesture(Qt.GestureType.PinchGesture)
        self.setAccessibleName(tr("Photo canvas"))
        self.setAccessibleDescription(tr(EMPTY_HINT))

    # What is shown.

    def scene(self) -> CanvasScene:
        """Return what is shown."""
        return self._stage.scene

    def view(self) -> ViewState:
        """Return which part of the photo is seen, and how large."""
        return self._stage.view

    def visible_region(self) -> Rect:
        """Return the part of the photo that is seen, in whole image pixels; of no size without a photo."""
        return self._stage.visible_region()

    def set_scene(self, scene: CanvasScene) -> None:
        """Show a scene; a photo of the same shape keeps the view, another is fitted (`viewChanged` then says so)."""
        self._show(self._current().with_scene(scene))

    def set_view(self, view: ViewState) -> None:
        """Show a part of the photo, without a signal; it is kept within the photo and the limits of zoom."""
        self._show(self._current().with_view(view), is_told=True)

    def photo_point(self, spot: QPointF) -> QPointF | None:
        """Return the point of the photo, in its pixels, at a place of the widget; None without a photo."""
        point = self._stage.photo_point(*self._device(spot))
        return None if point is None else QPointF(*point)

    def look_at(self, spot: QPointF) -> None:
        """Take a place of the widget for the pointer's, and say which pixel is there."""
        self._pointer = spot
        self._move_loupe()
        self._probe()

    # What the user asks for.

    def fit(self) -> None:
        """Show the whole photo."""
        self._show(self._current().fitted())

    def actual_size(self) -> None:
        """Show one photo pixel on one device pixel: 100%."""
        self.zoom_to(1.0)

    def zoom_in(self) -> None:
        """Zoom in by a factor of √2."""
        self._show(self._current().nearer())

    def zoom_out(self) -> None:
        """Zoom out by a factor of √2."""
        self._show(self._current().farther())

    def zoom_to(self, zoom: float, at: QPointF | None = None) -> None:
        """Zoom (1 is 100%) with a point of the widget, or the middle, held still."""
        self._show(self._current().zoomed(zoom, None if at is None else self._device(at)))

    def pan(self, dx: float, dy: float) -> None:
        """Move the photo right and down, in logical pixels."""
        ratio = self.devicePixelRatioF()
        self._show(self._current().panned(dx * ratio, dy * ratio))

    def toggle_loupe(self, zoom: float) -> None:
        """Show what is under the pointer at a zoom (1 is 100%), or no longer.

        A key that switches it on and is held ends it when it is let go.
        """
        self._loupe.toggle(zoom)
        self._hold_loupe()

    def _move_loupe(self) -> None:
        if self._loupe.zoom:
            self._hold_loupe()

    def _hold_loupe(self) -> None:
        spot = None if self._pointer is None else self._device(self._pointer)
        self._show(self._loupe.over(self._current(), spot, self.devicePixelRatioF()))

    # From wish to frame.

    def _current(self) -> Stage:
        ratio = self.devicePixelRatioF()
        size = max(round(self.width() * ratio), 1), max(round(self.height() * ratio), 1)
        return self._stage if size == self._stage.size else self._stage.with_size(size)

    def _device(self, spot: QPointF) -> tuple[float, float]:
        ratio = self.devicePixelRatioF()
        return spot.x() * ratio, spot.y() * ratio

    def _show(self, stage: Stage, *, is_told: bool = False) -> None:
        old, self._stage = self._stage, stage
        if stage.frame() != self._painted:
            self.update()
        if stage.image != old.image or stage.view != old.view:
            self._describe()
        if stage.view != old.view and not is_told:
            self.viewChanged.emit(stage.view)
        self._probe()

    def _show_wish(self, stage: Stage) -> None:
        has_moved = stage.scene.split != self._stage.scene.split
        self._show(stage)
        if has_moved:
            self.splitChanged.emit(stage.scene.split)

    def _describe(self) -> None:
        size = self._stage.image
        text = f"{size[0]} × {size[1]} pixels, shown at {self.view().percent:.0f}%" if size else EMPTY_HINT
        self.setAccessibleDescription(tr(text))

    def _probe(self) -> None:
        pixel = None if self._pointer is None else self._stage.pixel_at(*self._device(self._pointer))
        if pixel != self._pixel:
            self._pixel = pixel
            self.probed.emit(pixel)

    # Events.

    def sizeHint(self) -> QSize:
        """Return a size that suits a small screen."""
        return QSize(960, 640)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the frame."""
        painter, style = QPainter(self), style_of(self.palette())
        self._painted = self._stage.frame()
        paint_frame(painter, self._painted, style, self.devicePixelRatioF())
        if self._shows_focus:
            paint_focus(painter, self.rect(), self.palette())
        painter.end()

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Fit again, or keep the middle."""
        self._show(self._current())

    def event(self, event: QEvent) -> bool:
        """Take pinches, of touch screens and of trackpads, and a move to a screen of another density."""
        if isinstance(event, QGestureEvent):
            return self._pinch(event)
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.zoom_to(self.view().zoom * (1.0 + event.value()), event.position())
            return True
        if self._shows_focus and event.type() == QEvent.Type.ShortcutOverride and _is_tab(event):
            event.accept()  # who came by Tab goes on by Tab
            return True
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._show(self._current())
        return super().event(event)

    def _pinch(self, event: QGestureEvent) -> bool:
        pinch = event.gesture(Qt.GestureType.PinchGesture)
        if not isinstance(pinch, QPinchGesture):
            return False
        self.zoom_to(self.view().zoom * pinch.scaleFactor(), self.mapFromGlobal(pinch.centerPoint()))
        return True

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        turn = event.angleDelta().y() or event.pixelDelta().y()
        self.zoom_to(self.view().zoom * 2 ** (turn / _WHEEL_DOUBLING), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the split line or of the photo."""
        self._show_focus(False)
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            return
        may_split = event.button() == Qt.MouseButton.LeftButton and not self.pans
        moves_split = may_split and self._is_on_split(event.position())
        self._drag = Drag(moves_split, self._device(event.position()), self._stage)
        self._choose_cursor(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag what was taken hold of, and say which pixel is below."""
        self._pointer = event.position()
        self._move_loupe()
        if self._drag is None:
            self._probe()
        else:
            self._show_wish(self._drag.moved(self._stage, self._device(self._pointer)))
        self._choose_cursor(self._pointer)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._drag = None
        self._choose_cursor(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go from fit to 100% at the pointer, and back."""
        if event.button() != Qt.MouseButton.LeftButton or self._is_on_split(event.position()):
            return
        if self.view().is_fit:
            self.zoom_to(1.0, event.position())
        else:
            self.fit()

    def leaveEvent(self, _event: QEvent) -> None:
        """Say that no pixel is under the pointer."""
        self._pointer = None
        self._move_loupe()
        self._probe()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what a key asks for; leave the others to the window."""
        if event.key() == Qt.Key.Key_Space:
            self._let_pan(True)
            return
        has_alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        stage = keyed(self._current(), event.key(), has_alt, self.devicePixelRatioF())
        if stage is None:
            super().keyPressEvent(event)
        else:
            self._show_wish(stage)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Leave the left button to what it did before Space was held; put a loupe down that was held."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._let_pan(False)
        elif not event.isAutoRepeat() and self._loupe.let_go():
            self.toggle_loupe(self._loupe.zoom)
        else:
            super().keyReleaseEvent(event)

    def _let_pan(self, pans: bool) -> None:
        if pans != self.pans and self._stage.image is not None:
            self.pans = pans
            self.setCursor(Qt.CursorShape.OpenHandCursor if pans else Qt.CursorShape.CrossCursor)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show who has the keyboard, if the keyboard brought it here."""
        self._show_focus(event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason))

    def focusOutEvent(self, _event: QFocusEvent) -> None:
        """Show it no longer."""
        self._show_focus(False)
        self._let_pan(False)

    def _show_focus(self, is_shown: bool) -> None:
        if is_shown != self._shows_focus:
            self._shows_focus = is_shown
            self.update()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if local_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Say which files were dropped."""
        event.acceptProposedAction()
        self.filesDropped.emit(local_files(event.mimeData()))

    def _is_on_split(self, spot: QPointF) -> bool:
        ratio = self.devicePixelRatioF()
        return self._stage.is_on_split(*self._device(spot), _LINE_REACH * ratio, (GRIP_RADIUS + 6) * ratio)

    def _choose_cursor(self, spot: QPointF) -> None:
        moves_split = self._drag.moves_split if self._drag else self._is_on_split(spot)
        has_photo = self._stage.image is not None
        self.setCursor(_cursor(moves_split, has_photo, self._drag is not None, self.pans))


def _cursor(moves_split: bool, has_photo: bool, is_dragged: bool, pans: bool) -> Qt.CursorShape:
    """Return the pointer that says what a press here would do, or does."""
    if moves_split:
        return Qt.CursorShape.SplitHCursor
    if not has_photo:
        return Qt.CursorShape.ArrowCursor
    resting = Qt.CursorShape.OpenHandCursor if pans else Qt.CursorShape.CrossCursor
    return Qt.CursorShape.ClosedHandCursor if is_dragged else resting


def _is_tab(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)


def local_files(content: QMimeData) -> list[str]:
    """Return the paths of the files on this machine that are dragged."""
    return [url.toLocalFile() for url in content.urls() if url.isLocalFile()]
