"""Runs ``verilens train adapt`` in a process of its own: it can be paused, cancelled, and gone on with."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QProcess, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from desktop_app.core.wording import ENGLISH
from desktop_app.gui.language import spoken, tr
from desktop_app.gui.viewmodel.adapting import Adaptable, outcome_of, progress_of, words_of
from desktop_app.gui.viewmodel.texts import capital

if TYPE_CHECKING:
    from desktop_app.gui.panels.adapt_dialog import AdaptDialog

_SOURCE = Path(__file__).resolve().parents[3]
_PROGRAM = _SOURCE / "main.py"  # recipes are there where the source is
_PATIENCE = 3000  # milliseconds for a process to end


class Adapting(QObject):
    """The dialog, and the process behind it.

    Signals
    -------
    changed
        There is one more model.
    """

    changed = Signal()

    def __init__(self, parent: QWidget, command: Sequence[str] = (sys.executable, str(_PROGRAM))) -> None:
        super().__init__(parent)
        self._window, self._command = parent, tuple(command)
        self._dialog: AdaptDialog | None = None
        self._process: QProcess | None = None
        self._printed, self._said, self._page = "", "", ""
        self._is_cancelled = False

    def dialog(self) -> AdaptDialog:
        """Return the dialog, made when it is first wanted."""
        from desktop_app.gui.panels.adapt_dialog import AdaptDialog

        if self._dialog is None:
            self._dialog = AdaptDialog(self._window)
            self._dialog.startAsked.connect(self.start)
            self._dialog.pauseAsked.connect(self.pause)
            self._dialog.cancelAsked.connect(self.cancel)
            self._dialog.sheetAsked.connect(self._show_sheet)
        return self._dialog

    def open(self) -> None:
        """Show the dialog."""
        self.dialog().show()
        self.dialog().raise_()

    @property
    def is_running(self) -> bool:
        """Whether a network is being adapted."""
        return self._process is not None

    def start(self, tool: Adaptable, folders: Sequence[str]) -> None:
        """Begin on these photos, or go on where a run on them was left; one at a time."""
        if self.is_running:
            return
        program, *before = self._command
        self._printed, self._said, self._page, self._is_cancelled = "", "", "", False
        process = QProcess(self)
        process.setWorkingDirectory(str(_SOURCE))
        process.readyReadStandardOutput.connect(self._read)
        process.readyReadStandardError.connect(self._hear)
        process.finished.connect(self._ended)
        process.errorOccurred.connect(self._failed_to_start)
        self._process = process
        self.dialog().show_running()
        process.start(program, [*before, *words_of(tool, folders, (spoken() or ENGLISH).language)])

    def pause(self, is_paused: bool) -> None:
        """Let the process stand still, or go on."""
        import psutil

        if self._process is None or not self._process.processId():
            return
        process = psutil.Process(self._process.processId())
        (process.suspend if is_paused else process.resume)()

    def cancel(self) -> None:
        """End the process; what it has kept is gone on with when the same photos are chosen again."""
        if self._process is None:
            return
        self._is_cancelled = True
        self.pause(False)
        self._process.terminate()
        if not self._process.waitForFinished(_PATIENCE):
            self._process.kill()
            self._process.waitForFinished(_PATIENCE)

    def _read(self) -> None:
        if self._process is not None:
            self._printed += bytes(self._process.readAllStandardOutput().data()).decode(errors="replace")

    def _hear(self) -> None:
        if self._process is None:
            return
        self._said += bytes(self._process.readAllStandardError().data()).decode(errors="replace")
        known = [found for line in self._said.splitlines() if (found := progress_of(line))]
        if known:
            self.dialog().show_running(known[-1])

    def _failed_to_start(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._done("Expected to start the training, but its program was not found; reinstall Verilens.")

    def _ended(self, code: int) -> None:
        self._read()
        self._hear()
        outcome = outcome_of(self._printed) if code == 0 else {}
        if self._is_cancelled:
            self._done("Cancelled. Start it with the same photos to go on where it was.")
        elif outcome:
            self._show(outcome)
        else:
            last = self._said.strip().splitlines()[-1:] or [f"the training ended with {code}"]
            self._done(capital(tr(last[0].removeprefix("verilens: "))))

    def _show(self, outcome: Mapping[str, Any]) -> None:
        self._page = str(outcome.get("page", ""))
        use = f"\n{outcome['use']}" if outcome.get("use") else ""
        self._done(f"{outcome.get('verdict', '')} {outcome.get('sentence', '')}{use}")
        if outcome.get("model"):
            self.changed.emit()

    def _done(self, sentence: str) -> None:
        if self._process is not None:
            self._process.deleteLater()
        self._process = None
        self.dialog().show_idle(sentence, bool(self._page))

    def _show_sheet(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._page))
