"""Recipes: read from a history, written, read again, replayed; and what is said of one that cannot be used."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.core.application import Application
from desktop_app.core.document.document import Document
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.request import ModelSpec, StepRecord, TargetSpec, ToolRequest
from desktop_app.core.plugins.entries import ModelEntry, Snapshot, ToolEntry
from desktop_app.core.steps.recipes import Recipe, load_recipe, missing_tools, recipe_of, replay, save_recipe
from desktop_app.core.steps.step import NO_CHANGE, Step, run_on_state
from tests.support.steps import do

TARGET = TargetSpec("denoise.tv", {"strength": 0.2})
ADD = StepRecord("test.add", "restoration", "Add", "test", "1.0", {"amount": 3}, 7)
LOOK = StepRecord(
    "test.look", "uncertainty", "Look", "test", "2.0", {}, 1, (ModelSpec("classify.net", "ab" * 32), TARGET),
    {"mask": "given"},
)
RECIPE = Recipe((ADD, LOOK, ADD), "photo.png")
NOISE = Step(ToolRequest("degrade.gaussian_noise", {"sigma": 10.0}, seed=3))
LOOKING = Step(ToolRequest("uncertainty.tta", subjects=(TargetSpec("denoise.tv", {"iterations": 3}),)))


@pytest.fixture
def document(photo: Document) -> Document:
    return photo


def test_a_recipe_comes_back_from_its_file(tmp_path: Path) -> None:
    save_recipe(tmp_path / "recipe.json", RECIPE)
    assert load_recipe(tmp_path / "recipe.json") == RECIPE
    assert [path.name for path in tmp_path.iterdir()] == ["recipe.json"]


def test_the_recipe_of_a_state_is_its_branch_only_and_replays_to_the_same_pixels(
    application: Application, document: Document, tmp_path: Path
) -> None:
    mask = np.zeros((12, 16), np.uint8)
    mask[2:9, 3:12] = 255
    first = do(application, document, document.root, replace(NOISE, area=mask))
    do(application, document, first, NOISE)
    look = do(application, document, first, LOOKING)
    last = do(application, document, look, Step(ToolRequest("inpaint.tv"), {"mask": mask}))
    recipe = recipe_of(document, last, tmp_path)
    assert [step.tool for step in recipe.steps] == ["degrade.gaussian_noise", "uncertainty.tta", "inpaint.tv"]
    save_recipe(tmp_path / "recipe.json", recipe)
    again = load_recipe(tmp_path / "recipe.json")
    assert again == recipe
    parts: list[float] = []
    control = JobControl(lambda fraction, _message: parts.append(fraction))
    done = list(replay(application, again, document.raster(document.root), control))
    assert [outcome.raster is None for outcome, _ in done] == [False] * 3
    for (_, raster), state in zip(done, (first, look, last), strict=True):
        assert np.array_equal(raster.pixels, document.raster(state).pixels)
    assert parts == sorted(parts)
    assert recipe_of(document, document.root, tmp_path) == Recipe((), "photo.png")
    document.delete(first)
    for unknown in (last, "s9"):
        with pytest.raises(ParameterError, match="Expected a state"):
            recipe_of(document, unknown, tmp_path)


def test_a_recipe_keeps_inputs_whose_files_are_gone(
    application: Application, document: Document, tmp_path: Path
) -> None:
    mask = np.zeros((12, 16), np.uint8)
    mask[4:6] = 255
    path = tmp_path / "mine.png"
    Image.fromarray(mask).save(path)
    state = do(application, document, document.root, Step(ToolRequest("inpaint.tv"), {"mask": str(path)}))
    path.unlink()
    recipe = recipe_of(document, state, tmp_path / "inputs")
    (_, raster), = replay(application, recipe, document.raster(document.root), JobControl())
    assert np.array_equal(raster.pixels, document.raster(state).pixels)


def test_a_record_of_an_older_version_knew_one_model_and_one_target_and_said_less() -> None:
    known = ("tool", "kind", "title", "plugin", "plugin_version", "params", "seed", "inputs")
    value = RECIPE.to_json()
    (model, target), steps = value["steps"][1]["subjects"], value["steps"]
    value["steps"] = [{name: step[name] for name in known} for step in steps]
    value["steps"][1] |= {"model": model["model"], "model_sha256": model["sha256"], "target": target}
    value["steps"][0] |= {"model": None, "model_sha256": None, "target": None}
    assert Recipe.from_json(json.loads(json.dumps(value))) == RECIPE


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
        (changed(subjects=[{"tool": 3}]), "has an unreadable 'subjects'"),
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


@pytest.mark.parametrize(("sigma", "notes"), [(0.0, (NO_CHANGE,)), (10.0, ())])
def test_a_step_that_changes_no_pixel_says_so(
    application: Application, document: Document, sigma: float, notes: tuple[str, ...]
) -> None:
    step = Step(ToolRequest("denoise.nlm", {"sigma": sigma}))
    assert run_on_state(application, document, document.root, step).record.notes == notes
