"""What a batch does with one photo: it is read, worked on and written, so that these can go on beside each other."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app.api.errors import Cancelled, InputError, ParameterError, ToolError, VerilensError
from desktop_app.core.batch.journal import Done
from desktop_app.core.batch.places import about, local_copy, written
from desktop_app.core.batch.tasks import Task
from desktop_app.core.batch.thumbnails import thumbnails
from desktop_app.core.imaging.export import USUAL, Export
from desktop_app.core.steps.recipes import Recipe

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.core.imaging.files import Photo
    from desktop_app.core.imaging.raster import Raster
    from desktop_app.core.jobs.control import JobControl
    from desktop_app.core.jobs.request import Outcome

_LONGEST = 300  # characters of a fault that is nobody's


@dataclass(frozen=True)
class Wanted:
    """What is done to every photo; plain values, which another process can be handed.

    Parameters
    ----------
    recipe : Recipe
        The steps.
    export : Export
        How results are written.
    has_thumbnails : bool
        Whether small pictures are made for a report.
    credentials : Path, optional
        Where the key is kept that signs what is made of photos with content credentials.
    """

    recipe: Recipe
    export: Export = USUAL
    has_thumbnails: bool = False
    credentials: Path | None = None


@dataclass(frozen=True, eq=False)
class Read:
    """An opened photo, its file's SHA-256, what its place said of it, and the seconds that it took."""

    task: Task
    photo: Photo
    digest: str
    about: Mapping[str, Any]
    seconds: float


@dataclass(frozen=True, eq=False)
class Made:
    """A photo's result, not yet written: what each step gave, and the picture after it."""

    read: Read
    outcomes: tuple[Outcome, ...]
    picture: Raster
    seconds: float


def read(wanted: Wanted, task: Task) -> Read | Done:
    """Read a photo; what is wrong with it is told in a `Done`."""
    from desktop_app.core.imaging.files import open_photo
    from desktop_app.core.steps.provenance import digest_of

    started = time.perf_counter()
    if task.problem:
        return fault(task, task.problem, ParameterError.exit_code)
    try:
        said = about(task.photo)
        with local_copy(task.photo) as path:
            digest = digest_of(path)  # before it is opened: what is changed meanwhile is found afterwards
            photo = open_photo(path, development=wanted.recipe.development)
            if wanted.recipe.levels is not None and photo.metadata.is_data:
                photo = open_photo(path, levels=wanted.recipe.levels)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told of this photo, and the others go on
        return told(task, error, time.perf_counter() - started)
    return Read(task, photo, digest, said, time.perf_counter() - started)


def work(application: Application, wanted: Wanted, found: Read, control: JobControl) -> Made | Done:
    """Do the steps on a photo; what goes wrong is told in a `Done`.

    Raises
    ------
    Cancelled
        If the user asked for it.
    """
    from desktop_app.core.steps.provenance import digest_of
    from desktop_app.core.steps.recipes import replay

    started, path = time.perf_counter(), found.task.photo
    try:
        raster = found.photo.raster
        icc, exact_16 = found.photo.metadata.icc, raster.depth != "32f"
        done = list(replay(application, wanted.recipe, raster, control, icc=icc, exact_16=exact_16))
        if (digest_of(path) != found.digest) if isinstance(path, Path) else (about(path) != found.about):
            raise InputError(f"expected a photo that stays as it is while it is worked on, but {str(path)!r} was "
                             "changed; run it again once it is whole")
    except Cancelled:
        raise
    except Exception as error:  # noqa: BLE001 - as in `read`
        return told(found.task, error, found.seconds + time.perf_counter() - started)
    seconds = found.seconds + time.perf_counter() - started
    return Made(found, tuple(outcome for outcome, _ in done), done[-1][1], seconds)


def write(wanted: Wanted, made: Made) -> Done:
    """Write a photo's result, whole or not at all; what goes wrong is told."""
    from desktop_app.core.imaging.files import save_photo
    from desktop_app.core.steps.provenance import Provenance, stamped
    from desktop_app.core.steps.vouching import keep_credentials

    started, task, photo = time.perf_counter(), made.read.task, made.read.photo
    try:
        recipe = replace(wanted.recipe, steps=tuple(outcome.record for outcome in made.outcomes))
        exact_16 = photo.raster.depth != "32f"
        stamp = Provenance(recipe, task.photo.name, made.read.digest, exact_16, export=wanted.export)
        with written(task.place) as path:
            saved = save_photo(path, made.picture, stamped(photo.metadata, stamp), export=wanted.export)
            source = task.photo if isinstance(task.photo, Path) else None
            kept = keep_credentials(path, source, photo.metadata, [step.tool for step in recipe.steps],
                                    wanted.credentials, wanted.export) if wanted.credentials else ()  # fmt: skip
        small = thumbnails(photo.raster, made.picture, made.outcomes) if wanted.has_thumbnails else {}
    except Exception as error:  # noqa: BLE001 - as in `read`
        return told(task, error, made.seconds + time.perf_counter() - started)
    return Done(
        str(task.photo), str(task.place), tuple(_step(outcome) for outcome in made.outcomes),
        tuple(dict.fromkeys((*photo.metadata.notes, *saved.notes, *kept))), thumbnails=small,
        seconds=made.seconds + time.perf_counter() - started, about=made.read.about,
    )  # fmt: skip


def told(task: Task, error: Exception, seconds: float = 0.0) -> Done:
    """Return what came of a photo with which something went wrong."""
    if isinstance(error, VerilensError):
        return fault(task, str(error), error.exit_code, seconds)
    words = " ".join(str(error).split())[:_LONGEST]
    said = f"expected the steps to go through, got {type(error).__name__}: {words}; report this"
    return fault(task, said, ToolError.exit_code, seconds)


def fault(task: Task, message: str, exit_code: int, seconds: float = 0.0) -> Done:
    """Return what came of a photo that was not done, and why."""
    error = {"input": str(task.photo), "exit_code": exit_code, "message": message}
    return Done(str(task.photo), error=error, seconds=seconds)


def _step(outcome: Outcome) -> Mapping[str, Any]:
    return {**outcome.record.to_json(), "report": dict(outcome.report)}
