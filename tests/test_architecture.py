"""The rooms and their one-way doors: plugins → api ← core ← gui, cli, testing; numerics knows errors. No exceptions."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("desktop_app", "plugins", "training", "benchmarks", "tests")

# room: what it may import of ours, besides itself
DOORS = {
    "desktop_app/api": (),
    "desktop_app/numerics": ("desktop_app.api.errors",),
    "desktop_app/core": ("desktop_app.api", "desktop_app.numerics"),
    "desktop_app/gui": ("desktop_app.api", "desktop_app.core", "desktop_app.numerics"),
    "desktop_app/cli": ("desktop_app.api", "desktop_app.core", "desktop_app.testing"),
    "desktop_app/testing": ("desktop_app.api", "desktop_app.core"),
    "plugins": ("desktop_app.api", "desktop_app.numerics"),
    "training": (
        "desktop_app.api", "desktop_app.cli", "desktop_app.core", "desktop_app.numerics", "desktop_app.testing",
        "plugins", "benchmarks",
    ),
}  # fmt: skip
# The command line has two doors into the window: to open it, and to have its picture taken.
WINDOW_DOORS = ("desktop_app.gui.app", "desktop_app.gui.screenshot")
# and one into what trains models, which is beside the program only in its source.
TRAINING_DOOR = "training.recipes"
QT = ("PySide6", "superqt", "qtawesome", "qimage2ndarray", "shiboken6", "qtpy")

_MODULE = re.compile(rf"({'|'.join((*OURS, *QT))})(\.\w+)+(:\w+)?")


def imports_of(path: Path) -> Iterator[str]:
    """Yield the dotted names that a file imports, relative ones made absolute."""
    return imported(path.read_text(encoding="utf-8"), path)


def imported(text: str, path: Path) -> Iterator[str]:
    """Yield the dotted names that a text, to be thought of as a file's, imports."""
    package = path.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def names_in(path: Path) -> Iterator[str]:
    """Yield what a file imports, and the modules that it names in strings (``"module:function"``)."""
    return names_of(path.read_text(encoding="utf-8"), path)


def names_of(text: str, path: Path) -> Iterator[str]:
    """Yield the dotted names that a text, to be thought of as a file's, imports or names in strings."""
    yield from imported(text, path)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _MODULE.fullmatch(node.value):
            name = node.value.partition(":")[0]
            place = ROOT.joinpath(*name.split(".")[:2])  # a key of the settings looks like a module too
            if is_qt(name) or place.is_dir() or place.with_suffix(".py").exists():
                yield name


def is_below(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def is_qt(name: str) -> bool:
    return any(is_below(name, package) for package in QT)


def files_of(room: str) -> list[Path]:
    folder = ROOT / room
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]


@pytest.mark.parametrize("room", DOORS)
def test_arrows(room: str) -> None:
    own = room.replace("/", ".")
    allowed = (own, *DOORS[room])
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files_of(room)
        for name in names_in(path)
        if any(is_below(name, ours) for ours in OURS)
        and name != "desktop_app.__version__"
        and not any(is_below(name, door) for door in allowed)
        and not (room == "desktop_app/cli" and any(is_below(name, door) for door in (*WINDOW_DOORS, TRAINING_DOOR)))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("room", ["desktop_app/api", "desktop_app/numerics"])
def test_what_others_build_on_says_what_is_public(room: str) -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in files_of(room)
        if path.relative_to(ROOT).as_posix() != "desktop_app/numerics/__init__.py"
        and "\n__all__ = [" not in path.read_text(encoding="utf-8")
    ]
    assert not silent, f"no __all__ in {silent}"


def test_the_contract_with_plugins_stays_small() -> None:
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files_of("desktop_app/api"))
    assert lines < 1200, f"{lines} lines in api: mathematics belongs in numerics, skeletons in a family's common"


@pytest.mark.parametrize("room", [room for room in DOORS if room != "desktop_app/gui"])
def test_only_the_window_knows_qt(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files_of(room)
        for name in names_in(path)
        if is_qt(name)
    ]
    assert not wrong, "\n".join(wrong)


def rooms_beside(path: Path) -> tuple[str, str]:
    """Return what a plugin's file may import of the plugins: its own folder, and its family's common one."""
    _, family, folder, *_ = path.relative_to(ROOT).with_suffix("").parts
    return f"plugins.{family}.{folder}", f"plugins.{family}.common"


def test_a_plugin_imports_no_other_plugin() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files_of("plugins")
        for name in names_in(path)
        if is_below(name, "plugins") and not any(is_below(name, room) for room in rooms_beside(path))
    ]
    assert not wrong, "\n".join(wrong)


def test_all_built_in_plugins_come_through_one_door() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"] == {"verilens.plugins": {"verilens": "plugins"}}


def test_descriptors_import_neither_torch_nor_numpy() -> None:
    modules = sorted(
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in files_of("plugins")
        if path.name == "descriptor.py"
    )
    code = "import importlib, sys\n" + "".join(f"importlib.import_module({name!r})\n" for name in modules)
    code += "print([m for m in ('torch', 'numpy', 'PySide6') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]", f"descriptors import {done.stdout}"


def test_core_is_importable_without_qt() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in files_of("desktop_app/core")
        if path.name != "__init__.py"
    ]
    code = "import importlib, sys\nsys.modules['PySide6'] = None\n"
    code += "".join(f"importlib.import_module({name!r})\n" for name in modules)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr


# room within core or within the window: which rooms beside it it may import. A file at the root is a room.
ROOMS = {
    "desktop_app.core": {
        "application": {"document", "jobs", "models", "plugins", "settings"},
        "atomic": {"processes"},
        "faults": set(),
        "json_text": set(),
        "kinds": set(),
        "private": set(),
        "processes": set(),
        "settings": {"atomic", "json_text", "private"},
        "streams": set(),
        "torch_settings": set(),
        "surroundings": {"streams", "torch_settings"},
        "system": set(),
        "texts": set(),
        "wording": {"json_text"},
        "imaging": {"atomic", "jobs", "json_text"},  # of jobs, what a map is
        "batch": {"application", "atomic", "document", "imaging", "jobs", "json_text", "steps", "system", "texts",
                  "wording"},
        "document": {"atomic", "imaging", "jobs", "json_text", "private", "processes", "texts"},
        "evaluation": {
            "application", "atomic", "imaging", "jobs", "json_text", "kinds", "lab", "models",
            "plugins", "private", "steps", "texts",
        },
        "jobs": {
            "atomic", "faults", "imaging", "json_text", "kinds", "models", "plugins", "surroundings", "texts",
            "threats",
        },
        "lab": {"atomic", "imaging", "json_text"},
        "models": {"atomic", "faults", "json_text", "plugins", "surroundings"},
        "plugins": {"atomic", "json_text", "kinds", "processes", "settings", "surroundings", "system", "threats"},
        "steps": {"application", "atomic", "document", "imaging", "jobs", "json_text", "kinds", "plugins", "private"},
        "threats": set(),
    },
    "desktop_app.gui": {
        "app": {"shell"},
        "language": set(),
        "screenshot": {"app"},
        "viewmodel": {"language"},
        "canvas": {"language"},
        "widgets": {"language"},
        "threads": set(),
        "panels": {"canvas", "language", "viewmodel", "widgets"},
        "layout": {"canvas", "language", "panels", "widgets"},
        "documents": {"canvas", "language", "layout", "panels", "threads", "viewmodel", "widgets"},
        "steps": {"canvas", "documents", "language", "layout", "panels", "threads", "viewmodel"},
        "measures": {"documents", "layout", "panels", "threads", "viewmodel"},
        "setup": {"language", "panels", "threads", "viewmodel"},
        "shell": {
            "canvas", "documents", "language", "layout", "measures", "panels", "setup", "steps", "threads", "viewmodel",
        },
    },
}  # fmt: skip


@pytest.mark.parametrize(("house", "room"), [(house, room) for house, rooms in ROOMS.items() for room in rooms])
def test_rooms_within_rooms(house: str, room: str) -> None:
    allowed = {room, *ROOMS[house][room]}
    wrong = [
        f"{path.relative_to(ROOT)} names {name}"
        for path in files_of(f"{house.replace('.', '/')}/{room}")
        for name in names_in(path)
        if is_below(name, house) and name != house and name.removeprefix(house + ".").split(".")[0] not in allowed
    ]
    assert not wrong, "\n".join(wrong)


def test_every_room_within_a_room_has_its_row() -> None:
    for house, rooms in ROOMS.items():
        inside = (ROOT / house.replace(".", "/")).iterdir()
        found = {path.stem for path in inside if path.suffix == ".py" or (path / "__init__.py").exists()}
        assert found - {"__init__"} == set(rooms), house


@pytest.mark.parametrize("package", ["api", "numerics", "core", "gui", "cli", "testing"])
def test_no_file_needs_itself(package: str) -> None:
    """No circles of several files, whether imported at once, lazily, for types only or by a name in a string."""
    files = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in files_of(f"desktop_app/{package}")
    }
    named = {module: {name if name in files else name.rpartition(".")[0] for name in names_in(path)}
             for module, path in files.items()}
    needs = {module: names & files.keys() - {module} for module, names in named.items()}
    while free := {module for module, others in needs.items() if not others & needs.keys()}:
        needs = {module: others for module, others in needs.items() if module not in free}
    assert not needs, f"a circle is among {sorted(needs)}"


def test_a_files_name_stands_once_behind_the_window_and_the_commands() -> None:
    """A panel, a view model or a command may be called like what it shows; two rooms behind them mean two things."""
    names = Counter(
        path.name
        for room in ("numerics", "core", "testing")
        for path in files_of(f"desktop_app/{room}")
        if path.name != "__init__.py"
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_what_the_window_shows_is_computed_without_qt() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files_of("desktop_app/gui/viewmodel")
        for name in names_in(path)
        if is_qt(name)
    ]
    assert not wrong, "\n".join(wrong)


def test_a_name_is_below_a_package_only_as_a_whole_word() -> None:
    assert is_below("plugins.attack.pgd", "plugins.attack.pgd")
    assert is_below("plugins.attack.pgd.algorithm", "plugins.attack.pgd")
    assert not is_below("plugins.attack.pgd2", "plugins.attack.pgd")


def test_names_given_as_strings_are_seen() -> None:
    path = ROOT / "desktop_app" / "nowhere.py"
    text = """load("desktop_app.core.jobs.engine:Engine", "plugins.attack.pgd", "plugins.disabled", "core. A sentence.",
                  "PySide6.QtCore", "PySide6")"""
    assert set(names_of(text, path)) == {"desktop_app.core.jobs.engine", "plugins.attack.pgd", "PySide6.QtCore"}
