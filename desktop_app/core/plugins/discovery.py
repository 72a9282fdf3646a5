"""Where plugins are looked for, without importing any: installed entry points, and the user's plugin folder."""

from __future__ import annotations

import importlib.metadata
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from importlib.machinery import ModuleSpec
from pathlib import Path

from desktop_app.core.plugins import fingerprints
from desktop_app.core.plugins.candidate import USER_FOLDER, Candidate
from desktop_app.core.plugins.entries import BUILT_IN

GROUP = "verilens.plugins"
DEVELOPMENT = "development folder"
_ID = re.compile(rb"""\bid=["']([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)["']""")


def candidates(
    user_folder: Path, development: Path | None = None, outside: Callable[[], Iterable[Candidate]] | None = None
) -> list[Candidate]:
    """Return all plugins that there may be, each with a name of its own.

    Parameters
    ----------
    user_folder : Path
        The user's own plugins; it need not exist.
    development : Path, optional
        A folder of plugins that are being written, or one such plugin; they take the place of others of their names.
    outside : callable, optional
        Returns the candidates that lie in neither folder; by default `installed`.
    """
    api = fingerprints.of_api()
    own = _in_development(development) if development else []
    names = {one.name for one in own}
    others = [*(outside or installed)(), *in_folder(user_folder)]
    found = distinct([*(one for one in others if one.name not in names), *own])
    return [replace(one, shared=api + one.shared) for one in found]


def installed() -> list[Candidate]:
    """Return the plugins that installed distributions announce, the program's own first."""
    found: dict[str, list[Candidate]] = {}
    for distribution in importlib.metadata.distributions():
        # Read by hand first: a malformed file of an unrelated distribution must not hide every plugin.
        if GROUP in (distribution.read_text("entry_points.txt") or "") and distribution.name not in found:
            found[distribution.name] = list(_announced(distribution))
    every = [candidate for one in found.values() for candidate in one]
    return sorted(every, key=lambda one: (one.distribution != BUILT_IN, one.distribution, one.name))


def _announced(distribution: importlib.metadata.Distribution) -> Iterator[Candidate]:
    name, version = distribution.name, distribution.version
    try:
        points = distribution.entry_points.select(group=GROUP)
    except Exception as error:  # noqa: BLE001 - the parser's errors are not specified, and each has to be shown
        fault = f"expected a readable entry_points.txt, got {type(error).__name__}: {error}; reinstall {name}"
        yield Candidate(name=name, distribution=name, version=version, origin="entry point", fault=fault)
        return
    for point in points:
        spec = _find(point.module)
        door = Candidate(
            name=point.name, distribution=name, version=version, origin="entry point",
            module=point.module, attribute=point.attr or "", location=_home(spec), door=point.name,
        )
        is_package = spec is not None and spec.submodule_search_locations is not None and not door.attribute
        yield from (_inside(door) if is_package else ()) or [door]


def _inside(door: Candidate) -> list[Candidate]:
    """Return the plugins of a package: one for each ``descriptor.py`` below it."""
    package = door.location
    if package is None:
        return []
    files = fingerprints.code_files(package)
    folders = {file.parent for file in files if file.name == "descriptor.py"}
    shared = _shared(files, folders)
    return [
        replace(
            door, name=_spelt_id(folder) or ".".join([door.name, *folder.relative_to(package).parts]), location=folder,
            module=".".join([door.module, *folder.relative_to(package).parts, "descriptor"]),
            shared="".join(shared.get(parent, "") for parent in folder.parents),
        )
        for folder in sorted(folders)
    ]


def _shared(files: list[Path], plugins: set[Path]) -> dict[Path, str]:
    """Return, for each folder on the way to a plugin, the fingerprint of what it holds that belongs to no plugin."""
    ways = {parent for folder in plugins for parent in folder.parents}
    held: dict[Path, list[Path]] = {}
    for file in files:
        if plugins.isdisjoint(file.parents):
            held.setdefault(next(parent for parent in file.parents if parent in ways), []).append(file)
    return {folder: fingerprints.fingerprint(held[folder]) for folder in held}


def _spelt_id(folder: Path) -> str:
    """Return the first id in a descriptor's text: its name can be told, and left out by name, without running it."""
    found = _ID.search((folder / "descriptor.py").read_bytes())
    return found[1].decode() if found else ""


def _in_development(folder: Path) -> list[Candidate]:
    folder = folder.resolve()  # also "." has a name then
    found = [_of_path(folder)] if _is_plugin(folder) else in_folder(folder)
    return [replace(one, distribution=DEVELOPMENT) for one in found]


def in_folder(folder: Path) -> list[Candidate]:
    """Return the plugins in a folder: each ``*.py`` file, and each package, with or without ``__init__.py``.

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
        owner = owners.get(one.name)
        if owner is None:
            owners[one.name] = one.distribution
            result.append(one)
            continue
        fault = f"expected a plugin name of its own, got {one.name!r}, which belongs to {owner}; rename the plugin"
        result.append(replace(one, name=f"{one.name} ({one.location or one.module})", fault=fault))
    return result


def _find(module: str) -> ModuleSpec | None:
    """Return where a module is, without importing it or its parents; None where importing it will say why not."""
    places: Sequence[str] | None = None
    spec: ModuleSpec | None = None
    parts = module.split(".")
    for count in range(1, len(parts) + 1):
        try:
            spec = _spec(".".join(parts[:count]), places)
        except Exception:  # noqa: BLE001 - any finder may stumble over it (Python's own does, over a namespace package)
            return None
        if spec is None:
            return None
        places = spec.submodule_search_locations
    return spec


def _home(spec: ModuleSpec | None) -> Path | None:
    """Return the file of a module, or, inside a package, the whole folder it lies in: its algorithm lives beside it."""
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin)
    return path.parent if "." in spec.name or path.name == "__init__.py" else path


def _spec(name: str, search: Sequence[str] | None) -> ModuleSpec | None:
    specs = (finder.find_spec(name, search) for finder in sys.meta_path)
    return next((spec for spec in specs if spec is not None), None)
