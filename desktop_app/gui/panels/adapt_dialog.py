"""Adapting a network to the user's photos: which tool, whose photos, how far it is, and what came of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop_app.gui.language import tr
from desktop_app.gui.viewmodel.adapting import TOOLS, Adaptable, Progress

_WIDTH, _MARGINS = 520, 24  # pixels
_ABOUT = (
    "Goes on training a tool's network on photos of yours, in the background. Six photos of a kind or more; every "
    "fourth is held out, and the new network is kept only if it is better on these."
)


class AdaptDialog(QDialog):
    """Asks for a tool and folders, and shows how a run fares."""

    startAsked = Signal(object, list)
    pauseAsked = Signal(bool)
    cancelAsked = Signal()
    sheetAsked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("adaptDialog")
        self.setWindowTitle(tr("Adapt to my photos"))
        self.setMinimumWidth(_WIDTH)
        self._is_running = False
        self._layout = QVBoxLayout(self)
        self.start, self.pause, self.cancel, self.sheet = (
            QPushButton(tr(text)) for text in ("Start", "Pause", "Cancel", "Before and after…")
        )
        self._layout.addWidget(_words(_ABOUT))
        self.tool = QComboBox()
        self.tool.setAccessibleName(tr("Tool"))
        for one in TOOLS:
            self.tool.addItem(tr(one.title), one.id)
        self._layout.addWidget(self.tool)
        self.folders: list[QLineEdit] = []
        self._rows = [self._add_row() for _ in range(max(len(one.folders) for one in TOOLS))]
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName(tr("How far it is"))
        self.said = _words("")
        self._layout.addWidget(self.bar)
        self._layout.addWidget(self.said)
        self._add_buttons()
        self.tool.currentIndexChanged.connect(self._show_rows)
        self._show_rows()
        self.show_idle("")

    def chosen(self) -> Adaptable:
        """Return the tool that is shown."""
        return TOOLS[self.tool.currentIndex()]

    def show_running(self, progress: Progress | None = None) -> None:
        """Show that it runs, and how far it is."""
        self._show(is_running=True)
        self.bar.setValue(round(1000 * progress.share) if progress else 0)
        _say(self.said, progress.text if progress else "Reading the photos…")

    def show_idle(self, sentence: str, has_sheet: bool = False) -> None:
        """Show that nothing runs, what came of the last run, and whether there is a sheet to look at."""
        self._show(is_running=False)
        _say(self.said, sentence)
        self.sheet.setEnabled(has_sheet)

    def _add_row(self) -> tuple[QLabel, QWidget]:
        label, row, edit, choose = QLabel(), QWidget(), QLineEdit(), QPushButton(tr("Choose…"))
        label.setBuddy(edit)
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(edit, 1)
        line.addWidget(choose)
        choose.clicked.connect(lambda: self._choose(edit))
        edit.textChanged.connect(self._show_ready)
        self.folders.append(edit)
        self._layout.addWidget(label)
        self._layout.addWidget(row)
        return label, row

    def _add_buttons(self) -> None:
        line = QHBoxLayout()
        self.pause.setCheckable(True)
        for button in (self.start, self.pause, self.cancel, self.sheet):
            line.addWidget(button)
        self._layout.addLayout(line)
        self.start.clicked.connect(lambda: self.startAsked.emit(self.chosen(), self._given()))
        self.pause.toggled.connect(self._paused)
        self.cancel.clicked.connect(self.cancelAsked)
        self.sheet.clicked.connect(self.sheetAsked)

    def _choose(self, edit: QLineEdit) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Folder of photos"), edit.text())
        if folder:
            edit.setText(folder)

    def _given(self) -> list[str]:
        return [edit.text().strip() for edit in self.folders[: len(self.chosen().folders)]]

    def _paused(self, is_paused: bool) -> None:
        self.pause.setText(tr("Go on" if is_paused else "Pause"))
        self.pauseAsked.emit(is_paused)

    def _show_rows(self) -> None:
        wanted = self.chosen().folders
        for place, (label, row) in enumerate(self._rows):
            is_wanted = place < len(wanted)
            label.setVisible(is_wanted)
            row.setVisible(is_wanted)
            label.setText(tr(wanted[place][1] if is_wanted else ""))
            self.folders[place].setAccessibleName(tr(label.text()))
        self._show_ready()

    def _show(self, is_running: bool) -> None:
        self.tool.setEnabled(not is_running)
        for _, row in self._rows:
            row.setEnabled(not is_running)
        self.bar.setVisible(is_running)
        self.pause.setEnabled(is_running)
        self.cancel.setEnabled(is_running)
        self.sheet.setEnabled(False)
        if not is_running:
            self.pause.setChecked(False)
        self._is_running = is_running
        self._show_ready()

    def _show_ready(self) -> None:
        self.start.setEnabled(all(self._given()) and not self._is_running)


def _words(text: str) -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    _say(label, text)
    return label


def _say(label: QLabel, text: str) -> None:
    """Show a text in as many lines as it takes: a dialog's own layout gives a wrapped label but two."""
    label.setText(tr(text))
    label.setMinimumHeight(max(label.heightForWidth(_WIDTH - _MARGINS), 0))
