"""Work that would hold the window up, on threads of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

from desktop_app.gui.threads.bridge import Bridge, Ticket

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Background:
    """Runs what would hold the window up (files, pyramids, discovery) on a few threads of its own.

    Parameters
    ----------
    bridge : Bridge
        Brings results back.
    threads : int
        How many pieces of work go on beside each other.
    """

    def __init__(self, bridge: Bridge, threads: int = 2) -> None:
        self._bridge = bridge
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="window-files")
        self._is_closed = False
        self._open: dict[Future[None], bool] = {}  # whether it must be finished, of what waits or is at work

    def run(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
        lane: str | None = None,
        *,
        must_finish: bool = False,
    ) -> None:
        """Run `work` on another thread, then `done` with its result, or `failed` with its error, on this one.

        With a lane, a newer question of the same lane makes this one stale: neither is called then. What must finish
        (it writes what would be lost) is done even if the window is closed meanwhile. Once it is closed nothing begins.
        """
        if self._is_closed:
            return
        ticket = self._bridge.ticket(lane) if lane else None
        future = self._pool.submit(self._work, work, done, failed, ticket)
        self._open = {one: must for one, must in self._open.items() if not one.done()} | {future: must_finish}

    def forget(self, lane: str) -> None:
        """Make what was asked for in a lane stale."""
        self._bridge.ticket(lane)

    def _work(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
        ticket: Ticket | None,
    ) -> None:
        if ticket is not None and not self._bridge.is_current(ticket):
            return
        try:
            value = work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the window says it
            _log.debug("background work failed", exc_info=True)
            problem = error
            self._bridge.post(lambda: failed(problem), ticket)
        else:
            self._bridge.post(lambda: done(value), ticket)

    def close(self, patience: float | None = None) -> bool:
        """Finish what must be, drop what else waits, and return whether what else is at work ended in some seconds."""
        self._is_closed = True
        for future, must_finish in self._open.items():
            if not must_finish:
                future.cancel()
        wait([future for future, must_finish in self._open.items() if must_finish])
        _, endless = wait(self._open, timeout=patience)
        self._pool.shutdown(wait=not endless)
        return not endless
