"""Small windows that hold nothing up: about, the details of a fault."""

from __future__ import annotations

import sys

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QMessageBox,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from desktop_app import __version__
from desktop_app.gui.language import tr
from desktop_app.gui.panels.placing import give_size
from desktop_app.gui.viewmodel.texts import sentence


def about_dialog(parent: QWidget) -> QDialog:
    """Return a window that says what the program is."""
    dialog, column = _dialog("About Verilens", parent)
    title = QLabel(tr(f"Verilens {__version__}"))
    title.setProperty("role", "title")
    python = ".".join(str(part) for part in sys.version_info[:3])
    text = QLabel(
        tr("Restore a photo, attack what a model sees in it, and see where the result is uncertain.\n\n"
           f"MIT licence. Python {python}, Qt {qVersion()}.")
    )
    text.setWordWrap(True)
    text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    column.insertWidget(0, title)
    column.insertWidget(1, text, 1)
    give_size(dialog, 400, 200)
    return dialog


def details_dialog(text: str, parent: QWidget) -> QDialog:
    """Return a window with a fault in full, to be copied into a report."""
    dialog, column = _dialog("Details", parent)
    box = QPlainTextEdit(tr(text))
    box.setReadOnly(True)
    box.setAccessibleName(tr("Details of the fault"))
    column.insertWidget(0, box, 1)
    give_size(dialog, 720, 440)
    return dialog


def asks_to_leave(fault: str, parent: QWidget) -> bool:
    """Return whether the user wants to end the program though something cannot be written; waits for the answer."""
    box = QMessageBox(QMessageBox.Icon.Warning, tr("Not everything is saved"), tr(sentence(fault)), parent=parent)
    box.setInformativeText(tr("Make room and close again, or close now and lose those steps."))
    stay = box.addButton(tr("Stay open"), QMessageBox.ButtonRole.RejectRole)
    box.addButton(tr("Close all the same"), QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(stay)
    box.exec()
    return box.clickedButton() is not stay


def _dialog(title: str, parent: QWidget) -> tuple[QDialog, QVBoxLayout]:
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(tr(title))
    dialog.setAccessibleName(tr(title))
    column = QVBoxLayout(dialog)
    column.setContentsMargins(16, 16, 16, 16)
    column.setSpacing(8)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    column.addWidget(buttons)
    return dialog, column
