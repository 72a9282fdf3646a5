"""From the form to a finished step: choosing a tool, previewing, applying, committing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desktop_app.api.errors import VerilensError
from desktop_app.core.inputs import AREA, inputs_of
from desktop_app.core.plugins.entries import Snapshot
from desktop_app.gui.bridge import Background
from desktop_app.gui.layout import Parts
from desktop_app.gui.panels.messages import Message
from desktop_app.gui.picture import PictureKeeper
from desktop_app.gui.runs import Progress, RunController
from desktop_app.gui.viewer import Viewer
from desktop_app.gui.viewmodel.intent import StepIntent, step_title
from desktop_app.gui.viewmodel.texts import one_line
from desktop_app.gui.work import PreviewTask, StepTask

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from desktop_app.core.document.document import Document
    from desktop_app.core.document.state import State
    from desktop_app.core.jobs.request import Outcome
    from desktop_app.gui.canvas import PreviewPatch

_SETTLE_MS = 150
_STEP, _PREVIEW = "step", "preview"  # what messages are about
_log = logging.getLogger(__name__)


class Steps(QObject):
    """Joins form and runs.

    Signals
    -------
    said : Message
        A sentence for the user.
    busyChanged : bool
        Whether a step is at work.
    detailsAsked : str
        The user wants to read a fault in full.
    begun
        The user applied something: what was said before is over.
    areaAsked : str
        The file of the mask inside of which the step that is to be changed was applied; empty for none.
    """

    said = Signal(object)
    busyChanged = Signal(bool)
    detailsAsked = Signal(str)
    begun = Signal()
    areaAsked = Signal(str)

    def __init__(
        self,
        parts: Parts,
        viewer: Viewer,
        keeper: PictureKeeper,
        runs: RunController,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._parts, self._viewer, self._keeper = parts, viewer, keeper
        self._runs, self._background = runs, background
        self._snapshot = Snapshot()
        self._base: tuple[str, str] | None = None
        self.device = "auto"
        self.area: Callable[[], NDArray[np.uint8] | None] = lambda: None
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._preview)
        self._connect()
        self._show_ability()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take the tools from a snapshot; the chosen one is shown anew if it changed."""
        self._snapshot = snapshot
        self._parts.tools.show_snapshot(snapshot)
        shown = self._parts.form.tool
        if shown is not None and snapshot.tools_by_id.get(shown.id) != shown:
            self._parts.form.show_tool(snapshot.tools_by_id.get(shown.id), snapshot)

    def choose_tool(self, tool: str) -> None:
        """Show a tool's form."""
        entry = self._snapshot.tools_by_id.get(tool)
        if entry is not None and entry != self._parts.form.tool:
            self._drop_base()
            self._parts.tools.select(tool)
            self._parts.form.show_tool(entry, self._snapshot)
            self._keeper.show_preview(None)
            self._edited()

    def change_step(self, state: str) -> None:
        """Show the form of a step with its values; applying it then runs on from the step's parent."""
        document = self._viewer.document
        record = document.states[state].record if document is not None else None
        if document is None or record is None:
            self._say("The opened photo has no parameters; choose a step below it.")
            return
        entry = self._snapshot.tools_by_id.get(record.tool)
        if entry is None:
            text = f"Expected the tool {record.tool}, found none; enable or install the plugin {record.plugin}."
            self.said.emit(Message(text, is_fault=True, topic=_STEP, document=document.id))
            return
        inputs = inputs_of(document, state)
        self._parts.tools.select(record.tool)
        self._parts.form.show_tool(entry, self._snapshot, StepIntent(record.request(), inputs))
        self._base = (document.id, state)
        self.areaAsked.emit(inputs.get(AREA, ""))
        title = document.states[state].title
        self._parts.form.show_base(f"Changing “{title}”: Apply makes a branch beside it.")
        self._edited()

    def apply(self) -> None:
        """Run the form's tool on the shown state, or on the parent of the step that is being changed."""
        document, form = self._viewer.document, self._parts.form
        problem = form.problem()
        if document is None or form.tool is None or problem or self._runs.is_busy:
            self._say(problem or self._why_not() or "Choose a tool first.")
            return
        area = self.area()
        if area is not None and not area.any():
            self._say("The mask is empty: paint where the tool is to work, or untick “inside only”.")
            return
        self.begun.emit()
        intent = form.intent()
        form.preview_toggle.setChecked(False)
        request, parent = replace(intent.request, device=self.device), self._parent_for(document)
        self._runs.apply(StepTask(document, parent, request, form.tool.title, intent.inputs, area))
        self._show_ability()
        self.busyChanged.emit(True)

    def cancel(self) -> None:
        """Stop the step at work."""
        if self._runs.task is not None:
            title = self._runs.task.title
            self._runs.cancel()
            self._say(f"Cancelled {title}; nothing was changed.")

    def document_closed(self, document: Document) -> None:
        """Stop the step at work if it belongs to a document that goes."""
        if self._runs.task is not None and self._runs.task.document is document:
            self.cancel()

    def _connect(self) -> None:
        parts, runs = self._parts, self._runs
        parts.tools.chosen.connect(self.choose_tool)
        parts.form.applied.connect(self.apply)
        parts.form.changed.connect(self._edited)
        parts.form.previewToggled.connect(self._toggle_preview)
        parts.form.baseDropped.connect(self._drop_base)
        parts.canvas.viewChanged.connect(lambda _view: self._edited())
        parts.status.cancelled.connect(self.cancel)
        self._viewer.stateShown.connect(self._moved)
        self._viewer.changeAsked.connect(self.change_step)
        self._keeper.shown.connect(lambda _state: self._edited())
        runs.progressed.connect(self._show_progress)
        runs.ended.connect(self._ended)
        runs.finished.connect(self._finished)
        runs.failed.connect(self._failed)
        runs.noticed.connect(self._say)
        runs.previewed.connect(self._show_preview)
        runs.previewFailed.connect(self._preview_failed)

    def _moved(self, state: str) -> None:
        """Forget the step that was being changed once the user looks at another one."""
        document = self._viewer.document
        if self._base is not None and (document is None or self._base != (document.id, state)):
            self._drop_base()
        self._show_ability()

    def _drop_base(self) -> None:
        self._base = None
        self._parts.form.show_base("")
        self._edited()

    def _parent_for(self, document: Document) -> str:
        """Return the state that the form is to be applied to."""
        changed = document.states.get(self._base[1]) if self._base is not None else None
        return (changed.parent if changed is not None else None) or document.cursor

    def _why_not(self) -> str:
        if self._viewer.document is None:
            return "Open a photo first (Ctrl+O)."
        return "Another step is at work; wait for it, or cancel it." if self._runs.is_busy else ""

    def _show_ability(self) -> None:
        why_not = self._why_not()
        self._parts.form.set_can_run(not why_not, why_not)

    # Previews.

    def edited(self) -> None:
        """Say that what a step would do is another now: a preview is made anew."""
        self._edited()

    def _edited(self) -> None:
        """Ask for a new preview once things have settled."""
        if self._parts.form.preview_toggle.isChecked():
            self._settle.start()

    def _toggle_preview(self, is_on: bool) -> None:
        if is_on:
            self._settle.start(0)
        else:
            self._settle.stop()
            self._runs.drop_preview()
            self._show_preview(None)

    def _preview(self) -> None:
        self._settle.setInterval(_SETTLE_MS)
        form, picture, document = self._parts.form, self._keeper.picture(), self._viewer.document
        if form.tool is None or form.problem() or picture is None or document is None or self._runs.is_busy:
            return
        if self._base is not None and self._parent_for(document) != document.cursor:
            self._viewer.ask("jump", self._parent_for(document))
            return
        intent = form.intent()
        request = replace(intent.request, device=self.device)
        view, zoom = self._parts.canvas.visible_region(), self._parts.canvas.view().zoom
        title = f"Preview of {form.tool.title}"
        self._runs.preview(PreviewTask(picture, request, title, view, zoom, intent.inputs, self.area()))

    def _show_preview(self, patch: PreviewPatch | None) -> None:
        self._keeper.show_preview(patch)
        self.said.emit(Message("", topic=_PREVIEW))

    def _preview_failed(self, error: Exception) -> None:
        self._keeper.show_preview(None)
        document = self._viewer.document.id if self._viewer.document is not None else ""
        self.said.emit(Message(f"No preview: {one_line(error)}", is_fault=True, topic=_PREVIEW, document=document))

    # Applied steps.

    def _show_progress(self, progress: Progress) -> None:
        self._parts.status.show_progress(progress.title, progress.fraction, progress.seconds_left)

    def _ended(self) -> None:
        self._parts.status.show_idle()
        self._show_ability()
        self.busyChanged.emit(False)

    def _finished(self, task: StepTask, outcome: Outcome) -> None:
        """Commit the step, off this thread: describing large maps takes a moment."""
        entry = self._snapshot.tools_by_id.get(task.request.tool)
        title = step_title(entry.title if entry else task.title, outcome.record.params, outcome.report)
        work = partial(commit, task, outcome, title)
        self._background.run(work, partial(self._committed, task), partial(self._failed, task))

    def _committed(self, task: StepTask, state: State) -> None:
        """Say that a step is done where the user does not see it come."""
        self._drop_base()
        is_seen = task.document is self._viewer.document and task.document.cursor == state.id
        self._say("" if is_seen else f"“{state.title}” is done; it stands in the history of {task.document.title}.")

    def _failed(self, task: StepTask, error: Exception) -> None:
        """Say what went wrong; where another document is looked at meanwhile, also to which one."""
        _log.debug("%s failed", task.title, exc_info=error)
        import traceback

        details = "".join(traceback.format_exception(error))
        is_seen = task.document is self._viewer.document
        what = task.title if isinstance(error, VerilensError) else f"{task.title} failed"
        text = f"{what}: {one_line(error)}" if is_seen else f"{task.document.title}: {what}: {one_line(error)}"
        choices = (("Details", lambda: self.detailsAsked.emit(details)),)
        document = task.document.id if is_seen else ""
        self.said.emit(Message(text, is_fault=True, choices=choices, topic=_STEP, document=document))

    def _say(self, text: str) -> None:
        """Say something about the step in the place of what was said before; no text only takes that back."""
        self.said.emit(Message(text, topic=_STEP))


def commit(task: StepTask, outcome: Outcome, title: str) -> State:
    """Add a finished step to its document. Who has gone elsewhere meanwhile stays there."""
    stood = task.document.cursor
    was_waiting = stood == task.parent or task.document.states[stood].parent == task.parent
    state = task.document.commit(task.parent, outcome, title)
    if not was_waiting:
        task.document.jump(stood)
    return state
