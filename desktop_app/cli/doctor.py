"""``verilens doctor``: what one would ask first when something does not work."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from desktop_app import __version__
from desktop_app.cli.console import Console
from desktop_app.cli.models import described, fault_of
from desktop_app.core.application import Application
from desktop_app.core.plugins.fingerprints import code_files

_LIBRARIES = (
    "torch", "numpy", "pillow", "tifffile", "imagecodecs", "safetensors", "pluggy", "pydantic", "typer",
    "PySide6-Essentials", "qimage2ndarray", "superqt", "QtAwesome", "matplotlib", "zstandard", "psutil", "platformdirs",
)


def add_to(program: typer.Typer) -> None:
    """Add the command."""
    program.command("doctor")(doctor)


def doctor(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False
) -> int:
    """Say how device, versions, plugins, models and caches fare."""
    console: Console = context.obj
    application = console.application()
    snapshot = application.host.snapshot(reading=False)
    report = {
        "verilens": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "devices": _devices(),
        "memory": _memory(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
        "window": _window(),
        "plugins": [plugin.to_json() for plugin in snapshot.plugins],
        "models": [{**described(model), "fault": fault_of(model)} for model in snapshot.models if model.is_here],
        "folders": {name: _folder(path) for name, path in _places(application).items()},
        "settings": {"warning": application.settings.warning},
    }
    console.show(report, _lines(report, console.debug), as_json)
    return 0


def _devices() -> list[dict[str, Any]]:
    from desktop_app.core.jobs.devices import available_devices, resolve_device

    usual = str(resolve_device("auto"))
    return [{"id": one.id, "title": one.title, "is_usual": one.id == usual} for one in available_devices()]


def _memory() -> dict[str, int]:
    import psutil

    memory = psutil.virtual_memory()
    return {"bytes": memory.total, "free": memory.available, "processors": psutil.cpu_count() or 0}


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _window() -> dict[str, Any]:
    from desktop_app.core.system import has_display, qt_fault

    return {"has_display": has_display(), "fault": qt_fault(off_screen=not has_display())}


def _places(application: Application) -> dict[str, Path]:
    return {
        "data": application.data, "cache": application.cache, "plugins": application.host.user_folder,
    }


def _folder(path: Path) -> dict[str, Any]:
    files = code_files(path) if path.is_dir() else []
    return {"path": str(path), "exists": path.is_dir(), "bytes": sum(map(_size, files))}


def _size(path: Path) -> int:
    """Return the bytes of a file; 0 of one that another program has removed meanwhile."""
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return 0


def _lines(report: Mapping[str, Any], with_traces: bool) -> Iterator[str]:
    yield f"Verilens {report['verilens']}, Python {report['python']}, {report['platform']}"
    for device in report["devices"]:
        yield f"device {device['id']}: {device['title']}" + (" (the usual one)" if device["is_usual"] else "")
    free, total = (report["memory"][name] / 1e9 for name in ("free", "bytes"))
    yield f"memory: {free:.1f} of {total:.1f} GB free, {report['memory']['processors']} processors"
    yield "libraries: " + ", ".join(f"{name} {version or 'absent'}" for name, version in report["libraries"].items())
    yield f"window: {report['window']['fault'] or 'the libraries are there'}"
    for plugin in report["plugins"]:
        name = f"{plugin['name']} {plugin['version']}".rstrip()
        yield f"plugin {name}: {plugin['status']}, {plugin['seconds'] * 1e3:.0f} ms" + (
            f"; {plugin['reason']}" if plugin["reason"] else "")
        if with_traces and plugin["trace"]:
            yield plugin["trace"]
    for model in report["models"]:
        yield f"model {model['id']}: {model['fault'] or 'weights as described'}"
    for name, folder in report["folders"].items():
        yield f"{name}: {folder['path']} ({folder['bytes'] / 1e6:.1f} MB)" if folder["exists"] else (
            f"{name}: {folder['path']} (not there yet)")
    if report["settings"]["warning"]:
        yield f"settings: {report['settings']['warning']}"
