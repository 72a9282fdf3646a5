"""Importing what a plugin names, and asking its hooks, so that whatever it raises becomes one sentence."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import reduce
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from desktop_app.api.errors import PluginError, VerilensError
from desktop_app.core.plugins.candidate import Candidate

if TYPE_CHECKING:
    from desktop_app.api.descriptors import Model, Tool


def load_function(path: str) -> Callable[..., Any]:
    """Return the function that a descriptor names.

    Parameters
    ----------
    path : str
        ``"package.module:function"``.

    Raises
    ------
    PluginError
        If the module cannot be imported, or has no such function.
    """
    module, _, name = path.partition(":")
    with told_as(f"expected a function at {path!r}"):
        function = getattr(importlib.import_module(module), name)
    if not callable(function):
        raise PluginError(f"expected a function at {path!r}, got {type(function).__name__}; repair the plugin")
    return function  # type: ignore[no-any-return] # callable() says no more than that


def import_plugin(candidate: Candidate) -> object:
    """Import a plugin and return the object that holds its hooks; whatever its code raises passes through.

    Raises
    ------
    PluginError
        If a file or folder in the user's plugin folder has the name of another module.
    """
    if candidate.origin == "folder":
        _import_folder(candidate)
    module = importlib.import_module(candidate.module)
    return reduce(getattr, filter(None, candidate.attribute.split(".")), module)


def ask_hooks(plugin: object, name: str) -> tuple[list[Tool], list[Model]]:
    """Call a plugin's hooks through a plugin manager of its own; whatever they raise passes through.

    pluggy stops at the first plugin that raises, and lets a wrapper of one plugin alter what another returns: with
    a manager each, there is nothing to undo and nothing to reach.

    Raises
    ------
    PluginError
        If it has none of the hooks, or one returns anything but a list of `Tool` or `Model`.
    """
    import pluggy

    from desktop_app.api import hooks
    from desktop_app.api.descriptors import Model, Tool

    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    manager.register(plugin, name)
    manager.check_pending()
    if not manager.get_hookcallers(plugin):
        raise PluginError(f"expected {name} to implement verilens_tools or verilens_models, got neither; add @hookimpl")
    tools, models = manager.hook.verilens_tools(), manager.hook.verilens_models()
    return _listed(tools, Tool, "verilens_tools"), _listed(models, Model, "verilens_models")


def forget(candidate: Candidate) -> None:
    """Drop a plugin's modules, so that the next import reads its files again."""
    root = candidate.module.rpartition(".")[0] or candidate.module
    for name in [name for name in sys.modules if name == root or name.startswith(f"{root}.")]:
        del sys.modules[name]
    importlib.invalidate_caches()


@contextmanager
def told_as(expected: str, location: Path | None = None) -> Iterator[None]:
    """Turn whatever a plugin's code raises into a `PluginError`; only Ctrl-C and our own errors pass as they are."""
    try:
        yield
    except (KeyboardInterrupt, PluginError):
        raise
    except BaseException as error:  # a plugin may raise anything, SystemExit too
        raise PluginError(f"{expected}, got {reason(error, location)}; repair, update or disable it") from error


def reason(error: BaseException, location: Path | None = None) -> str:
    """Return the last line of an error and where in the plugin it arose.

    Parameters
    ----------
    error : BaseException
        What was raised.
    location : Path, optional
        The plugin's file or folder: the deepest line inside it is named; without it, the deepest that is neither
        ours nor the import system's.
    """
    last = " ".join(traceback.format_exception_only(error)[-1].split())
    if isinstance(error, VerilensError):
        return f"{type(error).__name__}: {error}"
    files = [(Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError):
        files.append((Path(error.filename or "?"), error.lineno))
    theirs = [one for one in files if (one[0].is_relative_to(location) if location else _is_foreign(one[0]))]
    return f"{last} ({theirs[-1][0].name}:{theirs[-1][1]})" if theirs else last


def trace_of(error: PluginError) -> str:
    """Return the traceback of what a plugin raised, here or in the process that described it; empty if nothing."""
    cause = error.__cause__
    return "".join(traceback.format_exception(cause) if cause else getattr(error, "__notes__", ()))


def _is_foreign(file: Path) -> bool:
    return file.parent != Path(__file__).parent and "importlib" not in str(file)


def _import_folder(candidate: Candidate) -> ModuleType:
    name, path = candidate.name, candidate.location
    assert path is not None  # a folder plugin is a path
    known = sys.modules.get(name)
    other = known.__spec__ if known is not None else importlib.util.find_spec(name)
    if other is not None and not _lies_in(other, path):
        raise PluginError(f"expected a name that no module has, got {name!r}; rename {path}")
    if known is not None:
        return known
    drop_bytecode(path)
    spec = _spec_of(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    if spec.loader is not None:
        spec.loader.exec_module(module)
    return module


def _lies_in(spec: ModuleSpec, path: Path) -> bool:
    """Return whether a module is the plugin's; a folder without ``__init__.py`` has places, and no origin."""
    places = [spec.origin] if spec.origin else list(spec.submodule_search_locations or [])
    return bool(places) and all(Path(place).is_relative_to(path) for place in places)


def _spec_of(name: str, path: Path) -> ModuleSpec:
    """Return how a file, or a folder with or without an ``__init__.py``, is imported."""
    package = [str(path)] if path.is_dir() else None
    file = path / "__init__.py" if package else path
    if not file.is_file():
        spec = ModuleSpec(name, None, origin=str(path), is_package=True)
        spec.submodule_search_locations = package
        return spec
    found = importlib.util.spec_from_file_location(name, file, submodule_search_locations=package)
    assert found is not None  # a .py file always has a loader
    return found


def drop_bytecode(path: Path) -> None:
    """Remove what Python compiled: trust covers the sources, in whose place it would take a forged ``__pycache__``."""
    if path.is_dir():
        for cache in list(path.rglob("__pycache__")):
            shutil.rmtree(cache)
    else:
        Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)


def _listed(answers: list[Any], wanted: type[Any], hook: str) -> list[Any]:
    expected = f"expected {hook}() to return a list of {wanted.__name__}"
    found: list[Any] = []
    for answer in answers:
        if not isinstance(answer, list | tuple):
            raise PluginError(f"{expected}, got {type(answer).__name__}; repair the plugin")
        found.extend(answer)
    stranger = next((one for one in found if not isinstance(one, wanted)), None)
    if stranger is not None:
        raise PluginError(f"{expected}, got a {type(stranger).__name__} in it; repair the plugin")
    return found
