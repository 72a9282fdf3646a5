"""A small window in which a blur kernel is drawn, made, or taken from an earlier step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, get_args

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from desktop_app.gui.language import tr
from desktop_app.gui.panels.pieces import form_grid, text_button
from desktop_app.gui.viewmodel.kernel import LARGEST, Shape, dabbed, empty_kernel, framed, problem
from desktop_app.gui.widgets.number_box import NumberBox

if TYPE_CHECKING:
    from desktop_app.gui.viewmodel.kernel import Kernel

_SHAPES: dict[Shape, str] = {
    "motion": "Motion (length, angle)",
    "defocus": "Defocus (radius)",
    "gaussian": "Gaussian (σ)",
}


class KernelGrid(QWidget):
    """Shows a kernel's pixels; the left button adds weight, the right one takes it away."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("kernelGrid")
        self.setAccessibleName(tr("Kernel: left button draws, right button erases"))
        self.setMinimumSize(264, 264)
        self.kernel: Kernel = empty_kernel(31)

    def show_kernel(self, kernel: Kernel) -> None:
        """Show another kernel."""
        self.kernel = kernel
        self.update()

    def sizeHint(self) -> QSize:
        """Return a square."""
        return QSize(320, 320)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Draw or erase."""
        self._dab(event.position(), event.buttons())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on."""
        self._dab(event.position(), event.buttons())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the weights as light, and the middle as a cross."""
        import numpy as np

        area, side = self._area(), self.kernel.shape[0]
        levels = np.rint(255 * np.clip(self.kernel, 0.0, 1.0) ** 0.5).astype(np.uint8)
        image = QImage(levels.tobytes(), side, side, side, QImage.Format.Format_Grayscale8)
        painter = QPainter(self)
        painter.drawImage(area, image)
        painter.setPen(QColor(128, 128, 128, 120))
        painter.drawRect(area)
        middle, reach = area.center(), 4.0
        for tip in (QPointF(reach, 0), QPointF(0, reach)):
            painter.drawLine(middle - tip, middle + tip)
        painter.end()

    def _area(self) -> QRectF:
        side = min(self.width(), self.height()) - 1.0
        return QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)

    def _dab(self, spot: QPointF, buttons: Qt.MouseButton) -> None:
        area, side = self._area(), self.kernel.shape[0]
        column, row = (
            int((spot.x() - area.left()) / area.width() * side),
            int((spot.y() - area.top()) / area.height() * side),
        )
        if buttons and 0 <= row < side and 0 <= column < side:
            self.show_kernel(dabbed(self.kernel, row, column, erases=bool(buttons & Qt.MouseButton.RightButton)))
            self.changed.emit()


class KernelDialog(QDialog):
    """Asks for a kernel.

    Signals
    -------
    makeAsked : str, float, float
        A shape, its size in pixels, and an angle in degrees.
    loadAsked : str
        A kernel of the list, by its key.
    used : ndarray
        The user wants this kernel.
    """

    makeAsked = Signal(str, float, float)
    loadAsked = Signal(str)
    used = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("kernelDialog")
        self.setWindowTitle(tr("Blur kernel"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.grid = KernelGrid()
        self.side, self.shape, self.size_box, self.angle = QSpinBox(), QComboBox(), NumberBox(), NumberBox()
        self.kept, self._problem = QComboBox(), QLabel()
        self._set_up()
        self._lay_out()
        self._check()

    def show_kernel(self, kernel: Kernel) -> None:
        """Show a kernel that was made or loaded."""
        self.grid.show_kernel(kernel)
        self.side.blockSignals(True)
        self.side.setValue(kernel.shape[0])
        self.side.blockSignals(False)
        self._check()

    def show_kept(self, kernels: Sequence[tuple[str, str]]) -> None:
        """Offer kernels by key and title."""
        self.kept.clear()
        self.kept.addItem(tr("Choose…" if kernels else "None yet"), "")
        for key, title in kernels:
            self.kept.addItem(tr(title), key)
        self.kept.setEnabled(bool(kernels))

    def _set_up(self) -> None:
        self.side.setRange(3, LARGEST)
        self.side.setSingleStep(2)
        self.side.setValue(31)
        self.side.setSuffix(tr(" px"))
        for shape in get_args(Shape):
            self.shape.addItem(tr(_SHAPES[shape]), shape)
        for box, low, high, value, suffix in (
            (self.size_box, 0.5, 75.0, 9.0, " px"),
            (self.angle, -180.0, 180.0, 0.0, "°"),
        ):
            box.setRange(low, high)
            box.setValue(value)
            box.setSuffix(tr(suffix))
        self.angle.setAccessibleName(tr("Angle"))
        self.kept.setObjectName("kernelKept")
        self._problem.setProperty("role", "problem")
        self._problem.setWordWrap(True)
        self.grid.changed.connect(self._check)
        self.side.valueChanged.connect(lambda side: self.show_kernel(framed(self.grid.kernel, side)))
        self.shape.currentIndexChanged.connect(lambda index: self.angle.setEnabled(index == 0))
        self.kept.activated.connect(self._load)

    def _lay_out(self) -> None:
        make, clear = text_button("Make"), text_button("Clear")
        make.setObjectName("kernelMake")
        make.clicked.connect(
            lambda: self.makeAsked.emit(self.shape.currentData(), self.size_box.value(), self.angle.value())
        )
        clear.clicked.connect(lambda: self.show_kernel(empty_kernel(self.side.value())))
        rows = QWidget()
        grid = form_grid(rows)
        lines: tuple[tuple[str, tuple[QWidget, ...]], ...] = (
            ("Side", (self.side, clear)), ("Make", (self.shape,)), ("Size", (self.size_box, self.angle, make)),
            ("Kept", (self.kept,)),
        )  # fmt: skip
        for line, (title, widgets) in enumerate(lines):
            label, row = QLabel(tr(title)), QHBoxLayout()
            label.setBuddy(widgets[0])
            widgets[0].setAccessibleName(tr(title))
            grid.addWidget(label, line, 0)
            for widget in widgets:
                row.addWidget(widget, 1 if widget is widgets[0] else 0)
            grid.addLayout(row, line, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        for widget in (self.grid, rows, self._problem, self._buttons()):
            column.addWidget(widget, 1 if widget is self.grid else 0)

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.use = buttons.addButton(tr("Use"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.use.setObjectName("kernelUse")
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        return buttons

    def _load(self) -> None:
        if key := self.kept.currentData():
            self.loadAsked.emit(key)

    def _accept(self) -> None:
        self.used.emit(self.grid.kernel)
        self.accept()

    def _check(self) -> None:
        text = problem(self.grid.kernel)
        self._problem.setText(tr(text))
        self._problem.setVisible(bool(text))
        self.use.setEnabled(not text)
