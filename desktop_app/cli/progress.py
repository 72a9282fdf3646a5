"""How far a long job is, on a line of the terminal that writes over itself, and Ctrl-C to stop it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from desktop_app.cli.console import Console
from desktop_app.core.jobs.control import JobControl

_CLEAR = "\r\x1b[K"


@contextmanager
def progress_line(console: Console, is_silent: bool, *, may_end: bool = False) -> Iterator[JobControl]:
    """Give a control whose progress is shown on stderr, if that is a terminal, and wiped out at the end.

    Parameters
    ----------
    console : Console
        Holds stderr.
    is_silent : bool
        Whether nothing is to be shown in any case.
    may_end : bool
        Whether the first Ctrl-C lets a job end with what it has, where that would do; the next one stops it.
    """
    if is_silent or not console.err.isatty():
        control = JobControl()
        with _stopped_by_ctrl_c(control, may_end):
            yield control
        return

    def show(fraction: float, message: str) -> None:
        print(f"{_CLEAR}{fraction:4.0%} {message}", end="", file=console.err, flush=True)

    control = JobControl(show)
    try:
        with _stopped_by_ctrl_c(control, may_end):
            yield control
    finally:
        print(_CLEAR, end="", file=console.err, flush=True)


@contextmanager
def _stopped_by_ctrl_c(control: JobControl, may_end: bool) -> Iterator[None]:
    """Let Ctrl-C cancel the control before it interrupts: a tool that interrupts by itself is at fault."""

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the interpreter's signature
        if may_end and control.end_early():
            return
        control.cancel()
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():  # where Python delivers no signal
        yield
        return
    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
