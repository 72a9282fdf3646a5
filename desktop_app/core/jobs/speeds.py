"""How long tools take on this machine: what was seen of earlier runs, kept in the cache."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from desktop_app.api.errors import InputError
from desktop_app.core.atomic import write_whole
from desktop_app.core.json_text import parsed_json

if TYPE_CHECKING:
    from desktop_app.core.jobs.request import ToolRequest

_FEWER = 0.5  # of the pixels of the run that is known: a smaller run tells less of a large photo, and is not noted
_LIKE = 0.1  # by which a pace must differ to be written again
_MOST = 12  # kinds of parameters of one tool of which it is kept
_log = logging.getLogger(__name__)

Seen = dict[str, dict[str, float]]
"""By kind of parameters: seconds, and pixels in, of a run; the latest last."""


class Speeds:
    """What is known of the time that tools take.

    Parameters
    ----------
    path : Path, optional
        The file that keeps it; without one, it is kept for this object's life only. One that cannot be read is begun
        anew, one that cannot be written costs forecasts and nothing else.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path, self._lock = path, Lock()
        self._known: dict[str, Seen] | None = None

    def note(self, request: ToolRequest, device: str, pixels: int, seconds: float) -> None:
        """Keep how long a request took on a kind of device, on one photo of so many pixels."""
        with self._lock:
            known = self._read()
            seen, kind = known.setdefault(_name(request, device), {}), _kind(request)
            before = seen.get(kind)
            if before is not None and pixels < _FEWER * before["pixels"]:
                return
            pace, old = seconds / pixels, before["seconds"] / before["pixels"] if before is not None else 0.0
            seen.pop(kind, None)
            seen[kind] = {"seconds": seconds, "pixels": pixels}
            while len(seen) > _MOST:
                del seen[next(iter(seen))]
            if abs(pace - old) > _LIKE * old:
                self._write(known)

    def seconds(self, request: ToolRequest, device: str, pixels: int) -> float | None:
        """Return how long a request will take on so many pixels; None where its tool has not run here yet.

        As with the same parameters where these have been seen, else as it was last.
        """
        with self._lock:
            seen = self._read().get(_name(request, device))
        if not seen:
            return None
        run = seen.get(_kind(request)) or list(seen.values())[-1]
        return run["seconds"] * pixels / run["pixels"]

    def _read(self) -> dict[str, Seen]:
        if self._known is None:
            self._known = {}
            try:
                self._known = _checked(parsed_json(self._path.read_text(encoding="utf-8"))) if self._path else {}
            except (OSError, ValueError) as error:
                _log.debug("no speeds are known: %s", error)
        return self._known

    def _write(self, known: Mapping[str, Seen]) -> None:
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, json.dumps(known).encode())
        except (OSError, InputError) as error:
            _log.debug("speeds are not kept: %s", error)


def _checked(value: Any) -> dict[str, Seen]:
    """Return what was read, without what is no run."""
    return {
        name: {
            kind: {"seconds": float(run["seconds"]), "pixels": float(run["pixels"])} for kind, run in seen.items()
            if isinstance(run, dict) and run.keys() >= {"seconds", "pixels"} and run["pixels"] > 0
        } for name, seen in value.items() if isinstance(seen, dict)
    } if isinstance(value, dict) else {}  # fmt: skip


def _name(request: ToolRequest, device: str) -> str:
    subjects = (*request.models, *(target.tool for target in request.targets))
    return " ".join((request.tool, *subjects, "on", device))


def _kind(request: ToolRequest) -> str:
    """Return what tells requests to one tool apart: parameters that are given, also the targets'."""
    given = [{name: value for name, value in params.items() if value is not None} for params in
             (request.params, *(asdict(target)["params"] for target in request.targets))]  # fmt: skip
    return blake2b(json.dumps(given, sort_keys=True, default=str).encode(), digest_size=8).hexdigest()
