"""A table whose first column stays readable: where it is narrow, other columns are left out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QWidget

_MOST = 0.45  # of the width that the first column claims: longer texts end in dots


class FoldingList(QTreeWidget):
    """A flat table; its first column takes what the others leave.

    Parameters
    ----------
    titles : sequence of str
        Of the columns.
    spare : sequence of int
        Columns that may be left out where not all fit beside the first one's texts, the first to go first.
    """

    def __init__(self, titles: Sequence[str], spare: Sequence[int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spare = tuple(spare)
        self.setHeaderLabels(list(titles))
        self.setRootIsDecorated(False)
        self.setAlternatingRowColors(True)
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what no longer fits, and show again what does."""
        super().resizeEvent(event)
        self.fold()

    def fold(self) -> None:
        """Choose the columns anew; after rows have come or gone."""
        room = self.viewport().width()
        widths = [self._wanted(column) for column in range(self.columnCount())]
        taken = min(widths[0], int(_MOST * room)) + sum(widths[1:])
        for column in self._spare:
            self.setColumnHidden(column, taken > room)
            taken -= widths[column] if taken > room else 0

    def _wanted(self, column: int) -> int:
        return max(self.sizeHintForColumn(column), self.header().sectionSizeHint(column))
