"""Applies tools and previews them on the device worker."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop_app.core.jobs.worker import DeviceWorker, Job, JobEvent, Priority
from desktop_app.core.steps.step import run_on_state
from desktop_app.gui.steps.work import PreviewTask, StepTask, run_preview
from desktop_app.gui.threads.bridge import Bridge

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.core.jobs.control import JobControl
    from desktop_app.core.jobs.request import Outcome
    from desktop_app.gui.canvas import PreviewPatch

_PREVIEW = "preview"  # the lane of its answers
_ENDING = "ending with what there is; cancel again to drop it"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """How far a step is, and what it is at."""

    title: str
    fraction: float = 0.0
    seconds_left: float | None = None
    message: str = ""


class RunController(QObject):
    """One step at a time, previews beside it. A cancelled or superseded job is never heard of again.

    Signals
    -------
    progressed : Progress
        A step was queued, or went on.
    ended
        No step is wanted any more; one that was cancelled may still be stopping.
    stopped
        The tool of a cancelled step has returned.
    finished : StepTask, Outcome
        A step is done, and to be committed.
    failed : StepTask, Exception
        A step could not be done.
    noticed : str
        A sentence before a step runs: memory is short.
    previewed : PreviewPatch or None
        A preview is there; one of a slow tool comes in two, a draft first.
    previewFailed : Exception
        A preview could not be made.
    """

    progressed = Signal(object)
    ended = Signal()
    stopped = Signal()
    finished = Signal(object, object)
    failed = Signal(object, object)
    noticed = Signal(str)
    previewed = Signal(object)
    previewFailed = Signal(object)

    def __init__(
        self, application: Application, worker: DeviceWorker, bridge: Bridge, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._application = application
        self._worker = worker
        self._bridge = bridge
        self._job: Job[Outcome] | None = None
        self._preview_job: Job[PreviewPatch | None] | None = None
        self._stopping: list[Job[Outcome]] = []
        self.task: StepTask | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a step is at work."""
        return self.task is not None

    @property
    def stopping(self) -> str:
        """The title of a cancelled step whose tool has not returned yet; empty for none."""
        return self._stopping[0].title if self._stopping else ""

    def apply(self, task: StepTask) -> None:
        """Run a step on the whole photo."""
        self.drop_preview()
        self.task = task

        def notice(sentence: str) -> None:
            self._bridge.post(lambda: self.noticed.emit(sentence) if self.task is task else None)

        def work(control: JobControl) -> Outcome:
            return run_on_state(
                self._application, task.document, task.parent, task.step, control=control, notice=notice
            )

        self.progressed.emit(Progress(task.title, message=f"waiting for {self.stopping}" if self._stopping else ""))
        self._job = self._worker.submit(
            work, title=task.title, on_event=lambda event: self._bridge.post(lambda: self._step(task, event))
        )

    def cancel(self) -> bool:
        """Stop the step: it ends with what it has where that would do; else, or asked again, its result is dropped.

        Returns
        -------
        bool
            Whether it is dropped.
        """
        if self._job is not None and self._job.control.end_early():
            self.progressed.emit(Progress(self._job.title, message=_ENDING))
            return False
        self.drop()
        return True

    def drop(self) -> None:
        """Stop the step, and drop what it may still return."""
        if self._job is not None:
            self._job.cancel()
            self._stopping.append(self._job)
            self._end()

    def preview(self, task: PreviewTask) -> None:
        """Make a preview; an older one that is still at work is cancelled, and its answer stale."""
        self.drop_preview()
        ticket = self._bridge.ticket(_PREVIEW)

        def work(control: JobControl) -> PreviewPatch | None:
            return run_preview(self._application, task, control, draft)

        def draft(patch: PreviewPatch) -> None:
            self._bridge.post(lambda: self.previewed.emit(patch), ticket)

        self._preview_job = self._worker.submit(
            work,
            title=task.title,
            priority=Priority.PREVIEW,
            on_event=lambda event: self._bridge.post(lambda: self._preview_event(event), ticket),
        )

    def drop_preview(self) -> None:
        """Forget any preview at work."""
        self._bridge.ticket(_PREVIEW)
        if self._preview_job is not None:
            self._preview_job.cancel()
            self._preview_job = None

    def close(self, patience: float) -> bool:
        """Cancel everything, wait some seconds for the worker to end, and return whether it did."""
        self.drop_preview()
        self.drop()
        return self._worker.shutdown(patience)

    def _step(self, task: StepTask, event: JobEvent) -> None:
        if event.job is not self._job:
            if event.kind in ("done", "failed", "cancelled"):
                self._stopping.remove(event.job)
                self.stopped.emit()
        elif event.kind == "progress":
            self.progressed.emit(Progress(task.title, event.fraction, event.seconds_left, event.message))
        elif event.kind == "done":
            self._end()
            self.finished.emit(task, event.value)
        elif event.kind == "failed":
            self._end()
            self.failed.emit(task, event.error)
        elif event.kind == "cancelled":
            self._end()

    def _preview_event(self, event: JobEvent) -> None:
        if event.kind in ("done", "failed"):
            self._preview_job = None  # it holds the photo and the preview
        if event.kind == "done":
            self.previewed.emit(event.value)
        elif event.kind == "failed":
            _log.debug("preview failed", exc_info=event.error)
            self.previewFailed.emit(event.error)

    def _end(self) -> None:
        self._job, self.task = None, None
        self.ended.emit()
