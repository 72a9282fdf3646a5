"""A lock that the system lets go of when its process ends, however it ends.

It is SQLite's own lock on an empty database beside the document's: the same on every system, and between two sessions
of one process as well.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from desktop_app.core.private import private_file


def acquire(path: Path) -> sqlite3.Connection | None:
    """Take the lock and return what holds it, or None when somebody else has it.

    Raises
    ------
    OSError, sqlite3.Error
        If there can be no lock: the folder is missing or cannot be written to.
    """
    lock = sqlite3.connect(private_file(path), timeout=0, isolation_level=None, check_same_thread=False)
    try:
        lock.execute("PRAGMA journal_mode=MEMORY")  # nothing is written, and nothing is to lie beside the lock
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        lock.close()
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        return None
    return lock


def release(lock: sqlite3.Connection, path: Path) -> None:
    """Let go of a lock and remove its file."""
    lock.close()
    path.unlink(missing_ok=True)
