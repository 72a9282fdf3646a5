"""Live metrics: the shown picture against a reference, measured off the window's thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop_app.gui.documents.picture import PictureKeeper
from desktop_app.gui.documents.viewer import Viewer
from desktop_app.gui.layout.parts import Parts
from desktop_app.gui.panels.messages import fault
from desktop_app.gui.threads.background import Background
from desktop_app.gui.viewmodel.scores import ScoresView, failed_view, scores_view, waiting_view
from desktop_app.gui.viewmodel.texts import one_line, sentence

if TYPE_CHECKING:
    from desktop_app.core.imaging.ranges import LevelsWanted
    from desktop_app.core.imaging.raster import Raster
    from desktop_app.core.lab.registry import Scores

_LANE = "scores"


@dataclass(frozen=True, eq=False)
class Reference:
    """What a document's pictures ought to look like, and what to call it."""

    title: str
    read: Callable[[], Raster]


class LiveScores(QObject):
    """One reference for each document.

    Signals
    -------
    said : Message
        A sentence for the user.
    """

    said = Signal(object)

    def __init__(
        self, parts: Parts, viewer: Viewer, keeper: PictureKeeper, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._panel, self._viewer, self._keeper, self._background = parts.report, viewer, keeper, background
        self._references: dict[str, Reference] = {}
        keeper.shown.connect(lambda _state: self._measure())
        viewer.stateShown.connect(lambda _state: self._measure())

    def set_file(self, path: Path) -> None:
        """Compare the current document's pictures with a photo from now on."""

        document = self._viewer.document
        levels: LevelsWanted = document.metadata_of(document.cursor).levels if document else "auto"  # both in one range

        def read() -> Raster:
            from desktop_app.core.imaging.files import open_photo

            return open_photo(path, levels=levels).raster

        self._background.run(read, lambda raster: self._set(Reference(path.name, lambda: raster)), self._failed)

    def set_opened(self) -> None:
        """Compare with the photo as it was opened."""
        document = self._viewer.document
        if document is not None:
            self._set(Reference("the opened photo", partial(document.raster, document.opened)))

    def forget(self) -> None:
        """Compare with nothing any more."""
        document = self._viewer.document
        if document is not None:
            self._references.pop(document.id, None)
            self._measure()

    def _set(self, reference: Reference) -> None:
        document = self._viewer.document
        if document is not None:
            self._references[document.id] = reference
            self._measure()

    def _measure(self) -> None:
        """Measure the shown picture; an answer about an earlier one is dropped."""
        document, picture = self._viewer.document, self._keeper.picture()
        reference = self._references.get(document.id) if document is not None else None
        if reference is None:
            self._background.run(lambda: None, lambda _none: None, self._failed, lane=_LANE)
            self._panel.show_scores(ScoresView())
            return
        self._panel.show_scores(waiting_view(reference.title))
        if picture is not None:
            work = partial(measured, picture.raster, reference.read)
            done, failed = partial(self._show, reference.title), partial(self._show_failure, reference.title)
            self._background.run(work, done, failed, lane=_LANE)

    def _show(self, title: str, scores: Scores) -> None:
        self._panel.show_scores(scores_view(title, scores))

    def _show_failure(self, title: str, error: Exception) -> None:
        self._panel.show_scores(failed_view(title, sentence(one_line(error))))

    def _failed(self, error: Exception) -> None:
        self.said.emit(fault(error, topic="scores"))


def measured(raster: Raster, read: Callable[[], Raster]) -> Scores:
    """Measure a picture against a reference by every metric that compares."""
    from desktop_app.core.lab.registry import scores

    return scores(raster.planes(), read().planes())
