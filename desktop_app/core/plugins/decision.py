"""What becomes of a plugin that was found: one pure decision, from what is known to what is to be done."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from desktop_app.core.plugins.candidate import Candidate
from desktop_app.core.plugins.entries import PluginEntry, Status

Strangers = Literal["read", "known", "none"]
"""Third parties' plugins: read those that are new or changed, leave these aside, or use none at all."""


class Act(Enum):
    """What to do with a plugin that nothing bars."""

    KEEP = "its descriptors as they are known"
    READ = "its descriptors anew"


@dataclass(frozen=True)
class Barred:
    """A plugin that must not be imported, and why, in a sentence."""

    status: Status
    reason: str


@dataclass(frozen=True, kw_only=True)
class Case:
    """All that the decision depends on.

    Parameters
    ----------
    candidate : Candidate
        The plugin as it was found.
    stamp : str
        Fingerprint of its files as they are now.
    known : PluginEntry, optional
        What is known of it.
    is_of_this_run : bool
        Whether that was found out since the program started, and not taken from the cache.
    is_disabled : bool
        Whether the user left it out.
    doubt : str
        Why it is not trusted, in a sentence; empty if it is.
    fault : str
        Why its import must not be tried, as the journal has it; empty if it may.
    strangers : Strangers
        What to do with third parties' plugins.
    """

    candidate: Candidate
    stamp: str
    known: PluginEntry | None = None
    is_of_this_run: bool = False
    is_disabled: bool = False
    doubt: str = ""
    fault: str = ""
    strangers: Strangers = "read"


def decide(case: Case) -> Barred | Act:
    """Return what becomes of a plugin.

    A failure is never taken from the cache, unless it ended the program: that is the journal's `fault`.
    """
    one, is_stranger = case.candidate, not case.candidate.is_built_in
    first: tuple[tuple[object, Status, str], ...] = (
        (one.fault, "quarantined", one.fault),
        (case.is_disabled, "disabled", f"disabled by you; enable {one.name} to use its tools"),
        (is_stranger and case.strangers == "none", "disabled", "left out by safe mode; start without --safe-mode"),
        (case.doubt, "untrusted", case.doubt),
        (case.fault, "quarantined", case.fault),
    )
    for applies, status, reason in first:
        if applies:
            return Barred(status, reason)
    if _is_as_known(case):
        return Act.KEEP
    if is_stranger and case.strangers == "known":
        return Barred("unread", "new or changed, and not read yet; verilens tools reads it")
    return Act.READ


def _is_as_known(case: Case) -> bool:
    if case.known is None or case.known.stamp != case.stamp:
        return False
    return case.known.status == "loaded" or (case.is_of_this_run and case.known.status == "quarantined")
