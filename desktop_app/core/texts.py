"""Short texts that several rooms need."""

from __future__ import annotations

import re

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def counted(number: int, noun: str) -> str:
    """Return a number of things, in the singular where it is one.

    Examples
    --------
    >>> counted(1, "thread"), counted(4, "thread")
    ('1 thread', '4 threads')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def photos_done(total: int, written: int, kept: int = 0, failed: int = 0) -> str:
    """Return in a sentence how far a batch of photos is, and how much of it went wrong.

    Examples
    --------
    >>> photos_done(3, 1, failed=1)
    '2 of 3 photos: 1 written, 1 failed.'
    """
    parts = [f"{written} written", *([f"{kept} kept from before"] if kept else []),
             *([f"{failed} failed"] if failed else [])]  # fmt: skip
    return f"{written + kept + failed} of {counted(total, 'photo')}: {', '.join(parts)}."


def bytes_text(size: int) -> str:
    """Return a size in bytes as people read it.

    Examples
    --------
    >>> bytes_text(1_440_000_000), bytes_text(90_000_000)
    ('1.4 GB', '90 MB')
    """
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{max(1, round(size / 1e6))} MB"


def legible(name: str) -> str:
    r"""Return a file's name as text that UTF-8 can hold: bytes that are no characters are shown as escapes.

    Examples
    --------
    >>> legible("caf\udce9.png")
    'caf\\udce9.png'
    """
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def harmless(text: str) -> str:
    r"""Return a text, of one or more lines, that tells a terminal nothing: characters that steer it become escapes.

    Examples
    --------
    >>> harmless("red \x1b[31m")
    'red \\x1b[31m'
    """
    return _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
