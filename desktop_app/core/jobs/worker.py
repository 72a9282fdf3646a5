"""One thread that owns the device. Futures and events come out of it; who listens is not its business."""

from __future__ import annotations

import heapq
import itertools
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Generic, Literal, TypeVar

from desktop_app.api.errors import Cancelled
from desktop_app.core.jobs.allocation import release_freed_memory
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.pace import Pace

T = TypeVar("T")
EventKind = Literal["queued", "started", "progress", "done", "failed", "cancelled"]
EventCallback = Callable[["JobEvent"], None]
_NICENESS = 5  # the window's thread goes first when both want a core


class Priority(IntEnum):
    """Who goes first; lower runs sooner."""

    PREVIEW = 0
    APPLY = 1
    BATCH = 2
    IDLE = 3


@dataclass(eq=False)
class Job(Generic[T]):
    """A piece of work that was handed in. It holds what it works on and, once done, what came of it."""

    title: str
    work: Callable[[JobControl], T]
    priority: Priority
    on_event: EventCallback | None
    future: Future[T] = field(default_factory=Future)
    control: JobControl = field(init=False)
    started: float = 0.0
    _pace: Pace = field(default_factory=Pace, init=False)

    def __post_init__(self) -> None:
        this = weakref.ref(self)  # a circle would keep the photo until somebody collects garbage

        def report(fraction: float, message: str) -> None:
            if (job := this()) is not None:
                job._report(fraction, message)

        self.control = JobControl(report)

    def cancel(self) -> None:
        """Ask it to stop: at once while queued, at its next check while running."""
        self.control.cancel()

    def _report(self, fraction: float, message: str) -> None:
        left = self._pace.seconds_left(time.monotonic() - self.started, fraction)
        _tell(JobEvent(self, "progress", fraction, message, left))


@dataclass(frozen=True, eq=False)
class JobEvent:
    """Something that happened to a job. Delivered on the worker's thread (``queued`` on the submitter's)."""

    job: Job[Any]
    kind: EventKind
    fraction: float = 0.0
    message: str = ""
    seconds_left: float | None = None
    value: Any = None
    error: BaseException | None = None


class DeviceWorker:
    """Runs jobs one after the other, by priority and then in the order in which they came.

    Examples
    --------
    >>> worker = DeviceWorker()
    >>> worker.submit(lambda control: 6 * 7, title="Multiply").future.result()
    42
    >>> worker.shutdown()
    """

    def __init__(self, name: str = "device-worker") -> None:
        self._queue: list[tuple[int, int, Job[Any]]] = []
        self._order = itertools.count()
        self._running: Job[Any] | None = None
        self._is_open = True
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._loop, name=name, daemon=True)
        self._thread.start()

    def submit(
        self,
        work: Callable[[JobControl], T],
        *,
        title: str,
        priority: Priority = Priority.APPLY,
        on_event: EventCallback | None = None,
    ) -> Job[T]:
        """Queue a piece of work.

        Parameters
        ----------
        work : callable
            Gets a `JobControl`; what it returns is the future's result.
        title : str
            For people.
        priority : Priority
            Previews go before applied steps, those before batches.
        on_event : callable, optional
            Gets every `JobEvent`; must not raise.

        Raises
        ------
        RuntimeError
            After `shutdown`.
        """
        with self._changed:
            if not self._is_open:
                raise RuntimeError("expected an open worker, got one that was shut down; make a new one")
            job = Job(title, work, priority, on_event)
            _tell(JobEvent(job, "queued"))
            heapq.heappush(self._queue, (int(priority), next(self._order), job))
            self._changed.notify_all()
        return job

    @property
    def running(self) -> Job[Any] | None:
        """The job at work, if any."""
        return self._running

    def shutdown(self, timeout: float | None = None) -> bool:
        """Cancel everything, wait for the thread to end, and return whether it did."""
        with self._changed:
            self._is_open = False
            for _, _, job in self._queue:
                job.cancel()
            if self._running is not None:
                self._running.cancel()
            self._changed.notify_all()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _loop(self) -> None:
        _lower_priority()
        while True:
            with self._changed:
                if not self._queue:
                    release_freed_memory()
                self._changed.wait_for(lambda: self._queue or not self._is_open)
                if not self._queue:
                    return
                job = heapq.heappop(self._queue)[2]
                self._running = job
            _execute(job)
            with self._changed:
                self._running = None
            del job  # it may hold a photo


def _execute(job: Job[Any]) -> None:
    """Run one job and tell its outcome exactly once."""
    job.started = time.monotonic()
    try:
        job.control.check()
        _tell(JobEvent(job, "started"))
        value = job.work(job.control)
        job.control.check()
    except Cancelled as error:
        job.future.set_exception(error)
        _tell(JobEvent(job, "cancelled", error=error))
    except BaseException as error:  # noqa: BLE001 - the thread outlives any job; the future and the event carry the error
        job.future.set_exception(error)
        _tell(JobEvent(job, "failed", message=str(error), error=error))
    else:
        job.future.set_result(value)
        _tell(JobEvent(job, "done", 1.0, value=value))


def _tell(event: JobEvent) -> None:
    if event.job.on_event is not None:
        event.job.on_event(event)


def _lower_priority() -> None:
    """Lower this thread's priority; the threads that torch starts from it inherit that. Only Linux has it by thread."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
