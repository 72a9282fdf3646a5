"""A kind's row says what the host does with it, and nothing else compares kinds."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import get_args

from desktop_app.api import Kind
from desktop_app.core.kinds import KINDS, traits_of

_ROOMS = ("core", "gui", "cli", "testing")
_WORDS = set(get_args(Kind)) - {"restoration"}  # that is a subject too


def test_every_kind_of_the_contract_has_its_row() -> None:
    assert tuple(KINDS) == get_args(Kind)
    assert [kind for kind, traits in KINDS.items() if traits.gives_picture] == ["restoration", "attack", "degradation"]
    assert [kind for kind, traits in KINDS.items() if traits.is_held_to_budget] == ["attack"]
    assert [kind for kind, traits in KINDS.items() if traits.measures] == ["uncertainty"]
    assert [kind for kind, traits in KINDS.items() if traits.can_be_target] == ["restoration"]


def test_a_kind_of_a_newer_version_is_shown_as_a_picture() -> None:
    assert traits_of("composition").gives_picture


def test_no_kind_is_compared_by_its_word() -> None:
    package = Path(__file__).resolve().parents[2] / "desktop_app"
    wrong = [
        f"{path.relative_to(package)}:{node.lineno}"
        for room in _ROOMS
        for path in (package / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Compare) and ".kind" in ast.unparse(node.left) and "layer" not in ast.unparse(node.left)
        if any(isinstance(part, ast.Constant) and part.value in _WORDS for part in ast.walk(node))
    ]
    assert not wrong, f"kinds are compared in {wrong}: give desktop_app.core.kinds a column"
