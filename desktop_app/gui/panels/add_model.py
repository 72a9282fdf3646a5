"""Asks for a model's file, and for what the file may not tell by itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from desktop_app.gui.language import tr
from desktop_app.gui.panels.pieces import clearable, text_button
from desktop_app.gui.viewmodel.models import NORMALISATIONS

_MODELS = "Models (*.pth *.pt *.ckpt *.th *.safetensors *.npz *.onnx);;All files (*)"
_LABELS = "Class names (*.txt *.json *.csv);;All files (*)"
_WIDTH = 520
_HINT = "Only the file is needed: the rest is for a file that does not tell what it is, and for classifiers."


class AddModelDialog(QDialog):
    """A file, a name, an architecture, a label file, and how a classifier's photos are prepared."""

    def __init__(self, architectures: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("addModel")
        self.setWindowTitle(tr("Add a model"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        self.file, self.name, self.labels = QLineEdit(), QLineEdit(), QLineEdit()
        self.architecture, self.way = QComboBox(), QComboBox()
        self.name.setPlaceholderText(tr("made from the file's name"))
        self.labels.setPlaceholderText(tr("a classifier's class names, one a line"))
        self.architecture.addItems(["", *architectures])
        self._typed = QLineEdit()
        self.architecture.setLineEdit(self._typed)
        self._typed.setPlaceholderText(tr("told by the file; or a name of spandrel, timm or torchvision"))
        for key, title in NORMALISATIONS.items():
            self.way.addItem(tr(title), key)
        for line in (self.file, self.name, self.labels, self._typed):
            clearable(line)
        rows = QFormLayout()
        rows.setHorizontalSpacing(16)
        rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        rows.addRow(tr("File"), self._with_browse(self.file, "Choose a model", _MODELS))
        rows.addRow(tr("Name"), self.name)
        rows.addRow(tr("Architecture"), self.architecture)
        rows.addRow(tr("Class names"), self._with_browse(self.labels, "Choose the class names", _LABELS))
        rows.addRow(tr("Photos as"), self.way)
        spoken = ("File", "Name", "Architecture", "File with class names", "How photos are prepared for it")
        for field, words in zip((self.file, self.name, self.architecture, self.labels, self.way), spoken, strict=True):
            field.setAccessibleName(tr(words))
        hint = QLabel(tr(_HINT))
        hint.setWordWrap(True)
        hint.setProperty("role", "hint")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.add = self.buttons.addButton(tr("Add"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.add.setProperty("role", "primary")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.file.textChanged.connect(lambda _text: self._check())
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(16)
        column.addLayout(rows)
        column.addWidget(hint)
        column.addWidget(self.buttons)
        self._check()

    def path(self) -> str:
        """Return the model's file."""
        return self.file.text().strip()

    def details(self) -> dict[str, str]:
        """Return what else was said of it; empty where it was left open."""
        return {
            "name": self.name.text().strip(), "architecture": self._typed.text().strip(),
            "labels": self.labels.text().strip(), "way": self.way.currentData(),
        }  # fmt: skip

    def _check(self) -> None:
        is_file = bool(self.path()) and Path(self.path()).is_file()
        self.add.setEnabled(is_file)
        self.add.setToolTip(tr("" if is_file else "Choose a file that is there"))

    def _with_browse(self, line: QLineEdit, title: str, kinds: str) -> QWidget:
        whole, browse = QWidget(), text_button("Browse…")
        browse.setAccessibleName(tr(title))
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(line, 1)
        row.addWidget(browse)

        def choose() -> None:
            path, _ = QFileDialog.getOpenFileName(self, tr(title), line.text(), tr(kinds))
            if path:
                line.setText(path)

        browse.clicked.connect(choose)
        return whole
