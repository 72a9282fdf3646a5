"""JSON of strangers that is nested a hundred thousand times is no JSON, wherever it is read."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import desktop_app
from desktop_app.api.errors import InputError, ParameterError
from desktop_app.cli.arguments import target
from desktop_app.core.imaging.laid_out import without_planes
from desktop_app.core.json_text import parsed_json
from desktop_app.core.steps.recipes import load_recipe

DEEP = "[" * 100_000


@pytest.mark.parametrize("text", [DEEP, DEEP.encode(), '{"a":' * 100_000, "", "{", b"\xff"])
def test_what_is_no_json_is_a_value_error(text):
    with pytest.raises(ValueError, match=r".+"):
        parsed_json(text)


def test_a_nested_recipe_is_refused_with_its_name(tmp_path):
    (tmp_path / "deep.json").write_text(DEEP)
    with pytest.raises(InputError, match=r"deep\.json: expected a recipe in JSON, got something else"):
        load_recipe(tmp_path / "deep.json")


def test_a_nested_target_is_refused():
    with pytest.raises(ParameterError, match="expected --target TOOL:JSON"):
        target(f"denoise.tv:{DEEP}")


def test_a_nested_description_of_a_tiff_says_nothing_of_its_planes():
    assert without_planes('{"shape": ' + DEEP) is None


def test_what_strangers_wrote_is_read_in_one_way():
    root = Path(desktop_app.__file__).parent
    found = [
        f"{path.relative_to(root)}:{node.lineno}"
        for room in ("core", "cli", "gui") for path in (root / room).rglob("*.py") if path.name != "json_text.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("json.loads", "json.load")
        and not any(isinstance(given, ast.Call) and ast.unparse(given.func) == "json.dumps" for given in node.args)
        and not any(word.arg == "parse_constant" for word in node.keywords)
    ]  # fmt: skip
    assert found == []
