"""A field for a number, in which a point and a comma both are the decimal sign, whatever the locale."""

from __future__ import annotations

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox


class NumberBox(QDoubleSpinBox):
    """A spin box for people who type. No number in it has group separators."""

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
        return super().valueFromText(self._in_locale(text))

    def _in_locale(self, text: str) -> str:
        number = text.removesuffix(self.suffix())
        sign = self.locale().decimalPoint()
        return number.replace(",", sign).replace(".", sign) + text[len(number) :]
