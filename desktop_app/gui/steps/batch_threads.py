"""What a batch does on threads of its own: it shares photos among processes, or watches folders."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from desktop_app.api.errors import Cancelled
from desktop_app.core.batch.crew import Gate
from desktop_app.core.jobs.control import JobControl
from desktop_app.gui.threads.bridge import Bridge

if TYPE_CHECKING:
    from desktop_app.core.batch.journal import Done
    from desktop_app.core.batch.run import Batch
    from desktop_app.core.batch.tasks import Task

Ended = Callable[[Exception | None], None]
"""Called on the window's thread when all is done, or with what went wrong."""


class SharedPhotos:
    """Has the photos of a batch done by several processes.

    Parameters
    ----------
    take : callable
        Gets what came of each photo, on the window's thread.
    ended, rests : callable
        Called there when all is done, and when, after `pause`, nothing is at work.
    """

    def __init__(
        self, batch: Batch, workers: int, bridge: Bridge, take: Callable[[Done], None], ended: Ended,
        rests: Callable[[], None],
    ) -> None:  # fmt: skip
        self._control = JobControl()
        self._gate = Gate(lambda: bridge.post(rests))

        def run() -> None:
            for done in batch.all(self._control, workers=workers, gate=self._gate):
                bridge.post(lambda done=done: take(done))  # type: ignore[misc] # bound now, not when it is called

        self.pause, self.resume, self.cancel = self._gate.shut, self._gate.open, self._control.cancel
        _start(run, bridge, ended)


class ComingPhotos:
    """Watches folders, and hands over what comes, on the window's thread."""

    def __init__(
        self, coming: Callable[[JobControl], Iterator[Task | None]], bridge: Bridge, take: Callable[[Task], None],
        ended: Ended,
    ) -> None:  # fmt: skip
        self._control = JobControl()

        def run() -> None:
            for task in coming(self._control):
                if task is not None:
                    bridge.post(lambda task=task: take(task))  # type: ignore[misc] # bound now

        self.cancel = self._control.cancel
        _start(run, bridge, ended)


def _start(run: Callable[[], None], bridge: Bridge, ended: Ended) -> None:
    def guarded() -> None:
        problem: Exception | None = None
        try:
            run()
        except Cancelled:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the window says it
            problem = error
        bridge.post(lambda: ended(problem))

    threading.Thread(target=guarded, name="window-batch", daemon=True).start()
