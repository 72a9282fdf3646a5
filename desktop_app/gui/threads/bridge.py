"""The one hop from other threads to the window's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal


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
