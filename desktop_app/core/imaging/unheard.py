"""What decoders' own code writes to the terminal of a damaged file, which is said with the photo instead."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from threading import Lock
from typing import IO, Any

__all__ = ["unheard"]

_STDERR = 2
_BEGINNINGS = (b"<python_buffer>: ", b"unknown file: ", b"PNG warning: ", b"PNG error: ")  # OpenEXR, LibRaw, libpng
_counting = Lock()
_open: list[tuple[int, IO[Any]]] = []  # the terminal and what is said meanwhile, once for all that are in it
_inside: list[None] = []


@contextmanager
def unheard() -> Iterator[None]:
    """Keep lines of such code from the terminal; what anybody else says there meanwhile comes afterwards."""
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    with _counting:
        _inside.append(None)
        if len(_inside) > 1:
            return
        try:
            terminal = os.dup(_STDERR)
        except OSError:  # there is none
            return
        said = TemporaryFile()  # noqa: SIM115 - closed by who leaves last
        os.dup2(said.fileno(), _STDERR)
        _open.append((terminal, said))


def _leave() -> None:
    with _counting:
        _inside.pop()
        if _inside or not _open:
            return
        terminal, said = _open.pop()
        os.dup2(terminal, _STDERR)
        os.close(terminal)
        with said:
            said.seek(0)
            others = b"".join(line for line in said if not line.startswith(_BEGINNINGS))
        if others:
            os.write(_STDERR, others)
