"""One plugin, from found to registered: import, hooks, contract, entries; all of it or nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from desktop_app.api.descriptors import Model, Tool
from desktop_app.api.errors import PluginError
from desktop_app.core.plugins import describing, fingerprints, loading, validation
from desktop_app.core.plugins.candidate import Candidate
from desktop_app.core.plugins.entries import ModelEntry, PluginEntry, Snapshot, Status, ToolEntry
from desktop_app.core.surroundings import surroundings_restored


@dataclass(frozen=True)
class Live:
    """A plugin's descriptors with their classes and functions."""

    tools: Mapping[str, Tool]
    models: Mapping[str, Model]


@dataclass(frozen=True)
class Found:
    """A plugin's entry with its tools' and models'; both empty unless it is loaded."""

    plugin: PluginEntry
    tools: tuple[ToolEntry, ...] = ()
    models: tuple[ModelEntry, ...] = ()


def register(candidate: Candidate) -> tuple[Found, Live]:
    """Import a plugin, ask its hooks and hold its descriptors to the contract.

    Raises
    ------
    PluginError
        If it raises, even `SystemExit`, or breaks the contract; its modules are forgotten, so that a repaired plugin
        starts afresh.
    """
    started = time.perf_counter()
    try:
        with loading.told_as("expected a plugin that loads", candidate.location):
            tools, models = _asked(candidate)
            validation.check(tools, models, candidate)
            tool_entries = tuple(describing.tool_entry(tool, candidate) for tool in tools)
            model_entries = tuple(describing.model_entry(model, candidate) for model in models)
    except PluginError:
        loading.forget(candidate)
        raise
    files = describing.named_files(models, candidate.location)
    entry = replace(
        entry_of(candidate, "loaded", stamp=fingerprints.stamp(candidate, files)),
        seconds=round(time.perf_counter() - started, 4), files=files,
        tools=tuple(tool.id for tool in tools), models=tuple(model.id for model in models),
    )
    live = Live({tool.id: tool for tool in tools}, {model.id: model for model in models})
    return Found(entry, tool_entries, model_entries), live


def _asked(candidate: Candidate) -> tuple[list[Tool], list[Model]]:
    """Return what a plugin brings; a third party's leaves the process as it was."""
    if candidate.is_built_in:
        return loading.ask_hooks(loading.import_plugin(candidate), candidate.name)
    threads = set(threading.enumerate())
    with surroundings_restored():
        found = loading.ask_hooks(loading.import_plugin(candidate), candidate.name)
    if left := [one.name for one in threading.enumerate() if one not in threads and not one.daemon]:
        raise PluginError(f"expected a plugin that starts no thread when it is imported, got {', '.join(left)}; start "
                          "threads where they are needed, and make them daemons")
    return found


def entry_of(
    candidate: Candidate, status: Status, reason: str = "", stamp: str = "", trace: str = ""
) -> PluginEntry:
    """Return the entry of a plugin without its tools."""
    return PluginEntry(
        name=candidate.name, distribution=candidate.distribution, version=candidate.version, status=status,
        reason=reason, origin=candidate.origin, location=str(candidate.location or ""), stamp=stamp,
        trace=trace,
    )


def kept(name: str, snapshot: Snapshot) -> Found | None:
    """Return what a snapshot holds of one plugin; None if nothing."""
    plugin = snapshot.plugins_by_name.get(name)
    return None if plugin is None else Found(
        plugin,
        tuple(tool for tool in snapshot.tools if tool.plugin == name),
        tuple(model for model in snapshot.models if model.plugin == name),
    )


def without(found: Found, reason: str) -> Found:
    """Return the plugin quarantined: no tools, no models, and why."""
    return Found(replace(found.plugin, status="quarantined", reason=reason, tools=(), models=()))


def refuse_twins(plugins: list[Found]) -> list[Found]:
    """Quarantine every plugin that brings an id which an earlier one has."""
    owners: dict[str, str] = {}
    result = []
    for one in plugins:
        ids = [*one.plugin.tools, *one.plugin.models]
        twin = next((name for name in ids if name in owners), None)
        if twin is None:
            owners |= dict.fromkeys(ids, one.plugin.name)
            result.append(one)
        else:
            result.append(without(one, f"expected ids of its own, got {twin!r}, which {owners[twin]} has; rename it"))
    return result
