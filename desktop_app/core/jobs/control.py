"""Progress out, cancellation in: the thread-safe link between a job and whoever waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from desktop_app.api.errors import Cancelled

ProgressCallback = Callable[[float, str], None]


@dataclass
class _Early:
    """Whether a job could end with what it has, and whether it is to."""

    is_possible: bool = False
    is_wanted: bool = False


class JobControl:
    """Carries one job's progress and its cancel flag.

    Parameters
    ----------
    on_progress : callable, optional
        Called on the job's thread with the fraction done (0–1) and a message.

    Examples
    --------
    >>> control = JobControl()
    >>> control.cancel()
    >>> control.is_cancelled
    True
    """

    def __init__(self, on_progress: ProgressCallback | None = None) -> None:
        self._flag = threading.Event()
        self._early = _Early()
        self._on_progress = on_progress
        self._inner: JobControl | None = None
        self.done = 0.0  # as last told

    @property
    def is_cancelled(self) -> bool:
        """Whether the user asked to stop."""
        return self._flag.is_set()

    def cancel(self) -> None:
        """Ask the job to stop at its next check."""
        self._flag.set()

    def ends_early(self) -> bool:
        """Say that what the job has would do for a result, and return whether the user wants to end with it."""
        self._early.is_possible = True
        return self._early.is_wanted

    def end_early(self) -> bool:
        """Ask the job to end with what it has.

        Returns
        -------
        bool
            False where it has nothing that would do, or was asked before: then there is only `cancel`.
        """
        if not self._early.is_possible or self._early.is_wanted:
            return False
        self._early.is_wanted = True
        return True

    def check(self) -> None:
        """Stop here if the user cancelled.

        Raises
        ------
        Cancelled
            If so.
        """
        if self._flag.is_set():
            raise Cancelled("cancelled; nothing was changed")

    def progress(self, fraction: float, message: str = "", until: float | None = None) -> None:
        """Report the fraction done and stop if the user cancelled; what is called next fills up to `until`.

        Raises
        ------
        Cancelled
            If the user cancelled.
        """
        self._inner = None if until is None else self.part(fraction, until, message)
        self._report(fraction, message)

    def _report(self, fraction: float, message: str) -> None:
        self.check()
        self.done = min(max(fraction, 0.0), 1.0)
        if self._on_progress is not None:
            self._on_progress(self.done, message)

    def part(self, start: float, end: float, called: str = "") -> JobControl:
        """Return a control whose progress fills only ``[start, end]`` of this one and which shares its flag.

        Its messages go through, or it is `called` one thing all the while.
        """

        def scaled(fraction: float, message: str) -> None:
            self._report(start + (end - start) * fraction, called or message)

        return self._sharing(JobControl(scaled))

    def inner(self) -> JobControl:
        """Return the control for a tool that is called by a tool: silent where its share of the whole is not known."""
        return self._inner or self._sharing(JobControl())

    def _sharing(self, child: JobControl) -> JobControl:
        child._flag, child._early = self._flag, self._early
        return child
