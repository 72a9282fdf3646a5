"""A third party's plugin is described in a process of its own first: what ends or stops that process costs it alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from desktop_app.api.errors import PluginError
from desktop_app.core.json_text import parsed_json
from desktop_app.core.plugins.candidate import Candidate
from desktop_app.core.plugins.entries import ModelEntry, PluginEntry, ToolEntry
from desktop_app.core.plugins.loading import load_function, reason, trace_of
from desktop_app.core.plugins.registration import Found, register
from desktop_app.core.surroundings import surroundings_restored
from desktop_app.core.system import prepare_libraries

LIMIT = 20.0
"""Seconds that an import may take."""

LIMIT_OF_ALGORITHMS = 60.0
"""Seconds for the import of algorithms, too, with all their libraries."""

_BETWEEN_CHECKS = 0.1  # seconds
_CHILD = """
import json, sys
job = json.loads(sys.argv[1])
sys.path[:] = job["path"]
from desktop_app.core.plugins.apart import answer
answer(job)
"""


class ImportDied(PluginError):
    """The import ended its process, or did not end: it is not to be tried again as it is."""


def describe(candidate: Candidate) -> Found:
    """Return a plugin's entries without importing it into this process.

    Raises
    ------
    ImportDied
        If the import ended the process, or took longer than `LIMIT` seconds.
    PluginError
        If the plugin raises or breaks the contract.
    """
    said = _told(candidate, (), LIMIT)
    if "fault" in said:
        fault = PluginError(said["fault"])
        fault.add_note(said["trace"])
        raise fault
    return Found(
        PluginEntry.from_json(said["plugin"]), tuple(map(ToolEntry.from_json, said["tools"])),
        tuple(map(ModelEntry.from_json, said["models"])),
    )


def try_algorithms(
    candidate: Candidate, functions: Sequence[str], check: Callable[[], None] = lambda: None
) -> None:
    """Import what a plugin's tools run in a process of its own, to see that this ends; what it raises is not told.

    Whatever `check` raises, meanwhile called again and again, ends that process and is raised.

    Raises
    ------
    ImportDied
        If the import ended the process, or took longer than `LIMIT_OF_ALGORITHMS` seconds.
    """
    _told(candidate, functions, LIMIT_OF_ALGORITHMS, check)


def _told(
    candidate: Candidate, functions: Sequence[str], limit: float, check: Callable[[], None] = lambda: None
) -> dict[str, Any]:
    """Return what a process of its own says of a plugin, once it has imported that and these functions."""
    with tempfile.TemporaryDirectory(prefix="verilens-") as folder:
        file = Path(folder) / "answer.json"
        about = {name: str(part) if isinstance(part, Path) else part for name, part in asdict(candidate).items()}
        job = {"path": sys.path, "answer": str(file), "candidate": about, "functions": list(functions)}
        code = _run(json.dumps(job), limit, check)
        if not file.is_file():
            raise ImportDied(f"expected a plugin that loads, but its import {_ending(code, limit)}; repair, update or "
                             f"disable it, or enable {candidate.name} to try again")
        said: dict[str, Any] = parsed_json(file.read_bytes())
    return said


def answer(job: dict[str, Any]) -> None:
    """Describe the plugin, write what was found and end this process, whatever threads the plugin has begun."""
    prepare_libraries()
    about = job["candidate"]
    candidate = Candidate(**about | {"location": Path(about["location"]) if about["location"] else None})
    file = Path(job["answer"])
    try:
        found, _live = register(candidate)
        for function in job["functions"]:
            with surroundings_restored():
                load_function(function)
        said: dict[str, Any] = {
            "plugin": found.plugin.to_json(), "tools": [one.to_json() for one in found.tools],
            "models": [one.to_json() for one in found.models],
        }
    except PluginError as error:
        said = {"fault": str(error), "trace": trace_of(error)}
    except KeyboardInterrupt as error:  # nobody can press Ctrl-C here
        got = reason(error, candidate.location)
        said = {"fault": f"expected a plugin that loads, got {got}; repair or disable it", "trace": ""}
    partial = file.with_suffix(".part")
    partial.write_text(json.dumps(said), encoding="utf-8")
    partial.replace(file)
    os._exit(0)


def _run(job: str, limit: float, check: Callable[[], None]) -> int | None:
    """Run the helper and return its exit code, negative for a signal; None if it took too long and was ended."""
    process = subprocess.Popen(
        [sys.executable, "-B", "-c", _CHILD, job], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )
    last = time.monotonic() + limit
    try:
        while time.monotonic() < last:
            check()
            with suppress(subprocess.TimeoutExpired):
                return process.wait(_BETWEEN_CHECKS)
        return None
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the helper with all that it began, which may go on where the helper itself has ended."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError):  # nothing of it is left
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _ending(code: int | None, limit: float) -> str:
    if code is None:
        return f"took more than {limit:g} s"
    return f"ended the process by {signal.Signals(-code).name}" if code < 0 else f"ended the process with code {code}"
