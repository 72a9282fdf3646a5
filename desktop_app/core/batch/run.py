"""A recipe over many photos, one after another: the fault of one stands for itself, and the others go on."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.api.errors import Cancelled, InputError, ParameterError, ToolError, VerilensError
from desktop_app.core.batch.journal import Done, Journal
from desktop_app.core.batch.tasks import Task
from desktop_app.core.batch.thumbnails import thumbnails
from desktop_app.core.document.holders import claim, release
from desktop_app.core.imaging.export import USUAL, Export, as_words
from desktop_app.core.steps.recipes import Recipe, missing_tools

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.core.jobs.control import JobControl

_CLAIM = "verilens-batch"  # stands for the folder where it is said who writes into it
_LONGEST = 300  # characters of a fault that is nobody's


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
        Of the results; made if need be.
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
        self._application, self._recipe, self._export = application, recipe, export
        self.tasks, self._has_thumbnails = tuple(tasks), has_thumbnails
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
        known = self._journal.kept(task) if self._resumes else None
        if known is not None:
            return known
        started = time.perf_counter()
        try:
            done = self._made(task, control)
        except Cancelled:
            raise
        except VerilensError as error:
            done = _fault(task, str(error), error.exit_code)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told of this photo, and the others go on
            words = " ".join(str(error).split())[:_LONGEST]
            done = _fault(task, f"expected the steps to go through, got {type(error).__name__}: {words}; report this",
                          ToolError.exit_code)  # fmt: skip
        done = replace(done, seconds=time.perf_counter() - started)
        self._journal.note(task, done)
        return done

    def all(self, control: JobControl) -> Iterator[Done]:
        """Do all of them, and yield what came of each; errors as those of `one`."""
        for index, task in enumerate(self.tasks):
            yield self.one(task, control.part(index / len(self.tasks), (index + 1) / len(self.tasks)))

    def _made(self, task: Task, control: JobControl) -> Done:
        from desktop_app.core.imaging.files import open_photo, save_photo
        from desktop_app.core.steps.provenance import Provenance, digest_of, stamped
        from desktop_app.core.steps.recipes import replay

        recipe, photo = self._recipe, task.photo
        opened = open_photo(photo)
        digest = digest_of(photo)
        if recipe.levels is not None and opened.metadata.is_data:
            opened = open_photo(photo, levels=recipe.levels)
        exact_16 = opened.raster.depth != "32f"
        done = list(replay(self._application, recipe, opened.raster, control, exact_16=exact_16))
        if digest_of(photo) != digest:
            raise InputError(f"expected a photo that stays as it is while it is worked on, but {str(photo)!r} was "
                             "changed; run it again once it is whole")
        records = tuple(outcome.record for outcome, _ in done)
        made = Provenance(replace(recipe, steps=records), photo.name, digest, exact_16, export=self._export)
        saved = save_photo(task.place, done[-1][1], stamped(opened.metadata, made), export=self._export)
        small = thumbnails(opened.raster, done[-1][1], [outcome for outcome, _ in done]) if self._has_thumbnails else {}
        return Done(
            str(photo), str(saved.path),
            tuple({**outcome.record.to_json(), "report": dict(outcome.report)} for outcome, _ in done),
            tuple(dict.fromkeys((*opened.metadata.notes, *saved.notes))), thumbnails=small,
        )  # fmt: skip


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


def _fault(task: Task, message: str, exit_code: int) -> Done:
    return Done(str(task.photo), error={"input": str(task.photo), "exit_code": exit_code, "message": message})


def _key(recipe: Recipe, export: Export) -> str:
    """Return what stands for a recipe and the way results are written; not for the times that its steps once took."""
    steps = tuple(replace(step, seconds=0.0, notes=(), device="", torch="", tile=None) for step in recipe.steps)
    value = [replace(recipe, steps=steps, title="").to_json(), as_words(export)]
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
