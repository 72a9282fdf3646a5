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


def legible(name: str) -> str:
    r"""Return a file's name as text that UTF-8 can hold: bytes that are no characters are shown as escapes.

    Examples
    --------
    >>> legible("caf\udce9.png")
    'caf\\udce9.png'
    """
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
