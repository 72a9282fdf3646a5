"""The bar above the photo while a mask is painted."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QSignalBlocker, Qt, Signal, SignalInstance
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSlider,
    QSpinBox,
    QToolButton,
    QWidget,
)

from desktop_app.gui.language import tr
from desktop_app.gui.panels.pieces import text_button, tool_button
from desktop_app.gui.viewmodel.painting import Brush, ToneRange
from desktop_app.gui.widgets.flow import FlowLayout

Mode = Literal["brush", "eraser", "gradient", "tones"]
_MODES: tuple[tuple[Mode, str, str, str], ...] = (
    ("brush", "Brush", "maskBrush", "Take in what you paint over"),
    ("eraser", "Eraser", "maskEraser", "Leave out what you paint over"),
    ("gradient", "Gradient", "maskGradient", "Drag from where the tool works fully to where it leaves off"),
    ("tones", "Tones", "maskTones", "Take in what is as bright as you say"),
)
_LARGEST = 4000  # pixels, the diameter of a brush


class MaskBar(QFrame):
    """What the mask is made with, and what is done with it; setters emit nothing.

    Signals
    -------
    brushChanged : Brush
        The brush has another size, hardness or side, or something else is painted with.
    tonesAsked : ToneRange
        The mask is to take in what is of these tones.
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
    tonesAsked = Signal(object)
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
        self.setAccessibleName(tr("Mask"))
        self.size_slider, self.size_number = _slider("maskSize", 400), _number("maskSizeNumber", 1, _LARGEST, 40, " px")
        self.hardness, self.hardness_number = _slider("maskHardness", 100), _number("hardness", 0, 100, 80, " %")
        self.darkest, self.brightest = _number("maskDarkest", 0, 255, 0), _number("maskBrightest", 0, 255, 64)
        self.softness = _number("maskSoftness", 0, 128, 16)
        self.area = QCheckBox(tr("Apply tools inside only"))
        self.area.setObjectName("maskArea")
        self.area.setToolTip(tr("Applied and previewed steps change the photo inside the mask, and nothing outside"))
        self.use = _command("maskUse", self.useAsked, "Use as the tool's mask", "Let the tool take this mask")
        self.use.setProperty("role", "text")
        self.area.toggled.connect(self.areaToggled)
        self._modes = QButtonGroup(self)
        self._lay_out()
        _join(self.size_slider, self.size_number)
        _join(self.hardness, self.hardness_number)
        for box in (self.size_number, self.hardness_number):
            box.valueChanged.connect(lambda _value: self.brushChanged.emit(self.brush()))
        self._modes.buttonClicked.connect(lambda _button: self._choose())
        self._show_mode()
        self.hide()

    def brush(self) -> Brush:
        """Return the chosen brush."""
        return Brush(float(self.size_number.value()), self.hardness_number.value() / 100, self.mode() == "eraser")

    def mode(self) -> Mode:
        """Return what the mask is made with."""
        chosen = self._modes.checkedId()
        return _MODES[chosen][0]

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
        value = self.size_number.value()
        self.size_number.setValue(max(round(value * factor), value + (1 if factor > 1 else -1)))

    def _choose(self) -> None:
        self._show_mode()
        self.brushChanged.emit(self.brush())

    def _show_mode(self) -> None:
        mode = self.mode()
        for group in self._of_brush:
            group.setVisible(mode in ("brush", "eraser"))
        self._of_tones.setVisible(mode == "tones")
        self._hint.setVisible(mode == "gradient")

    def _lay_out(self) -> None:
        row = FlowLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        modes = [self._side(number) for number in range(len(_MODES))]
        self._of_brush = (
            _group("Size", self.size_slider, self.size_number),
            _group("Hardness", self.hardness, self.hardness_number),
        )
        take = text_button("Take in")
        take.setObjectName("maskTakeIn")
        take.setToolTip(tr("Add all that has these tones to the mask"))
        take.clicked.connect(self._ask_for_tones)
        named = ((self.darkest, "Darkest tone"), (self.brightest, "Brightest tone"), (self.softness, "Softness"))
        for box, words in named:
            box.setAccessibleName(tr(words))
            box.setToolTip(tr(f"{words}, in 8-bit levels"))
        self._of_tones = _group(
            "From", self.darkest, QLabel(tr("to")), self.brightest, QLabel(tr("softness")), self.softness, take
        )
        self._hint = QLabel(tr(_MODES[2][3] + "."))
        self._hint.setProperty("role", "hint")
        commands = [
            _command(*command) for command in (
                ("mask_fill", self.filled, "Fill", "Take the whole photo in"),
                ("mask_clear", self.cleared, "Clear", "Leave the whole photo out"),
                ("mask_invert", self.inverted, "Invert", "Swap inside and outside"),
                ("mask_load", self.loadAsked, "Load…", "Take a mask from a picture: white is inside"),
                ("mask_save", self.saveAsked, "Save…", "Write the mask as a picture"),
            )
        ]  # fmt: skip
        done = text_button("Done")
        done.setObjectName("mask_close")
        done.setToolTip(tr("Stop painting; the mask is kept"))
        done.clicked.connect(self.closed)
        for part in (
            _group("", *modes), *self._of_brush, self._of_tones, self._hint, _group("", *commands), self.use, self.area,
            done,
        ):  # fmt: skip
            row.addWidget(part)

    def _side(self, number: int) -> QToolButton:
        _, title, name, tip = _MODES[number]
        button = tool_button(title)
        button.setObjectName(name)
        button.setToolTip(tr(tip))
        button.setCheckable(True)
        button.setChecked(number == 0)
        self._modes.addButton(button, number)
        return button

    def _ask_for_tones(self) -> None:
        low, high = sorted((self.darkest.value(), self.brightest.value()))
        self.tonesAsked.emit(ToneRange(low, high, self.softness.value()))


def _group(title: str, *widgets: QWidget) -> QWidget:
    group = QWidget()
    row = QHBoxLayout(group)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    if title:
        label = QLabel(tr(title))
        label.setBuddy(widgets[-1])
        row.addWidget(label)
    for widget in widgets:
        row.addWidget(widget)
    return group


def _slider(name: str, highest: int) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setObjectName(name)
    slider.setRange(1 if name == "maskSize" else 0, highest)
    slider.setFixedWidth(96)
    return slider


def _number(name: str, low: int, high: int, value: int, suffix: str = "") -> QSpinBox:
    box = QSpinBox()
    box.setObjectName(name)
    box.setRange(low, high)
    box.setValue(value)
    box.setSuffix(tr(suffix))
    box.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
    box.setFixedWidth(64)
    return box


def _join(slider: QSlider, box: QSpinBox) -> None:
    """Let a slider and a number say the same; the number may go beyond the slider's end."""
    is_size = slider.objectName() == "maskSize"
    words = "Brush size" if is_size else "Brush hardness"
    tip = "Diameter in photo pixels ([ and ])" if is_size else "How sharp the brush's rim is"
    for widget in (slider, box):
        widget.setAccessibleName(tr(words))
        widget.setToolTip(tr(tip))

    def follow(value: int) -> None:
        blocked = QSignalBlocker(slider)
        slider.setValue(value)
        del blocked

    follow(box.value())
    box.valueChanged.connect(follow)
    slider.valueChanged.connect(box.setValue)


def _command(name: str, signal: SignalInstance, title: str, help_text: str) -> QToolButton:
    button = tool_button(title)
    button.setObjectName(name)
    button.setToolTip(tr(help_text))
    button.clicked.connect(signal)
    return button
