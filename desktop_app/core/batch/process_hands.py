"""Hands on this machine: processes of the lowest priority, each with one thread and one more photo in reserve."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from desktop_app.core.batch.crew import Event
from desktop_app.core.batch.journal import Done
from desktop_app.core.batch.stages import Wanted
from desktop_app.core.batch.tasks import Task
from desktop_app.core.system import prepare_libraries

if TYPE_CHECKING:
    from desktop_app.core.application import Application

NICENESS = 10
"""Of each process: whatever the user does goes first."""
_PATIENCE = 15.0  # seconds for a cancelled hand to end by itself
_PHOTOS_EACH = 4  # fewer are done before a process has started
_BYTES_EACH = 2 << 30  # of free memory
_READY = "ready"


def sensible_workers(photos: int) -> int:
    """Return how many processes may share so many photos: a core is left, memory is, and a GPU is given to one.

    Examples
    --------
    >>> sensible_workers(3)
    1
    """
    import psutil

    most = min(_cores() - 1, photos // _PHOTOS_EACH, int(psutil.virtual_memory().available) // _BYTES_EACH)
    if most <= 1:
        return 1
    from desktop_app.core.jobs.devices import resolve_device

    return most if resolve_device("auto").type == "cpu" else 1


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


class Processes:
    """Starts them, hands them photos, and hears of them; see `crew.Hands`."""

    def __init__(self, application: Application, wanted: Wanted) -> None:
        self._given = application, wanted
        self._context = multiprocessing.get_context("spawn")
        self._open: dict[int, tuple[SpawnProcess, Connection]] = {}
        self._count = 0

    def room(self) -> int:
        """Return for how many there is room: a core is left."""
        return max(1, _cores() - 1)

    def hire(self) -> int:
        """Start a process."""
        ours, theirs = self._context.Pipe()
        given = (theirs, NICENESS, *self._given)
        process = self._context.Process(target=serve, args=given, name="verilens-batch", daemon=True)
        process.start()
        theirs.close()
        self._count += 1
        self._open[self._count] = process, ours
        return self._count

    def give(self, hand: int, task: Task) -> None:
        """Hand it a photo."""
        with suppress(OSError):  # it is gone: `heard` says so
            self._open[hand][1].send(task)

    def heard(self, seconds: float) -> Sequence[Event]:
        """Return what was said, waiting so long for something."""
        by_connection = {connection: hand for hand, (_, connection) in self._open.items()}
        found = [one for one in wait(list(by_connection), seconds) if isinstance(one, Connection)]
        return [self._event(by_connection[connection], connection) for connection in found]

    def leave(self) -> Sequence[Event]:
        """Let all end what they write, and return what they said of it."""
        events: list[Event] = []
        for hand in list(self._open):
            with suppress(OSError):
                self._open[hand][1].send(None)
        end = time.monotonic() + _PATIENCE
        while self._open and time.monotonic() < end:
            events += self.heard(0.1)
        return events

    def abandon(self) -> None:
        """End those that are left."""
        for process, connection in self._open.values():
            connection.close()
            process.kill()
            process.join()
        self._open.clear()

    def _event(self, hand: int, connection: Connection) -> Event:
        try:
            said: Any = connection.recv()
        except (EOFError, OSError):
            process, _ = self._open.pop(hand)
            connection.close()
            process.join(_PATIENCE)
            code = process.exitcode
            why = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
            return Event(hand, lost=why)
        return Event(hand) if said == _READY else Event(hand, *said)


def serve(connection: Connection, niceness: int, application: Application, wanted: Wanted) -> None:
    """Be a hand: do what comes through the connection until nothing more does. The other end alone is told."""
    from desktop_app.core.jobs.control import JobControl

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes of a terminal: the first one tells
    _be_modest(niceness)
    control = JobControl()
    tasks: SimpleQueue[Task | None] = SimpleQueue()

    def listen() -> None:
        while True:
            try:
                task = connection.recv()
            except (EOFError, OSError):  # whoever it works for is gone
                task = None
            if task is None:
                control.cancel()
            tasks.put(task)
            if task is None:
                return

    def tell(task: Task, done: Done) -> None:
        with suppress(OSError):
            connection.send((task, done))

    threading.Thread(target=listen, name="verilens-listener", daemon=True).start()
    connection.send(_READY)
    _work(application, wanted, iter(tasks.get, None), control, tell)


def _work(application: Application, wanted: Wanted, tasks: Iterator[Task], control: Any, tell: Any) -> None:
    import torch

    from desktop_app.api.errors import Cancelled
    from desktop_app.core.batch.stream import stream

    torch.set_num_threads(1)
    with suppress(Cancelled):
        stream(application, wanted, tasks, lambda _number: control, tell)


def _be_modest(niceness: int) -> None:
    """Let whatever the user does go first, and every result be the same however many processes share the photos."""
    import psutil

    os.environ["OMP_NUM_THREADS"] = "1"  # read when torch is imported
    prepare_libraries()
    process = psutil.Process()
    process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else max(process.nice(), niceness))
