"""Photos that come into folders while they are watched: each once, as soon as it is whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.core.batch.places import Place
from desktop_app.core.batch.tasks import USUAL_NAMES, Task, tasks_of
from desktop_app.core.imaging.suffixes import READABLE

if TYPE_CHECKING:
    from desktop_app.core.jobs.control import JobControl

SETTLED = 2.0
"""Seconds for which a photo stays as it is before it counts as whole."""
_SLOW = 30.0  # seconds for one whose end is not there yet: a copy that stands still may go on
_LOOK = 2.0  # seconds between two looks at the folders, where nobody says that something has changed
_LOOK_ANYWAY = 10.0  # where somebody does: shared folders of other machines say nothing
_PAUSE = 0.25
_ENDS = {b"\xff\xd8": b"\xff\xd9", b"\x89P": b"IEND"}  # of a JPEG and a PNG, by how they begin
_TAIL = 64 << 10

_Stamp = tuple[int, int]  # size in bytes, and when it was changed


def arriving(
    folders: Sequence[Path], control: JobControl, *, is_deep: bool = False, leave_out: Path | None = None,
    clock: Callable[[], float] = time.monotonic, changed: Callable[[float], bool] | None = None,
) -> Iterator[Path | None]:  # fmt: skip
    """Yield the photos in folders, those that are there and those that come, each once it is whole.

    One that is changed afterwards comes again. It ends when the user lets it end (`JobControl.end_early`).

    Parameters
    ----------
    is_deep : bool
        Whether folders within folders are watched too.
    leave_out : Path, optional
        A folder whose photos are none of them: that of the results.
    clock : callable
        Gives the time in seconds.
    changed : callable, optional
        Waits so many seconds at most, and returns whether something has changed in the folders; by default watchfiles
        does, where it is installed, else the folders are looked at every other second.

    Yields
    ------
    Path or None
        None while there is nothing new.

    Raises
    ------
    InputError
        If a folder is not there, or vanishes.
    Cancelled
        If the user asked for it.
    """
    stop = Event()
    says = changed is not None or _has_watchfiles()
    wait = changed or _waiting(folders, is_deep, stop)
    seen: dict[Path, tuple[_Stamp, float]] = {}  # what each was like, and since when
    given: dict[Path, _Stamp] = {}
    looked = 0.0
    has_changed = True
    try:
        while not control.ends_early():
            control.check()
            is_pending = any(given.get(path) != stamp for path, (stamp, _) in seen.items())
            if has_changed or is_pending or clock() - looked >= (_LOOK_ANYWAY if says else _LOOK):
                looked = clock()
                seen = _look(folders, is_deep, leave_out, seen, looked)
            for path in [path for path in seen if given.get(path) != seen[path][0] and _is_whole(path, seen, looked)]:
                given[path] = seen[path][0]
                yield path
            yield None
            has_changed = wait(_PAUSE)
    finally:
        stop.set()


def named_tasks(
    photos: Iterable[Path | None], folder: Path, names: str = USUAL_NAMES, *, suffix: str = "", recipe: str = ""
) -> Iterator[Task | None]:
    """Yield where the result of each photo goes, as they come. See `tasks_of`.

    A photo whose result would be another's is a task with a problem: there is no other way of telling it.
    """
    owners: dict[Place, Path] = {}
    for photo in photos:
        if photo is None:
            yield None
            continue
        try:
            (task,) = tasks_of([photo], folder, names, suffix=suffix, recipe=recipe)
        except ParameterError as error:
            yield Task(photo, folder / photo.name, str(error))
            continue
        owner = owners.setdefault(task.place, photo)
        told = (f"expected photos with names of their own, got {task.place.name} of {owner.name} too; rename one, or "
                "put {folder} into the names")  # fmt: skip
        yield task if owner == photo else Task(photo, task.place, told)


def require_watchable(folders: Sequence[Path], results: Path, names: str) -> None:
    """Refuse what cannot be watched.

    Raises
    ------
    InputError
        If there is no such folder.
    ParameterError
        If the results would be photos that come, or a photo's name would be another after the next start.
    """
    if "{number}" in names:
        raise ParameterError("expected names without {number} while folders are watched, since photos come in any "
                             "order; use {name}, {folder} or {date}")
    for folder in folders:
        if not folder.is_dir():
            raise InputError(f"expected folders to watch, got {str(folder)!r}; name a folder")
        if folder.resolve() == results.resolve():
            raise ParameterError(f"expected results beside the watched folder, got {str(folder)!r} for both; "
                                 "choose another, since they would be photos that come")


def _look(
    folders: Sequence[Path], is_deep: bool, leave_out: Path | None, seen: dict[Path, tuple[_Stamp, float]], now: float
) -> dict[Path, tuple[_Stamp, float]]:
    """Return what is there, and since when it is as it is."""
    found = {}
    apart = None if leave_out is None else leave_out.absolute()
    for folder in folders:
        if not folder.is_dir():
            raise InputError(f"expected to go on watching {str(folder)!r}, but it is gone; bring it back, then start "
                             "again")
        for path in sorted(folder.rglob("*") if is_deep else folder.iterdir()):
            if path.suffix.lower() not in READABLE or path.name.startswith("."):
                continue
            if apart is not None and apart in path.absolute().parents:
                continue
            with suppress(OSError):  # it is gone again
                about = path.stat()
                stamp = about.st_size, about.st_mtime_ns
                before = seen.get(path)
                found[path] = before if before is not None and before[0] == stamp else (stamp, now)
    return found


def _is_whole(path: Path, seen: dict[Path, tuple[_Stamp, float]], now: float) -> bool:
    (size, _), since = seen[path]
    if not size or now - since < SETTLED:
        return False
    return now - since >= _SLOW or _has_end(path)


def _has_end(path: Path) -> bool:
    """Return whether a photo ends as its kind does; of most kinds nothing is known."""
    try:
        with path.open("rb") as file:
            end = _ENDS.get(file.read(2))
            file.seek(max(0, path.stat().st_size - _TAIL))
            return end is None or end in file.read()
    except OSError:
        return False


def _has_watchfiles() -> bool:
    from importlib.util import find_spec

    return find_spec("watchfiles") is not None


def _waiting(folders: Sequence[Path], is_deep: bool, stop: Event) -> Callable[[float], bool]:
    """Return what waits for a change: the system's own notice, where watchfiles is installed, else the clock."""
    if not _has_watchfiles():
        def only_wait(seconds: float) -> bool:
            time.sleep(seconds)
            return False

        return only_wait
    from watchfiles import watch

    changes = watch(*folders, recursive=is_deep, stop_event=stop, raise_interrupt=True, yield_on_timeout=True,
                    rust_timeout=int(_PAUSE * 1000), debounce=int(_PAUSE * 1000), watch_filter=None)  # fmt: skip

    def wait(_seconds: float) -> bool:
        return bool(next(changes, ()))

    return wait
