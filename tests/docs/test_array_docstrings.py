"""Whoever hands an array over, or is handed one, is told its shape, and its type or range."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("desktop_app/api", "desktop_app/core", "desktop_app/numerics", "desktop_app/gui", "desktop_app/testing")
ARRAYS = re.compile(r"\b(NDArray|ndarray|Tensor|Planes|Images)\b")
SHAPE = re.compile(
    r"\((?:[^()]*,)?\s*(?:[NCHWPKhwdkn]|size|\.\.\.|…|height|width|rows|\d+)\s*(?:,[^()]*)?\)|"
    r"[Ss]hapes?\b|any size|scalar|one value|per sample|a matrix|a vector"
)
KIND = re.compile(
    r"[Ff]loat|uint|\bint|integer|bool|complex|\[-?[\d.]+, [\d.]+[\])]|dtype|"
    r"levels|in pixels|logits|probabilit|sums? to 1|summing to 1|bytes"
)


def functions_of(tree: ast.Module) -> Iterator[tuple[str, str, ast.FunctionDef]]:
    """Yield the public functions of a module and methods of its public classes, with what may speak for them."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, ast.get_docstring(node) or "", node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            about = ast.get_docstring(node) or ""
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    # A method speaks for itself; __init__ and __call__ are spoken for by their class.
                    own = ast.get_docstring(inner) or ""
                    is_class = inner.name in ("__init__", "__call__")
                    yield f"{node.name}.{inner.name}", about + own if is_class else own, inner


def names_arrays(function: ast.FunctionDef) -> bool:
    """Say whether an annotation of a function, of a parameter or of what it returns, names an array or a tensor."""
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    annotations = [argument.annotation for argument in arguments] + [function.returns]
    return any(ARRAYS.search(ast.unparse(annotation)) for annotation in annotations if annotation is not None)


def is_public(name: str) -> bool:
    """Say whether a name is for others."""
    last = name.rpartition(".")[2]
    return not last.startswith("_") or last in ("__init__", "__call__")


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_array_has_its_shape_and_its_type_or_range(room: str) -> None:
    silent = []
    for path in sorted((ROOT / room).rglob("*.py")):
        for name, text, function in functions_of(ast.parse(path.read_text(encoding="utf-8"))):
            if not is_public(name) or not names_arrays(function):
                continue
            missing = [what for what, rule in (("shape", SHAPE), ("dtype or range", KIND)) if not rule.search(text)]
            if missing:
                silent.append(f"{path.relative_to(ROOT)}:{function.lineno} {name}: {' and '.join(missing)}")
    assert not silent, "\n".join(silent)


def test_the_rule_sees_what_it_should() -> None:
    source = '''
def told(values: NDArray[Any]) -> None:
    """Return ``(C, H, W)`` float32 planes."""
def untold(values: NDArray[Any]) -> None:
    """Return values."""
'''
    found = {name: bool(SHAPE.search(text) and KIND.search(text)) for name, text, function in
             functions_of(ast.parse(source)) if names_arrays(function)}
    assert found == {"told": True, "untold": False}
