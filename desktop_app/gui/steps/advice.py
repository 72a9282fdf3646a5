"""What is said beside Apply before anything runs: time and memory, whether the photo needs it, what is known."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from desktop_app.core.plugins.entries import Snapshot
from desktop_app.gui.viewmodel.hints import repeated
from desktop_app.gui.viewmodel.texts import forecast_text

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.core.imaging.raster import Raster
    from desktop_app.core.jobs.request import ToolRequest
    from desktop_app.gui.documents.picture import PictureKeeper
    from desktop_app.gui.documents.viewer import Viewer
    from desktop_app.gui.layout.parts import Parts
    from desktop_app.gui.threads.background import Background

_SETTLE_MS = 200
_LANE, _NEED_LANE = "forecast", "need"
_log = logging.getLogger(__name__)


class Advice(QObject):
    """Follows the form and the shown state; nothing waits for it, and what is out of date is dropped."""

    def __init__(
        self, application: Application, parts: Parts, viewer: Viewer, keeper: PictureKeeper, background: Background,
        parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._application, self._form = application, parts.form
        self._viewer, self._keeper, self._background = viewer, keeper, background
        self._snapshot = Snapshot()
        self._device = "auto"
        self._needs: dict[tuple[str, str, str], str] = {}  # by document, whose pixels, what was tried
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SETTLE_MS)
        self._timer.timeout.connect(self._ask)
        parts.form.toolShown.connect(self.ask)
        parts.form.changed.connect(self.ask)
        viewer.updated.connect(self.ask)
        keeper.shown.connect(lambda _state: self.ask())

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take the tools from a snapshot."""
        self._snapshot = snapshot

    def use_device(self, device: str) -> None:
        """Forecast for a device from now on."""
        self._device = device
        self.ask()

    def ask(self) -> None:
        """Say anew what a run will take, once things have settled."""
        self._timer.start()

    def _ask(self) -> None:
        from dataclasses import replace

        for lane in (_LANE, _NEED_LANE):
            self._background.forget(lane)
        document, tool, picture = self._viewer.document, self._form.tool, self._keeper.picture()
        if document is None or tool is None or picture is None or self._form.problem():
            self._form.show_forecast("")
            self._form.show_hint("")
            return
        request = replace(self._form.intent().request, device=self._device)
        engine, raster, icc = self._application.engine, picture.raster, picture.icc
        self._background.run(
            lambda: forecast_text(engine.forecast(request, raster, icc)), self._form.show_forecast, self._failed,
            lane=_LANE,
        )
        hint = repeated(document.states, document.cursor, tool, self._snapshot.tools_by_id) or self._held_out(request)
        self._show_hint(hint, (document.id, document.states[document.cursor].pixels_of), request, raster)

    def _held_out(self, request: ToolRequest) -> str:
        """Return what an evaluation found the model to keep at the budget of an attack on it; else nothing."""
        from desktop_app.core.evaluation.curves import said_at

        model = self._snapshot.models_by_id.get(request.model or "")
        if model is None or request.targets or "eps" not in request.params:
            return ""
        norm, eps = request.params.get("norm"), request.params["eps"]
        return said_at(self._application.data, model.sha256, request.tool, norm, eps)

    def _show_hint(self, hint: str, pixels: tuple[str, str], request: ToolRequest, raster: Raster) -> None:
        """Show what speaks against it: what is known already, else what a look at the photo, or a try on it, finds."""
        from desktop_app.core.steps import needs

        entry = self._snapshot.tools_by_id.get(request.tool)
        looks, tries = needs.may_need_nothing(request), entry is not None and needs.may_be_tried(entry)
        key = (*pixels, f"{request.tool} {sorted(request.params.items())}" if tries else "")
        self._form.show_hint(hint or (self._needs.get(key, "") if looks or tries else ""))
        if hint or key in self._needs or not (looks or tries):
            return

        def found() -> str:
            need = needs.needs_nothing(raster) if looks else ""
            return need or (needs.costs_more(self._application, request, raster) if tries else "")

        self._background.run(found, partial(self._found, key), self._not_found, lane=_NEED_LANE)

    def _found(self, key: tuple[str, str, str], need: str) -> None:
        self._needs[key] = need
        self._form.show_hint(need)

    def _not_found(self, error: Exception) -> None:
        """Say nothing: what keeps a denoiser from being tried is said when it is applied."""
        _log.debug("not tried", exc_info=error)

    def _failed(self, error: Exception) -> None:
        """Say nothing: what keeps a forecast from being made is said when the tool is applied."""
        _log.debug("no forecast", exc_info=error)
        self._form.show_forecast("")
