"""The bar above the photo while a mask is painted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QSignalBlocker, Qt, Signal, SignalInstance
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSlider,
    QToolButton,
    QWidget,
)

from desktop_app.gui.language import tr
from desktop_app.gui.panels.pieces import text_button, tool_button
from desktop_app.gui.viewmodel.painting import Brush, ToneRange
from desktop_app.gui.viewmodel.regions import ColourRange, Joint
from desktop_app.gui.widgets.flow import FlowLayout
from desktop_app.gui.widgets.number_box import WholeBox

Mode = Literal["brush", "eraser", "gradient", "ellipse", "tones", "colour", "doubt"]
_MODES: tuple[tuple[Mode, str, str, str], ...] = (
    ("brush", "Brush", "maskBrush", "Take in what you paint over"),
    ("eraser", "Eraser", "maskEraser", "Leave out what you paint over"),
    ("gradient", "Gradient", "maskGradient", "Drag from where the tool works fully to where it leaves off"),
    ("ellipse", "Ellipse", "maskEllipse", "Drag from corner to corner of what the tool is to work on"),
    ("tones", "Tones", "maskTones", "Take in what is as bright as you say"),
    ("colour", "Colour", "maskColour", "Click on the colour that is to be taken in"),
    ("doubt", "Doubt", "maskDoubt", "Take in where the shown map is highest: where a model is unsure, say"),
)
_JOINTS: tuple[tuple[str, Joint], ...] = (
    ("Add to the mask", "add"), ("Take out of the mask", "subtract"), ("Keep only what lies in both", "intersect"),
)  # fmt: skip
_LARGEST = 4000  # pixels, the diameter of a brush
_ROOM_FOR_SLIDERS = 640  # pixels, the bar's width from which on they and the rim's width stand in one row


class MaskBar(QFrame):
    """What the mask is made with, and what is done with it; setters emit nothing.

    Signals
    -------
    brushChanged : Brush
        The brush has another size, hardness or side, or something else is painted with.
    tonesAsked : ToneRange
        The mask is to take in what is of these tones.
    doubtAsked : float
        The mask is to take in so many percent of the photo, where the shown map is highest.
    featherAsked : int
        The mask's rim is to be softened over so many pixels.
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
    doubtAsked = Signal(float)
    featherAsked = Signal(int)
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
        self.tolerance, self.highest = _number("maskTolerance", 0, 128, 24), _number("maskHighest", 1, 100, 20, " %")
        self.reach, self.joint = _number("maskReach", 1, 500, 8, " px"), QComboBox()
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

    def how(self) -> Joint:
        """Return how what is taken in at once is joined with what the mask has."""
        return _JOINTS[self.joint.currentIndex()][1]

    def colours(self) -> ColourRange:
        """Return how far a colour may lie from the one that is clicked on."""
        return ColourRange(self.tolerance.value(), self.softness.value())

    def show_area(self, is_on: bool) -> None:
        """Show whether tools are applied inside only."""
        blocked = QSignalBlocker(self.area)
        self.area.setChecked(is_on)
        del blocked

    def show_use(self, is_wanted: bool) -> None:
        """Offer to hand the mask to the tool of the form, where that takes one."""
        self.use.setVisible(is_wanted)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the sliders out where it is narrow: their numbers stand beside them."""
        super().resizeEvent(event)
        for slider in (self.size_slider, self.hardness):
            slider.setVisible(event.size().width() >= _ROOM_FOR_SLIDERS)

    def resize_brush(self, factor: float) -> None:
        """Make the brush larger or smaller."""
        value = self.size_number.value()
        change = round(value * factor) - value
        self.size_number.setValue(value + (change or (1 if factor > 1 else -1)))

    def _choose(self) -> None:
        self._show_mode()
        self.brushChanged.emit(self.brush())

    def _show_mode(self) -> None:
        mode = self.mode()
        for group, modes in self._groups:
            group.setVisible(mode in modes)
        self._hint.setText(tr(next(tip for name, _, _, tip in _MODES if name == mode) + "."))

    def _lay_out(self) -> None:
        row = FlowLayout(self)
        row.setContentsMargins(8, 8, 8, 8)
        modes = [self._side(number) for number in range(len(_MODES))]
        take = _asking("maskTakeIn", "Take", "Take all that has these tones", self._ask_for_tones)
        doubtful = _asking("maskTakeDoubt", "Take", "Take where the shown map is highest", self._ask_for_doubt)
        self._name_numbers()
        self._groups: tuple[tuple[QWidget, tuple[Mode, ...]], ...] = (
            (_group("Size", self.size_slider, self.size_number), ("brush", "eraser")),
            (_group("Hardness", self.hardness, self.hardness_number), ("brush", "eraser", "ellipse")),
            (_group("From", self.darkest, QLabel(tr("to")), self.brightest), ("tones",)),
            (_group("Tolerance", self.tolerance), ("colour",)),
            (_group("Softness", self.softness), ("tones", "colour")),
            (_group("Highest", self.highest), ("doubt",)),
            (_group("", self.joint), ("gradient", "ellipse", "tones", "colour", "doubt")),
            (take, ("tones",)), (doubtful, ("doubt",)),
        )  # fmt: skip
        self._hint = QLabel()
        self._hint.setProperty("role", "hint")
        soften = "Soften the mask's rim over so many pixels"
        feather = _asking("maskFeather", "Feather", soften, lambda: self.featherAsked.emit(self.reach.value()))
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
        row.add_group(*modes, gap=4)
        row.add_group(*(group for group, _ in self._groups), _group("", feather, self.reach), gap=12)
        row.add_group(self.use, self.area)
        row.add_group(*commands, done, gap=4)
        row.add_spare(self._hint)

    def _side(self, number: int) -> QToolButton:
        _, title, name, tip = _MODES[number]
        button = tool_button(title)
        button.setObjectName(name)
        button.setToolTip(tr(tip))
        button.setCheckable(True)
        button.setChecked(number == 0)
        self._modes.addButton(button, number)
        return button

    def _name_numbers(self) -> None:
        named = (
            (self.darkest, "Darkest tone"), (self.brightest, "Brightest tone"), (self.softness, "Softness"),
            (self.tolerance, "Tolerance"),
        )  # fmt: skip
        for box, words in named:
            box.setAccessibleName(tr(words))
            box.setToolTip(tr(f"{words}, in 8-bit levels"))
        self.highest.setAccessibleName(tr("Share of the photo"))
        self.highest.setToolTip(tr("Which share of the photo is taken in, where the map is highest"))
        self.reach.setAccessibleName(tr("Width of the rim"))
        self.reach.setToolTip(tr("Over how many pixels of the photo the rim fades"))
        self.joint.setObjectName("maskJoint")
        self.joint.setAccessibleName(tr("How it is joined with the mask"))
        for title, joint in _JOINTS:
            self.joint.addItem(tr(title), joint)

    def _ask_for_doubt(self) -> None:
        self.doubtAsked.emit(float(self.highest.value()))

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


def _number(name: str, low: int, high: int, value: int, suffix: str = "") -> WholeBox:
    box = WholeBox()
    box.setObjectName(name)
    box.setRange(low, high)
    box.setValue(value)
    box.setSuffix(tr(suffix))
    box.setButtonSymbols(WholeBox.ButtonSymbols.NoButtons)
    box.setFixedWidth(64)
    return box


def _join(slider: QSlider, box: WholeBox) -> None:
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


def _asking(name: str, title: str, tip: str, ask: Callable[[], None]) -> QToolButton:
    button = text_button(title)
    button.setObjectName(name)
    button.setToolTip(tr(tip))
    button.clicked.connect(ask)
    return button


def _command(name: str, signal: SignalInstance, title: str, help_text: str) -> QToolButton:
    button = tool_button(title)
    button.setObjectName(name)
    button.setToolTip(tr(help_text))
    button.clicked.connect(signal)
    return button
