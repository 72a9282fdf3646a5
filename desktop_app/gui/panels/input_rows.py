"""A tool's further inputs: one file each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from desktop_app.gui.language import tr
from desktop_app.gui.panels.pieces import clearable, form_grid, text_button
from desktop_app.gui.viewmodel.intent import PAINTED
from desktop_app.gui.viewmodel.texts import input_text, is_made_here

_MADE_HERE = {
    "mask": ("Paint…", "Paint the mask on the photo"),
    "kernel": ("Draw…", "Draw or make the kernel, or take that of an earlier step"),
}


class FileRow(QWidget):
    """A path, typed or chosen; what was made here is called by its name."""

    changed = Signal()
    madeHere = Signal()

    def __init__(self, name: str, kind: str, help_text: str) -> None:
        super().__init__()
        self._name = name
        self._given = ""
        self.line = QLineEdit()
        self.line.setObjectName(f"input_{name}")
        self.line.setPlaceholderText(tr("no file"))
        clearable(self.line)
        self.line.setToolTip(tr(help_text))
        self.line.setAccessibleName(tr(name))
        self.line.setAccessibleDescription(tr(help_text))
        browse = text_button("Choose…")
        browse.setToolTip(tr(f"Choose a file for {name}"))
        browse.setAccessibleName(tr(f"Choose a file for {name}"))
        column, row = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.line)
        column.addLayout(row)
        row.addWidget(browse)
        if kind in _MADE_HERE:
            title, tip = _MADE_HERE[kind]
            make = text_button(title)
            make.setObjectName(f"make_{name}")
            make.setToolTip(tr(tip))
            make.clicked.connect(self.madeHere)
            row.addWidget(make)
        row.addStretch(1)
        browse.clicked.connect(self._choose)
        self.line.textChanged.connect(lambda _text: self.changed.emit())

    def path(self) -> str:
        """Return the path, or `PAINTED`; empty for none."""
        text = self.line.text().strip()
        return self._given if text == _text(self._given) else text

    def set_path(self, path: str) -> None:
        """Show a path, or `PAINTED`."""
        self._given = path
        self.line.setText(_text(path))

    def _choose(self) -> None:
        from PySide6.QtWidgets import QFileDialog

        folder = str(Path(self.path()).parent) if self.path() not in ("", PAINTED) else ""
        path, _ = QFileDialog.getOpenFileName(self, tr(f"File for {self._name}"), folder)
        if path:
            self.set_path(path)


def _text(path: str) -> str:
    if path == PAINTED:
        return tr("as painted")
    return tr(input_text(path)) if is_made_here(path) else path


class InputRows(QWidget):
    """One row for each further input of a tool; `makeAsked` says the kind and name of one that is to be made here."""

    changed = Signal()
    makeAsked = Signal(str, str)

    def __init__(self, inputs: Sequence[Mapping[str, Any]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = {given["name"]: FileRow(given["name"], given["kind"], given["help"]) for given in inputs}
        kinds = {given["name"]: given["kind"] for given in inputs}
        masks = [given for given in inputs if given["kind"] == "mask"]
        self._mask = self._rows[masks[0]["name"]] if masks else None
        self._needs_mask = bool(masks) and masks[0]["required"]
        self._has_seen_mask = False
        grid = form_grid(self)
        for line, (name, row) in enumerate(self._rows.items()):
            label = QLabel(tr(name.replace("_", " ").capitalize()))
            label.setBuddy(row.line)
            grid.addWidget(label, line, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(row, line, 1)
            row.changed.connect(self.changed)
            row.madeHere.connect(partial(self.makeAsked.emit, kinds[name], name))

    def paths(self) -> dict[str, str]:
        """Return the chosen files by input name, `PAINTED` for the mask on the photo."""
        return {name: row.path() for name, row in self._rows.items() if row.path()}

    def offers_mask(self) -> bool:
        """Whether there is an input that could take the mask on the photo, and does not."""
        return self._mask is not None and self._mask.path() != PAINTED

    def take_mask(self, instead_of: str = "") -> None:
        """Take the mask on the photo, where a file is named only in the place of that one."""
        if self._mask is not None and instead_of in ("", self._mask.path()):
            self._mask.set_path(PAINTED)

    def hold_mask(self) -> None:
        """Leave the mask as it is: an input that can do without one does not take that which is on the photo now."""
        self._has_seen_mask = True

    def show_mask(self, is_painted: bool, is_area: bool = False) -> None:
        """Follow the mask on the photo: what has none takes it; one that is gone is left.

        An input that can do without takes it once, when it appears, and not if it says where steps are applied.
        """
        if self._mask is None:
            return
        is_new, self._has_seen_mask = is_painted and not self._has_seen_mask and not is_area, is_painted
        if is_painted and (self._needs_mask or is_new) and not self._mask.path():
            self._mask.set_path(PAINTED)
        elif not is_painted and self._mask.path() == PAINTED:
            self._mask.set_path("")

    def set_path(self, name: str, path: str) -> None:
        """Show a file for one input."""
        if name in self._rows:
            self._rows[name].set_path(path)

    def set_paths(self, paths: Mapping[str, str]) -> None:
        """Show files."""
        for name, row in self._rows.items():
            row.set_path(paths.get(name, ""))
