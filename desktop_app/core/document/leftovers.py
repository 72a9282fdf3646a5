"""What a program that is gone left in the session folder: each looked at for itself, none believed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from desktop_app.core.document import store
from desktop_app.core.document.inspection import read_content
from desktop_app.core.document.pixels import remove_copies


@dataclass(frozen=True)
class Recovery:
    """A document that a program left behind when it ended.

    Parameters
    ----------
    path : Path
        Its database in the session folder.
    title : str
        The project's or the photo's name.
    changed : datetime
        When its latest step was made, in UTC.
    steps : int
        States that are shown, besides the opened photo.
    is_modified : bool
        Whether something was done since it was opened or saved.
    problem : str
        Why it cannot be opened, in a sentence; empty when it can.
    """

    path: Path
    title: str
    changed: datetime
    steps: int = 0
    is_modified: bool = True
    problem: str = ""


def look_at(path: Path) -> Recovery | None:
    """Return what a database that nobody has open holds.

    None when there is nothing to bring back, since its program was killed before anything was written or changed: it
    is removed, as closing it would have done, so that no copies of photos pile up.

    Raises
    ------
    InputError
        With what is wrong with it.
    """
    with store.told_of(path):
        remove_copies(path)
        if path.exists() and not path.is_file():
            raise OSError("it is no file")
        recovery = _inspect(path) if path.exists() else None
        if recovery is None or not recovery.is_modified:
            store.remove(path)
            return None
        return recovery


def spoilt(path: Path, problem: str) -> Recovery:
    """Return what is said of a database that cannot be opened."""
    try:
        changed = datetime.fromtimestamp(path.lstat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):  # gone, or of a time that is none: it is told all the same
        changed = datetime.fromtimestamp(0, UTC)
    return Recovery(path, path.name, changed, problem=problem)


def _inspect(path: Path) -> Recovery | None:
    with closing(store.connect(path)) as connection, store.in_time(connection, path):
        if _is_blank(connection, path):
            return None
        facts, content = read_content(connection)
    changed = max(state.created for state in content.known.values())
    return Recovery(path, facts.title, changed, len(content.shown) - 1, facts.is_modified)


def _is_blank(connection: sqlite3.Connection, path: Path) -> bool:
    if not store.objects(connection):
        return True
    store.check(connection, path)
    return not connection.execute("SELECT EXISTS (SELECT 1 FROM states)").fetchone()[0]
