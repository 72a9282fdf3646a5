"""When a plugin counts as changed: fingerprints of its files and of what it shares, by path, time and size."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app import __version__
from desktop_app.api.descriptors import API_VERSION

if TYPE_CHECKING:
    from desktop_app.core.plugins.candidate import Candidate

_API = Path(__file__).resolve().parents[2] / "api"


def code_files(location: Path | None) -> list[Path]:
    """Return a plugin's files in a fixed order, without what Python compiles on its own.

    A linked folder is listed as the link that it is, and not entered.
    """
    if location is None:
        return []
    if not location.is_dir():
        return [location]
    files: list[Path] = []
    for folder, folders, names in os.walk(location):
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        folders[:] = [name for name in folders if name != "__pycache__" and name not in links]
        files += [Path(folder, name) for name in (*names, *links)]
    return sorted(files)


def fingerprint(files: Iterable[Path]) -> str:
    """Return a hash over each file's path, time and size; a file that is not there counts too."""
    return hashlib.sha256(repr([_state(path) for path in files]).encode()).hexdigest()


def of_api() -> str:
    """Return the fingerprint of what every plugin is written against."""
    return fingerprint(code_files(_API))


def stamp(candidate: Candidate, further: Iterable[str] = ()) -> str:
    """Return a fingerprint of a plugin: program, distribution, version, shared code, and its own files.

    Parameters
    ----------
    candidate : Candidate
        The plugin.
    further : iterable of str
        Files outside its folder that its descriptors depend on.
    """
    about = [__version__, API_VERSION, candidate.distribution, candidate.version, candidate.module,
             candidate.attribute, candidate.shared]
    files = fingerprint([*code_files(candidate.location), *map(Path, further)])
    return hashlib.sha256(repr([*about, files]).encode()).hexdigest()


def _state(path: Path) -> tuple[str, int, int]:
    try:
        status = path.stat()
    except OSError:
        return str(path), 0, -1
    return str(path), status.st_mtime_ns, status.st_size
