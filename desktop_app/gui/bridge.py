"""The one hop from other threads to the window's."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal

T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ticket:
    """Which question an answer belongs to: the newest generation of a lane is the only one still wanted."""

    lane: str
    generation: int


@dataclass(frozen=True, eq=False)
class _Delivery:
    call: Callable[[], None]
    ticket: Ticket | None


class Bridge(QObject):
    """Carries calls from any thread to the thread of the window, through one queued signal.

    Examples
    --------
    A worker's thread posts what is to happen in the window; an answer to a question that was asked again meanwhile
    is dropped::

        ticket = bridge.ticket("preview")
        bridge.post(lambda: canvas.set_scene(scene), ticket)
    """

    _arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._newest: dict[str, int] = {}
        self._is_open = True
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def ticket(self, lane: str) -> Ticket:
        """Return a ticket for a new question; all older ones of the lane are stale from now on."""
        self._newest[lane] = self._newest.get(lane, 0) + 1
        return Ticket(lane, self._newest[lane])

    def is_current(self, ticket: Ticket) -> bool:
        """Whether nothing newer was asked in the ticket's lane."""
        return self._newest.get(ticket.lane) == ticket.generation

    def post(self, call: Callable[[], None], ticket: Ticket | None = None) -> None:
        """Have something called on the window's thread, unless its ticket is stale by then. Any thread may post."""
        if self._is_open:
            self._arrived.emit(_Delivery(call, ticket))

    def close(self) -> None:
        """Drop all that is still under way: the window goes."""
        self._is_open = False

    def _deliver(self, delivery: _Delivery) -> None:
        if self._is_open and (delivery.ticket is None or self.is_current(delivery.ticket)):
            delivery.call()


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
