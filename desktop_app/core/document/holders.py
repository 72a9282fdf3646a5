"""Which process has a project file open: a small file beside it says so, to all who can reach the folder.

It holds nobody back, as a copy is opened and never the file; it lets the second one know. A claim of a process of this
machine that is gone counts for nothing, so a killed program locks nobody out.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from desktop_app.api.errors import InputError
from desktop_app.core.atomic import write_whole
from desktop_app.core.document.plain import conforms, from_text, to_text
from desktop_app.core.processes import is_running, started_at, this_host

_LONGEST = 1000  # bytes of a claim: it may have been written by anybody


@dataclass(frozen=True)
class Holder:
    """A process that has a project open; `started` in seconds since 1970."""

    host: str
    process: int
    started: float

    def __str__(self) -> str:
        return f"process {self.process} on {self.host}"

    @property
    def is_there(self) -> bool:
        """Whether it may be at work: of another machine's processes nothing is known."""
        if self.host != this_host():
            return True
        began = started_at(self.process)
        return is_running(self.process) and (began is None or abs(began - self.started) < 1.0)


def other_holder(project: Path) -> Holder | None:
    """Return the other process that has a project open, if there is one."""
    found = _read(_place(project))
    return found if found is not None and found != _myself() and found.is_there else None


def claim(project: Path, *, takes_over: bool = False) -> Holder | None:
    """Say that this process has a project open; return who has it open already, whose claim then stands.

    Who has saved it all the same takes the claim over: the next question is the other's. Where the folder cannot be
    written to, there is no claim: nobody saves there either.
    """
    place = _place(project)
    content = to_text(asdict(_myself())).encode()
    with suppress(OSError, InputError):
        try:
            with place.open("xb") as file:
                file.write(content)
        except FileExistsError:
            if not takes_over and (other := other_holder(project)) is not None:
                return other
            write_whole(place, content)
    return other_holder(project)  # of two that took over a stale claim at once, one


def release(project: Path) -> None:
    """Take this process's claim back."""
    place = _place(project)
    if _read(place) == _myself():
        with suppress(OSError):  # it is stale as soon as this process ends
            place.unlink()


def _place(project: Path) -> Path:
    final = Path(os.path.realpath(project))
    return final.with_name(f".{final.name}.lock")


def _myself() -> Holder:
    process = os.getpid()
    return Holder(this_host(), process, started_at(process) or 0.0)


def _read(place: Path) -> Holder | None:
    """Return whose claim it is; None when there is none, or what is there is no claim."""
    try:
        if not place.is_file():
            return None
        with place.open("rb") as file:
            found = Holder(**from_text(file.read(_LONGEST).decode()))
    except (OSError, ValueError, TypeError):
        return None
    return found if conforms(found, Holder) and found.process > 0 else None
