"""The list of all shortcuts, in which each can be given other keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop_app.gui.language import tr
from desktop_app.gui.panels.pieces import clearable
from desktop_app.gui.panels.placing import give_size
from desktop_app.gui.shell.actions import ACTIONS, ActionSpec
from desktop_app.gui.viewmodel.shortcuts import conflict

CANVAS_KEYS = (
    ("Zoom at the pointer", "Wheel"),
    ("Pan", "Drag, arrow keys"),
    ("Pan while something is drawn", "Space with a drag"),
    ("Fit or 100%", "Double-click"),
    ("Larger or smaller brush", "] or ["),
    ("Show or hide all panels", "Tab"),
    ("Cancel the running step; go back to the photo", "Esc"),
)
"""What belongs to the mouse or to one widget, and is as it is."""


class _KeysField(QKeySequenceEdit):
    """Takes the keys that are pressed, but for Escape, which closes the window as it does everywhere."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave Escape to the window."""
        event.ignore() if event.key() == Qt.Key.Key_Escape else super().keyPressEvent(event)


class ShortcutsDialog(QDialog):
    """Lists every action with its keys, and takes others for the chosen one.

    Parameters
    ----------
    keys : mapping
        The keys of every action by id.
    rebind : callable
        Gets an action's id and its new keys, None for the program's own; returns the keys of all actions as they are
        then.
    """

    def __init__(
        self, keys: Mapping[str, str], rebind: Callable[[str, str | None], Mapping[str, str]],
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._keys, self._rebind = keys, rebind
        self.setObjectName("shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Keyboard shortcuts"))
        self.setAccessibleName(tr("Keyboard shortcuts"))
        self.search, self.tree = QLineEdit(), QTreeWidget()
        self.editor = _KeysField()
        self.change, self.reset = QPushButton(tr("Set")), QPushButton(tr("Reset"))
        self.problem = QLabel()
        self._lay_out()
        self._fill()
        self.search.textChanged.connect(self._filter)
        self.tree.currentItemChanged.connect(lambda _new, _old: self._choose())
        self.editor.keySequenceChanged.connect(lambda _keys: self._check())
        self.change.clicked.connect(self._set)
        self.reset.clicked.connect(lambda: self._apply(None))
        self._choose()
        give_size(self, 560, 600)

    def choose(self, action: str) -> None:
        """Choose an action by its id."""
        self.tree.setCurrentItem(self._items[action])

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        self.search.setPlaceholderText(tr("Find an action or a key"))
        self.search.setAccessibleName(tr("Find an action or a key"))
        clearable(self.search)
        self.tree.setHeaderLabels([tr("Action"), tr("Keys")])
        self.tree.setRootIsDecorated(False)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)  # keys are read to their end
        self.tree.setAccessibleName(tr("Actions and their keys"))
        self.editor.setAccessibleName(tr("New keys"))
        self.editor.setToolTip(tr("Press the keys that are to do it"))
        self.editor.setMaximumSequenceLength(1)
        self.reset.setToolTip(tr("Give it the program's own keys again"))
        self.problem.setWordWrap(True)
        self.problem.setProperty("role", "problem")
        row = QHBoxLayout()
        for part, stretch in ((QLabel(tr("New keys")), 0), (self.editor, 1), (self.change, 0), (self.reset, 0)):
            row.addWidget(part, stretch)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column.addWidget(self.search)
        column.addWidget(self.tree, 1)
        column.addLayout(row)
        column.addWidget(self.problem)
        column.addWidget(buttons)
        for button in (self.change, self.reset):
            button.setAutoDefault(False)

    def _fill(self) -> None:
        self._items = {spec.id: QTreeWidgetItem([tr(spec.full_title), ""]) for spec in ACTIONS}
        self.tree.addTopLevelItems(list(self._items.values()))
        for title, keys in CANVAS_KEYS:
            item = QTreeWidgetItem([tr(title), tr(keys)])
            item.setToolTip(1, tr("This belongs to the mouse or to one part of the window, and cannot be changed"))
            self.tree.addTopLevelItem(item)
        self._show_keys()

    def _show_keys(self) -> None:
        for name, item in self._items.items():
            item.setText(1, tr(self._keys.get(name, "").replace("|", " or ")))

    def _filter(self, words: str) -> None:
        wanted = words.casefold().split()
        for number in range(self.tree.topLevelItemCount()):
            item = self.tree.topLevelItem(number)
            if item is not None:
                text = f"{item.text(0)} {item.text(1)}".casefold()
                item.setHidden(not all(word in text for word in wanted))

    def _spec(self) -> ActionSpec | None:
        return next((spec for spec in ACTIONS if self._items[spec.id] is self.tree.currentItem()), None)

    def _choose(self) -> None:
        spec = self._spec()
        self.editor.setEnabled(spec is not None)
        self.reset.setEnabled(spec is not None and self._keys.get(spec.id) != spec.shortcut)
        first = self._keys.get(spec.id, "").split("|")[0] if spec is not None else ""
        self.editor.setKeySequence(QKeySequence(first))
        self._check()

    def _wanted(self) -> str:
        return self.editor.keySequence().toString()

    def _check(self) -> None:
        """Say who has the new keys already, before they are set."""
        spec = self._spec()
        told = conflict(ACTIONS, self._keys, spec.id, self._wanted()) if spec is not None else ""
        self.problem.setText(tr(told))
        self.problem.setVisible(bool(told))
        is_new = spec is not None and self._wanted() not in self._keys.get(spec.id, "").split("|")
        self.change.setEnabled(is_new and not told)

    def _set(self) -> None:
        self._apply(self._wanted())

    def _apply(self, keys: str | None) -> None:
        spec = self._spec()
        if spec is not None:
            self._keys = self._rebind(spec.id, keys)
            self._show_keys()
            self._choose()
