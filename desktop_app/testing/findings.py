"""What the kit has found, one finding a cause: the same complaint at many places is one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from desktop_app.core.faults import one_line

_NAMED = 4  # places that a finding names; the others are counted


class Fault(NamedTuple):
    """What a check says: a sentence, and where it saw it (a picture, a parameter's value, a sample)."""

    message: str
    place: str = ""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a tool or a model: the check that found it first, a sentence, and every place."""

    tool: str
    check: str
    message: str
    places: tuple[str, ...] = ()

    def __str__(self) -> str:
        named = list(self.places[:_NAMED])
        if len(self.places) > _NAMED:
            named.append(f"{len(self.places) - _NAMED} more")
        return f"{self.tool} · {self.check}: {self.message}" + (f" ({', '.join(named)})" if named else "")


def grouped(tool: str, found: Iterable[tuple[str, Fault]]) -> list[Finding]:
    """Return one finding a cause, in the order of their first appearance.

    Parameters
    ----------
    tool : str
        Whose they are.
    found : iterable of (str, Fault)
        Names of checks with what they said. Sentences that differ in their figures alone have one cause.
    """
    causes: dict[str, Finding] = {}
    for check, fault in found:
        cause = re.sub(r"\d+(\.\d+)?(e[-+]\d+)?", "#", fault.message)
        known = causes.get(cause, Finding(tool, check, fault.message))
        is_new = bool(fault.place) and fault.place not in known.places
        places = (*known.places, fault.place) if is_new else known.places
        causes[cause] = Finding(tool, known.check, known.message, places)
    return list(causes.values())


def told(error: BaseException) -> str:
    """Return an error as checks quote it, in one line."""
    return one_line(error)
