"""Carries out what was decided on a plugin: keeps it, bars it, describes it, imports it."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop_app.api.errors import PluginError
from desktop_app.core.plugins import apart, fingerprints, gate, loading
from desktop_app.core.plugins.decision import Act, Barred, Case, Strangers, decide
from desktop_app.core.plugins.registration import Found, Live, entry_of, kept, register

if TYPE_CHECKING:
    from desktop_app.core.plugins.candidate import Candidate
    from desktop_app.core.plugins.entries import Snapshot
    from desktop_app.core.plugins.unfinished import Journal
    from desktop_app.core.settings import Settings


@dataclass(frozen=True)
class Row:
    """A plugin as this run of the program knows it; `live` once it has been imported into this process."""

    candidate: Candidate
    found: Found
    live: Live | None = None


class Reader:
    """Reads plugins as the user and the journal of imports allow it."""

    def __init__(self, settings: Settings, journal: Journal) -> None:
        self._settings = settings
        self.journal = journal

    def row(self, candidate: Candidate, row: Row | None, cached: Snapshot, strangers: Strangers) -> Row:
        """Return what is known of a plugin, having read it only if it is new or changed.

        Parameters
        ----------
        candidate : Candidate
            The plugin as it was found.
        row : Row, optional
            What this run knew of it.
        cached : Snapshot
            What an earlier run knew.
        strangers : Strangers
            What to do with third parties' plugins.
        """
        known = row.found if row else kept(candidate.name, cached)
        stamp = fingerprints.stamp(candidate, known.plugin.files if known else ())
        is_disabled = candidate.name in gate.disabled(self._settings)
        act = decide(Case(
            candidate=candidate, stamp=stamp, known=known.plugin if known else None, is_of_this_run=row is not None,
            is_disabled=is_disabled, doubt="" if is_disabled else gate.doubt(candidate, self._settings),
            fault="" if candidate.is_built_in else self.journal.fault(candidate.name, stamp), strangers=strangers,
        ))
        if isinstance(act, Barred):
            return Row(candidate, Found(entry_of(candidate, act.status, act.reason, stamp)))
        if act is Act.KEEP and known is not None:
            return Row(candidate, known, row.live if row else None)
        return self._read(candidate, stamp, is_known=row is not None)

    def loaded(self, row: Row) -> Row:
        """Return a plugin imported into this process, or why it is not; one of the user's folder as it was trusted."""
        candidate, plugin = row.candidate, row.found.plugin
        if candidate.origin == "folder" and candidate.location is not None:
            if doubt := gate.doubt(candidate, self._settings):
                return Row(candidate, Found(entry_of(candidate, "untrusted", doubt, plugin.stamp)))
            loading.drop_bytecode(candidate.location)
        if row.live is not None or plugin.status != "loaded":
            return row
        try:
            with nullcontext() if candidate.is_built_in else self.journal.importing(candidate.name, plugin.stamp):
                found, live = register(candidate)
        except PluginError as error:
            return _failed(candidate, error, plugin.stamp)
        is_as_described = (found.tools, found.models) == (row.found.tools, row.found.models)
        return Row(candidate, row.found if is_as_described else found, live)

    def _read(self, candidate: Candidate, stamp: str, *, is_known: bool) -> Row:
        """Describe a plugin, afresh if an older version of it may be in memory; quarantine it if that fails."""
        if is_known:
            loading.forget(candidate)
        try:
            return Row(candidate, *register(candidate)) if candidate.is_built_in else (
                Row(candidate, apart.describe(candidate)))
        except PluginError as error:
            if isinstance(error, apart.ImportDied):
                self.journal.keep(candidate.name, stamp, str(error))
            return _failed(candidate, error, stamp)


def _failed(candidate: Candidate, error: PluginError, stamp: str) -> Row:
    """Return a plugin that is quarantined, with the traceback, too: without it a rare fault is never found."""
    return Row(candidate, Found(entry_of(candidate, "quarantined", str(error), stamp, loading.trace_of(error))))
