"""Shows the current document in the history, on the canvas, in the map panel and in the report."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop_app.api.errors import VerilensError
from desktop_app.core.kinds import traits_of
from desktop_app.core.plugins.entries import Snapshot
from desktop_app.gui.canvas import MOST_BESIDE, Compare, ProbePoint, ViewState
from desktop_app.gui.documents.picture import PictureIntent, PictureKeeper
from desktop_app.gui.documents.workspace import Workspace
from desktop_app.gui.layout.parts import Parts
from desktop_app.gui.panels.messages import Message, fault
from desktop_app.gui.viewmodel.history import before_of, grid_of, history_rows
from desktop_app.gui.viewmodel.map_card import map_card
from desktop_app.gui.viewmodel.maps import MapChoice, budget_ends, first_shown, map_title
from desktop_app.gui.viewmodel.report import ReportView, report_view
from desktop_app.gui.viewmodel.texts import size_text

if TYPE_CHECKING:
    from desktop_app.core.document.document import Document
    from desktop_app.core.document.state import DocumentEvent, State


_HISTORY = "history"  # what messages are about


@dataclass
class _Memory:
    """How a document was last looked at."""

    compare: Compare = "off"
    pinned: str | None = None
    grid: tuple[str, ...] = ()
    maps: dict[str, MapChoice] = field(default_factory=dict)
    view: ViewState | None = None


class Viewer(QObject):
    """Follows the workspace; the user's wishes about the view come in here.

    Signals
    -------
    stateShown : str
        Another state is looked at (its pixels may still be on their way).
    changeAsked : str
        The user wants to change the parameters of a step.
    said : Message
        A sentence for the user.
    updated
        What can be undone, redone or saved may have changed.
    """

    stateShown = Signal(str)
    changeAsked = Signal(str)
    said = Signal(object)
    updated = Signal()

    def __init__(
        self, parts: Parts, workspace: Workspace, keeper: PictureKeeper, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._parts, self._workspace, self.keeper = parts, workspace, keeper
        self._memories: dict[str, _Memory] = {}
        self._snapshot = Snapshot()
        self._shown: tuple[str, str] | None = None
        self._seen: Document | None = None
        self._is_arriving = False
        self._pointer: ProbePoint | None = None
        workspace.currentChanged.connect(self._switch)
        workspace.documentEvent.connect(self._happened)
        keeper.shown.connect(lambda _state: self._arrived())
        keeper.scaleChanged.connect(parts.legend.set_scale)
        keeper.rendered.connect(self._rendered)
        keeper.failed.connect(self._say_fault)
        parts.history.jumpAsked.connect(self.jump)
        parts.history.changeAsked.connect(self.changeAsked)
        parts.history.compareAsked.connect(self.pin)
        parts.history.gridAsked.connect(self.keep_in_grid)
        parts.history.deleteAsked.connect(self.delete)
        parts.history.restoreAsked.connect(self.restore)
        parts.history.renamed.connect(self._rename)
        parts.maps.changed.connect(self._choose_map)
        parts.maps.whyAsked.connect(self._show_card)
        parts.canvas.probed.connect(self._probe)
        parts.canvas.viewChanged.connect(lambda view: parts.status.show_zoom(view.percent))
        parts.status.compareChanged.connect(self.compare)

    @property
    def document(self) -> Document | None:
        """The one that is looked at."""
        return self._workspace.current

    @property
    def state(self) -> State | None:
        """The one that is looked at."""
        return self.document.states[self.document.cursor] if self.document is not None else None

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take the tools' sources from a snapshot."""
        self._snapshot = snapshot
        self._show_report()

    def compare(self, mode: Compare) -> None:
        """Compare before and after in a way."""
        if self.document is not None:
            self._memory().compare = mode
        self._show_picture()

    def compare_mode(self) -> Compare:
        """Return how before and after are compared."""
        return self._memory().compare if self.document is not None else "off"

    def pin(self, state: str | None) -> None:
        """Compare with a state from now on; None for the step before."""
        if self.document is not None:
            memory = self._memory()
            memory.pinned = state
            memory.compare = "split" if memory.compare == "off" and state is not None else memory.compare
            self._show_picture()

    def keep_in_grid(self, state: str) -> None:
        """Keep a state in the grid, or let it go, and show the grid."""
        if self.document is not None:
            memory = self._memory()
            kept = memory.grid
            memory.grid = tuple(one for one in kept if one != state) if state in kept else (*kept, state)[-MOST_BESIDE:]
            self.compare("grid")
            self.updated.emit()

    def jump(self, state: str) -> None:
        """Look at another state."""
        document = self.document
        if document is not None and state in document.states and state != document.cursor:
            document.jump(state)

    def delete(self, state: str) -> None:
        """Hide a step and what came of it, and offer to bring them back."""
        document = self.document
        if document is None or state not in document.states:
            return
        try:
            document.delete(state)
        except VerilensError as error:
            self._say_fault(error)
            return
        text = "Deleted the step, and what came of it, from the history."
        undo = ("Bring back", self.restore)
        self.said.emit(Message(text, choices=(undo,), topic=_HISTORY, document=document.id))

    def restore(self) -> None:
        """Bring deleted steps back."""
        self.said.emit(Message("", topic=_HISTORY))
        document = self.document
        if document is not None:
            for hidden in tuple(document.hidden):
                document.restore(hidden)

    def report(self) -> ReportView | None:
        """Return what is said about the shown state; None without a photo."""
        state, document = self.state, self.document
        if state is None or document is None:
            return None
        size, notes = size_text(state.width, state.height, state.channels, state.depth), document.metadata.notes
        return report_view(state.title, state.record, state.report, size, self._snapshot.tools_by_id, notes)

    def refresh(self) -> None:
        """Show everything of the current document anew."""
        self._show_history()
        self._show_maps()
        self._show_picture()
        self._show_report()
        self.updated.emit()

    def _say_fault(self, error: Exception) -> None:
        document = self.document.id if self.document is not None else ""
        self.said.emit(fault(error, topic=_HISTORY, document=document))

    def _rename(self, state: str, title: str) -> None:
        if self.document is not None:
            self.document.rename(state, title)

    def _memory(self) -> _Memory:
        document = self.document
        return self._memories.setdefault(document.id, _Memory()) if document is not None else _Memory()

    def _switch(self) -> None:
        if self._seen is not None:
            self._memories.setdefault(self._seen.id, _Memory()).view = self._parts.canvas.view()
        self._seen = self.document
        self._is_arriving = True
        self.refresh()

    def _arrived(self) -> None:
        """Show a document that was switched to as it was left; a new one whole."""
        if not self._is_arriving:
            return
        self._is_arriving = False
        view = self._memory().view
        if view is None:
            self._parts.canvas.fit()
        else:
            self._parts.canvas.set_view(view)
            self._parts.status.show_zoom(view.percent)

    def _happened(self, document: Document, event: DocumentEvent) -> None:
        if document is not self.document:
            return
        if event.kind in ("saved", "renamed", "project", "failed"):
            self._show_history()
            self.updated.emit()
        elif event.kind != "closed":
            self.refresh()

    def _show_history(self) -> None:
        document = self.document
        if document is None:
            self._parts.history.show_rows(())
            return
        rows = history_rows(document.states, document.root, document.cursor)
        self._parts.history.show_rows(rows, has_deleted=bool(document.hidden))

    def _show_maps(self) -> None:
        state = self.state
        if state is None:
            self._parts.maps.show_maps((), MapChoice())
            return
        known = self._memory().maps.setdefault(state.id, _first_choice(state, self._parts.maps.choice()))
        found = {layer.name: budget_ends(layer, state.report) for layer in state.maps}
        self._parts.maps.show_maps(state.maps, known, {name: ends for name, ends in found.items() if ends is not None})

    def _choose_map(self, choice: MapChoice) -> None:
        state = self.state
        if state is not None:
            self._memory().maps[state.id] = choice
            self._show_picture()

    def _show_card(self, name: str) -> None:
        """Say why a map of the shown state may be believed."""
        from desktop_app.gui.panels.map_card import MapCardDialog

        state = self.state
        layer = next((layer for layer in state.maps if layer.name == name), None) if state is not None else None
        if state is not None and layer is not None:
            tool = self._snapshot.tools_by_id.get(state.record.tool) if state.record is not None else None
            card = map_card(map_title(layer), layer, state.record, state.report, tool)
            MapCardDialog(card, self._parts.maps).show()

    def _show_picture(self) -> None:
        document, state = self.document, self.state
        mode = self.compare_mode()
        self._parts.status.show_compare(mode)
        if document is None or state is None:
            self.keeper.show(None, None)
            self._parts.status.show_zoom(None)
            self._parts.status.show_probe("")
            self._tell_shown(None)
            return
        memory = self._memory()
        before = before_of(document.states, state.id, memory.pinned)
        grid = grid_of(document.states, state.id, memory.grid, MOST_BESIDE) if mode == "grid" else ()
        choice = memory.maps.get(state.id, MapChoice())
        self.keeper.show(document, PictureIntent(state.id, before, mode, choice, grid))
        self._tell_shown((document.id, state.id))

    def _tell_shown(self, shown: tuple[str, str] | None) -> None:
        if shown != self._shown:
            self._shown = shown
            self.stateShown.emit(shown[1] if shown else "")

    def _show_report(self) -> None:
        self._parts.report.show_report(self.report())

    def _rendered(self, has_preview: bool) -> None:
        """Follow what the canvas shows now: another pixel lies under the pointer, and a preview hides the map."""
        self._probe(self._pointer)
        self._parts.maps.show_covered(has_preview)

    def _probe(self, point: ProbePoint | None) -> None:
        self._pointer = point
        self._parts.status.show_probe(self.keeper.reading(*point) if point is not None else "")


def _first_choice(state: State, last: MapChoice) -> MapChoice:
    """Return how a state's maps are shown at first: a measurement at once, an attack's change only when asked for."""
    measures = state.record is not None and traits_of(state.record.kind).measures
    name = first_shown(state.maps) if measures else None
    layer = next((layer for layer in state.maps if layer.name == name), None)
    return replace(last, name=name, mode="p99", colormap=layer.colormap if layer else last.colormap)
