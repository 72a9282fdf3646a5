"""How far a long job is, on a line of the terminal that writes over itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from desktop_app.cli.console import Console
from desktop_app.core.jobs.control import JobControl

_CLEAR = "\r\x1b[K"


@contextmanager
def progress_line(console: Console, is_silent: bool) -> Iterator[JobControl]:
    """Give a control whose progress is shown on stderr, if that is a terminal, and wiped out at the end.

    Parameters
    ----------
    console : Console
        Holds stderr.
    is_silent : bool
        Whether nothing is to be shown in any case.
    """
    if is_silent or not console.err.isatty():
        yield JobControl()
        return

    def show(fraction: float, message: str) -> None:
        print(f"{_CLEAR}{fraction:4.0%} {message}", end="", file=console.err, flush=True)

    try:
        yield JobControl(show)
    finally:
        print(_CLEAR, end="", file=console.err, flush=True)
