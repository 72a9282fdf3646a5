"""Stands around third parties' code: tries its import apart, and knows afterwards in whose tool the program ended."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from desktop_app.api.errors import PluginError
from desktop_app.core.plugins import apart
from desktop_app.core.plugins.discovery import DEVELOPMENT

if TYPE_CHECKING:
    from desktop_app.core.plugins.host import PluginHost
    from desktop_app.core.plugins.reading import Row
    from desktop_app.core.plugins.unfinished import Journal


class PluginGuard:
    """What the engine puts around code of third parties. Every method may be called from any thread.

    Parameters
    ----------
    host : PluginHost
        Knows whose tool it is, and quarantines a plugin that does not survive its trial.
    """

    def __init__(self, host: PluginHost) -> None:
        self._host = host

    @contextmanager
    def importing(self, tool_id: str, check: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Stand around the import of a tool's algorithm; a third party's is tried in another process first, once.

        That may take long: what `check` raises meanwhile ends it, and it is tried again the next time.

        Raises
        ------
        PluginError
            If that import ended its process, or took too long; the plugin is quarantined.
        """
        row = self._host.row(tool_id)
        functions = {} if row.candidate.is_built_in else _functions(row)
        if all(each.partition(":")[0] in sys.modules for each in functions):
            yield
            return
        plugin = row.found.plugin
        try:
            _try_apart(row, sorted(functions), self._host.journal, check)
        except PluginError as error:
            self._host.quarantine(plugin.name, str(error))
            raise PluginError(f"plugin {plugin.name}: {error}") from error
        with self._host.journal.importing(plugin.name, plugin.stamp):
            yield

    def running(self, tool_id: str) -> AbstractContextManager[None]:
        """Return what stands around a run: of a third party's tool the next start knows if the program ended in it."""
        row = self._host.row(tool_id)
        is_built_in = row.candidate.is_built_in
        return nullcontext() if is_built_in else self._host.journal.running(row.found.plugin.name, tool_id)

    def ended_runs(self) -> list[tuple[str, str]]:
        """Return plugin and tool of each run in which the program ended since this was last asked."""
        return self._host.journal.ended_runs()

    def leave(self) -> None:
        """Note that the program ends because it is to, and not in the tools that are still at work."""
        self._host.journal.forget_runs()


def _functions(row: Row) -> set[str]:
    tools = row.live.tools.values() if row.live is not None else ()
    return {each for tool in tools for each in (tool.algorithm, tool.prepare) if each}


def _try_apart(row: Row, functions: list[str], journal: Journal, check: Callable[[], None]) -> None:
    """Import a plugin's algorithms in another process, unless they survived it as they are, or are in the making."""
    plugin = row.found.plugin
    if row.candidate.distribution == DEVELOPMENT or journal.was_tried(plugin.name, plugin.stamp):
        return
    try:
        apart.try_algorithms(row.candidate, functions, check)
    except apart.ImportDied as error:
        journal.keep(plugin.name, plugin.stamp, str(error))
        raise
    journal.note_tried(plugin.name, plugin.stamp)
