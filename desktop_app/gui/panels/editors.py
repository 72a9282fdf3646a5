"""One widget per kind of parameter. Each has `value`, `set_value` (which emits nothing) and the signal `edited`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QCompleter,
    QHBoxLayout,
    QLineEdit,
    QSlider,
    QWidget,
)

from desktop_app.gui.language import tr
from desktop_app.gui.panels.pieces import clearable, ignore_idle_wheel, may_be_narrow
from desktop_app.gui.viewmodel.schema import FieldSpec, text_of, value_of
from desktop_app.gui.viewmodel.texts import unit_behind
from desktop_app.gui.widgets.number_box import NumberBox

_ANY = 1e9
_NUMBER_WIDTH = 88


class Editor(QWidget):
    """Base of the editors."""

    edited = Signal()

    def __init__(self, spec: FieldSpec) -> None:
        super().__init__()
        self.spec = spec
        self.main: QWidget = self
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)

    def value(self) -> Any:
        """Return the value as the tool takes it; None for one that cannot be read."""
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        """Show a value; emits nothing."""
        raise NotImplementedError

    def problem(self) -> str | None:
        """Return what is wrong with the value in one sentence, or None."""
        return self.spec.problem(self.value())

    def _add(self, widget: QWidget, stretch: int = 0) -> None:
        widget.setAccessibleName(tr(self.spec.title))
        widget.setAccessibleDescription(tr(self.spec.help))
        widget.setToolTip(tr(self.spec.help))
        self._row.addWidget(widget, stretch)
        self.main = widget


class NumberEditor(Editor):
    """A spin box with its unit and, between known ends, a slider. A value that was set is kept exactly."""

    def __init__(self, spec: FieldSpec) -> None:
        super().__init__(spec)
        self._value: float = spec.default if spec.default is not None else (spec.soft_low or 0.0)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.spin = NumberBox()
        self.spin.setObjectName(f"param_{spec.name}")
        self._set_up_spin()
        if spec.notches:
            self.slider.setRange(0, spec.notches)
            self.slider.setPageStep(max(1, spec.notches // 10))
            self._add(self.slider, 1)
        self._add(self.spin, 0 if spec.notches else 1)
        ignore_idle_wheel(self.slider, self.spin)
        self.spin.valueChanged.connect(self._typed)
        self.spin.editingFinished.connect(self._show)
        self.slider.valueChanged.connect(self._slid)
        self._show()

    def value(self) -> Any:
        """Return the number; whole for a whole-number parameter."""
        return int(self._value) if self.spec.kind == "int" else float(self._value)

    def set_value(self, value: Any) -> None:
        """Show a number; emits nothing."""
        if value is not None:
            self._value = value
            self._show()

    def _set_up_spin(self) -> None:
        spec = self.spec
        self.spin.set_usual_digits(spec.decimals)
        self.spin.setRange(-_ANY if spec.low is None else spec.low, _ANY if spec.high is None else spec.high)
        self.spin.setSingleStep(spec.step or 1.0)
        if spec.notches:
            self.spin.setFixedWidth(_NUMBER_WIDTH)
            self.spin.setButtonSymbols(NumberBox.ButtonSymbols.NoButtons)
        if spec.is_log:
            self.spin.setStepType(NumberBox.StepType.AdaptiveDecimalStepType)

    def _typed(self, value: float) -> None:
        """Take a number in; what is being typed stands as it is until the field is left."""
        self._value = value
        if self.spin.is_being_typed:
            self._show_notch()
        else:
            self._show()
        self.edited.emit()

    def _slid(self, notch: int) -> None:
        self._value = self.spec.value_at(notch)
        self._show()
        self.edited.emit()

    def _show(self) -> None:
        blocked = QSignalBlocker(self.spin)
        self.spin.setValue(self._value)
        self.spin.setSuffix(tr(unit_behind(self.spec.unit, self.spin.cleanText())))
        del blocked
        self._show_notch()

    def _show_notch(self) -> None:
        blocked = QSignalBlocker(self.slider)
        if self.spec.notches and self.spec.value_at(self.slider.value()) != self._value:
            self.slider.setValue(self.spec.notch_of(self._value))
        del blocked


class ChoiceEditor(Editor):
    """A list to choose from."""

    def __init__(self, spec: FieldSpec) -> None:
        super().__init__(spec)
        self.box = QComboBox()
        self.box.setObjectName(f"param_{spec.name}")
        for choice in spec.choices:
            self.box.addItem(tr(choice_title(choice)), choice)
        may_be_narrow(self.box)
        self._add(self.box, 1)
        ignore_idle_wheel(self.box)
        self.set_value(spec.default)
        self.box.currentIndexChanged.connect(self.edited)

    def value(self) -> Any:
        """Return the chosen value."""
        return self.box.currentData()

    def set_value(self, value: Any) -> None:
        """Show a choice; emits nothing."""
        blocked = QSignalBlocker(self.box)
        if value is not None:
            self.box.setCurrentIndex(self.box.findData(value))
        del blocked


class FlagEditor(Editor):
    """A check box."""

    def __init__(self, spec: FieldSpec) -> None:
        super().__init__(spec)
        self.box = QCheckBox()
        self.box.setObjectName(f"param_{spec.name}")
        self._add(self.box, 1)
        self.set_value(spec.default)
        self.box.toggled.connect(self.edited)

    def value(self) -> bool:
        """Return whether it is checked."""
        return self.box.isChecked()

    def set_value(self, value: Any) -> None:
        """Check it or not; emits nothing."""
        blocked = QSignalBlocker(self.box)
        self.box.setChecked(bool(value))
        del blocked


class TextEditor(Editor):
    """A line of text, with suggestions where there are some; lists and mappings are written as JSON."""

    def __init__(self, spec: FieldSpec) -> None:
        super().__init__(spec)
        self.line = QLineEdit()
        self.line.setObjectName(f"param_{spec.name}")
        if spec.is_optional:
            self.line.setPlaceholderText(tr(spec.none))
            clearable(self.line)
        self._add(self.line, 1)
        self.set_value(spec.default)
        self.line.textChanged.connect(lambda _text: self.edited.emit())

    def value(self) -> Any:
        """Return the text's value; None when it cannot be read."""
        try:
            return value_of(self.spec, self.line.text())
        except ValueError:
            return None

    def set_value(self, value: Any) -> None:
        """Show a value; emits nothing."""
        blocked = QSignalBlocker(self.line)
        self.line.setText(text_of(self.spec, value))
        del blocked

    def problem(self) -> str | None:
        """Return what is wrong with the text, or None."""
        try:
            value_of(self.spec, self.line.text())
        except ValueError as error:
            return f"{self.spec.title}: expected JSON, got {self.line.text()!r} ({error}); correct it"
        return super().problem()

    def suggest(self, words: Sequence[str]) -> None:
        """Offer words while typing."""
        completer = QCompleter(list(words), self.line)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.line.setCompleter(completer)


def editor_for(spec: FieldSpec) -> Editor:
    """Return the editor for a field."""
    kinds: dict[str, type[Editor]] = {
        "float": NumberEditor, "int": NumberEditor, "choice": ChoiceEditor, "flag": FlagEditor,
    }  # fmt: skip
    return kinds.get(spec.kind, TextEditor)(spec)


def choice_title(choice: Any) -> str:
    """Return what the list shows for a value."""
    return {"linf": "L∞", "l2": "L2"}.get(choice, str(choice).replace("_", " "))
