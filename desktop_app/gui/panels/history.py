"""The history: click a state to jump to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, Qt, Signal, SignalInstance
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QMenu, QWidget

from desktop_app.gui.language import tr

if TYPE_CHECKING:
    from desktop_app.gui.panels.history_graph import HistoryDelegate
    from desktop_app.gui.viewmodel.history import HistoryRow

ROW = Qt.ItemDataRole.UserRole
_MENU = (
    ("Go to this state", "jump"),
    ("Change parameters…", "change"),
    ("Compare with this state", "compare"),
    ("Keep in the grid, or not", "grid"),
    ("Save the recipe up to here…", "recipe"),
    ("", ""),
    ("Rename", "rename"),
    ("Delete", "delete"),
    ("Bring back deleted steps", "restore"),
)
_NOT_OF_ROOT = {"change", "delete"}


class HistoryView(QListWidget):
    """One row a state, with a graph of the branches.

    Signals
    -------
    jumpAsked, changeAsked, compareAsked, gridAsked, deleteAsked : str
        The user wants to go to a state, change its step's parameters, compare with it, keep it in the grid (or no
        longer), or delete it.
    recipeAsked : str
        The steps that lead to a state are to be written to a file.
    restoreAsked
        The user wants deleted steps back.
    renamed : str, str
        The state, and its new title.
    cardAsked : str
        The pointer rests on a state: what `show_card` is told at once, is shown there.
    """

    jumpAsked = Signal(str)
    changeAsked = Signal(str)
    compareAsked = Signal(str)
    gridAsked = Signal(str)
    deleteAsked = Signal(str)
    recipeAsked = Signal(str)
    restoreAsked = Signal()
    renamed = Signal(str, str)
    cardAsked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("historyView")
        self.setAccessibleName(tr("History"))
        self.setAccessibleDescription(tr("Every state of the photo; choose one to go to it"))
        self._delegate: HistoryDelegate | None = None
        self._has_deleted = False
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._open_menu)
        self.currentItemChanged.connect(self._went)
        self.itemDoubleClicked.connect(lambda item: self._ask(self.changeAsked, item))
        self.itemChanged.connect(self._edited)

    def show_rows(self, rows: Sequence[HistoryRow], has_deleted: bool = False) -> None:
        """Show rows; emits nothing. Rows whose state stands where it stood are kept."""
        self._has_deleted = has_deleted
        self._prepare_delegate(rows)
        self.blockSignals(True)
        while self.count() > len(rows):
            self.takeItem(self.count() - 1)
        for index, row in enumerate(rows):
            self._show_row(index, row)
        self.blockSignals(False)
        self.viewport().update()

    def show_card(self, state: str, card: str) -> None:
        """Let the pointer that rests on a state tell this of it, in rich text; emits nothing."""
        self.blockSignals(True)
        for index in range(self.count()):
            if self.item(index).data(ROW).state == state:
                self.item(index).setToolTip(card)
        self.blockSignals(False)

    def viewportEvent(self, event: QEvent) -> bool:
        """Ask for the card of the state that the pointer rests on before it is shown."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            item = self.itemAt(event.pos())
            if item is not None:
                self.cardAsked.emit(item.data(ROW).state)
        return super().viewportEvent(event)

    def _prepare_delegate(self, rows: Sequence[HistoryRow]) -> None:
        from desktop_app.gui.panels.history_graph import HistoryDelegate
        from desktop_app.gui.viewmodel.history import lane_count

        if self._delegate is None:
            self._delegate = HistoryDelegate(ROW, self)
            self.setItemDelegate(self._delegate)
        self._delegate.lanes = lane_count(rows)

    def states(self) -> tuple[str, ...]:
        """Return the ids of the shown states, from top to bottom."""
        return tuple(self.item(index).data(ROW).state for index in range(self.count()))

    def _show_row(self, index: int, row: HistoryRow) -> None:
        if index == self.count():
            self.addItem(QListWidgetItem())
        item = self.item(index)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
        item.setData(ROW, row)
        item.setText(tr(row.title))
        item.setToolTip(tr(row.title if row.is_saved else f"{row.title}: being saved"))
        saved = "" if row.is_saved else ", being saved"
        item.setData(Qt.ItemDataRole.AccessibleTextRole, tr(f"{row.title}{', shown' if row.is_current else ''}{saved}"))
        if row.is_current:
            self.setCurrentItem(item)
            self.scrollToItem(item)

    def _went(self, item: QListWidgetItem | None) -> None:
        self._ask(self.jumpAsked, item)

    def _ask(self, asked: SignalInstance, item: QListWidgetItem | None) -> None:
        row = item.data(ROW) if item is not None else None
        if row is not None and not (row.is_first and asked in (self.changeAsked, self.deleteAsked)):
            asked.emit(row.state)

    def _edited(self, item: QListWidgetItem) -> None:
        row = item.data(ROW)
        title = item.text().strip()
        if row is not None and title and title not in (row.title, tr(row.title)):
            self.renamed.emit(row.state, title)
        elif row is not None and item.text() != tr(row.title):
            item.setText(tr(row.title))

    def _open_menu(self, position: QPoint) -> None:
        item = self.itemAt(position)
        if item is None:
            return
        menu = self._make_menu(item)
        chosen = menu.exec(self.viewport().mapToGlobal(position))
        if chosen is not None:
            self._chose(chosen.data(), item)
        menu.deleteLater()

    def _make_menu(self, item: QListWidgetItem) -> QMenu:
        menu = QMenu(self)
        for title, what in _MENU:
            if not what:
                menu.addSeparator()
                continue
            action = menu.addAction(tr(title))
            action.setData(what)
            is_root = item.data(ROW).is_first
            action.setEnabled(self._has_deleted if what == "restore" else not (is_root and what in _NOT_OF_ROOT))
        return menu

    def _chose(self, what: str, item: QListWidgetItem) -> None:
        if what == "rename":
            self.editItem(item)
        elif what == "restore":
            self.restoreAsked.emit()
        else:
            asked = {"jump": self.jumpAsked, "change": self.changeAsked, "compare": self.compareAsked,
                     "grid": self.gridAsked, "recipe": self.recipeAsked}  # fmt: skip
            self._ask(asked.get(what, self.deleteAsked), item)
