"""All panels hidden at once, for the photo alone, and brought back as they were."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDockWidget, QWidget


class Hiding(QObject):
    """Hides the panels together, and remembers which of them were shown.

    Parameters
    ----------
    docks : sequence of QDockWidget
        Of the panels.
    photo : QWidget
        Has the keyboard while they are hidden.
    """

    shown = Signal()

    def __init__(self, docks: Sequence[QDockWidget], photo: QWidget) -> None:
        super().__init__(photo)
        self._docks, self._photo = tuple(docks), photo
        self._hidden: Sequence[QDockWidget] = ()

    def toggle(self) -> None:
        """Hide every panel, or bring back those that were hidden so."""
        shown = [dock for dock in self._docks if not dock.isHidden()]
        if not shown:
            self.show()
            return
        self._hidden = shown
        self._photo.setFocus()  # else Qt looks for who comes next, as by Tab
        for dock in shown:
            dock.hide()

    def show(self) -> None:
        """Bring back the panels that were hidden together; all of them where none was."""
        if any(not dock.isHidden() for dock in self._docks):
            return
        for dock in self._hidden or self._docks:
            dock.show()
        self._hidden = ()
        self.shown.emit()
