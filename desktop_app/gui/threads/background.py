"""Work that would hold the window up, on threads of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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
    """

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="window-files")

    def run(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
        lane: str | None = None,
    ) -> None:
        """Run `work` on another thread, then `done` with its result, or `failed` with its error, on this one.

        With a lane, a newer question of the same lane makes this one stale: neither is called then.
        """
        ticket = self._bridge.ticket(lane) if lane else None
        self._pool.submit(self._work, work, done, failed, ticket)

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

    def close(self) -> None:
        """Wait for the work at hand and drop what waits."""
        self._pool.shutdown(wait=True, cancel_futures=True)
