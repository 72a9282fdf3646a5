"""The program's own output: code of others writes where we do, and what it closes is not ours."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

_NUMBERS = (0, 1, 2)  # of a process's own files: what is opened after one of them is gone takes its number
_NAMES = ("stdout", "stderr")


class _Lent(io.TextIOWrapper):
    """A stream on another's file, which stays open when it is closed."""

    lender: Any = None


@contextmanager
def streams_lent() -> Iterator[None]:
    """Give code streams of its own on the process's files, and put the files back where it has closed or moved them.

    A stream with no file behind it, as tests have, is not lent.
    """
    kept = {number: os.dup(number) for number in _NUMBERS if _is_open(number)}
    for name in _NAMES:
        setattr(sys, name, _lent(getattr(sys, name)))
    try:
        yield
    finally:
        for name in _NAMES:
            _take_back(name)
        for number, copy in kept.items():
            if not _is_open(number) or not os.path.sameopenfile(number, copy):
                os.dup2(copy, number)
            os.close(copy)


def lender_of(stream: Any) -> Any:
    """Return the stream that a lent one stands for; any other as it is."""
    return getattr(stream, "lender", stream)


def _lent(stream: Any) -> Any:
    try:
        stream.flush()
        lent = _Lent(
            os.fdopen(stream.fileno(), "wb", 0, closefd=False), stream.encoding, stream.errors, write_through=True,
        )
    except (AttributeError, OSError, TypeError, ValueError):
        return stream
    lent.lender = lender_of(stream)
    return lent


def _take_back(name: str) -> None:
    stream = getattr(sys, name)
    if isinstance(stream, _Lent):
        with suppress(OSError, ValueError):  # it is closed, or takes no more: then its owner will say so
            stream.flush()
        setattr(sys, name, stream.lender)


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
