"""Which imports did not end: what was being imported when the program died is not imported again."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from desktop_app.api.errors import InputError
from desktop_app.core.json_text import parsed_json
from desktop_app.core.processes import started_at

_TRIED, _RUN = "@tried", "@run"  # which no name holds once it is quoted
_log = logging.getLogger(__name__)


class Journal:
    """One small file for each plugin whose import has begun and not ended, or must not begin again.

    A note counts until the plugin's files change (it is kept under their fingerprint) or the plugin is enabled.

    Parameters
    ----------
    folder : Path
        Where the files lie; made when the first is written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def importing(self, plugin: str, stamp: str) -> Iterator[None]:
        """Note that an import has begun, and forget it once it has ended, with or without an error."""
        self._write(plugin, {"stamp": stamp, "process": [os.getpid(), started_at(os.getpid())]})
        try:
            yield
        finally:
            self.forget(plugin)

    def keep(self, plugin: str, stamp: str, reason: str) -> None:
        """Note why a plugin must not be imported again."""
        self._write(plugin, {"stamp": stamp, "reason": reason})

    @contextmanager
    def running(self, plugin: str, tool: str) -> Iterator[None]:
        """Note that a tool is at work, and forget it once that has ended, with or without an error."""
        ending = f"{_RUN}{os.getpid()}-{threading.get_ident()}"
        note = {"plugin": plugin, "tool": tool, "process": [os.getpid(), started_at(os.getpid())]}
        self._write(plugin, note, ending)
        try:
            yield
        finally:
            self.forget(plugin, ending)

    def ended_runs(self) -> list[tuple[str, str]]:
        """Return plugin and tool of each run in which the program ended, and forget them."""
        found = []
        for file in sorted(self._folder.glob(f"*{_RUN}*.json")):
            with suppress(OSError, ValueError, LookupError, TypeError):  # damaged: it says nothing
                note = parsed_json(file.read_bytes())
                number, started = note["process"]
                if started == started_at(number):
                    continue  # another window is at it right now
                found.append((str(note["plugin"]), str(note["tool"])))
            file.unlink(missing_ok=True)
        return found

    def forget_runs(self) -> None:
        """Forget the runs of this process, which is about to end because it is to, whatever they are at."""
        for file in self._folder.glob(f"*{_RUN}{os.getpid()}-*.json"):
            with suppress(OSError):  # all that comes of it is that the next start tells of it
                file.unlink(missing_ok=True)

    def note_tried(self, plugin: str, stamp: str) -> None:
        """Note that the import of a plugin's algorithms has ended well in another process."""
        self._write(plugin, {"stamp": stamp}, _TRIED)

    def was_tried(self, plugin: str, stamp: str) -> bool:
        """Return whether that was noted of the plugin as it is."""
        return bool(self._read(plugin, _TRIED).get("stamp") == stamp)

    def fault(self, plugin: str, stamp: str) -> str:
        """Return why a plugin must not be imported, in a sentence; empty if it may."""
        note = self._read(plugin)
        if note.get("stamp") != stamp:
            return ""
        if "reason" in note:
            return str(note["reason"])
        number, started = note.get("process", (0, None))
        if started == started_at(number):
            return ""  # another window is importing it right now
        return (f"expected a plugin that loads, but the program ended while it was imported; repair or update it, or "
                f"enable {plugin} to try again")

    def forget(self, plugin: str, ending: str = "") -> None:
        """Let a plugin be imported again, or take another note away."""
        with suppress(FileNotFoundError, NotADirectoryError):  # nothing was noted
            self._file(plugin, ending).unlink()

    def _read(self, plugin: str, ending: str = "") -> dict[str, Any]:
        try:
            note: dict[str, Any] = parsed_json(self._file(plugin, ending).read_bytes())
        except (OSError, ValueError):
            return {}  # none was written, or its writing was cut off
        return note

    def _write(self, plugin: str, note: dict[str, Any], ending: str = "") -> None:
        from desktop_app.core.atomic import write_whole

        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._file(plugin, ending), json.dumps(note).encode())
        except (OSError, InputError) as error:
            _log.warning("the journal of imports cannot be kept: a plugin that ends the program may again; %s", error)

    def _file(self, plugin: str, ending: str = "") -> Path:
        return self._folder / f"{quote(plugin, safe='')[:200]}{ending}.json"
