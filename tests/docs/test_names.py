"""What the guides and the architecture name is there: files, dotted names, and functions with their parameters."""

from __future__ import annotations

import ast
import builtins
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = ("architecture.md", "plugin-guide.md", "users-guide.md")
ROOMS = ("desktop_app", "plugins", "tests", "benchmarks", "training", "docs")
INNER = ("api", "core", "gui", "cli", "testing", "numerics")
FOREIGN = frozenset(["avg_pool2d", "setup_requires", "my_plugin"])
"""Of other libraries, or the reader's own."""


@cache
def files() -> frozenset[str]:
    """Every file of the repository, as ``/a/b/c.py``."""
    found = [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.is_file()]
    return frozenset("/" + path.relative_to(ROOT).as_posix() for path in [*found, *ROOT.glob("*.*")])


def names_in(tree: ast.Module) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield every name that a module makes, with the parameters that a call of it may have."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
            yield node.name, frozenset(one.arg for one in given if one is not None)
        elif isinstance(node, ast.ClassDef):
            inside = {name for part in node.body if isinstance(part, ast.AnnAssign) for name in targets(part.target)}
            made = [part for part in node.body if isinstance(part, ast.FunctionDef) and part.name == "__init__"]
            yield node.name, frozenset(inside).union(*(parameters for _, parameters in names_in(ast.Module(made, []))))
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr):
            places = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from ((name, frozenset()) for place in places for name in targets(place))
        elif isinstance(node, ast.arg | ast.keyword) and node.arg:
            yield node.arg, frozenset()
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            yield node.value, frozenset()


def targets(place: ast.expr) -> Iterator[str]:
    if isinstance(place, ast.Name):
        yield place.id
    elif isinstance(place, ast.Attribute):
        yield place.attr
    elif isinstance(place, ast.Tuple | ast.List):
        for part in place.elts:
            yield from targets(part)


@cache
def names() -> dict[str, set[frozenset[str]]]:
    """Every name that our code makes, with the parameters of each of its definitions."""
    found: dict[str, set[frozenset[str]]] = defaultdict(set)
    for room in ("desktop_app", "plugins", "training", "benchmarks"):
        for path in (ROOT / room).rglob("*.py"):
            for name, parameters in names_in(ast.parse(path.read_text(encoding="utf-8"))):
                found[name].add(parameters)
            found[path.stem].add(frozenset())
            found[path.parent.name].add(frozenset())
    return found


def pieces(page: str) -> Iterator[str]:
    """Yield what a page says in code: the spans of its prose, and its tables of interfaces, not its examples."""
    text = re.sub(r"```\w+\n.*?```", "", page, flags=re.DOTALL)
    for block in re.findall(r"```\n(.*?)```", text, flags=re.DOTALL):
        yield from block.splitlines()
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def faults(page: str) -> list[str]:
    """Return what a page names that is not there."""
    return [fault for piece in pieces(page) for fault in _faults(piece)]


def _faults(piece: str) -> Iterator[str]:
    for name in re.findall(r"(?<![\w*./…])[\w/.-]*\w\.(?:py|md)\b", piece):
        if not any(file.endswith("/" + name.lstrip("/")) for file in files()):
            yield f"no file {name}"
    for dotted in re.findall(r"(?<![\w./-])[a-z_]\w*(?:\.\w+)+(?![\w(/-]|\.\w)", piece):
        is_ours = dotted.partition(".")[0] in (*INNER, *ROOMS[:2]) and not dotted.endswith((".py", ".md"))
        if is_ours and not leads(dotted):
            yield f"no {dotted}"
    for name, inside in re.findall(r"(?<![\w-])([A-Za-z_]\w+)\(([^()]*)\)", piece):
        yield from _call_faults(name, inside)
    for name in re.findall(r"(?<![\w/.-])[a-z]+(?:_[a-z0-9]+)+(?![\w/-])", piece):
        if name not in names() and name not in FOREIGN and not any(f"/{name}/" in file for file in files()):
            yield f"no name {name}"
    for name in re.findall(r"\b[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+\b", piece):
        if name not in names() and not name.startswith("Q") and name not in imported():
            yield f"no class {name}"


@cache
def imported() -> frozenset[str]:
    """Names that our code takes from elsewhere."""
    found = set()
    for path in (ROOT / "desktop_app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.Attribute):
                found.add(node.attr)
    return frozenset(found)


def _call_faults(name: str, inside: str) -> Iterator[str]:
    if name not in names():
        if name not in FOREIGN and name not in imported() and not name[0].isupper():
            yield f"no function {name}()"
        return
    told = re.sub(r"\[[^\]]*\]|\{[^}]*\}|\"[^\"]*\"", "", inside)
    words = [re.match(r"\s*(\w+)\s*(?:[:=|]|$)", part) for part in told.split(",")]
    given = {word[1] for word in words if word and not word[1][0].isdigit() and word[1][0].islower()}
    known = {one for parameters in names()[name] for one in parameters}
    known |= {one.rpartition("_")[2] for one in known} | {one.removesuffix("_id") for one in known}  # said in short
    known |= vars(builtins).keys()  # of a signal the types are told
    yield from (f"no {one} in {name}()" for one in sorted(given - known))


def leads(dotted: str) -> bool:
    """Return whether a dotted name leads to a module, or to a name in one."""
    parts = dotted.split(".")
    parts = ["desktop_app", *parts] if parts[0] in INNER else parts
    for length in range(len(parts), 0, -1):
        place = ROOT.joinpath(*parts[:length])
        module = place.with_suffix(".py") if place.with_suffix(".py").is_file() else place / "__init__.py"
        if module.is_file() or place.is_dir():
            text = module.read_text(encoding="utf-8") if module.is_file() else ""
            known = {name for name, _ in names_in(ast.parse(text))}
            return all(part in known or part in names() for part in parts[length:])
    return False


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_names_is_there(page: str) -> None:
    assert faults((ROOT / "docs" / page).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(("text", "fault"), [
    ("`core/absent.py`", "no file core/absent.py"),
    ("`core.imaging.files.absent_photo`", "no core.imaging.files.absent_photo"),
    ("```\nopen_photo(path, moon) -> Photo\n```", "no moon in open_photo()"),
    ("`absent_name`", "no name absent_name"),
    ("```\nfiles.py     AbsentRaster.planes\n```", "no class AbsentRaster"),
])  # fmt: skip
def test_what_is_not_there_is_told(text: str, fault: str) -> None:
    assert fault in faults(text)
