"""From the form to a finished step: choosing a tool, previewing, applying, committing."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop_app.api.errors import MissingValuesError, VerilensError
from desktop_app.core.plugins.entries import Snapshot
from desktop_app.core.steps.inputs import AREA
from desktop_app.core.steps.step import NO_CHANGE, Step
from desktop_app.gui.documents.viewer import Viewer
from desktop_app.gui.layout.parts import Parts
from desktop_app.gui.panels.messages import Message
from desktop_app.gui.steps.branches import Branches
from desktop_app.gui.steps.masks import Masks
from desktop_app.gui.steps.previews import Previews
from desktop_app.gui.steps.questions import CONFIDENCE, confidence_task
from desktop_app.gui.steps.runs import Progress, RunController
from desktop_app.gui.steps.work import PreviewTask, StepTask
from desktop_app.gui.viewmodel.intent import PAINTED, StepIntent, painted_mask
from desktop_app.gui.viewmodel.parameters import estimates, step_title
from desktop_app.gui.viewmodel.texts import one_line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from desktop_app.core.document.document import Document
    from desktop_app.core.document.state import State
    from desktop_app.core.jobs.request import Outcome
    from desktop_app.core.plugins.entries import ToolEntry
    from desktop_app.core.steps.inputs import Given

_STEP = "step"  # what messages are about
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
    shown
        What a step made is shown, or a preview of it.
    committed : StepTask, State
        A step stands in the history.
    fillAsked : StepTask
        The values that are missing are to be filled before this step.
    """

    said = Signal(object)
    busyChanged = Signal(bool)
    detailsAsked = Signal(str)
    begun = Signal()
    shown = Signal()
    committed = Signal(object, object)
    fillAsked = Signal(object)

    def __init__(
        self,
        parts: Parts,
        viewer: Viewer,
        runs: RunController,
        masks: Masks,
        branches: Branches,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._parts, self._viewer, self._keeper = parts, viewer, viewer.keeper
        self._runs, self._masks, self._branches = runs, masks, branches
        self._snapshot = Snapshot()
        self._base: tuple[str, str] | None = None
        self._device = "auto"
        self.previews = Previews(parts.form.preview_toggle, self._keeper, runs, self._preview_task, self)
        self._connect()
        self._show_ability()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take the tools from a snapshot; the chosen one is shown anew if it changed."""
        self._snapshot = snapshot
        self._parts.tools.show_snapshot(snapshot)
        shown = self._parts.form.tool
        if shown is not None and snapshot.tools_by_id.get(shown.id) != shown:
            self._parts.form.show_tool(snapshot.tools_by_id.get(shown.id), snapshot)

    def use_device(self, device: str) -> None:
        """Run steps and previews on a device from now on."""
        self._device = device

    def choose_tool(self, tool: str) -> None:
        """Show a tool's form."""
        entry = self._snapshot.tools_by_id.get(tool)
        if entry is not None and entry != self._parts.form.tool:
            self._drop_base()
            self._parts.tools.select(tool)
            self._parts.form.show_tool(entry, self._snapshot)
            self._keeper.show_preview(None)

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
        inputs = self._branches.inputs(document, state)
        self._parts.tools.select(record.tool)
        self._parts.form.show_tool(entry, self._snapshot, StepIntent(record.request(), inputs))
        self._base = (document.id, state)
        self._masks.open_area(inputs.get(AREA, ""))
        mask = painted_mask(entry, inputs)
        if mask and AREA not in inputs:  # the photo has room for one mask
            self._masks.open_own(mask)
        title = document.states[state].title
        self._parts.form.show_base(f"Changing “{title}”: Apply makes a branch beside it.")
        self.previews.ask()

    def apply(self) -> None:
        """Run the form's tool on the shown state, or on the parent of the step that is being changed.

        What the same step has made before is shown instead.
        """
        document, form = self._viewer.document, self._parts.form
        problem = form.problem()
        if document is None or form.tool is None or problem or self._runs.is_busy:
            in_form = problem is not None and form.is_problem_seen()  # twice would be once too often
            self._say(self._why_not() or ("" if in_form else problem or "Choose a tool first."))
            return
        area = self._masks.area()
        if area is not None and not area.any():
            self._say("The mask is empty: paint where the tool is to work, or untick “inside only”.")
            return
        self.begun.emit()
        step = self._step(form.intent(), area)
        form.preview_toggle.setChecked(False)
        task = StepTask(document, self._parent_for(document), step, form.tool.title)
        self._begin(task, form.tool)

    def ask_model(self) -> None:
        """Ask a classifier what it sees in the shown state, whatever tool the form shows."""
        document, chosen = self._viewer.document, self._parts.form.subject.model.currentData()
        task = None if document is None else confidence_task(document, self._snapshot, self._device, chosen)
        if self._why_not() or task is None:
            self._say(self._why_not() or "No classifier is installed; enable a plugin that brings one.")
            return
        self.begun.emit()
        self._begin(task, self._snapshot.tools_by_id[CONFIDENCE])

    def apply_tool(self, tool: str, params: Mapping[str, object]) -> None:
        """Run a tool with these parameters on the shown state, whatever the form shows; the others are its defaults."""
        from desktop_app.core.jobs.request import ToolRequest

        document, entry = self._viewer.document, self._snapshot.tools_by_id.get(tool)
        if self._why_not() or document is None or entry is None:
            self._say(self._why_not() or f"Expected the tool {tool}, found none; enable its plugin.")
            return
        self.begun.emit()
        given = {name: schema.get("default") for name, schema in entry.properties.items()} | dict(params)
        step = Step(ToolRequest(tool, given, device=self._device))
        self._begin(StepTask(document, document.cursor, step, entry.title), entry)

    def _begin(self, task: StepTask, tool: ToolEntry) -> None:
        known = self._branches.same(task, tool)
        self._show_known(task, known) if known is not None else self.run(task)

    def _show_known(self, task: StepTask, known: State) -> None:
        self._drop_base()
        self._viewer.jump(known.id)
        text = f"“{known.title}” is there already: the same parameters give the same result."
        choices = (("Apply again", partial(self.run, task)),)
        self.said.emit(Message(text, choices=choices, topic=_STEP, document=task.document.id))

    def run(self, task: StepTask) -> None:
        """Run a step and commit it, unless another one is at work."""
        if self._runs.is_busy:
            self._say(self._why_not())
            return
        self._runs.apply(replace(task, begun_at=task.document.cursor))
        self._show_ability()
        self.busyChanged.emit(True)

    def cancel(self) -> None:
        """Stop the step at work; one that has something to show ends with that first."""
        if self._runs.task is not None:
            title = self._runs.task.title
            if self._runs.cancel():
                self._say(f"Cancelled {title}; nothing was changed.")

    def document_closed(self, document: Document) -> None:
        """Stop the step at work if it belongs to a document that goes."""
        if self._runs.task is not None and self._runs.task.document is document:
            title = self._runs.task.title
            self._runs.drop()
            self._say(f"Cancelled {title}; nothing was changed.")

    def _connect(self) -> None:
        parts, runs = self._parts, self._runs
        parts.tools.chosen.connect(self.choose_tool)
        parts.tools.entered.connect(parts.form.take_focus)
        parts.form.applied.connect(self.apply)
        parts.form.toolShown.connect(self._show_estimates)
        parts.form.changed.connect(self.previews.ask)
        parts.form.baseDropped.connect(self._drop_base)
        parts.canvas.viewChanged.connect(lambda _view: self.previews.ask())
        parts.status.cancelled.connect(self.cancel)
        self._viewer.stateShown.connect(self._moved)
        self._viewer.changeAsked.connect(self.change_step)
        self._keeper.shown.connect(lambda _state: self.previews.ask())
        runs.progressed.connect(self._show_progress)
        runs.ended.connect(self._ended)
        runs.stopped.connect(self._show_rest)
        self.shown.connect(self._masks.veil)
        self._masks.changed.connect(self.previews.ask)
        runs.finished.connect(self._finished)
        runs.failed.connect(self._failed)
        runs.noticed.connect(self._say)
        self.previews.said.connect(self.said)
        self.previews.appeared.connect(self.shown)

    def _moved(self, state: str) -> None:
        """Forget the step that was being changed once the user looks at another one."""
        document = self._viewer.document
        if self._base is not None and (document is None or self._base != (document.id, state)):
            self._drop_base()
        self._show_ability()
        self._show_estimates()

    def _show_estimates(self) -> None:
        """Say in the form which values its tool chose by itself, where it was applied to what is shown or made it."""
        document, tool = self._viewer.document, self._parts.form.tool
        if document is not None and tool is not None:
            self._parts.form.show_estimates(estimates(document.states, document.cursor, tool.id))

    def _drop_base(self) -> None:
        self._base = None
        self._parts.form.show_base("")
        self.previews.ask()

    def _parent_for(self, document: Document) -> str:
        """Return the state that the form is to be applied to."""
        changed = document.states.get(self._base[1]) if self._base is not None else None
        return (changed.parent if changed is not None else None) or document.cursor

    def _step(self, intent: StepIntent, area: NDArray[np.uint8] | None) -> Step:
        """Return what the form asks for, the painted mask as it is now."""
        painted = self._masks.painted() if PAINTED in intent.inputs.values() else None
        given: dict[str, Given | None] = {
            name: painted if path == PAINTED else path for name, path in intent.inputs.items()
        }
        inputs = {name: value for name, value in given.items() if value is not None}
        return Step(replace(intent.request, device=self._device), inputs, area)

    def _why_not(self) -> str:
        if self._viewer.document is None:
            return "Open a photo first (Ctrl+O)."
        return "Another step is at work; wait for it, or cancel it." if self._runs.is_busy else ""

    def _show_ability(self) -> None:
        why_not = self._why_not()
        self._parts.form.set_can_run(not why_not, why_not)

    def _preview_task(self) -> PreviewTask | None:
        """Return what is to be previewed; first of all the state that the form is to be applied to must be shown."""
        form, picture, document = self._parts.form, self._keeper.picture(), self._viewer.document
        if form.tool is None or form.problem() or picture is None or document is None or self._runs.is_busy:
            return None
        if self._base is not None and self._parent_for(document) != document.cursor:
            self._viewer.jump(self._parent_for(document))
            return None
        step = self._step(form.intent(), self._masks.area())
        view, zoom = self._parts.canvas.visible_region(), self._parts.canvas.view().zoom
        title = f"Preview of {form.tool.title}"
        return PreviewTask(picture, step, title, view, zoom)

    def _show_progress(self, progress: Progress) -> None:
        self._parts.status.show_progress(progress.title, progress.fraction, progress.seconds_left, progress.message)

    def _show_rest(self) -> None:
        """Show that nothing is at work, or what was cancelled and does not stop."""
        if self._runs.stopping and not self._runs.is_busy:
            self._parts.status.show_stopping(self._runs.stopping)
        elif not self._runs.is_busy:
            self._parts.status.show_idle()

    def _ended(self) -> None:
        self._show_rest()
        self._show_ability()
        self.busyChanged.emit(False)

    def _finished(self, task: StepTask, outcome: Outcome) -> None:
        title = step_title(outcome.record, outcome.report, self._snapshot.tools_by_id)
        self._branches.commit(task, outcome, title, partial(self._committed, task), partial(self._failed, task))

    def _committed(self, task: StepTask, state: State) -> None:
        """Say that a step is done where the user does not see it come."""
        self._drop_base()
        is_seen = task.document is self._viewer.document and task.document.cursor == state.id
        if is_seen:
            self.shown.emit()
        done = "" if is_seen else f"“{state.title}” is done; it stands in the history of {task.document.title}."
        unchanged = state.record is not None and NO_CHANGE in state.record.notes
        self._say(f"{done} {NO_CHANGE}".strip() if unchanged else done)
        self.committed.emit(task, state)

    def _failed(self, task: StepTask, error: Exception) -> None:
        """Say what went wrong; where another document is looked at meanwhile, also to which one."""
        _log.debug("%s failed", task.title, exc_info=error)
        import traceback

        details = "".join(traceback.format_exception(error))
        is_seen = task.document is self._viewer.document
        what = task.title if isinstance(error, VerilensError) else f"{task.title} failed"
        why = one_line(error).removeprefix(f"{task.step.request.tool}: ")  # the title says which tool
        text = f"{what}: {why}" if is_seen else f"{task.document.title}: {what}: {why}"
        choices = [("Details", lambda: self.detailsAsked.emit(details))]
        if isinstance(error, MissingValuesError):
            choices.insert(0, ("Fill them from their neighbours", lambda: self.fillAsked.emit(task)))
        document = task.document.id if is_seen else ""
        self.said.emit(Message(text, is_fault=True, choices=choices, topic=_STEP, document=document))

    def _say(self, text: str) -> None:
        """Say something about the step in the place of what was said before; no text only takes that back."""
        self.said.emit(Message(text, topic=_STEP))
