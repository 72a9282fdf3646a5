"""What is done before the first photo of a batch: photos are looked for, and what was asked for is remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.core.steps.recipes import Recipe, load_recipe, recipe_of, save_recipe
from desktop_app.gui.viewmodel.batch import SHOWN_STATE, BatchIntent, intent_from

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.core.batch.run import Batch
    from desktop_app.core.batch.tasks import Task
    from desktop_app.core.document.document import Document
    from desktop_app.core.jobs.control import JobControl
    from desktop_app.core.settings import Settings

_SETTING, _FOLDER = "batch", "batch"


@dataclass(frozen=True, eq=False)
class Prepared:
    """A batch that is ready to run; where folders are watched, with what yields the photos that come."""

    batch: Batch
    recipe: Recipe
    folder: Path
    workers: int = 1
    coming: Callable[[JobControl], Iterator[Task | None]] | None = None


def prepared(application: Application, intent: BatchIntent, document: Document | None) -> Prepared:
    """Return a batch that is ready to run. Not on the window's thread: folders are looked through.

    Raises
    ------
    VerilensError
        If what is asked for cannot be done.
    """
    from desktop_app.core.batch.arrivals import arriving, named_tasks, require_watchable
    from desktop_app.core.batch.process_hands import sensible_workers
    from desktop_app.core.batch.run import Batch
    from desktop_app.core.batch.tasks import photos_of, tasks_of
    from desktop_app.core.imaging.export import PRESETS, USUAL

    recipe = Recipe(())
    if intent.recipe != SHOWN_STATE:
        recipe = load_recipe(Path(intent.recipe))
    elif document is not None:
        recipe = recipe_of(document, document.cursor, application.inputs)
    folder, title = Path(intent.folder).expanduser(), Path(recipe.title).stem
    given = [Path(one).expanduser() for one in intent.inputs]
    if intent.watches:
        require_watchable(given, folder, intent.names)
    photos = () if intent.watches else photos_of(given, is_deep=intent.is_deep)
    tasks = tasks_of(photos, folder, intent.names, suffix=intent.suffix, recipe=title)
    _remember(application, intent, recipe)
    export = PRESETS[intent.preset] if intent.preset else USUAL
    batch = Batch(application, recipe, tasks, folder, export=export, resumes=intent.resumes or intent.watches,
                  has_thumbnails=True)  # fmt: skip

    def coming(control: JobControl) -> Iterator[Task | None]:
        found = arriving(given, control, is_deep=intent.is_deep, leave_out=folder)
        return named_tasks(found, folder, intent.names, suffix=intent.suffix, recipe=title)

    if intent.watches:
        return Prepared(batch, recipe, folder, coming=coming)
    return Prepared(batch, recipe, folder, intent.workers or sensible_workers(len(tasks)))


def remembered(settings: Settings) -> BatchIntent:
    """Return what was asked for last: the next day it can be gone on with, whatever ended the program."""
    return intent_from(settings.get(_SETTING))


def _remember(application: Application, intent: BatchIntent, recipe: Recipe) -> None:
    """Keep what is asked for; the steps of the shown photo as a file, since that photo may be closed then."""
    if intent.recipe == SHOWN_STATE:
        path = application.data / _FOLDER / f"{Path(recipe.title).stem or 'recipe'}.json"
        path.parent.mkdir(exist_ok=True)
        save_recipe(path, recipe)
        intent = replace(intent, recipe=str(path))
    application.settings.set(_SETTING, asdict(intent))
