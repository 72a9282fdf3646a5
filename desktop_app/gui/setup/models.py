"""Adds, downloads and removes models as the user asks for it in the model manager."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from desktop_app.api.errors import Cancelled
from desktop_app.core.plugins.entries import Snapshot
from desktop_app.gui.language import tr
from desktop_app.gui.threads.background import Background
from desktop_app.gui.viewmodel.models import all_models, architectures, lacks_preflight
from desktop_app.gui.viewmodel.texts import capital, one_line

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.core.jobs.control import JobControl
    from desktop_app.core.models.networks import ModelStore
    from desktop_app.core.plugins.entries import ModelEntry
    from desktop_app.gui.panels.models_dialog import ModelDialog

Added = tuple["ModelEntry", str]
"""A model that was added, and what is to be said of how it came; empty where there is nothing."""
_GLANCE = 100  # milliseconds between two looks at how far it is


class Models(QObject):
    """The model manager's room.

    Signals
    -------
    changed
        There are other models than before.
    """

    changed = Signal()

    def __init__(self, application: Application, background: Background, parent: QWidget) -> None:
        super().__init__(parent)
        self._application, self._background, self._window = application, background, parent
        self._snapshot = Snapshot()
        self._dialog: ModelDialog | None = None
        self._control: JobControl | None = None
        self._looked: set[str] = set()
        self._seen = (0.0, "")
        self._clock = QTimer(self, interval=_GLANCE)
        self._clock.timeout.connect(self._show_progress)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take in which models there are."""
        self._snapshot = snapshot
        if self._dialog is not None:
            self._list()

    def dialog(self) -> ModelDialog:
        """Return the dialog, made when it is first wanted."""
        from desktop_app.gui.panels.models_dialog import ModelDialog

        if self._dialog is None:
            self._dialog = ModelDialog(self._window)
            self._dialog.addAsked.connect(self._choose_file)
            self._dialog.chosen.connect(self._look)
            self._dialog.downloadAsked.connect(self.download)
            self._dialog.removeAsked.connect(self.remove)
            self._dialog.pageAsked.connect(self._open_page)
            self._dialog.cancelAsked.connect(self.cancel)
            self._list()
        return self._dialog

    def open(self) -> None:
        """Show the dialog, with what the command line or another window has added or removed meanwhile."""
        known = {one.id for one in self._snapshot.models if one.origin == "added"}
        if known != {one.id for one in self._application.library.entries()}:
            self.changed.emit()
        dialog = self.dialog()
        dialog.show()
        dialog.raise_()
        dialog.search.setFocus()
        dialog.search.selectAll()

    def add(self, path: str, *, name: str = "", architecture: str = "", labels: str = "", way: str = "") -> None:
        """Add a file; what is left empty is told by the file, or found out.

        Parameters
        ----------
        path : str
            Weights, or an ONNX file.
        name : str
            Its id.
        architecture : str
            What it is the weights of.
        labels : str
            A file with a classifier's class names.
        way : str
            How a classifier's photos are prepared, a key of `NORMALISATIONS`.
        """
        from desktop_app.core.models.adding import add_file

        application = self._application
        self._begin(lambda control: (add_file(
            Path(path), application.library, application.host, model_id=name or None,
            architecture=architecture or None, labels=Path(labels) if labels else None, normalisation=way or None,
            known=application.catalogue.entries(), say=control.progress,
        ), ""))

    def _choose_file(self) -> None:
        from desktop_app.gui.panels.add_model import AddModelDialog

        dialog = AddModelDialog(architectures(self._snapshot), self.dialog())
        dialog.accepted.connect(lambda: self.add(dialog.path(), **dialog.details()))
        dialog.open()

    def _look(self, model_id: str) -> None:
        """Find out what a classifier wants and gives that came without that."""
        known = next((one for one in self._snapshot.models if one.id == model_id), None)
        if known is None or not lacks_preflight(known) or model_id in self._looked:
            return
        self._looked.add(model_id)
        self.dialog().show_preflight(model_id, {"said": "being looked at…"})
        self._background.run(
            lambda: checked(self._application.models, model_id), partial(self.dialog().show_preflight, model_id),
            lambda error: self.dialog().show_preflight(model_id, {"said": one_line(error)}),
        )  # fmt: skip

    def download(self, model_id: str) -> None:
        """Download a model and add it: a catalogued one, or one of its makers' by a name that begins with `DOORS`."""
        from desktop_app.core.models.adding import download_and_add
        from desktop_app.core.models.hub import offered_as, unchecked

        application = self._application

        def work(control: JobControl) -> Added:
            wanted, known = offered_as(model_id, application.catalogue.entries())
            found = download_and_add(wanted, application.library, application.host, known=known, say=control.progress)
            return found, unchecked(wanted)

        self._begin(work)

    def remove(self, model_id: str) -> None:
        """Remove a model that was added."""
        self._background.run(
            lambda: self._application.library.remove(model_id), lambda _none: self.changed.emit(), self._failed,
            must_finish=True,
        )

    def cancel(self) -> None:
        """Stop adding or downloading."""
        if self._control is not None:
            self._control.cancel()

    def _begin(self, work: Callable[[JobControl], Added]) -> None:
        from desktop_app.core.jobs.control import JobControl

        if self._control is not None:
            return  # one at a time: the buttons are disabled meanwhile
        self._control = control = JobControl(lambda share, text: setattr(self, "_seen", (share, text)))
        self._seen = (0.0, "beginning")
        self._clock.start()
        self._show_progress()
        self._background.run(lambda: work(control), self._added, self._failed)

    def _added(self, added: Added) -> None:
        entry, note = added
        self._end(" ".join(filter(None, (f"{entry.title} was added.", note, *entry.preflight.get("warnings", ())))))
        self.changed.emit()

    def _failed(self, error: Exception) -> None:
        self._end("Cancelled; nothing was added." if isinstance(error, Cancelled) else capital(tr(one_line(error))))

    def _end(self, text: str) -> None:
        self._clock.stop()
        self._control = None
        self.dialog().show_progress(None, text)

    def _show_progress(self) -> None:
        share, text = self._seen
        self.dialog().show_progress(share, text.capitalize())

    def _list(self) -> None:
        if self._dialog is not None:
            self._dialog.show_models(all_models(self._snapshot, self._application.catalogue.entries()), self._snapshot)

    def _open_page(self, model_id: str) -> None:
        page = next((one.page for one in self._application.catalogue.entries() if one.id == model_id), "")
        QDesktopServices.openUrl(QUrl(page))


def checked(store: ModelStore, model_id: str) -> Mapping[str, Any]:
    """Return the preflight of a classifier that is here; it is loaded for that."""
    import torch

    from desktop_app.core.models.preflight import preflight

    return preflight(store.classifier(model_id, torch.device("cpu")).network)
