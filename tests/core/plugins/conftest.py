"""Plugins written to a temporary folder, announced as an installed distribution announces them."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from desktop_app.core.plugins.host import PluginHost
from desktop_app.core.settings import Settings

GOOD = """
from desktop_app.api import Params, Result, Tool, hookimpl, param

class DimParams(Params):
    amount: float = param(0.5, help="More is darker.", ge=0, le=1, unit="%", soft=(0.0, 0.9), step=0.1)

def run(images, params, run):
    return Result(image=images * (1 - params.amount))

@hookimpl
def verilens_tools():
    return [Tool(id="{name}.dim", title="Dim", kind="degradation", summary="Makes it darker.", version="1.0",
                 algorithm="{module}:run", params=DimParams, reach=0)]
"""

Announce = Callable[..., Path]
Start = Callable[[], PluginHost]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the import path; what was imported from it is forgotten afterwards."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    # A module rewritten within a second and of the same length would be taken from its bytecode.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield folder
    for name in [name for name in set(sys.modules) - before if _lies_in(sys.modules[name], tmp_path)]:
        del sys.modules[name]


def _lies_in(module: ModuleType, folder: Path) -> bool:
    places = [vars(module).get("__file__") or "", *(vars(module).get("__path__") or ())]
    return any(Path(place).is_relative_to(folder) for place in places)


@pytest.fixture
def announce(site: Path) -> Announce:
    """Write one module and a distribution with one entry point that names it."""

    def write(name: str, source: str = GOOD, *, version: str = "1.0", module: str | None = None) -> Path:
        module = module or f"{name}_plugin"
        path = site / f"{module}.py"
        path.write_text(source.replace("{name}", name).replace("{module}", module))
        info = site / f"{module}_dist-{version}.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}_dist\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[verilens.plugins]\n{name} = {module}\n")
        importlib.invalidate_caches()
        return path

    return write


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Return a fresh host over the same home, as the next start of the program would make it."""

    def make() -> PluginHost:
        return PluginHost(tmp_path / "cache" / "tools.json", tmp_path / "user", Settings(tmp_path / "settings.json"))

    return make
