"""Where plugins are looked for, without importing any: installed entry points, and the user's plugin folder."""

from __future__ import annotations

import hashlib
import importlib.metadata
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.machinery import ModuleSpec
from pathlib import Path

from desktop_app import __version__
from desktop_app.api.descriptors import API_VERSION
from desktop_app.core.plugins.entries import Origin

GROUP = "verilens.plugins"
BUILT_IN = "verilens"
USER_FOLDER = "user folder"


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A plugin that was found but not imported.

    Parameters
    ----------
    name : str
        The entry point's name, or the stem of the file or folder.
    module : str
        What holds the hooks, with `attribute` the object inside it (empty: the module itself).
    location : Path, optional
        The file or folder of its code; None when it cannot be told without importing.
    fault : str
        Why it cannot even be tried, in a sentence; empty otherwise.
    """

    name: str
    distribution: str
    version: str
    origin: Origin
    module: str = ""
    attribute: str = ""
    location: Path | None = None
    fault: str = ""


def installed() -> list[Candidate]:
    """Return the plugins that installed distributions announce, the program's own first."""
    found = [candidate for distribution in importlib.metadata.distributions() for candidate in _announced(distribution)]
    unique = {(candidate.distribution, candidate.name): candidate for candidate in reversed(found)}
    return sorted(unique.values(), key=lambda one: (one.distribution != BUILT_IN, one.distribution, one.name))


def _announced(distribution: importlib.metadata.Distribution) -> Iterator[Candidate]:
    # Read by hand first: a malformed file of an unrelated distribution must not hide every plugin.
    if GROUP not in (distribution.read_text("entry_points.txt") or ""):
        return
    name, version = distribution.name, distribution.version
    try:
        points = distribution.entry_points.select(group=GROUP)
    except Exception as error:  # noqa: BLE001 - the parser's errors are not specified, and each has to be shown
        fault = f"expected a readable entry_points.txt, got {type(error).__name__}: {error}; reinstall {name}"
        yield Candidate(name=name, distribution=name, version=version, origin="entry point", fault=fault)
        return
    for point in points:
        yield Candidate(
            name=point.name, distribution=name, version=version, origin="entry point",
            module=point.module, attribute=point.attr or "", location=locate(point.module),
        )


def in_folder(folder: Path) -> list[Candidate]:
    """Return the plugins in the user's folder: each ``*.py`` file, and each package, with or without ``__init__.py``.

    The hooks of a package are in its ``descriptor.py`` if it has one, else in its ``__init__.py``.
    """
    if not folder.is_dir():
        return []
    return [_of_path(path) for path in sorted(folder.iterdir()) if _is_plugin(path)]


def _is_plugin(path: Path) -> bool:
    if path.name.startswith(("_", ".")):
        return False
    is_package = any((path / file).is_file() for file in ("__init__.py", "descriptor.py"))
    return is_package or (path.suffix == ".py" and path.is_file())


def _of_path(path: Path) -> Candidate:
    name = path.stem
    fault = "" if name.isidentifier() else f"expected a name that Python can import, got {name!r}; rename it"
    module = f"{name}.descriptor" if (path / "descriptor.py").is_file() else name
    return Candidate(
        name=name, distribution=USER_FOLDER, version="", origin="folder", module=module, location=path, fault=fault,
    )


def distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates, those whose name is taken by an earlier one renamed and at fault."""
    owners: dict[str, str] = {}
    result = []
    for one in candidates:
        owner = owners.setdefault(one.name, one.distribution)
        if owner == one.distribution:
            result.append(one)
            continue
        fault = f"expected a plugin name of its own, got {one.name!r}, which belongs to {owner}; rename the plugin"
        result.append(replace(one, name=f"{one.name} ({one.distribution})", fault=fault))
    return result


def locate(module: str) -> Path | None:
    """Return the file or folder that holds a module's code, without importing it or its parents.

    A module inside a package is taken with the whole folder it lies in: its algorithm lives beside it. None for what
    cannot be found that way: importing it will say why.
    """
    search: Sequence[str] | None = None
    spec: ModuleSpec | None = None
    parts = module.split(".")
    for count in range(1, len(parts) + 1):
        try:
            spec = _spec(".".join(parts[:count]), search)
        except Exception:  # noqa: BLE001 - any finder may stumble over it (Python's own does, over a namespace package)
            return None
        if spec is None:
            return None
        search = spec.submodule_search_locations
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin)
    return path.parent if len(parts) > 1 or path.name == "__init__.py" else path


def _spec(name: str, search: Sequence[str] | None) -> ModuleSpec | None:
    specs = (finder.find_spec(name, search) for finder in sys.meta_path)
    return next((spec for spec in specs if spec is not None), None)


def code_files(location: Path | None) -> list[Path]:
    """Return a plugin's files in a fixed order, without what Python compiles on its own."""
    if location is None:
        return []
    if location.is_file():
        return [location]
    return sorted(path for path in location.rglob("*") if "__pycache__" not in path.parts and not path.is_dir())


def stamp(candidate: Candidate, further: Iterable[str] = ()) -> str:
    """Return a fingerprint of a plugin: program, distribution, version, and each file's path, time and size.

    Parameters
    ----------
    candidate : Candidate
        The plugin.
    further : iterable of str
        Files outside its folder that its descriptors depend on.
    """
    api = Path(__file__).resolve().parents[2] / "api"
    files = [*code_files(api), *code_files(candidate.location), *map(Path, further)]
    about = [__version__, API_VERSION, candidate.distribution, candidate.version, candidate.module, candidate.attribute]
    return hashlib.sha256(repr([*about, *map(_state, files)]).encode()).hexdigest()


def _state(path: Path) -> tuple[str, int, int]:
    try:
        status = path.stat()
    except OSError:
        return str(path), 0, -1
    return str(path), status.st_mtime_ns, status.st_size
