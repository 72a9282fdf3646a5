"""The SQLite file of a document: its schema, how it is opened and checked, and what faults in it are called.

While a document is open its database lies in the session folder, in WAL mode with ``synchronous=FULL``: a commit is on
the disk before it is reported, so neither a killed program nor a power cut takes back a step that was shown as saved,
and readers never wait for the writer. The writing is off everybody's thread, so the sync costs nobody a wait.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any

from desktop_app.api.errors import InputError
from desktop_app.core.document.plain import from_text
from desktop_app.core.private import private_file

APPLICATION_ID = 0x564C4E53
"""``VLNS``, in the header of every file of ours."""

VERSION = 1
"""Of the schema; raised when an older program could not read the file."""

# 16 KiB pages: a 1.5 MB tile is a short chain of them, a small row wastes little.
_PAGE = 16384
_WAL_LIMIT = 64 << 20

_PATIENCE = 20.0
_BYTES_PER_SECOND = 10e6
"""A file may take so many seconds to look through, and more when it is large; hostile ones would take hours."""

# What a project of ours never needs is not to be had: neither attached files, nor triggers, nor long statements.
_LIMITS = {
    sqlite3.SQLITE_LIMIT_ATTACHED: 0, sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0, sqlite3.SQLITE_LIMIT_SQL_LENGTH: 10_000,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 20, sqlite3.SQLITE_LIMIT_COLUMN: 20, sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}

_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE original (position INTEGER PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE states (
    position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, parent TEXT REFERENCES states (id), title TEXT NOT NULL,
    record TEXT, report TEXT NOT NULL, created TEXT NOT NULL, pixels_of TEXT NOT NULL REFERENCES states (id),
    width INTEGER NOT NULL, height INTEGER NOT NULL, channels INTEGER NOT NULL, depth TEXT NOT NULL,
    is_deleted INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE arrays (
    id INTEGER PRIMARY KEY, state TEXT NOT NULL REFERENCES states (id), role TEXT NOT NULL, name TEXT NOT NULL,
    dtype TEXT NOT NULL, shape TEXT NOT NULL, edge INTEGER NOT NULL, about TEXT NOT NULL, UNIQUE (state, role, name)
);
CREATE TABLE tiles (
    id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, codec TEXT NOT NULL, content BLOB NOT NULL
);
CREATE TABLE placements (
    array INTEGER NOT NULL REFERENCES arrays (id), position INTEGER NOT NULL,
    tile INTEGER NOT NULL REFERENCES tiles (id), PRIMARY KEY (array, position)
) WITHOUT ROWID;
"""

_SENTENCES = {
    sqlite3.SQLITE_FULL: "expected room on the disk, got a full one: free some space and try again",
    sqlite3.SQLITE_READONLY: "expected a place that can be written to, got a read-only one: choose another",
    sqlite3.SQLITE_CANTOPEN: "expected a file that can be opened, got none: check the folder and its permissions",
    sqlite3.SQLITE_NOTADB: "expected a Verilens project, got another kind of file: choose a .vlens file",
    sqlite3.SQLITE_CORRUPT: "expected an intact project, got a damaged one: open a backup of it",
    sqlite3.SQLITE_INTERRUPT: "expected a project that is read within its time, got one that takes much longer: "
    "open a backup of it",
}


def explain(error: Exception) -> str:
    """Return what a fault of the database or the disk means, and what to do."""
    if isinstance(error, sqlite3.Error):
        # The low byte is the family; the rest says where in SQLite it happened.
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return _SENTENCES.get(code, f"expected a working database, got “{error}”: check the disk and try again")
    return f"expected to read and write it, got “{error}”: check the disk and try again"


@contextmanager
def told_of(path: Path, name: str = "") -> Iterator[None]:
    """Turn a fault of the database, the disk or its contents into one sentence about a file, or what its user calls it.

    Raises
    ------
    InputError
        In place of errors of the database, the disk and the memory, and of what strange contents lead to.
    """
    name = name or path.name
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise InputError(f"{name}: {explain(error)}.") from error
    except MemoryError as error:
        raise InputError(f"{name}: expected enough memory for it, but it ran out: close something.") from error
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        fault = " ".join(str(error).split())[:300]
        raise InputError(
            f"{name}: expected an intact project, got a damaged one ({fault}): open a backup of it."
        ) from error


def connect(path: Path) -> sqlite3.Connection:
    """Open a document's database in the session folder for reading and writing, from any one thread at a time.

    It and what lies beside it (which take after it) are the user's alone, whatever the umask.
    """
    connection = sqlite3.connect(private_file(path), isolation_level=None, check_same_thread=False, timeout=30)
    try:
        _distrust(connection)
        for pragma in (
            f"page_size={_PAGE}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON",
            # The writer moves the log into the database itself, after it has reported a commit.
            "wal_autocheckpoint=0", f"journal_size_limit={_WAL_LIMIT}",
        ):
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def connect_read_only(path: Path, *, immutable: bool = False) -> sqlite3.Connection:
    """Open a database that is only read; an immutable one gets no lock and no file beside it.

    The first is for the database of a session, which somebody else writes to; the second for a user's file.
    """
    suffix = "&immutable=1" if immutable else ""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro{suffix}", uri=True, isolation_level=None)
    _distrust(connection)
    return connection


def _distrust(connection: sqlite3.Connection) -> None:
    """Keep what a file's author may have put into it from doing anything."""
    for limit, value in _LIMITS.items():
        connection.setlimit(limit, value)
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.execute("PRAGMA cell_size_check=ON")


def create(path: Path) -> sqlite3.Connection:
    """Make a new, empty database, or none when the program is killed in between."""
    connection = connect(path)
    try:
        with transaction(connection):
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={VERSION}")
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def remove(path: Path) -> None:
    """Delete a database of the session folder, and its log."""
    for each in (path, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm"))):
        each.unlink(missing_ok=True)


def check(connection: sqlite3.Connection, path: Path) -> None:
    """See that a database is a Verilens project of a version that we can read, with our tables and nothing else.

    Raises
    ------
    InputError
        If it is not.
    sqlite3.DatabaseError
        If it is no database at all.
    """
    application = _pragma(connection, "application_id")
    version = _pragma(connection, "user_version")
    if application != APPLICATION_ID:
        raise InputError(
            f"{path.name}: expected a Verilens project, got another kind of database: choose a .vlens file."
        )
    if version > VERSION:
        raise InputError(
            f"{path.name}: expected a project of version {VERSION} or older, got version {version}: "
            "open it with a newer Verilens."
        )
    if objects(connection) != _our_objects():
        raise InputError(
            f"{path.name}: expected a project with the tables that Verilens makes, got others: open a backup of it."
        )


def objects(connection: sqlite3.Connection) -> frozenset[tuple[str, str, str]]:
    """Return kind, name and definition of every table, index, view and trigger."""
    rows = connection.execute("SELECT type, name, sql FROM sqlite_master")
    return frozenset((kind, name, " ".join((sql or "").split())) for kind, name, sql in rows)


@cache
def _our_objects() -> frozenset[tuple[str, str, str]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(_SCHEMA)
        return objects(connection)


def check_pages(connection: sqlite3.Connection, path: Path) -> None:
    """See that every page of a project's file is where it belongs, and every reference leads somewhere.

    Raises
    ------
    InputError
        If it is damaged.
    """
    verdict = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    lost = connection.execute("SELECT 1 FROM pragma_foreign_key_check LIMIT 1").fetchone()
    if verdict != "ok" or lost is not None:
        fault = " ".join(verdict.split()) if lost is None else "what belongs together is not there"
        raise InputError(f"{path.name}: expected an intact project, got a damaged one ({fault}): open a backup of it.")


@contextmanager
def in_time(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """End the reading of a file whose size does not explain how long it takes.

    Raises
    ------
    sqlite3.OperationalError
        When its time is over.
    """
    deadline = monotonic() + _PATIENCE + path.stat().st_size / _BYTES_PER_SECOND
    connection.set_progress_handler(lambda: monotonic() > deadline, 10_000)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write all of it or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


@contextmanager
def reading(path: Path, name: str = "") -> Iterator[sqlite3.Connection]:
    """Give a connection of its own to one reader of a session's database, on any thread; `name` is its document's.

    Raises
    ------
    InputError
        If what is read turns out to be damaged.
    """
    with told_of(path, name), closing(connect_read_only(path)) as connection:
        yield connection


def write_facts(connection: sqlite3.Connection, facts: dict[str, Any]) -> None:
    """Set named JSON-able values of the document."""
    rows = [(name, json.dumps(value)) for name, value in facts.items()]
    connection.executemany("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", rows)


def read_facts(connection: sqlite3.Connection) -> dict[str, Any]:
    """Return what `write_facts` set."""
    return {name: from_text(value) for name, value in connection.execute("SELECT name, value FROM facts")}


def move_log(connection: sqlite3.Connection) -> None:
    """Move what the log holds into the database, as far as no reader needs the log."""
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
