"""Recipes: read from a history, written, read again, replayed; and what is said of one that cannot be used."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.core.document.session import Session
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import Outcome, StepRecord, TargetSpec
from desktop_app.core.plugins.entries import ModelEntry, Snapshot, ToolEntry
from desktop_app.core.recipes import (
    Recipe,
    RecipeStep,
    load_recipe,
    missing_tools,
    recipe_of,
    replay,
    save_recipe,
)

TARGET = TargetSpec("denoise.tv", {"strength": 0.2})
ADD = RecipeStep("test.add", "restoration", "Add", "test", "1.0", {"amount": 3}, 7)
LOOK = RecipeStep(
    "test.look", "uncertainty", "Look", "test", "2.0", {}, 1, "classify.net", "ab" * 32, TARGET, {"mask": "given"}
)
RECIPE = Recipe((ADD, LOOK, ADD), "photo.png")


def record_of(step: RecipeStep) -> StepRecord:
    return StepRecord(
        step.tool, step.kind, step.title, step.plugin, step.plugin_version, step.params, step.seed, step.model,
        step.model_sha256, step.target, step.inputs, device="cuda", seconds=2.0,
    )


def do(step: RecipeStep, raster: Raster) -> Outcome:
    """Add to every value, or look only."""
    if step.tool == "test.look":
        return Outcome(record_of(step), None, report={"mean": float(raster.pixels.mean())})
    return Outcome(record_of(step), Raster(raster.pixels + np.uint8(step.params["amount"])))


def test_a_recipe_comes_back_from_its_file(tmp_path: Path) -> None:
    save_recipe(tmp_path / "recipe.json", RECIPE)
    assert load_recipe(tmp_path / "recipe.json") == RECIPE
    assert [path.name for path in tmp_path.iterdir()] == ["recipe.json"]


def test_the_recipe_of_a_state_is_its_branch_only(tmp_path: Path) -> None:
    Image.new("RGB", (8, 6), (1, 2, 3)).save(tmp_path / "photo.png")
    session = Session(tmp_path / "session")
    document = session.open_photo(tmp_path / "photo.png")
    opened = document.raster(document.root)
    first = document.commit(document.root, do(ADD, opened))
    document.commit(first.id, do(replace(ADD, seed=99), opened))
    look = document.commit(first.id, do(LOOK, document.raster(first.id)))
    last = document.commit(look.id, do(ADD, document.raster(look.id)))
    recipe = recipe_of(document, last.id)
    (*_, (_, _, result)) = replay(recipe, opened, do)
    assert recipe == RECIPE
    assert (result.pixels == document.raster(last.id).pixels).all()
    assert recipe_of(document, document.root) == Recipe((), "photo.png")
    document.delete(first.id)
    for unknown in (last.id, "s9"):
        with pytest.raises(ParameterError, match="Expected a state"):
            recipe_of(document, unknown)
    document.close(discard=True)


def test_replay_hands_the_picture_on_and_keeps_it_where_a_tool_only_looks() -> None:
    done = list(replay(RECIPE, Raster(np.zeros((4, 5, 3), np.uint8)), do))
    assert [step.tool for step, _, _ in done] == ["test.add", "test.look", "test.add"]
    assert [int(raster.pixels[0, 0, 0]) for _, _, raster in done] == [3, 3, 6]
    assert done[1][1].report == {"mean": 3.0}


def test_a_step_asks_for_what_was_done() -> None:
    request = LOOK.request()
    assert (request.tool, request.seed, request.model, request.target) == ("test.look", 1, "classify.net", TARGET)
    assert request == record_of(LOOK).request()


def test_what_is_not_installed_is_told_once_each() -> None:
    tool = ToolEntry(
        id="test.add", kind="restoration", task="test", title="Add", summary="", version="1", plugin="test",
        plugin_version="1.0", distribution="test",
    )
    model = ModelEntry(id="classify.net", title="Net", task="classifier", version="1", weights="", sha256="")
    assert [sentence.split("'")[1] for sentence in missing_tools(RECIPE, Snapshot())] == [
        "test.add", "test.look", "denoise.tv", "classify.net",
    ]
    found = missing_tools(RECIPE, Snapshot((tool,), (model,)))
    assert [sentence.split("'")[1] for sentence in found] == ["test.look", "denoise.tv"]
    whole = Snapshot((tool, replace(tool, id="test.look"), replace(tool, id="denoise.tv")), (model,))
    assert missing_tools(RECIPE, whole) == ()


def changed(**step: object) -> str:
    value = RECIPE.to_json()
    value["steps"][1] |= step
    return json.dumps(value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "in JSON"),
        ("\xff", "in JSON"),
        ("[]", "Expected a Verilens recipe"),
        ('{"verilens_recipe": true}', "Expected a Verilens recipe"),
        ('{"verilens_recipe": 2, "steps": []}', "newer Verilens"),
        ('{"verilens_recipe": 1}', "list of steps"),
        ('{"verilens_recipe": 1, "steps": [3]}', "step 1 of the recipe to be an object"),
        ('{"verilens_recipe": 1, "steps": [{"tool": "a.b"}]}', "lacks 'kind'"),
        (changed(surprise=1), "step 2, but it has an unknown 'surprise'"),
        (changed(seed="one"), "has an unreadable 'seed'"),
        (changed(target={"tool": 3}), "step 2's target"),
    ],
)
def test_what_is_no_recipe_is_told_with_its_file(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "recipe.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=said) as caught:
        load_recipe(path)
    assert str(path) in str(caught.value)


def test_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="check the path"):
        load_recipe(tmp_path / "absent.json")
