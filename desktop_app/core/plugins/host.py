"""Finds the plugins, keeps their descriptors, and keeps a broken one from taking the others down."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from desktop_app.api.errors import InputError, ParameterError, PluginError
from desktop_app.core.plugins.entries import PluginEntry, Snapshot
from desktop_app.core.plugins.naming import known_or_nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from desktop_app.api.descriptors import Model, Tool
    from desktop_app.core.plugins.discovery import Candidate
    from desktop_app.core.plugins.entries import ModelEntry, ToolEntry
    from desktop_app.core.plugins.registration import Found, Live
    from desktop_app.core.settings import Settings

_T = TypeVar("_T")


class PluginHost:
    """All plugins of this installation and this user. Every method may be called from any thread.

    Parameters
    ----------
    cache : Path
        The descriptor cache, a JSON file that is made anew when it is missing, damaged or stale.
    user_folder : Path
        The user's own plugins, which run only once trusted; it need not exist.
    settings : Settings
        Keeps what the user disabled and trusted.
    installed : callable, optional
        Returns the candidates outside the user's folder; by default those that installed distributions announce.
    """

    def __init__(
        self,
        cache: Path,
        user_folder: Path,
        settings: Settings,
        installed: Callable[[], Iterable[Candidate]] | None = None,
    ) -> None:
        self.user_folder = user_folder
        self._cache = cache
        self._settings = settings
        self._installed = installed
        self._lock = threading.RLock()
        self._snapshot: Snapshot | None = None
        self._candidates: dict[str, Candidate] = {}
        self._live: dict[str, Live] = {}
        self._faults: dict[str, tuple[str, str]] = {}

    def cached(self) -> Snapshot | None:
        """Return what the last discovery wrote, by reading one file and importing nothing; None without it."""
        return Snapshot.read(self._cache)

    def snapshot(self) -> Snapshot:
        """Discover all plugins, importing only those that are new or changed since the cache was written.

        A plugin that fails is quarantined with its reason. It is tried again when its files change, when it is
        enabled, and at the next start.
        """
        from desktop_app.core.plugins import discovery

        with self._lock:
            known = self._snapshot or self.cached() or Snapshot()
            candidates = discovery.candidates(self.user_folder, self._installed)
            self._candidates = {candidate.name: candidate for candidate in candidates}
            return self._keep([self._look(candidate, known) for candidate in candidates])

    def tool(self, tool_id: str) -> Tool:
        """Return a tool's live descriptor, importing its plugin, and only that, if need be.

        Raises
        ------
        ParameterError
            If no plugin has such a tool.
        PluginError
            If its plugin is quarantined, disabled or not trusted.
        """
        with self._lock:
            owner = self._owner("tool", tool_id)
            return _pick(self._load(owner).tools, tool_id, owner)

    def model(self, model_id: str) -> Model:
        """Return a model's live descriptor, as `tool` does a tool's.

        Raises
        ------
        ParameterError
            If no plugin has such a model.
        PluginError
            If its plugin is quarantined, disabled or not trusted.
        """
        with self._lock:
            owner = self._owner("model", model_id)
            return _pick(self._load(owner).models, model_id, owner)

    def entry(self, tool_id: str) -> ToolEntry:
        """Return a tool's entry without importing its plugin; errors as those of `tool`."""
        with self._lock:
            self._owner("tool", tool_id)
            return self._now().tools_by_id[tool_id]

    def plugin_of(self, tool_id: str) -> tuple[str, str]:
        """Return name and version of the plugin that brings a tool; errors as those of `tool`."""
        with self._lock:
            entry = self._now().plugins_by_name[self._owner("tool", tool_id)]
            return entry.name, entry.version

    def plugin(self, name: str) -> PluginEntry:
        """Return a plugin's entry.

        Raises
        ------
        ParameterError
            If there is no such plugin.
        """
        with self._lock:
            return known_or_nearest("plugin", name, self._now().plugins_by_name)

    def quarantine(self, plugin: str, reason: str) -> None:
        """Take a plugin out until its files change, it is enabled, or the program starts again.

        Raises
        ------
        ParameterError
            If there is no such plugin.
        """
        from desktop_app.core.plugins.registration import kept, without

        with self._lock:
            self._faults[plugin] = (self.plugin(plugin).stamp, reason)
            self._live.pop(plugin, None)
            self._exchange(without(kept(plugin, self._now()), reason))

    def disable(self, name: str) -> PluginEntry:
        """Leave a plugin out from now on, and return its entry as it is then.

        Raises
        ------
        ParameterError
            If there is no such plugin.
        """
        from desktop_app.core.plugins import gate

        with self._lock:
            gate.disable(self.plugin(name).name, self._settings)
            return self._retry(name)

    def enable(self, name: str) -> PluginEntry:
        """Take a plugin in again, or try it anew if it was quarantined; an untrusted one stays so.

        Raises
        ------
        ParameterError
            If there is no such plugin.
        """
        from desktop_app.core.plugins import gate

        with self._lock:
            gate.enable(self.plugin(name).name, self._settings)
            return self._retry(name)

    def trust(self, name: str) -> PluginEntry:
        """Trust a plugin of the user's folder with its files as they are now, and take it in.

        Raises
        ------
        ParameterError
            If there is no such plugin, or it is not in the user's folder.
        """
        from desktop_app.core.plugins.trust import Trust

        with self._lock:
            entry = self.plugin(name)
            if entry.origin != "folder":
                raise ParameterError(f"expected a plugin of the user's folder, got {name!r}, which {entry.distribution}"
                                     " installed; disable it if you do not trust it")
            Trust(self._settings).grant(Path(entry.location))
            return self._retry(name)

    def _owner(self, what: Literal["tool", "model"], wanted: str) -> str:
        now = self._now()
        entries: Mapping[str, ToolEntry | ModelEntry] = now.tools_by_id if what == "tool" else now.models_by_id
        out = (entry for entry in now.plugins if entry.status != "loaded")
        owner = next((entry for entry in out if f"{wanted}.".startswith(f"{entry.name}.")), None)
        if wanted not in entries and owner is not None:
            raise PluginError(f"expected plugin {owner.name} for {what} {wanted!r}, but it is {owner.status}: "
                              f"{owner.reason}")
        return known_or_nearest(what, wanted, entries).plugin

    def _retry(self, name: str) -> PluginEntry:
        self._faults.pop(name, None)
        self.snapshot()
        return self.plugin(name)

    def _now(self) -> Snapshot:
        return self._snapshot or self.snapshot()

    def _look(self, candidate: Candidate, known: Snapshot) -> Found:
        """Return what is known of a plugin, having imported it only if it is new or changed."""
        from desktop_app.core.plugins import fingerprints, gate
        from desktop_app.core.plugins.registration import Found, entry_of, kept

        old = known.plugins_by_name.get(candidate.name)
        stamp = fingerprints.stamp(candidate, old.files if old else ())
        barred = gate.barred(candidate, self._settings)
        if barred is not None:
            self._live.pop(candidate.name, None)
            return Found(replace(barred, stamp=stamp))
        failed_under, reason = self._faults.get(candidate.name, ("", ""))
        if failed_under == stamp:
            return Found(entry_of(candidate, "quarantined", reason, stamp))
        if old is not None and old.status == "loaded" and old.stamp == stamp:
            return kept(candidate.name, known)
        return self._take_in(candidate, stamp)

    def _take_in(self, candidate: Candidate, stamp: str) -> Found:
        """Import a plugin, afresh if an older version of it is in memory; quarantine it if that fails."""
        from desktop_app.core.plugins import loading
        from desktop_app.core.plugins.registration import Found, entry_of, register

        if self._live.pop(candidate.name, None) is not None:
            loading.forget(candidate)
        try:
            found, self._live[candidate.name] = register(candidate)
        except PluginError as error:
            self._faults[candidate.name] = (stamp, str(error))
            return Found(entry_of(candidate, "quarantined", str(error), stamp))
        return found

    def _load(self, name: str) -> Live:
        """Return a plugin's live descriptors; those of the user's folder are held against the trusted files again."""
        if name not in self._live or self._candidates[name].origin == "folder":
            self._refresh(self._candidates[name])
        if name not in self._live:
            raise PluginError(f"plugin {name}: {self.plugin(name).reason}")
        return self._live[name]

    def _refresh(self, candidate: Candidate) -> None:
        from desktop_app.core.plugins import gate
        from desktop_app.core.plugins.registration import Found, kept

        old = kept(candidate.name, self._now())
        barred = gate.barred(candidate, self._settings)
        if barred is not None:
            self._live.pop(candidate.name, None)
            self._exchange(Found(replace(barred, stamp=old.plugin.stamp)))
        elif candidate.name not in self._live:
            found = self._take_in(candidate, old.plugin.stamp)
            if (found.tools, found.models, found.plugin.reason) != (old.tools, old.models, old.plugin.reason):
                self._exchange(found)

    def _exchange(self, found: Found) -> None:
        from desktop_app.core.plugins.registration import kept

        now, name = self._now(), found.plugin.name
        self._keep([found if entry.name == name else kept(entry.name, now) for entry in now.plugins])

    def _keep(self, plugins: list[Found]) -> Snapshot:
        """Make this the present snapshot, and write the cache if it changed."""
        import hashlib

        from desktop_app.core.plugins.registration import refuse_twins

        admitted = refuse_twins(plugins)
        states = [(one.plugin.name, one.plugin.status, one.plugin.reason, one.plugin.stamp) for one in admitted]
        self._snapshot = Snapshot(
            tuple(tool for one in admitted for tool in one.tools),
            tuple(model for one in admitted for model in one.models),
            tuple(one.plugin for one in admitted),
            hashlib.sha256(repr(states).encode()).hexdigest(),
        )
        self._write(self._snapshot)
        return self._snapshot

    def _write(self, snapshot: Snapshot) -> None:
        import logging

        known = self.cached()
        if known is not None and known.key == snapshot.key:
            return
        try:
            snapshot.write(self._cache)
        except (OSError, InputError) as error:
            log = logging.getLogger(__name__)
            log.warning("the descriptor cache cannot be kept, so the next start is slower: %s", error)


def _pick(live: Mapping[str, _T], wanted: str, plugin: str) -> _T:
    if wanted not in live:
        raise PluginError(f"expected plugin {plugin} to have {wanted!r} still, got {', '.join(live) or 'nothing'}; "
                          "start again")
    return live[wanted]
