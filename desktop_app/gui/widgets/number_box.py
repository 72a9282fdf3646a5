"""A field for a number, in which a point and a comma both are the decimal sign, whatever the locale."""

from __future__ import annotations

import re

from PySide6.QtCore import QLocale
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QWidget

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
        """Take either decimal sign for the locale's own."""
        return super().validate(self._in_locale(text), position)

    def valueFromText(self, text: str) -> float:
        """Return the number that is written."""
        if not self.is_being_typed and text.removesuffix(self.suffix()) == self.textFromValue(self.value()):
            return self.value()  # which may have more digits than are shown
        return super().valueFromText(self._in_locale(text))

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
