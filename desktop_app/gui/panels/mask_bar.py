"""The bar above the photo while a mask is painted."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal, SignalInstance
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QSlider, QToolButton, QVBoxLayout, QWidget

from desktop_app.gui.panels.pieces import tool_button
from desktop_app.gui.viewmodel.mask import Brush


class MaskBar(QFrame):
    """Brush, eraser, and what is done with the mask; setters emit nothing.

    Signals
    -------
    brushChanged : Brush
        The brush has another size, hardness or side.
    filled, cleared, inverted
        The mask is to take in everything, nothing, or what it left out.
    loadAsked, saveAsked
        The mask is to come from a picture, or to become one.
    useAsked
        The mask is to be the tool's.
    closed
        The user has done painting.
    areaToggled : bool
        Whether tools are to be applied inside the mask only.
    """

    brushChanged = Signal(object)
    filled = Signal()
    cleared = Signal()
    inverted = Signal()
    loadAsked = Signal()
    saveAsked = Signal()
    useAsked = Signal()
    closed = Signal()
    areaToggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("maskBar")
        self.setAccessibleName("Mask")
        self.paint, self.erase = self._side("Brush", "maskBrush"), self._side("Eraser", "maskEraser")
        self.paint.setChecked(True)
        self.size_slider = self._slider("maskSize", "Brush size", 1, 400, 40, "Diameter in photo pixels ([ and ])")
        self.hardness = self._slider("maskHardness", "Brush hardness", 0, 100, 80, "How sharp the brush's rim is")
        self.area = QCheckBox("Apply tools inside only")
        self.area.setObjectName("maskArea")
        self.area.setToolTip("Applied and previewed steps change the photo inside the mask, and nothing outside")
        self.use = tool_button("Use as the tool's mask")
        self.use.setObjectName("maskUse")
        self.use.clicked.connect(self.useAsked)
        self.area.toggled.connect(self.areaToggled)
        self._lay_out()
        self.hide()

    def brush(self) -> Brush:
        """Return the chosen brush."""
        return Brush(float(self.size_slider.value()), self.hardness.value() / 100, self.erase.isChecked())

    def show_area(self, is_on: bool) -> None:
        """Show whether tools are applied inside only."""
        blocked = QSignalBlocker(self.area)
        self.area.setChecked(is_on)
        del blocked

    def show_use(self, is_wanted: bool) -> None:
        """Offer to hand the mask to the tool of the form, where that takes one."""
        self.use.setVisible(is_wanted)

    def resize_brush(self, factor: float) -> None:
        """Make the brush larger or smaller."""
        value = self.size_slider.value()
        self.size_slider.setValue(max(round(value * factor), value + (1 if factor > 1 else -1)))

    def _side(self, title: str, name: str) -> QToolButton:
        button = tool_button(title)
        button.setObjectName(name)
        button.setCheckable(True)
        button.setAutoExclusive(True)
        button.clicked.connect(lambda: self.brushChanged.emit(self.brush()))
        return button

    def _slider(self, name: str, title: str, low: int, high: int, value: int, help_text: str) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setObjectName(name)
        slider.setAccessibleName(title)
        slider.setToolTip(help_text)
        slider.setRange(low, high)
        slider.setValue(value)
        slider.valueChanged.connect(lambda _value: self.brushChanged.emit(self.brush()))
        return slider

    def _lay_out(self) -> None:
        upper, lower, column = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 8)
        for widget in (self.paint, self.erase):
            upper.addWidget(widget)
        for title, slider in (("Size", self.size_slider), ("Hardness", self.hardness)):
            label = QLabel(title)
            label.setBuddy(slider)
            upper.addWidget(label)
            upper.addWidget(slider, 1)
        upper.addWidget(self._command("close", self.closed, "Done", "Stop painting; the mask is kept"))
        for command in (
            ("fill", self.filled, "Fill", "Take the whole photo in"),
            ("clear", self.cleared, "Clear", "Leave the whole photo out"),
            ("invert", self.inverted, "Invert", "Swap inside and outside"),
            ("load", self.loadAsked, "Load…", "Take a mask from a picture: white is inside"),
            ("save", self.saveAsked, "Save…", "Write the mask as a picture"),
        ):
            lower.addWidget(self._command(*command))
        lower.addStretch(1)
        lower.addWidget(self.use)
        lower.addWidget(self.area)
        column.addLayout(upper)
        column.addLayout(lower)

    def _command(self, name: str, signal: SignalInstance, title: str, help_text: str) -> QToolButton:
        button = tool_button(title)
        button.setObjectName(f"mask_{name}")
        button.setToolTip(help_text)
        button.clicked.connect(signal)
        return button
