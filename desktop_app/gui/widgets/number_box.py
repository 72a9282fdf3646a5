"""Fields for numbers as people type them: no digit is swallowed, and point and comma both are the decimal sign."""

from __future__ import annotations

import re

from PySide6.QtCore import QLocale
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox, QWidget

_MOST_DIGITS = 6
_FEW_DIGITS = 2  # a person's 0.75; an estimate has all that there are


class NumberBox(QDoubleSpinBox):
    """A spin box for people who type. No number in it has group separators."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._usual = self._typed = 0
        self.set_usual_digits(2)
        self.lineEdit().textEdited.connect(self._count_digits)

    def set_usual_digits(self, digits: int) -> None:
        """Show so many digits behind the sign, and more where they were typed: six at most, none of a whole number."""
        self._usual = digits
        self.setDecimals(max(digits, _MOST_DIGITS) if digits else 0)

    @property
    def is_being_typed(self) -> bool:
        """Whether its text is the user's, and not yet a number that was written here."""
        return self.lineEdit().isModified()

    def show_value(self, value: float) -> None:
        """Show a number; what is being typed stands as long as it means the same."""
        if not (self.is_being_typed and value == self.value()):
            self.setValue(value)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Take either decimal sign for the locale's own, and numbers beyond the range, which mean its nearer end."""
        state, taken, place = super().validate(self._in_locale(text), position)
        return _taken(self, taken, state), taken, place

    def valueFromText(self, text: str) -> float:
        """Return the number that is written."""
        if not self.is_being_typed and text.removesuffix(self.suffix()) == self.textFromValue(self.value()):
            return self.value()  # which may have more digits than are shown
        beyond = _nearer_end(self, self._in_locale(text))
        return super().valueFromText(self._in_locale(text)) if beyond is None else beyond

    def textFromValue(self, value: float) -> str:
        """Return a number with its usual digits, and more where those were typed or two more say all of it."""
        needed = len(f"{value:.{self.decimals()}f}".partition(".")[2].rstrip("0"))
        digits = max(self._usual, self._typed, needed if needed <= self._usual + _FEW_DIGITS else 0)
        locale = QLocale(self.locale())
        locale.setNumberOptions(QLocale.NumberOption.OmitGroupSeparator)
        text = locale.toString(value, "f", digits)
        extra = digits - self._usual
        kept = text[: len(text) - extra] + text[len(text) - extra :].rstrip(locale.zeroDigit())
        return kept.removesuffix(locale.decimalPoint())

    def _count_digits(self, text: str) -> None:
        behind = re.search(r"[.,](\d+)", text.removesuffix(self.suffix()))
        self._typed = min(len(behind[1]) if behind else 0, self.decimals())

    def _in_locale(self, text: str) -> str:
        number = text.removesuffix(self.suffix())
        sign = self.locale().decimalPoint()
        return number.replace(",", sign).replace(".", sign) + text[len(number) :]


class WholeBox(QSpinBox):
    """A spin box for whole numbers, which takes those beyond its range for its nearer end."""

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Take numbers beyond the range too."""
        state, taken, place = super().validate(text, position)
        return _taken(self, taken, state), taken, place

    def valueFromText(self, text: str) -> int:
        """Return the number that is written, or the end of the range that it is nearer to."""
        beyond = _nearer_end(self, text)
        return super().valueFromText(text) if beyond is None else int(beyond)


def _taken(box: NumberBox | WholeBox, text: str, state: QValidator.State) -> QValidator.State:
    """Return how far a text is a number of the box, given what Qt says of it.

    A box that refused the last digit of 300 would leave a person with 30, and without its sign -5 would be 5.
    """
    if state is not QValidator.State.Invalid:
        return state
    if _nearer_end(box, text) is not None:
        return QValidator.State.Acceptable
    is_sign = text.removesuffix(box.suffix()) == box.locale().negativeSign()
    return QValidator.State.Intermediate if is_sign else state


def _nearer_end(box: NumberBox | WholeBox, text: str) -> float | None:
    """Return the end of the box's range that a number beyond it is nearer to; None for all other texts."""
    number = text.removesuffix(box.suffix())
    most_digits = box.decimals() if isinstance(box, NumberBox) else 0
    if len(number.partition(box.locale().decimalPoint())[2]) > most_digits or number[-1:].isspace():
        return None
    locale = QLocale(box.locale())
    locale.setNumberOptions(QLocale.NumberOption.RejectGroupSeparator)
    value, is_number = locale.toDouble(number)
    if not is_number or box.minimum() <= value <= box.maximum():
        return None
    return box.minimum() if value < box.minimum() else box.maximum()
