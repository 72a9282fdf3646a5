"""What a training says while it runs: lines that stay, and on a terminal one that writes over itself between them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Protocol

__all__ = ["Tell", "overwritten", "time_left"]

_CLEAR = "\r\x1b[K"
_EVERY = 0.5  # seconds


class Tell(Protocol):
    """Says how far it is."""

    def __call__(self, line: str, *, lasting: bool = False) -> None:
        """Print a line that stays, or show one until the next comes."""


@contextmanager
def overwritten() -> Iterator[Tell]:
    """Give a function that prints lines; those that do not last go to stderr, if that is a terminal, and are wiped."""
    shown_at = 0.0

    def tell(line: str, *, lasting: bool = False) -> None:
        nonlocal shown_at
        if lasting:
            wipe()
            print(line, flush=True)
        elif sys.stderr.isatty() and perf_counter() - shown_at > _EVERY:
            print(f"{_CLEAR}{line}", end="", file=sys.stderr, flush=True)
            shown_at = perf_counter()

    def wipe() -> None:
        if sys.stderr.isatty():
            print(_CLEAR, end="", file=sys.stderr, flush=True)

    try:
        yield tell
    finally:
        wipe()


def time_left(seconds: float) -> str:
    """Return seconds as a photographer says them: ``40 s``, ``12 min``, ``3 h 20 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
