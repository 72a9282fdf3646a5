"""Finds the plugins, keeps their descriptors, and keeps a broken one from taking the others down."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from desktop_app.api.errors import InputError, ParameterError, PluginError
from desktop_app.core.plugins.entries import BUILT_IN, PluginEntry, Snapshot
from desktop_app.core.plugins.naming import known_or_nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from desktop_app.api.descriptors import Model, Tool
    from desktop_app.core.plugins.candidate import Candidate
    from desktop_app.core.plugins.decision import Strangers
    from desktop_app.core.plugins.entries import ModelEntry, ToolEntry
    from desktop_app.core.plugins.reading import Reader, Row
    from desktop_app.core.plugins.registration import Live
    from desktop_app.core.plugins.unfinished import Journal
    from desktop_app.core.settings import Settings

_T = TypeVar("_T")


class PluginHost:
    """All plugins of this installation and this user. Every method may be called from any thread.

    A third party's plugin is described in a process of its own, and imported into this one when a tool or model of it
    is first asked for.

    Parameters
    ----------
    cache : Path
        The descriptor cache, a JSON file that is made anew when it is missing, damaged or stale. The journal of
        imports lies beside it.
    user_folder : Path
        The user's own plugins, which run only once trusted; it need not exist.
    settings : Settings
        Keeps what the user disabled and trusted.
    safe_mode : bool
        Whether third parties' plugins are left out.
    development : Path, optional
        A folder of plugins that are being written, or one of them: used without being trusted.
    installed : callable, optional
        Returns the candidates outside the user's folder; by default those that installed distributions announce.
    added : callable
        Returns the models that the user added, which each snapshot has beside those of the plugins.
    """

    def __init__(
        self,
        cache: Path,
        user_folder: Path,
        settings: Settings,
        *,
        safe_mode: bool = False,
        development: Path | None = None,
        installed: Callable[[], Iterable[Candidate]] | None = None,
        added: Callable[[], tuple[ModelEntry, ...]] = tuple,
    ) -> None:
        self.user_folder, self.development = user_folder, development
        self._cache, self._settings, self._installed, self._safe_mode = cache, settings, installed, safe_mode
        self._added = added
        self._lock = threading.RLock()
        self._rows: dict[str, Row] = {}
        self._snapshot: Snapshot | None = None

    def cached(self) -> Snapshot | None:
        """Return what the last discovery wrote, by reading one file and importing nothing; None without it."""
        known = Snapshot.read(self._cache)
        return known.of(BUILT_IN) if known is not None and self._safe_mode else known

    def snapshot(self, *, reading: bool = True) -> Snapshot:
        """Discover all plugins, describing only those that are new or changed since the cache was written.

        A plugin that fails is quarantined with its reason. It is tried again when its files change, when it is
        enabled, and at the next start, unless it ended the process that imported it.

        Parameters
        ----------
        reading : bool
            Whether third parties' plugins that are new or changed are described; otherwise they are left unread.
        """
        return self._discovered(lambda _name: reading)

    def _discovered(self, is_read: Callable[[str], bool]) -> Snapshot:
        """Discover all plugins; of those that are new or changed, read third parties' as it is said of their names."""
        from desktop_app.core.plugins import discovery

        def strangers(name: str) -> Strangers:
            return "none" if self._safe_mode else "read" if is_read(name) else "known"

        with self._lock:
            cached = (None if self._rows else self.cached()) or Snapshot()
            candidates = discovery.candidates(self.user_folder, self.development, self._installed)
            self._rows = {
                one.name: self._reader.row(one, self._rows.get(one.name), cached, strangers(one.name))
                for one in candidates
            }
            return self._keep()

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

    def row(self, tool_id: str) -> Row:
        """Return the plugin that brings a tool, as this run of the program knows it; errors as those of `tool`."""
        with self._lock:
            return self._rows[self._owner("tool", tool_id)]

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
            return self._named(name, self._now())

    def quarantine(self, plugin: str, reason: str) -> None:
        """Take a plugin out until its files change, it is enabled, or the program starts again.

        Raises
        ------
        ParameterError
            If there is no such plugin.
        """
        from desktop_app.core.plugins.reading import Row
        from desktop_app.core.plugins.registration import without

        with self._lock:
            entry = self.plugin(plugin)
            row = self._rows[entry.name]
            self._rows[plugin] = Row(row.candidate, without(row.found, reason))
            self._keep()

    def disable(self, name: str) -> PluginEntry:
        """Leave a plugin out from now on, and return its entry as it is then.

        Raises
        ------
        ParameterError
            If there is no such plugin.
        """
        from desktop_app.core.plugins import gate

        with self._lock:
            gate.disable(self._named(name, self.snapshot(reading=False)).name, self._settings)
            return self._named(name, self.snapshot(reading=False))

    def enable(self, name: str) -> PluginEntry:
        """Take a plugin in again, or try it anew if it was quarantined; an untrusted one stays so.

        Raises
        ------
        ParameterError
            If there is no such plugin.
        """
        from desktop_app.core.plugins import gate

        with self._lock:
            gate.enable(self._named(name, self.snapshot(reading=False)).name, self._settings)
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
            entry = self._named(name, self.snapshot(reading=False))
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
        return known_or_nearest(what, wanted, {one.id: one for one in entries.values() if one.plugin}).plugin

    @cached_property
    def _reader(self) -> Reader:
        from desktop_app.core.plugins.reading import Reader

        return Reader(self._settings, self.journal)

    @cached_property
    def journal(self) -> Journal:
        """Which imports and runs of third parties' code did not end."""
        from desktop_app.core.plugins.unfinished import Journal

        return Journal(self._cache.parent / "imports")

    def _retry(self, name: str) -> PluginEntry:
        self.journal.forget(name)
        self._rows.pop(name, None)
        return self._named(name, self._discovered(lambda other: other == name))

    def _now(self) -> Snapshot:
        return self._snapshot or self.snapshot()

    @staticmethod
    def _named(name: str, snapshot: Snapshot) -> PluginEntry:
        return known_or_nearest("plugin", name, snapshot.plugins_by_name)

    def _load(self, name: str) -> Live:
        """Return a plugin's live descriptors, importing it if it has not been."""
        row = self._rows[name]
        self._rows[name] = loaded = self._reader.loaded(row)
        if loaded.found != row.found:
            self._keep()
        if loaded.live is None:
            raise PluginError(f"plugin {name}: {loaded.found.plugin.reason}")
        return loaded.live

    def _keep(self) -> Snapshot:
        """Make the rows the present snapshot, and write the cache if it changed."""
        import hashlib

        from desktop_app.core.plugins.registration import refuse_twins

        admitted = refuse_twins([row.found for row in self._rows.values()])
        states = [(one.plugin.name, one.plugin.status, one.plugin.reason, one.plugin.stamp) for one in admitted]
        added = self._added()
        self._snapshot = Snapshot(
            tuple(tool for one in admitted for tool in one.tools),
            (*(model for one in admitted for model in one.models), *added),
            tuple(one.plugin for one in admitted),
            hashlib.sha256(repr([states, added] if added else states).encode()).hexdigest(),
        )
        if not self._safe_mode and self.development is None:  # the next start is to find what it would without them
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
