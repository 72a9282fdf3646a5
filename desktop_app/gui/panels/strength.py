"""How strong the shown step is: a slider below the history."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

from desktop_app.gui.language import tr
from desktop_app.gui.panels.pieces import ignore_idle_wheel, reset_button
from desktop_app.gui.widgets.number_box import WholeBox

_FULL, _MOST = 100, 200
_BOX = 72  # pixels: the slider gets the rest
_SETTLE_MS = 500  # after the last key or turn of the wheel; a slider that is held is not settled


class StrengthRow(QWidget):
    """From none of a step to twice as much of it. Setters emit nothing.

    Signals
    -------
    moved : float
        Seen while it is moved: 1 is the step as its tool made it.
    settled : float
        What the user wants.
    """

    moved = Signal(float)
    settled = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("strengthRow")
        self.slider, self.box = QSlider(Qt.Orientation.Horizontal), WholeBox()
        self.slider.setObjectName("strengthSlider")
        self.box.setObjectName("strengthBox")
        self.slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.slider.setTickInterval(_FULL)
        self.slider.setSingleStep(5)
        self.slider.setPageStep(25)
        self.box.setSuffix(" %")
        self.box.setSingleStep(5)
        self.box.setKeyboardTracking(False)
        tip = "Mixes the step's result with the photo before it; nothing is computed anew"
        for part in (self.slider, self.box):
            part.setRange(0, _MOST)
            part.setAccessibleName(tr("Strength of this step"))
            part.setToolTip(tr(tip))
        ignore_idle_wheel(self.slider, self.box)
        self.box.setFixedWidth(_BOX)
        self._reset = reset_button("Full strength")
        label = QLabel(tr("Strength"))
        label.setBuddy(self.slider)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SETTLE_MS)
        self._timer.timeout.connect(self._settle)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 8, 8)
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(self.slider, 1)
        row.addWidget(self.box)
        row.addWidget(self._reset)
        self.slider.valueChanged.connect(self._changed)
        self.slider.sliderReleased.connect(self._settle)
        self.box.valueChanged.connect(self.slider.setValue)
        self._reset.clicked.connect(lambda: self.slider.setValue(_FULL))
        self.hide()

    def show_strength(self, strength: float | None, *, is_same_step: bool = False) -> None:
        """Show how strong the shown step is; None where that cannot be changed.

        What the user is setting stands as long as it is the same step, at whatever strength, that is shown.
        """
        if is_same_step and (self.slider.isSliderDown() or self._timer.isActive()):
            return
        self._timer.stop()
        self.setVisible(strength is not None)
        if strength is not None:
            blocked = [QSignalBlocker(part) for part in (self.slider, self.box)]
            for part in (self.slider, self.box):
                part.setValue(round(100 * strength))
            del blocked
            self._reset.setEnabled(self.slider.value() != _FULL)

    def _changed(self, percent: int) -> None:
        blocked = QSignalBlocker(self.box)
        self.box.setValue(percent)
        del blocked
        self._reset.setEnabled(percent != _FULL)
        self.moved.emit(percent / 100)
        if not self.slider.isSliderDown():
            self._timer.start()

    def _settle(self) -> None:
        self._timer.stop()
        self.settled.emit(self.slider.value() / 100)
