"""Batches in the window: each photo is a job of its own behind the user's steps, so that the window stays usable."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from desktop_app.core.jobs.worker import DeviceWorker, Job, JobEvent, Priority
from desktop_app.core.steps.recipes import Recipe
from desktop_app.core.wording import ENGLISH
from desktop_app.gui.documents.viewer import Viewer
from desktop_app.gui.language import spoken
from desktop_app.gui.panels.messages import Message
from desktop_app.gui.steps.batch_preparing import Prepared, prepared, remembered
from desktop_app.gui.steps.batch_threads import ComingPhotos, SharedPhotos
from desktop_app.gui.threads.background import Background
from desktop_app.gui.threads.bridge import Bridge
from desktop_app.gui.viewmodel.batch import BatchIntent, BatchProgress, row_of
from desktop_app.gui.viewmodel.texts import one_line

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.core.batch.journal import Done
    from desktop_app.core.batch.run import Batch
    from desktop_app.core.batch.tasks import Task
    from desktop_app.gui.panels.batch_dialog import BatchDialog

_TOPIC = "batch"


class Batches(QObject):
    """Runs one batch at a time.

    Signals
    -------
    said : Message
        A sentence for the user.
    """

    said = Signal(object)

    def __init__(
        self, application: Application, worker: DeviceWorker, bridge: Bridge, background: Background, viewer: Viewer,
        window: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._application, self._worker, self._bridge = application, worker, bridge
        self._background, self._viewer, self._window = background, viewer, window
        self._dialog: BatchDialog | None = None
        self._batch: Batch | None = None
        self._recipe, self._folder = Recipe(()), Path()
        self._left: deque[Task] = deque()
        self._done: list[Done] = []
        self._job: Job[Done] | None = None
        self._shared: SharedPhotos | None = None
        self._coming: ComingPhotos | None = None
        self.progress = BatchProgress()
        viewer.stateShown.connect(lambda _state: self._offer_history())

    def dialog(self) -> BatchDialog:
        """Return the dialog, made when it is first asked for."""
        from desktop_app.gui.panels.batch_dialog import BatchDialog

        if self._dialog is None:
            self._dialog = BatchDialog(self._window)
            self._dialog.started.connect(self.start)
            self._dialog.paused.connect(self.pause)
            self._dialog.resumed.connect(self.resume)
            self._dialog.cancelled.connect(self.cancel)
            self._dialog.reportAsked.connect(self._show_report)
            self._dialog.fill_in(remembered(self._application.settings))
            self._offer_history()
        return self._dialog

    def open(self) -> None:
        """Show the dialog."""
        self.dialog().show()
        self.dialog().raise_()

    def start(self, intent: BatchIntent) -> None:
        """Look for the photos and begin; the steps of the shown photo are taken as they are now."""
        if self.progress.is_at_work:
            return
        document = self._viewer.document
        self._show(BatchProgress("preparing"))
        self.dialog().show_report(False)
        self._background.run(lambda: prepared(self._application, intent, document), self._begin, self._refuse)

    def pause(self) -> None:
        """Wait once what is at hand is done."""
        if self.progress.phase not in ("running", "watching"):
            return
        is_at_work = self._job is not None or self._shared is not None
        self._show(replace(self.progress, phase="pausing" if is_at_work else "paused"))
        if self._shared is not None:
            self._shared.pause()

    def resume(self) -> None:
        """Go on after a pause."""
        if self.progress.phase != "paused":
            return
        self._show(replace(self.progress, phase="running"))
        if self._shared is not None:
            self._shared.resume()
        else:
            self._next()

    def cancel(self) -> None:
        """Stop; what is done stays, and the next run goes on from there."""
        job, self._job = self._job, None
        if job is not None:
            job.cancel()
        if self.progress.is_at_work:
            self._end("stopped")

    def _begin(self, found: Prepared) -> None:
        batch = found.batch
        if self.progress.phase != "preparing":  # cancelled meanwhile
            batch.close()
            return
        self._batch, self._recipe, self._folder = batch, found.recipe, found.folder
        self._left, self._done = deque(batch.tasks), []
        watches = found.coming is not None
        self._show(BatchProgress("running", len(batch.tasks), workers=found.workers, watches=watches))
        if found.coming is not None:
            self._coming = ComingPhotos(found.coming, self._bridge, self._come, lambda error: self._over(batch, error))
        if found.workers == 1:
            self._next()
        else:
            self._shared = SharedPhotos(batch, found.workers, self._bridge, lambda done: self._take_of(batch, done),
                                        lambda error: self._over(batch, error), self._rest)  # fmt: skip

    def _come(self, task: Task) -> None:
        """Take a photo that has come into a watched folder."""
        if not self.progress.watches or not self.progress.is_at_work:
            return
        self._left.append(task)
        self._show(replace(self.progress, total=self.progress.total + 1))
        self._next()

    def _take_of(self, batch: Batch, done: Done) -> None:
        if batch is self._batch:
            self._take(done)

    def _over(self, batch: Batch, error: Exception | None) -> None:
        """Processes are through, or folders are no longer watched."""
        if batch is not self._batch:
            return
        self._end("stopped" if error is not None else "finished")
        if error is not None:
            self.dialog().show_problem(one_line(error))

    def _rest(self) -> None:
        if self.progress.phase == "pausing":
            self._show(replace(self.progress, phase="paused"))

    def _refuse(self, error: Exception) -> None:
        self._show(BatchProgress())
        self.dialog().show_problem(one_line(error))

    def _next(self) -> None:
        """Queue the next photo, behind whatever the user applies or previews meanwhile."""
        batch = self._batch
        if batch is None or self._job is not None:
            return
        self._rest()
        if self.progress.phase not in ("running", "watching"):
            return
        if not self._left and not self.progress.watches:
            self._end("finished")
            return
        self._show(replace(self.progress, phase="running" if self._left else "watching"))
        if not self._left:
            return
        task = self._left.popleft()
        self._job = self._worker.submit(
            lambda control: batch.one(task, control), title=f"Batch: {task.photo.name}", priority=Priority.BATCH,
            on_event=lambda event: self._bridge.post(lambda: self._happened(event)),
        )

    def _happened(self, event: JobEvent) -> None:
        if event.job is not self._job or event.kind not in ("done", "failed", "cancelled"):
            return
        self._job = None
        if event.kind == "done":
            self._take(event.value)
            self._next()
        else:
            self._end("stopped")
            if event.error is not None and event.kind == "failed":
                self.dialog().show_problem(one_line(event.error))

    def _take(self, done: Done) -> None:
        self._done.append(done)
        now, is_fault = self.progress, done.error is not None
        error = str((done.error or {}).get("message", ""))
        row = row_of(done.photo, done.output, error, done.notes, is_kept=done.is_kept)
        self._show(replace(
            now, rows=(*now.rows, row), kept=now.kept + done.is_kept, failed=now.failed + is_fault,
            written=now.written + (not is_fault and not done.is_kept),
            seconds=now.seconds + (0.0 if done.is_kept else done.seconds),
        ))  # fmt: skip

    def _end(self, phase: str) -> None:
        """Let the folder go and write the report of what was done."""
        batch, self._batch = self._batch, None
        for thread in (self._shared, self._coming):
            if thread is not None:
                thread.cancel()
        self._shared = self._coming = None
        self._show(replace(self.progress, phase="finished" if phase == "finished" else "stopped"))
        if batch is None:
            return
        done, total, recipe, folder = tuple(self._done), len(batch.tasks), self._recipe, self._folder

        def work() -> None:
            from desktop_app.core.batch.report import write_report

            batch.close()
            if done:
                write_report(folder, recipe, done, total, spoken() or ENGLISH)

        self._background.run(work, lambda _none: self._tell(bool(done)), self._failed, must_finish=True)

    def _tell(self, has_report: bool) -> None:
        self.dialog().show_report(has_report)
        if self.progress.phase == "finished" and not self.dialog().isVisible():
            self.said.emit(Message(f"The batch is done. {self.progress.sentence}", topic=_TOPIC))

    def _failed(self, error: Exception) -> None:
        self.dialog().show_problem(one_line(error))

    def _show(self, progress: BatchProgress) -> None:
        self.progress = progress
        self.dialog().show_progress(progress)

    def _show_report(self) -> None:
        from desktop_app.core.batch.report import NAME

        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder / NAME)))

    def _offer_history(self) -> None:
        if self._dialog is None:
            return
        document = self._viewer.document
        if document is None:
            self._dialog.show_history("", 0)
            return
        count, state = 0, document.states[document.cursor]
        while state.parent is not None and state.id != document.opened:
            count, state = count + 1, document.states[state.parent]
        self._dialog.show_history(document.title, count)
