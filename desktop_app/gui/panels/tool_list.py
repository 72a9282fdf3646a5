"""The tool list with its search."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from desktop_app.core.plugins.entries import Snapshot, ToolEntry
from desktop_app.gui.language import tr
from desktop_app.gui.panels.pieces import clearable
from desktop_app.gui.viewmodel.tools import KindGroup, TaskGroup, tool_tree

_ID = Qt.ItemDataRole.UserRole
_JOB = Qt.ItemDataRole.UserRole + 1  # what a tool is recommended for


class ToolPanel(QWidget):
    """Search above a tree of kinds, tasks and tools.

    Signals
    -------
    chosen : str
        A tool is to be shown.
    entered
        The user has found the tool, by Return or a double click, and goes on with it.
    """

    chosen = Signal(str)
    entered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._snapshot = Snapshot()
        self._chosen = ""
        self.search = QLineEdit()
        self.search.setObjectName("toolSearch")
        self.search.setPlaceholderText(tr("Search tools"))
        self.search.setAccessibleName(tr("Search tools"))
        clearable(self.search)
        self.tree = QTreeWidget()
        self.tree.setObjectName("toolList")
        self.tree.setAccessibleName(tr("Tools"))
        self.tree.setHeaderHidden(True)
        self.tree.setIndentation(16)
        self.tree.setUniformRowHeights(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self.search)
        column.addWidget(self.tree, 1)
        self.search.installEventFilter(self)
        self.search.textChanged.connect(lambda _text: self._fill())
        self.search.returnPressed.connect(self._enter_first)
        self.tree.currentItemChanged.connect(lambda item, _old: self._choose(item))
        self.tree.itemActivated.connect(self._enter)
        self._fill()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show the tools of a snapshot; the chosen one stays chosen."""
        self._snapshot = snapshot
        self._fill()

    def mark_recommended(self) -> None:
        """Draw the recommended tools in two lines from now on; what draws them is imported after the first paint."""
        from desktop_app.gui.panels.tool_rows import ToolDelegate

        self.tree.setUniformRowHeights(False)
        self.tree.setItemDelegate(ToolDelegate(_JOB, self))

    def select(self, tool: str) -> None:
        """Mark a tool as chosen; emits nothing. A search that leaves it out is over."""
        self._chosen = tool
        if not self._mark() and any(known.id == tool for known in self._snapshot.tools):
            self.search.clear()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the down arrow go from the search to the list."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Down:
                self._go_to_list()
                return True
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
        return super().eventFilter(watched, event)

    def _fill(self) -> None:
        query = self.search.text()
        self.tree.blockSignals(True)
        self.tree.clear()
        groups = tool_tree(self._snapshot.tools, query)
        self.tree.addTopLevelItems([_kind_item(group) for group in groups] or [self._nothing()])
        self.tree.expandAll()
        self.tree.blockSignals(False)
        self._mark()
        if query:
            self.tree.scrollToTop()

    def _nothing(self) -> QTreeWidgetItem:
        """Return the line that says why the list is empty."""
        if self._snapshot.tools:
            return _line(f"Nothing fits “{self.search.text().strip()}”.")
        return _line("No plugin brings a tool." if self._snapshot.plugins else "Looking for tools…")

    def _mark(self) -> bool:
        """Highlight the chosen tool; False if it is not in the list."""
        item = next((item for item in self._items() if item.data(0, _ID) == self._chosen), None)
        self.tree.blockSignals(True)
        self.tree.setCurrentItem(item)  # type: ignore[arg-type]  # None is allowed, and takes the highlight away
        self.tree.blockSignals(False)
        return item is not None

    def _items(self) -> list[QTreeWidgetItem]:
        """Return the items of tools, from top to bottom."""
        return [
            item
            for item in self.tree.findItems("", Qt.MatchFlag.MatchContains | Qt.MatchFlag.MatchRecursive)
            if item.data(0, _ID)
        ]

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        if item is not None and item.data(0, _ID):
            self.chosen.emit(item.data(0, _ID))

    def _enter(self, item: QTreeWidgetItem) -> None:
        self._choose(item)
        if item.data(0, _ID):
            self.entered.emit()

    def _enter_first(self) -> None:
        if self.search.text().strip() and self._items():
            self._go_to_first()
            self.entered.emit()

    def _go_to_list(self) -> None:
        """Go on in the list: at the best hit, without a search where the list stands."""
        self.tree.setFocus(Qt.FocusReason.TabFocusReason)
        current = self.tree.currentItem()
        if self.search.text().strip() or current is None or not current.data(0, _ID):
            self._go_to_first()

    def _go_to_first(self) -> None:
        first = next(iter(self._items()), None)
        if first is not None:
            self.tree.setCurrentItem(first)
            self._choose(first)


def _kind_item(group: KindGroup) -> QTreeWidgetItem:
    item = _heading(group.title)
    parts = [_tool_item(tool) for tool in group.tasks[0].tools] if group.is_flat else map(_task_item, group.tasks)
    item.addChildren(list(parts))
    return item


def _task_item(group: TaskGroup) -> QTreeWidgetItem:
    item = _heading(group.title)
    item.addChildren([_tool_item(tool) for tool in group.tools])
    return item


def _heading(title: str) -> QTreeWidgetItem:
    item = QTreeWidgetItem([tr(title)])
    item.setFlags(Qt.ItemFlag.ItemIsEnabled)
    return item


def _line(text: str) -> QTreeWidgetItem:
    item = QTreeWidgetItem([tr(text)])
    item.setFlags(Qt.ItemFlag.NoItemFlags)
    return item


def _tool_item(tool: ToolEntry) -> QTreeWidgetItem:
    item = QTreeWidgetItem([tr(tool.title)])
    item.setData(0, _ID, tool.id)
    item.setToolTip(0, tr(f"{tool.summary}\n{tool.id}"))
    if tool.recommended_for:
        job = tool.recommended_for
        item.setData(0, _JOB, job)
        item.setData(0, Qt.ItemDataRole.AccessibleTextRole, tr(f"{job}: {tool.title}, recommended"))
        item.setToolTip(0, tr(f"Recommended to {job[:1].lower()}{job[1:]}.\n{tool.summary}\n{tool.id}"))
    return item
