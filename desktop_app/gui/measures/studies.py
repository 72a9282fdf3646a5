"""Runs blind comparisons: loads the states, keeps every vote on disk, says the result."""

from __future__ import annotations

import secrets
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop_app.api.errors import VerilensError
from desktop_app.core.private import private_folder
from desktop_app.gui.panels.messages import fault
from desktop_app.gui.threads.background import Background

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from desktop_app.core.document.document import Document
    from desktop_app.core.lab.preference import Answer, Study, Trial
    from desktop_app.gui.panels.study_dialog import StudyDialog

    Pictures = list[NDArray[np.uint8]]


class Studies(QObject):
    """One comparison at a time.

    Parameters
    ----------
    window : QWidget
        Owner of the dialogs.
    folder : Path
        For the votes.
    background : Background
        Loads the pictures.

    Signals
    -------
    said : Message
        A sentence for the user.
    """

    said = Signal(object)

    def __init__(self, window: QWidget, folder: Path, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window, self._folder, self._background = window, folder, background
        self._dialog: StudyDialog | None = None
        self._pictures: Pictures = []
        self.study: Study | None = None
        self.path: Path | None = None

    def open(self, document: Document) -> None:
        """Ask which states of a document are to be compared: those of the shown one's size."""
        from desktop_app.gui.panels.study_dialog import StudyDialog

        if self._dialog is not None:
            self._dialog.close()
        dialog = self._dialog = StudyDialog(self._window)
        shown = document.states[document.cursor]
        size = shown.width, shown.height
        states = [state for state in document.states.values() if (state.width, state.height) == size]
        dialog.show_states([(state.id, state.title) for state in states], [shown.id, shown.parent or ""])
        dialog.begun.connect(partial(self._begin, document))
        dialog.answered.connect(self._answer)
        dialog.undone.connect(self._undo)
        dialog.destroyed.connect(partial(self._forget, id(dialog)))
        dialog.show()

    def _begin(self, document: Document, states: list[str], trials: int) -> None:
        from desktop_app.core.lab.preference import plan

        chosen = [document.states[state] for state in states]
        size = chosen[0].width, chosen[0].height
        self.study = plan([state.title for state in chosen], size, trials, secrets.randbelow(2**31))
        self.path = votes_file(self._folder, document.source.stem)
        self._background.run(partial(pictures_of, document, states), self._loaded, self._failed, lane="study")

    def _loaded(self, pictures: Pictures) -> None:
        self._pictures = pictures
        self._ask()

    def _answer(self, answer: Answer) -> None:
        if self.study is not None and self.study.next is not None:
            self._keep(self.study.answered(answer))

    def _undo(self) -> None:
        if self.study is not None:
            self._keep(self.study.undone())

    def _keep(self, study: Study) -> None:
        """Write the votes first: what cannot be written is not counted, and asked again."""
        from desktop_app.core.lab.preference import save

        if self.path is None:
            return
        try:
            save(study, self.path)
        except VerilensError as error:
            self._failed(error)
            return
        self.study = study
        self._ask()

    def _ask(self) -> None:
        study, dialog = self.study, self._dialog
        if study is None or dialog is None:
            return
        if study.next is None:
            from desktop_app.gui.viewmodel.study import pair_views

            dialog.show_result(pair_views(study), f"All votes are kept in {self.path}.")
            return
        trial = study.trials[study.next]
        sides = [cropped(self._pictures[number], trial) for number in (trial.first, trial.second)]
        left, right = sides if trial.first_is_left else reversed(sides)
        dialog.show_pair(left, right, study.next + 1, len(study.trials))

    def _failed(self, error: Exception) -> None:
        self.said.emit(fault(error, topic="study"))

    def _forget(self, gone: int, _object: object = None) -> None:
        """Let go of a window that was closed, unless another was opened meanwhile."""
        if id(self._dialog) == gone:
            self._dialog, self._pictures = None, []


def votes_file(folder: Path, name: str) -> Path:
    """Return a new place for the votes on a photo; the folder is made when it is missing."""
    return private_folder(folder) / f"{name}-{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}.json"


def pictures_of(document: Document, states: list[str]) -> Pictures:
    """Return states as they are shown, ``(H, W, 1 or 3)`` uint8. Takes a while."""
    from desktop_app.core.imaging.pyramid import Pyramid, as_display, on_screen

    icc = document.metadata.icc
    return [on_screen(Pyramid((as_display(document.raster(state).pixels),)), icc).levels[0] for state in states]


def cropped(picture: NDArray[np.uint8], trial: Trial) -> NDArray[np.uint8]:
    """Return what a trial shows of a picture ``(H, W, C)`` uint8."""
    import numpy as np

    rows, columns = slice(trial.top, trial.top + trial.height), slice(trial.left, trial.left + trial.width)
    return np.ascontiguousarray(picture[rows, columns])
