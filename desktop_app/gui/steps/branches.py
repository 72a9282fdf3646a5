"""Where a step goes in the tree of states: to one that is there already, or to a new one. No Qt here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app.core.steps.inputs import files_of, inputs_of
from desktop_app.gui.steps.work import StepTask
from desktop_app.gui.viewmodel.schema import defaults_of, fields_of, that_count

if TYPE_CHECKING:
    from desktop_app.core.document.document import Document
    from desktop_app.core.document.state import State
    from desktop_app.core.jobs.request import Outcome
    from desktop_app.core.plugins.entries import ToolEntry
    from desktop_app.gui.threads.background import Background


class Branches:
    """Finds and makes the states of steps; `folder` holds the inputs that were kept, by which painted masks compare."""

    def __init__(self, background: Background, folder: Path) -> None:
        self._background, self._folder = background, folder

    def same(self, task: StepTask, tool: ToolEntry) -> State | None:
        """Return the state that the same step has already made of the task's parent, if it is shown."""
        states = task.document.states
        children = (states[child] for child in states[task.parent].children if child in states)
        return next((child for child in children if _is_same(child, task, tool, self._folder)), None)

    def inputs(self, document: Document, state: str) -> dict[str, str]:
        """Return the files of a step's inputs by name."""
        return inputs_of(document, state, self._folder)

    def commit(
        self, task: StepTask, outcome: Outcome, title: str,
        done: Callable[[State], None], failed: Callable[[Exception], None],
    ) -> None:  # fmt: skip
        """Add a finished step to its document, off this thread: describing large maps takes a moment.

        Who has gone elsewhere since it was begun stays there.
        """
        work = partial(task.document.commit, task.parent, outcome, title, begun_at=task.begun_at)
        self._background.run(work, done, failed, must_finish=True)


def _is_same(state: State, task: StepTask, tool: ToolEntry, folder: Path) -> bool:
    record, request = state.record, task.step.request
    mine = tool.id, tool.plugin_version, task.step.strength
    if record is None or (record.tool, record.plugin_version, record.strength) != mine:
        return False
    done, asked = (
        (one.seed, one.subjects, _that_count(tool, one.params)) for one in (record.request(), request)
    )
    is_same_device = request.device in ("auto", record.device)
    if not is_same_device or done != asked:
        return False
    return files_of(task.step.given, folder) == inputs_of(task.document, state.id, folder)


def _that_count(tool: ToolEntry, params: Mapping[str, Any]) -> dict[str, Any]:
    fields = fields_of(tool.schema)
    values = {**defaults_of(fields), **params}
    return {name: values[name] for name in that_count(fields, values)}
