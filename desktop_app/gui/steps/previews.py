"""Previews of the form's tool: asked for once things have settled, laid over the photo, taken away again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QPushButton

from desktop_app.gui.documents.picture import PictureKeeper
from desktop_app.gui.language import tr
from desktop_app.gui.panels.messages import Message
from desktop_app.gui.steps.runs import RunController
from desktop_app.gui.viewmodel.texts import one_line

if TYPE_CHECKING:
    from desktop_app.gui.canvas import PreviewPatch
    from desktop_app.gui.steps.work import PreviewTask

_SETTLE_MS = 50  # longer than between two moves of a slider that is dragged
_SLOW_MS = 400  # after which it is said that a preview is on its way
_TOPIC = "preview"


class Previews(QObject):
    """Keeps the preview in step with the form while its toggle is on.

    Parameters
    ----------
    toggle : QPushButton
        Switches the preview.
    keeper : PictureKeeper
        Lays it over the photo.
    runs : RunController
        Makes it.
    task : callable
        Returns what is to be previewed now; None for nothing yet.

    Signals
    -------
    said : Message
        A sentence for the user.
    appeared
        A preview is shown.
    """

    said = Signal(object)
    appeared = Signal()

    def __init__(
        self,
        toggle: QPushButton,
        keeper: PictureKeeper,
        runs: RunController,
        task: Callable[[], PreviewTask | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._toggle, self._keeper, self._runs, self._task = toggle, keeper, runs, task
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.timeout.connect(self._ask)
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(_SLOW_MS)
        self._slow.timeout.connect(lambda: toggle.setText(tr("Previewing…")))
        toggle.toggled.connect(self._switch)
        runs.previewed.connect(self._show)
        runs.previewFailed.connect(self._failed)

    def ask(self) -> None:
        """Ask for a new preview once things have settled."""
        if self._toggle.isChecked():
            self._settle.start(_SETTLE_MS)

    def _switch(self, is_on: bool) -> None:
        if is_on:
            self._settle.start(0)
        else:
            self._settle.stop()
            self._runs.drop_preview()
            self._show(None)

    def _ask(self) -> None:
        task = self._task()
        if task is not None:
            self._slow.start()
            self._runs.preview(task)

    def _rest(self) -> None:
        self._slow.stop()
        self._toggle.setText(tr("Preview"))

    def _show(self, patch: PreviewPatch | None) -> None:
        self._rest()
        self._keeper.show_preview(patch)
        self.said.emit(Message("", topic=_TOPIC))
        if patch is not None:
            self.appeared.emit()

    def _failed(self, error: Exception) -> None:
        self._rest()
        self._keeper.show_preview(None)
        self.said.emit(Message(f"No preview: {one_line(error)}", is_fault=True, topic=_TOPIC))
