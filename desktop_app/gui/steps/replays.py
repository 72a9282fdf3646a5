"""Steps in a row on a photo, each becoming one of its history: a saved recipe, or what another step asks for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop_app.core.jobs.request import FILL, ToolRequest
from desktop_app.core.steps.inputs import stored_inputs
from desktop_app.core.steps.recipes import (
    Recipe,
    developing_step,
    load_recipe,
    missing_tools,
    opening_step,
    recipe_of,
    save_recipe,
)
from desktop_app.core.steps.step import Step, step_of
from desktop_app.core.texts import counted
from desktop_app.gui.panels.messages import Message
from desktop_app.gui.steps.work import StepTask

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.core.document.document import Document
    from desktop_app.core.document.state import State
    from desktop_app.gui.steps.steps import Steps
    from desktop_app.gui.threads.background import Background

_TOPIC = "recipe"


class Replays(QObject):
    """Saves recipes and does them again, step after step; what is cancelled or fails ends the row.

    Signals
    -------
    said : Message
        A sentence for the user.
    """

    said = Signal(object)

    def __init__(self, application: Application, steps: Steps, background: Background, parent: QObject) -> None:
        super().__init__(parent)
        self._application, self._steps, self._background = application, steps, background
        self._left: deque[tuple[Step, str]] = deque()
        self._running: StepTask | None = None
        steps.committed.connect(self._go_on)
        steps.fillAsked.connect(self._fill_first)

    def save(self, document: Document, path: Path, state: str = "") -> None:
        """Write the steps that lead to a state, the shown one where none is given, to a file."""

        def work() -> str:
            recipe = recipe_of(document, state or document.cursor, self._application.inputs)
            save_recipe(path, recipe)
            return f"Saved the recipe as {path.name}, with {counted(len(recipe.steps), 'step')}."

        self._background.run(work, self._say, self._fail, must_finish=True)

    def replay(self, document: Document, path: Path) -> None:
        """Read a recipe and do its steps on the shown state of a document."""

        def work() -> tuple[Recipe, tuple[str, ...]]:
            recipe = load_recipe(path)
            return recipe, missing_tools(recipe, self._application.host.snapshot())

        self._background.run(work, partial(self._start, document), self._fail)

    def _start(self, document: Document, found: tuple[Recipe, tuple[str, ...]]) -> None:
        recipe, missing = found
        if missing or not recipe.steps:
            self._say(missing[0] if missing else "The recipe has no steps.")
            return
        self._left = deque((step_of(record), record.title) for record in recipe.steps)
        parent = document.cursor
        if document.metadata.is_raw and parent in (document.root, document.opened):
            parent = document.opened if recipe.development is None else document.root
            if recipe.development is not None:
                self._left.appendleft((developing_step(recipe.development), "Developed as the recipe says"))
        if document.metadata.is_data and parent in (document.root, document.opened):
            parent = document.opened if recipe.levels is None else document.root
            if recipe.levels is not None:
                self._left.appendleft((opening_step(document, recipe.levels), "Levels of the recipe"))
        self._next(document, parent)

    def redo(self, document: Document, states: Iterable[str], parent: str) -> None:
        """Do the steps of states of a document again, on another state of it."""
        steps = [(document.states[state].record, stored_inputs(document, state)) for state in states]
        self._left = deque((step_of(record, given), record.title) for record, given in steps if record is not None)
        self._next(document, parent)

    def _next(self, document: Document, parent: str) -> None:
        step, title = self._left.popleft()
        self._running = StepTask(document, parent, step, title)
        self._steps.run(self._running)

    def _go_on(self, task: StepTask, state: State) -> None:
        """Do the next step on what the last one made, unless that was somebody else's step."""
        if self._running is None or task.step is not self._running.step:
            return
        self._running = None
        if self._left:
            self._next(task.document, state.id)
        else:
            self._say("All steps are done.")

    def _fill_first(self, task: StepTask) -> None:
        """Fill missing values, do the step that could not do without them, and what was to come after it."""
        rest = self._left if self._running is not None and task.step is self._running.step else ()
        self._left = deque([(Step(ToolRequest(FILL)), "Fill missing values"), (task.step, task.title), *rest])
        self._next(task.document, task.parent)

    def _say(self, text: str) -> None:
        self.said.emit(Message(text, topic=_TOPIC))

    def _fail(self, error: Exception) -> None:
        self.said.emit(Message(str(error), is_fault=True, topic=_TOPIC))
