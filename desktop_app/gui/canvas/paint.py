"""Draws a resolved frame with QPainter: photo first, then the lines and words over it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPalette, QPen

from desktop_app.gui.canvas.geometry import Rect
from desktop_app.gui.canvas.images import layer_image
from desktop_app.gui.canvas.resolve import Draw, Frame, Label, Lens
from desktop_app.gui.canvas.scene import PyramidImage
from desktop_app.gui.language import tr

GRIP_RADIUS = 13
_CORNER = 20  # logical pixels of the strokes by which a crop is held
EMPTY_HINT = "Open a photo – Ctrl+O, or drop one here"


@dataclass(frozen=True)
class Style:
    """The few colours of the canvas, by theme."""

    background: QColor
    ink: QColor
    faint: QColor


def style_of(palette: QPalette) -> Style:
    """Return a neutral grey surround, dark or light as the palette is: a tinted one would shift how colours look."""
    is_dark = palette.color(QPalette.ColorRole.Window).lightness() < 128
    if is_dark:
        return Style(QColor(0x1E, 0x1E, 0x1E), QColor(0xC8, 0xC8, 0xC8), QColor(0x96, 0x96, 0x96))
    return Style(QColor(0xDC, 0xDC, 0xDC), QColor(0x2C, 0x2C, 0x2C), QColor(0x5A, 0x5A, 0x5A))


def paint_frame(painter: QPainter, frame: Frame, style: Style, ratio: float = 1.0) -> None:
    """Draw a frame.

    Parameters
    ----------
    painter : QPainter
        Works in the widget's own (logical) pixels.
    frame : Frame
        In device pixels.
    style : Style
        The colours.
    ratio : float
        Device pixels per logical pixel.
    """
    painter.save()
    painter.scale(1 / ratio, 1 / ratio)
    for margin in frame.margins:
        painter.fillRect(_inner(margin), style.background)
    for draw in frame.draws:
        _paint_layer(painter, draw)
    _paint_grid(painter, frame)
    painter.restore()
    _paint_divider(painter, frame, ratio)
    for left, top, width, height in frame.cut:
        painter.fillRect(QRectF(left / ratio, top / ratio, width / ratio, height / ratio), QColor(0, 0, 0, 150))
    if frame.kept is not None:
        _paint_kept(painter, frame.kept, frame, ratio)
    if frame.line is not None:
        _paint_line(painter, frame.line, ratio)
    for label in frame.labels:
        _paint_label(painter, label, ratio)
    if frame.lens is not None:
        _paint_lens(painter, frame.lens, style, ratio)


def _paint_lens(painter: QPainter, lens: Lens, style: Style, ratio: float) -> None:
    painter.save()
    painter.scale(1 / ratio, 1 / ratio)
    for margin in lens.margins:
        painter.fillRect(_inner(margin), style.background)
    for draw in lens.draws:
        _paint_layer(painter, draw)
    painter.restore()
    box = QRectF(*(part / ratio for part in lens.target))
    for side in _sides(box):
        _paint_seen(painter, side, 1.5, 255)
    _paint_label(painter, Label(lens.text, lens.target.left, lens.target.top, "left"), ratio)


def _inner(rect: Rect) -> QRect:
    left, top = int(rect.left), int(rect.top)
    return QRect(left, top, int(rect.right + 0.999) - left, int(rect.bottom + 0.999) - top)


def _paint_layer(painter: QPainter, draw: Draw) -> None:
    painter.setClipRect(_inner(draw.clip))
    if isinstance(draw.layer, PyramidImage) and draw.layer.alpha:
        painter.fillRect(QRectF(*draw.target), _checkerboard())
    image = layer_image(draw)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, draw.is_smooth)
    painter.setOpacity(draw.opacity)
    if draw.is_scaled:
        painter.drawImage(QRectF(*draw.target), image)
    else:
        painter.drawImage(QPointF(draw.target.left, draw.target.top), image)
    painter.setOpacity(1.0)
    painter.setClipping(False)


def _checkerboard() -> QBrush:
    tile = QImage(16, 16, QImage.Format.Format_RGB32)
    tile.fill(QColor(0x99, 0x99, 0x99))
    painter = QPainter(tile)
    for x, y in ((0, 0), (8, 8)):
        painter.fillRect(x, y, 8, 8, QColor(0x66, 0x66, 0x66))
    painter.end()
    return QBrush(tile)


def _paint_grid(painter: QPainter, frame: Frame) -> None:
    clip, line = frame.grid_clip, QColor(128, 128, 128, 90)
    for x in frame.grid_x:
        painter.fillRect(QRectF(x, clip.top, 1, clip.height), line)
    for y in frame.grid_y:
        painter.fillRect(QRectF(clip.left, y, clip.width, 1), line)


def _paint_divider(painter: QPainter, frame: Frame, ratio: float) -> None:
    if frame.cross is not None:
        y, width = frame.cross / ratio, frame.size[0] / ratio
        painter.fillRect(QRectF(0, y - 1.5, width, 3), QColor(0, 0, 0, 110))
        painter.fillRect(QRectF(0, y - 0.5, width, 1), QColor(255, 255, 255))
    if frame.divider is None:
        return
    x, height = frame.divider / ratio, frame.size[1] / ratio
    painter.fillRect(QRectF(x - 1.5, 0, 3, height), QColor(0, 0, 0, 110))
    painter.fillRect(QRectF(x - 0.5, 0, 1, height), QColor(255, 255, 255))
    if frame.has_grip:
        _paint_grip(painter, QPointF(x, height / 2))


def _paint_grip(painter: QPainter, centre: QPointF) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(255, 255, 255), 1.5))
    painter.setBrush(QColor(0x20, 0x20, 0x20, 200))
    painter.drawEllipse(centre, GRIP_RADIUS, GRIP_RADIUS)
    painter.setPen(QPen(QColor(255, 255, 255), 1.8, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
    for side in (-1, 1):
        tip = centre + QPointF(side * 8.0, 0)
        painter.drawPolyline([tip + QPointF(-side * 4.0, -4.0), tip, tip + QPointF(-side * 4.0, 4.0)])
    painter.restore()


def _paint_kept(painter: QPainter, kept: Rect, frame: Frame, ratio: float) -> None:
    """Draw what is kept in thirds, its corners and sides as handles."""
    box = QRectF(kept.left / ratio, kept.top / ratio, kept.width / ratio, kept.height / ratio)
    painter.save()
    for third in (1, 2) if frame.has_thirds else ():
        x, y = box.left() + box.width() * third / 3, box.top() + box.height() * third / 3
        for line in (QLineF(x, box.top(), x, box.bottom()), QLineF(box.left(), y, box.right(), y)):
            _paint_seen(painter, line, 1.0, 70)
    for line in _sides(box):
        _paint_seen(painter, line, 1.5, 230)
    length = min(_CORNER, box.width() / 3, box.height() / 3)
    for line in _corners(box, length):
        _paint_seen(painter, line, 4.0, 255)
    painter.restore()


def _sides(box: QRectF) -> list[QLineF]:
    corners = [box.topLeft(), box.topRight(), box.bottomRight(), box.bottomLeft()]
    return [QLineF(one, other) for one, other in zip(corners, corners[1:] + corners[:1], strict=True)]


def _corners(box: QRectF, length: float) -> list[QLineF]:
    """Return the short strokes at the corners and in the middle of the sides, by which a box is held."""
    found = []
    for side in _sides(box):
        step = (side.p2() - side.p1()) / max(side.length(), 1.0) * length
        middle = side.center()
        found += [QLineF(side.p1(), side.p1() + step), QLineF(side.p2() - step, side.p2()),
                  QLineF(middle - step / 2, middle + step / 2)]  # fmt: skip
    return found


def _paint_line(painter: QPainter, line: tuple[float, float, float, float], ratio: float) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    drawn = QLineF(*(part / ratio for part in line))
    _paint_seen(painter, drawn, 1.5, 255)
    painter.setBrush(QColor(255, 255, 255))
    painter.setPen(QPen(QColor(0, 0, 0, 160), 1.0))
    for end in (drawn.p1(), drawn.p2()):
        painter.drawEllipse(end, 4.0, 4.0)
    painter.restore()


def _paint_seen(painter: QPainter, line: QLineF, width: float, opacity: int) -> None:
    """Draw a light line with a dark rim, so that it is seen on any photo."""
    for ink, thick in ((QColor(0, 0, 0, opacity // 2), width + 2.0), (QColor(255, 255, 255, opacity), width)):
        painter.setPen(QPen(ink, thick))
        painter.drawLine(line)


def _paint_label(painter: QPainter, label: Label, ratio: float) -> None:
    metrics, room = painter.fontMetrics(), painter.viewport().width() - 36
    text = metrics.elidedText(tr(label.text), Qt.TextElideMode.ElideRight, room)
    width, height, gap = metrics.horizontalAdvance(text) + 16, metrics.height() + 6, 10
    x, y = label.x / ratio, label.y / ratio
    left = {"left": x + gap, "right": x - gap - width, "below": x - width / 2}[label.anchor]
    box = QRectF(left, y - height - gap if label.anchor == "below" else y + gap, width, height)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 170))
    painter.drawRoundedRect(box, height / 2, height / 2)
    painter.setPen(QColor(0xF0, 0xF0, 0xF0))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def paint_focus(painter: QPainter, area: QRect, palette: QPalette) -> None:
    """Draw the accent-coloured line that shows who has the keyboard."""
    painter.setPen(QPen(palette.color(QPalette.ColorRole.Highlight), 2))
    painter.drawRect(area.adjusted(1, 1, -1, -1))
