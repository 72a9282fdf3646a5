"""What works behind the parts of the window; made, and imported, once the window has been painted."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop_app.api.errors import InputError
from desktop_app.core.jobs.worker import DeviceWorker
from desktop_app.gui.documents.clipboard import PictureClipboard
from desktop_app.gui.documents.exports import Exports
from desktop_app.gui.documents.heralds import Heralds
from desktop_app.gui.documents.history_cards import HistoryCards
from desktop_app.gui.documents.picture import PictureKeeper
from desktop_app.gui.documents.start import Start
from desktop_app.gui.documents.tabs import Tabs
from desktop_app.gui.documents.tones import TonesOfPhoto
from desktop_app.gui.documents.viewer import Viewer
from desktop_app.gui.documents.workspace import Workspace
from desktop_app.gui.layout.parts import Parts
from desktop_app.gui.measures.scores import LiveScores
from desktop_app.gui.measures.studies import Studies
from desktop_app.gui.setup.adapting import Adapting
from desktop_app.gui.setup.devices import Devices
from desktop_app.gui.setup.models import Models
from desktop_app.gui.setup.plugins import Plugins
from desktop_app.gui.shell.speech import learn_words
from desktop_app.gui.steps.advice import Advice
from desktop_app.gui.steps.batches import Batches
from desktop_app.gui.steps.branches import Branches
from desktop_app.gui.steps.framing import Framing
from desktop_app.gui.steps.kernel_choice import Kernels
from desktop_app.gui.steps.mask_regions import MaskRegions
from desktop_app.gui.steps.masks import Masks
from desktop_app.gui.steps.replays import Replays
from desktop_app.gui.steps.runs import RunController
from desktop_app.gui.steps.steps import Steps
from desktop_app.gui.steps.strengths import Strengths
from desktop_app.gui.threads.background import Background
from desktop_app.gui.threads.bridge import Bridge

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.core.document.document import Document
    from desktop_app.core.plugins.entries import Snapshot

_log = logging.getLogger(__name__)
_PATIENCE = 1.5  # seconds for what was cancelled to return


class Rooms(QObject):
    """The workspace, the viewer, the steps and what they need, joined.

    Parameters
    ----------
    application : Application
        Settings, plugins, models, engine and session.
    parts : Parts
        What is shown on.
    window : QWidget
        Their owner.
    """

    def __init__(self, application: Application, parts: Parts, window: QWidget) -> None:
        super().__init__(window)
        worker = DeviceWorker()
        self._application = application
        self._parts = parts
        self.bridge = Bridge(self)
        self.background = Background(self.bridge)
        self._imports = Background(self.bridge, threads=1)  # of third parties, which may never return
        self.workspace = Workspace(application, self.bridge, self.background, self)
        self.keeper = PictureKeeper(parts.canvas, self.background, self)
        self.runs = RunController(application, worker, self.bridge, self)
        self.viewer = Viewer(parts, self.workspace, self.keeper, self)
        self.masks = Masks(parts, self.viewer, self.keeper, self.background, self)
        self.regions = MaskRegions(parts.mask, self.keeper, self.masks, self.background, self)
        branches = Branches(self.background, application.inputs)
        self.steps = Steps(parts, self.viewer, self.runs, self.masks, branches, self)
        self.framing = Framing(parts, self.viewer, self.keeper, self.masks, self)
        self.replays = Replays(application, self.steps, self.background, self)
        self.batches = Batches(application, worker, self.bridge, self.background, self.viewer, window)
        self.strengths = Strengths(parts, self.viewer, self.keeper, self.background, self.replays, self)
        self.advice = Advice(application, parts, self.viewer, self.keeper, self.background, self)
        self.scores = LiveScores(parts, self.viewer, self.keeper, self.background, self)
        self.studies = Studies(window, application.data / "studies", self.background, self)
        self.kernels = Kernels(parts, self.viewer, self.background, application.inputs, self)
        self.plugins = Plugins(application, self._imports, window)
        self.models = Models(application, self.background, window)
        self.adapting = Adapting(window)
        self.devices = Devices(application.settings, worker, self.bridge, parts.status.device)
        pasted = application.data / "pasted"
        self.clipboard = PictureClipboard(self.keeper, self.workspace, self.background, pasted, self)
        self.tabs = Tabs(parts.tabs, self.workspace, self)
        self.tones = TonesOfPhoto(parts.histogram, self.keeper, self.background, self)
        self.exports = Exports(parts, self.viewer, self.background, self)
        self.cards = HistoryCards(parts.history, self.viewer, self.keeper, self)
        self.start = Start(parts.start, self.workspace, self.background, self)
        self.heralds = Heralds(self.workspace, self.keeper, self.start, self.background, self)
        self._connect()

    def close_document(self, document: Document) -> None:
        """Close one document, and stop what is being done to it."""
        self.steps.document_closed(document)
        self.workspace.close(document)

    def flush(self) -> None:
        """Wait until all that was done is on the disk.

        Raises
        ------
        InputError
            If a document cannot be written.
        """
        for document in self.workspace.documents:
            document.flush()

    def close(self) -> bool:
        """End in order: cancel, finish what is being written, close the documents.

        Returns
        -------
        bool
            Whether every thread ended. One may be in a tool or a plugin that heeds no cancel; it holds nothing that is
            to be saved.
        """
        self.models.cancel()
        self.adapting.cancel()
        self.batches.cancel()
        have_ended = [self.runs.close(_PATIENCE), self._imports.close(_PATIENCE), self.background.close(_PATIENCE)]
        self.bridge.close()
        try:
            self._application.close()
        except InputError as error:  # the user was asked, and left all the same
            _log.error("%s", error)
            return False
        return all(have_ended)

    def _connect(self) -> None:
        self.plugins.snapshotChanged.connect(self._show_snapshot)
        self.models.changed.connect(self.plugins.refresh)
        self.adapting.changed.connect(self.plugins.refresh)
        self._parts.form.subject.modelsAsked.connect(self.models.open)
        for room in (self.steps, self.advice):
            self.devices.changed.connect(room.use_device)
        self.devices.titled.connect(self._parts.status.show_device)
        self.framing.applyAsked.connect(self.steps.apply)
        self.tones.failed.connect(self.keeper.failed)
        self.steps.committed.connect(self.framing.begin_anew)
        self.tabs.closeAsked.connect(self.close_document)
        self.keeper.shown.connect(lambda _state: self.devices.load())
        self._parts.canvas.filesDropped.connect(self._dropped)
        self._parts.status.zoomAsked.connect(self._zoom)
        self._parts.status.deviceAsked.connect(self.devices.choose)

    def _dropped(self, paths: list[str]) -> None:
        """Do recipes that were dropped to the shown photo, and open all else."""
        document = self.workspace.current
        recipes = [path for path in paths if path.lower().endswith(".json") and document is not None]
        self.workspace.open_files([path for path in paths if path not in recipes])
        if document is not None and recipes:
            self.replays.replay(document, Path(recipes[0]))

    def _zoom(self, zoom: float) -> None:
        canvas = self._parts.canvas
        canvas.zoom_to(zoom) if zoom else canvas.fit()

    def _show_snapshot(self, snapshot: Snapshot) -> None:
        learn_words(snapshot.plugins)
        self.steps.show_snapshot(snapshot)
        self.advice.show_snapshot(snapshot)
        self.viewer.show_snapshot(snapshot)
        self.cards.show_snapshot(snapshot)
        self.models.show_snapshot(snapshot)
