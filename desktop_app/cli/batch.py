"""What ``verilens recipe run`` is asked for, carried out: here or on a cluster, at once or while photos come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.api.errors import ParameterError

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.core.batch.crew import Hands
    from desktop_app.core.batch.journal import Done
    from desktop_app.core.batch.places import Place
    from desktop_app.core.batch.run import Batch
    from desktop_app.core.batch.stages import Wanted
    from desktop_app.core.batch.tasks import Task
    from desktop_app.core.imaging.export import Export
    from desktop_app.core.jobs.control import JobControl
    from desktop_app.core.steps.recipes import Recipe

_MOST_WORKERS = 10_000
_ENGINES = ("local", "ray")


@dataclass(frozen=True)
class Wish:
    """The options, checked as far as words go."""

    recipe: Recipe
    inputs: tuple[str, ...]
    output: Place
    export: Export
    names: str
    suffix: str
    is_deep: bool
    resumes: bool
    has_report: bool
    watches: bool
    workers: str
    engine: str
    address: str
    gpus: float | None

    def __post_init__(self) -> None:
        if self.engine not in _ENGINES:
            raise ParameterError(f"expected --engine local or ray, got {self.engine!r}; choose one of these")
        if self.workers != "auto" and not (self.workers.isdecimal() and 1 <= int(self.workers) <= _MOST_WORKERS):
            raise ParameterError(f"expected --workers auto, or a number from 1 to {_MOST_WORKERS}, got "
                                 f"{self.workers!r}; choose one of these")
        if self.watches and (self.engine != "local" or not isinstance(self.output, Path)):
            raise ParameterError("expected folders of this machine for --watch, got a cluster or a URL; leave it out")
        if self.gpus is not None and not 0 < self.gpus <= 1:
            raise ParameterError(f"expected --gpus above 0 and up to 1, got {self.gpus:g}; choose another")

    @property
    def folders(self) -> tuple[Path, ...]:
        """The inputs as folders of this machine."""
        return tuple(map(Path, self.inputs))


def carried_out(
    application: Application, wish: Wish, title: str, control: JobControl, tell: Callable[[Done], None]
) -> Sequence[Done]:
    """Do it, and return what came of each photo, in the order of the photos; `tell` hears of those that came.

    Raises
    ------
    VerilensError
        One sentence for the user; so does Ctrl-C. The report, where one is wanted, then has what was done.
    """
    from desktop_app.core.batch.places import notes_folder
    from desktop_app.core.batch.run import Batch
    from desktop_app.core.batch.tasks import photos_of, tasks_of

    tasks: Sequence[Task] = ()
    if not wish.watches:
        photos = photos_of(wish.inputs, is_deep=wish.is_deep)
        tasks = tasks_of(photos, wish.output, wish.names, suffix=wish.suffix, recipe=wish.recipe.title)
    coming = _coming(wish, control)
    folder = notes_folder(wish.output, application.data)
    batch = Batch(application, wish.recipe, tasks, folder, export=wish.export, resumes=wish.resumes,
                  has_thumbnails=wish.has_report)  # fmt: skip
    done: list[Done] = []
    try:
        for one in batch.all(control, workers=_workers(wish, len(tasks)), tasks=coming, hands=_hands(wish)):
            done.append(one)
            if wish.watches:
                tell(one)
    finally:
        batch.close()
        order = {str(task.photo): number for number, task in enumerate(tasks)}
        done.sort(key=lambda one: order.get(one.photo, 0))  # processes are done when they are
        _report(wish, batch, folder, title, done)
    return done


def _report(wish: Wish, batch: Batch, folder: Path, title: str, done: Sequence[Done]) -> None:
    from desktop_app.core.batch.report import write_report

    if wish.has_report and done:
        recipe = replace(wish.recipe, title=wish.recipe.title or title)
        write_report(folder, recipe, done, len(batch.tasks) or len(done))


def _coming(wish: Wish, control: JobControl) -> Iterator[Task | None] | None:
    """Return the photos that come, where folders are watched."""
    from desktop_app.core.batch.arrivals import arriving, named_tasks, require_watchable

    if not wish.watches or not isinstance(wish.output, Path):
        return None
    require_watchable(wish.folders, wish.output, wish.names)
    photos = arriving(wish.folders, control, is_deep=wish.is_deep, leave_out=wish.output)
    return named_tasks(photos, wish.output, wish.names, suffix=wish.suffix, recipe=wish.recipe.title)


def _workers(wish: Wish, photos: int) -> int:
    """Return how many share the photos; 0 for as many as the cluster has room for."""
    from desktop_app.core.batch.process_hands import sensible_workers

    if wish.workers != "auto":
        return int(wish.workers)
    return 0 if wish.engine == "ray" else sensible_workers(photos)


def _hands(wish: Wish) -> Callable[[Application, Wanted], Hands] | None:
    if wish.engine == "local":
        return None
    from desktop_app.core.batch.cluster import Cluster

    return lambda application, wanted: Cluster(application, wanted, address=wish.address, gpus=wish.gpus)
