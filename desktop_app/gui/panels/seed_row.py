"""The seed of tools that draw at random: the same one gives the same result again."""

from __future__ import annotations

from PySide6.QtCore import QRandomGenerator, QSignalBlocker, Signal
from PySide6.QtWidgets import QLabel, QWidget

from desktop_app.gui.language import tr
from desktop_app.gui.panels.pieces import form_grid, text_button
from desktop_app.gui.widgets.number_box import WholeBox

_HIGHEST = 2**31 - 1


class SeedRow(QWidget):
    """A number, and a button that draws another one. Setters emit nothing."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._box = WholeBox()
        self._box.setObjectName("seed")
        self._box.setRange(0, _HIGHEST)
        self._box.setAccessibleName(tr("Seed"))
        self._box.setToolTip(tr("The same seed gives the same result again."))
        label = QLabel(tr("Seed"))
        label.setBuddy(self._box)
        dice = text_button("new")
        dice.setToolTip(tr("Draw a new seed"))
        dice.setAccessibleName(tr("Draw a new seed"))
        grid = form_grid(self)
        for column, part in enumerate((label, self._box, dice)):
            grid.addWidget(part, 0, column)
        dice.clicked.connect(lambda: self._box.setValue(QRandomGenerator.global_().bounded(_HIGHEST)))
        self._box.valueChanged.connect(lambda _seed: self.changed.emit())

    def value(self) -> int:
        """Return the seed."""
        return self._box.value()

    def set_value(self, seed: int) -> None:
        """Show a seed."""
        blocked = QSignalBlocker(self._box)
        self._box.setValue(seed)
        del blocked
