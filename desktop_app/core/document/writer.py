"""The one thread that writes to a document's database, one transaction after another, in the order asked for."""

from __future__ import annotations

import logging
import sqlite3
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from desktop_app.api.errors import InputError
from desktop_app.core.document import store

_LOG = logging.getLogger(__name__)

@dataclass(frozen=True)
class Write:
    """One transaction: what to write, and whom to tell, on the writer's thread, how it went."""

    run: Callable[[sqlite3.Connection], None]
    done: Callable[[], None]
    failed: Callable[[str], None]


class Writer:
    """Writes off the caller's thread. A write that fails stays first in the queue and is tried again with the next.

    Parameters
    ----------
    path : Path
        Named in errors.
    connection : sqlite3.Connection
        Closed by `close`.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        self._pending: deque[Write] = deque()
        self._lock = Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="verilens-writer")

    def submit(self, write: Write) -> None:
        """Ask for a transaction; returns at once."""
        with self._lock:
            self._pending.append(write)
        self._thread.submit(self._write_pending)

    def flush(self) -> None:
        """Wait until all that was asked for is written. Not to be called from a write's own callbacks.

        Raises
        ------
        InputError
            If it could not be; it stays in the queue.
        """
        error = self._thread.submit(self._write_pending).result()
        if error is not None:
            raise InputError(f"{self._path.name}: {store.explain(error)}.") from error

    def close(self) -> None:
        """End the thread and close the database, after the write that is under way; the others are given up."""
        with self._lock:
            self._pending.clear()
        self._thread.shutdown()
        self._connection.close()

    def _write_pending(self) -> Exception | None:
        while (write := self._next()) is not None:
            error = self._write(write)
            if error is not None:
                return error
        self._move_log()
        return None

    def _next(self) -> Write | None:
        with self._lock:
            return self._pending[0] if self._pending else None

    def _move_log(self) -> None:
        try:
            store.move_log(self._connection)
        except sqlite3.Error as error:
            # Nothing is lost: the commits are in the log, and the next write moves it.
            _LOG.warning("%s: the log stays beside the database: %s", self._path.name, store.explain(error))

    def _write(self, write: Write) -> Exception | None:
        try:
            with store.transaction(self._connection):
                write.run(self._connection)
        except Exception as error:  # noqa: BLE001 # whatever it is, the owner is told, and `flush` raises it
            write.failed(store.explain(error))
            return error
        with self._lock:
            if self._pending:
                self._pending.popleft()
        write.done()
        return None
