"""The device worker: order, cancelling, and what it tells."""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections.abc import Iterator

import pytest

from desktop_app.api import Cancelled
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.worker import DeviceWorker, JobEvent, Priority

PATIENCE = 60.0  # seconds that a slow machine gets


@pytest.fixture
def worker() -> Iterator[DeviceWorker]:
    made = DeviceWorker()
    yield made
    assert made.shutdown(timeout=PATIENCE)


class Gate:
    """A job that holds the worker until told."""

    def __init__(self, worker: DeviceWorker) -> None:
        self.entered, self.leave = threading.Event(), threading.Event()
        self.job = worker.submit(self._wait, title="gate")
        assert self.entered.wait(PATIENCE)

    def _wait(self, control: JobControl) -> None:
        self.entered.set()
        assert self.leave.wait(PATIENCE)
        control.check()


def test_results_and_errors_come_through_the_future(worker: DeviceWorker) -> None:
    assert worker.submit(lambda control: 42, title="x").future.result(PATIENCE) == 42
    with pytest.raises(ZeroDivisionError):
        worker.submit(lambda control: 1 // 0, title="x").future.result(PATIENCE)
    assert worker.submit(lambda control: 1, title="the worker lives on").future.result(PATIENCE) == 1


def test_previews_go_before_batches(worker: DeviceWorker) -> None:
    order: list[str] = []
    gate = Gate(worker)
    jobs = [
        worker.submit(lambda control, name=name: order.append(name), title=name, priority=priority)
        for name, priority in [("batch", Priority.BATCH), ("apply", Priority.APPLY), ("preview", Priority.PREVIEW)]
    ]
    gate.leave.set()
    for job in jobs:
        job.future.result(PATIENCE)
    assert order == ["preview", "apply", "batch"]


def test_a_job_is_let_go_of_when_it_is_done(worker: DeviceWorker) -> None:
    class Photo:
        pass

    photo = Photo()
    gone = weakref.ref(photo)
    worker.submit(lambda control, photo=photo: photo, title="p").future.result(PATIENCE)
    del photo
    worker.submit(lambda control: None, title="x").future.result(PATIENCE)
    assert gone() is None


def test_a_running_job_is_cancelled_at_its_next_check(worker: DeviceWorker) -> None:
    events: list[str] = []
    entered = threading.Event()

    def endless(control: JobControl) -> None:
        entered.set()
        while True:
            control.check()

    job = worker.submit(endless, title="x", on_event=lambda event: events.append(event.kind))
    assert entered.wait(PATIENCE)
    job.cancel()
    with pytest.raises(Cancelled):
        job.future.result(PATIENCE)
    worker.submit(lambda control: None, title="after").future.result(PATIENCE)
    assert events == ["queued", "started", "cancelled"]


def test_a_result_that_comes_after_cancelling_is_dropped(worker: DeviceWorker) -> None:
    job = worker.submit(lambda control: control.cancel(), title="x")
    with pytest.raises(Cancelled):
        job.future.result(PATIENCE)


def test_progress_is_told_with_its_message(worker: DeviceWorker) -> None:
    events: list[JobEvent] = []
    worker.submit(lambda control: control.part(0.5, 1.0).progress(0.5, "half"), title="x", on_event=events.append)
    worker.submit(lambda control: None, title="after").future.result(PATIENCE)
    assert [(event.kind, event.fraction, event.message) for event in events][2] == ("progress", 0.75, "half")


def test_shutdown_cancels_what_waits() -> None:
    worker = DeviceWorker()
    gate = Gate(worker)
    waiting = worker.submit(lambda control: 1, title="x")
    gate.leave.set()
    assert worker.shutdown(timeout=PATIENCE)
    assert isinstance(waiting.future.exception(PATIENCE), Cancelled) or waiting.future.result(PATIENCE) == 1
    with pytest.raises(RuntimeError, match="expected an open worker"):
        worker.submit(lambda control: 1, title="x")


def test_every_event_says_what_it_knows(worker: DeviceWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[JobEvent] = []
    clock = iter([100.0, 110.0])
    monkeypatch.setattr("desktop_app.core.jobs.worker.time.monotonic", lambda: next(clock))
    job = worker.submit(lambda control: control.progress(0.25, "x") or 42, title="t", on_event=events.append)
    assert job.future.result(PATIENCE) == 42
    monkeypatch.undo()
    worker.submit(lambda control: None, title="after").future.result(PATIENCE)
    told = [(event.kind, event.fraction, event.seconds_left, event.value) for event in events]
    assert told == [("queued", 0.0, None, None), ("started", 0.0, None, None), ("progress", 0.25, 30.0, None),
                    ("done", 1.0, None, 42)]  # fmt: skip
    assert {event.job for event in events} == {job}


def test_jobs_of_one_priority_keep_their_order(worker: DeviceWorker) -> None:
    order: list[int] = []
    gate = Gate(worker)
    jobs = [worker.submit(lambda control, number=number: order.append(number), title="x") for number in range(4)]
    gate.leave.set()
    for job in jobs:
        job.future.result(PATIENCE)
    assert order == [0, 1, 2, 3]


def test_a_worker_that_is_stuck_is_told_of_and_one_that_stops_was_cancelled() -> None:
    worker = DeviceWorker()
    gate = Gate(worker)
    waiting = worker.submit(lambda control: 1, title="x")
    assert worker.running is gate.job
    assert not worker.shutdown(timeout=0.01), "the job has not looked yet"
    assert gate.job.control.is_cancelled
    assert waiting.control.is_cancelled
    gate.leave.set()
    assert worker.shutdown(timeout=PATIENCE)
    assert isinstance(gate.job.future.exception(PATIENCE), Cancelled)
    assert isinstance(waiting.future.exception(PATIENCE), Cancelled)


def test_a_worker_at_rest_gives_memory_back_and_holds_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    rested = threading.Semaphore(0)
    monkeypatch.setattr("desktop_app.core.jobs.worker.release_freed_memory", rested.release)
    lowered: list[tuple[int, ...]] = []
    monkeypatch.setattr("desktop_app.core.jobs.worker.os.setpriority", lambda *given: lowered.append(given))
    worker = DeviceWorker("mine")
    assert rested.acquire(timeout=PATIENCE)
    name, number = worker.submit(
        lambda control: (threading.current_thread().name, threading.get_native_id()), title="x"
    ).future.result(PATIENCE)
    assert rested.acquire(timeout=PATIENCE)
    assert worker.running is None
    assert name == "mine"
    assert [(which, who) for which, who, _ in lowered] == [(os.PRIO_PROCESS, number)] * (sys.platform == "linux")
    assert worker.shutdown(timeout=PATIENCE)


def test_a_job_that_has_something_can_be_asked_once_to_end_with_it() -> None:
    control = JobControl()
    assert not control.end_early(), "it has nothing yet"
    inner = control.part(0.0, 0.5)
    assert not inner.ends_early()
    assert control.end_early()
    assert inner.ends_early(), "whoever works on a part hears of it"
    assert not control.end_early(), "asked again there is only cancelling"
    control.check()
