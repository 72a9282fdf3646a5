"""Project files: one portable ``.vlens`` file, written at one stroke; opened as a copy, never written to."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path, PurePath

from desktop_app.api.errors import InputError
from desktop_app.core.atomic import Overwrite, ProtectedFileError, replaced_file
from desktop_app.core.document import contents, store
from desktop_app.core.document.holders import other_holder
from desktop_app.core.document.inspection import read_content
from desktop_app.core.private import private_file


def save(session_file: Path, target: Path, *, overwrite: Overwrite = "unprotected") -> None:
    """Write a session's database as a project file: to a new file beside it, synced, then renamed.

    Raises
    ------
    InputError
        If it cannot be written (a full disk, a read-only folder); an older project there stays as it was.
    ProtectedFileError
        If `overwrite` does not allow to replace what is there, or another process has it open and `overwrite` is not
        ``"always"``.
    """
    other = None if overwrite == "always" else other_holder(target)
    if other is not None:
        raise ProtectedFileError(
            f"{target.name}: expected a project that nobody else has open, but {other} has: save under another name."
        )
    with store.told_of(target), replaced_file(target, overwrite=overwrite) as file:
        _copy_whole(session_file, Path(file.name))


def copy_in(project: Path, session_file: Path) -> None:
    """Copy a user's project file into the session folder, after a look through all of it but the arrays.

    Raises
    ------
    InputError
        If there is no such file, or it is not a project, from a newer version, or damaged; nothing is left behind.
    """
    if not project.is_file():
        found = "something that is no file" if project.exists() else "none"
        raise InputError(f"{project}: expected a project file, found {found}: check the path.")
    try:
        with store.told_of(project), closing(store.connect_read_only(project, immutable=True)) as connection:
            with store.in_time(connection, project):
                store.check(connection, project)
                store.check_pages(connection, project)
                read_content(connection)
            with closing(sqlite3.connect(private_file(session_file))) as copy:
                connection.backup(copy)
    except InputError:
        store.remove(session_file)
        raise


def _copy_whole(session_file: Path, target: Path) -> None:
    with closing(store.connect_read_only(session_file)) as session, closing(sqlite3.connect(target)) as copy:
        # Nothing is to lie beside the file; it is nobody's yet, and is synced as a whole.
        copy.execute("PRAGMA journal_mode=MEMORY")
        copy.execute("PRAGMA synchronous=OFF")
        session.backup(copy)
        copy.execute("PRAGMA journal_mode=MEMORY")  # what was copied says that it has a log
        with copy:
            _make_portable(copy)


def _make_portable(copy: sqlite3.Connection) -> None:
    source = store.read_facts(copy)["source"]
    # The folders of the machine that it was made on are nobody else's business.
    store.write_facts(copy, {"source": PurePath(source).name, "project": None, "is_modified": False})
    contents.name_copied_inputs(copy)
