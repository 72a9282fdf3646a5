"""A recipe over many photos: the fault of one stands for itself, and the others go on."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.core.batch.crew import Gate, Hands, worked_through
from desktop_app.core.batch.journal import Done, Journal
from desktop_app.core.batch.process_hands import Processes
from desktop_app.core.batch.stages import Made, Read, Wanted, read, work, write
from desktop_app.core.batch.stream import streamed
from desktop_app.core.batch.tasks import Task
from desktop_app.core.document.holders import claim, release
from desktop_app.core.imaging.export import USUAL, Export, as_words
from desktop_app.core.steps.recipes import Recipe, missing_tools

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.core.jobs.control import JobControl

_CLAIM = "verilens-batch"  # stands for the folder where it is said who writes into it


class Batch:
    """One recipe over some photos into one folder.

    Parameters
    ----------
    application : Application
        Tools, engine, settings.
    recipe : Recipe
        The steps.
    tasks : sequence of Task
        The photos, and where their results go.
    folder : Path
        Where what is done is written down: that of the results, or `places.notes_folder`; made if need be.
    export : Export
        How results are written.
    resumes : bool
        Whether what an earlier run with the same recipe has done is left as it is.
    has_thumbnails : bool
        Whether small pictures are made for a report.

    Raises
    ------
    ParameterError
        If the recipe has no steps, a tool of it is missing, or another program writes into the folder.
    InputError
        If the folder cannot be made.
    """

    def __init__(
        self, application: Application, recipe: Recipe, tasks: Sequence[Task], folder: Path, *,
        export: Export = USUAL, resumes: bool = False, has_thumbnails: bool = False,
    ) -> None:  # fmt: skip
        self._application = application
        self._wanted = Wanted(recipe, export, has_thumbnails, application.credentials)
        self.tasks = tuple(tasks)
        require_tools(application, recipe)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"expected to make the folder {str(folder)!r}, but: {error.strerror}; choose "
                             "another") from error
        self._claimed = folder / _CLAIM
        holder = claim(self._claimed)
        if holder is not None:
            raise ParameterError(f"expected a folder that nobody else writes into, but {holder} runs a batch into "
                                 f"{str(folder)!r}; wait for it, or choose another folder")
        self._journal = Journal(folder, _key(recipe, export))
        self._resumes = resumes

    def close(self) -> None:
        """Let others write into the folder."""
        release(self._claimed)

    def one(self, task: Task, control: JobControl) -> Done:
        """Do the steps on one photo, save the result, and write that down; an earlier run's is handed back.

        Raises
        ------
        Cancelled
            If the user asked for it: then nothing of this photo was written.
        InputError
            If what is done cannot be written down.
        """
        known = self._kept(task)
        if known is not None:
            return known
        found: Read | Made | Done = read(self._wanted, task)
        if isinstance(found, Read):
            found = work(self._application, self._wanted, found, control)
        done = write(self._wanted, found) if isinstance(found, Made) else found
        self._journal.note(task, done)
        return done

    def all(
        self, control: JobControl, *, workers: int = 1, tasks: Iterable[Task | None] | None = None,
        gate: Gate | None = None, hands: Callable[[Application, Wanted], Hands] | None = None,
    ) -> Iterator[Done]:  # fmt: skip
        """Do all of them, and yield what came of each, noted; errors as those of `one`.

        Parameters
        ----------
        control : JobControl
            Progress, cancellation.
        workers : int
            Processes that share the photos, each with one thread; results then come as they are done. One: this
            process, with all threads, and results in the order of the photos. 0: as many as the hands have room for.
        tasks : iterable of Task or None, optional
            Others than the batch's own, as they come; None says that there is no further one yet.
        gate : Gate, optional
            Holds further photos back; with several workers only.
        hands : callable, optional
            Makes other hands than processes of this machine, given the program and what is wanted.

        Raises
        ------
        ToolError
            If the processes cannot be started.
        """
        given, total = (self.tasks, len(self.tasks)) if tasks is None else (tasks, 0)
        if workers == 1 and hands is None:
            return streamed(self._application, self._wanted, (task for task in given if task is not None), control,
                            total, self._kept, self._journal.note)  # fmt: skip
        return self._shared(given, workers, control, total, gate, hands or Processes)

    def _shared(
        self, tasks: Iterable[Task | None], workers: int, control: JobControl, total: int, gate: Gate | None,
        hands: Callable[[Application, Wanted], Hands],
    ) -> Iterator[Done]:  # fmt: skip
        known: deque[Done] = deque()

        def unknown() -> Iterator[Task | None]:
            for task in tasks:
                kept = None if task is None else self._kept(task)
                if kept is None:
                    yield task
                else:
                    known.append(kept)

        made = hands(self._application, self._wanted)
        count = workers or made.room()
        for task, done in worked_through(made, unknown(), min(count, total or count), control, total=total, gate=gate):
            while known:
                yield known.popleft()
            self._journal.note(task, done)
            yield done
        yield from known

    def _kept(self, task: Task) -> Done | None:
        return self._journal.kept(task) if self._resumes else None


def require_tools(application: Application, recipe: Recipe) -> None:
    """Refuse a recipe without steps, or one of a tool or model that is not here.

    Raises
    ------
    ParameterError
        If so.
    """
    if not recipe.steps:
        raise ParameterError("expected a recipe with at least one step, got none; save one from a history with steps")
    missing = missing_tools(recipe, application.host.snapshot())
    if missing:
        raise ParameterError(missing[0])


def _key(recipe: Recipe, export: Export) -> str:
    """Return what stands for a recipe and the way results are written; not for the times that its steps once took."""
    steps = tuple(replace(step, seconds=0.0, notes=(), device="", torch="", tile=None) for step in recipe.steps)
    value = [replace(recipe, steps=steps, title="").to_json(), as_words(export)]
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
