"""Photos one after another in one process: the next is read and the last written while the device works on one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from desktop_app.core.batch.journal import Done
from desktop_app.core.batch.stages import Made, Read, Wanted, read, work, write
from desktop_app.core.batch.tasks import Task

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.core.jobs.control import JobControl

_PATIENCE = 0.5  # seconds after which one that waits hears of Ctrl-C, where a lock is not interrupted by it

Kept = Callable[[Task], Done | None]
"""What came of a photo before; None where it is to be done."""
Tell = Callable[[Task, Done], None]
"""Gets what came of a photo, in order, on the thread that writes."""


def stream(
    application: Application, wanted: Wanted, tasks: Iterator[Task], control_of: Callable[[int], JobControl],
    tell: Tell, kept: Kept = lambda _task: None,
) -> None:  # fmt: skip
    """Do every task; this thread is the one that owns the device.

    At most three photos are in memory: one that is read, one that is worked on, one that is written.

    Parameters
    ----------
    tasks : iterator of Task
        May wait for the next one; what is done is told meanwhile.
    control_of : callable
        Gives the control of the photo with that number.
    tell : callable
        What it raises ends the stream.
    kept : callable
        What is not to be done again.

    Raises
    ------
    Cancelled
        If the user asked for it: what was worked on before is written and told, of the rest nothing.
    """

    def following() -> tuple[Task, Read | Done] | None:
        task = next(tasks, None)
        return None if task is None else (task, kept(task) or read(wanted, task))

    def finish(task: Task, found: Made | Done) -> None:
        tell(task, write(wanted, found) if isinstance(found, Made) else found)

    number = 0
    behind: Future[None] | None = None
    with ThreadPoolExecutor(1, "verilens-reader") as reader, ThreadPoolExecutor(1, "verilens-writer") as writer:
        try:
            ahead = reader.submit(following)
            while (found := ahead.result()) is not None:
                control_of(number).check()
                ahead = reader.submit(following)
                task, photo = found
                made = work(application, wanted, photo, control_of(number)) if isinstance(photo, Read) else photo
                del found, photo
                if behind is not None:
                    behind.result()  # no more than one waits to be written
                behind = writer.submit(finish, task, made)
                del made
                number += 1
        finally:
            ahead.cancel()
            if behind is not None:
                behind.result()


def streamed(
    application: Application, wanted: Wanted, tasks: Iterator[Task], control: JobControl, total: int, kept: Kept,
    note: Tell,
) -> Iterator[Done]:  # fmt: skip
    """Do every task as `stream` does, on a thread of its own, and yield what came of each once it is noted.

    Raises
    ------
    Cancelled
        As of `stream`, once all that is done was yielded; so does whatever `note` raises.
    """
    out: SimpleQueue[Done | BaseException | None] = SimpleQueue()

    def tell(task: Task, done: Done) -> None:
        if not done.is_kept:
            note(task, done)
        out.put(done)

    def control_of(number: int) -> JobControl:
        return control.part(min(number, total - 1) / total, min(number + 1, total) / total) if total else control

    def run() -> None:
        try:
            stream(application, wanted, tasks, control_of, tell, kept)
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            out.put(error)
        else:
            out.put(None)

    thread = Thread(target=run, name="verilens-batch", daemon=True)
    thread.start()
    found: Done | BaseException | None = None
    is_over = False
    try:
        while not is_over:
            with suppress(Empty):
                found = out.get(timeout=_PATIENCE)
                is_over = not isinstance(found, Done)
                if isinstance(found, Done):
                    yield found
    finally:
        if not is_over:  # whoever waited has given up
            control.cancel()
        thread.join()
    if isinstance(found, BaseException):
        raise found
