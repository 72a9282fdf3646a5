"""Short texts that several rooms need."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return a number of things, in the singular where it is one.

    Examples
    --------
    >>> counted(1, "thread"), counted(4, "thread")
    ('1 thread', '4 threads')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
