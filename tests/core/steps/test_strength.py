"""A step's strength: mixed from what is kept, recorded, replayed, saved with the project."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from desktop_app.api.errors import ParameterError
from desktop_app.core.application import Application
from desktop_app.core.document.document import Document
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.request import Outcome, StepRecord, TargetSpec, ToolRequest
from desktop_app.core.steps.recipes import Recipe, load_recipe, recipe_of, replay, save_recipe
from desktop_app.core.steps.step import Step, run_on_state
from desktop_app.core.steps.strength import at_strength, can_change, changed_strength, full_of, known_at
from desktop_app.core.steps.verify import verify
from tests.support.steps import do

SMOOTH = Step(ToolRequest("denoise.tv", {"strength": 0.3, "iterations": 5}))
LARGER = Step(ToolRequest("superres.bicubic", {"scale": 2}))
LOOKING = Step(ToolRequest("uncertainty.tta", subjects=(TargetSpec("denoise.tv", {"iterations": 3}),)))


@pytest.fixture
def document(application: Application, photo: Document) -> Document:
    """Return the photo with one step, s1."""
    do(application, photo, photo.root, SMOOTH)
    return photo


def weaken(document: Document, state: str, strength: float) -> str:
    known = document.states[state]
    return document.commit(known.parent or "", changed_strength(document, known, strength)).id


@pytest.mark.parametrize("strength", [0.0, 0.4, 1.7])
def test_a_changed_strength_is_that_of_the_step_run_so(
    application: Application, document: Document, strength: float
) -> None:
    state = weaken(document, "s1", strength)
    before, full = document.raster("s0").planes(), document.raster("s1").planes()
    mixed = document.raster(state).planes()
    assert mixed == pytest.approx((before + strength * (full - before)).clip(0, 1), abs=1e-5)
    again = run_on_state(application, document, "s0", replace(SMOOTH, strength=strength))
    assert again.raster is not None
    assert np.array_equal(again.raster.pixels, document.raster(state).pixels)
    assert again.record.strength == document.states[state].record.strength == strength  # type: ignore[union-attr]


def test_a_mix_is_made_of_the_full_result_even_where_that_is_hidden(document: Document) -> None:
    weak = weaken(document, "s1", 0.5)
    document.delete("s1")
    stronger = weaken(document, weak, 1.5)
    before, full = document.raster("s0").planes(), document.raster("s1").planes()
    mixed = document.raster(stronger).planes()
    assert mixed == pytest.approx((before + 1.5 * (full - before)).clip(0, 1), abs=1e-5)
    assert full_of(document, document.states[weak]).id == "s1"  # type: ignore[union-attr]
    assert known_at(document, document.states[stronger], 0.5).id == weak  # type: ignore[union-attr]
    assert known_at(document, document.states[stronger], 0.7) is None


def test_a_mix_of_eight_bits_is_not_rounded_to_eight(document: Document) -> None:
    record, before = document.states["s1"].record, document.raster("s0")
    assert record is not None
    after = Raster(before.pixels + np.uint8(1))
    mixed = at_strength(Outcome(record, after), before, 0.5).raster
    assert mixed is not None
    assert mixed.planes() * 255 == pytest.approx(before.planes() * 255 + 0.5, abs=0.01)


def test_recipes_replay_a_strength(application: Application, document: Document, tmp_path: Path) -> None:
    weak = weaken(document, "s1", 0.25)
    after = do(application, document, weak, SMOOTH)
    save_recipe(tmp_path / "recipe.json", recipe_of(document, after, application.inputs))
    recipe = load_recipe(tmp_path / "recipe.json")
    assert [step.strength for step in recipe.steps] == [0.25, 1.0]
    done = [raster for _, raster in replay(application, recipe, document.raster("s0"), JobControl())]
    assert np.array_equal(done[0].pixels, document.raster(weak).pixels)
    assert np.array_equal(done[1].pixels, document.raster(after).pixels)


def test_a_strength_stays_with_the_project_and_is_verified(
    application: Application, document: Document, tmp_path: Path
) -> None:
    weak = weaken(document, "s1", 0.25)
    document.save_as(tmp_path / "project.vlens")
    again = application.session.open_project(tmp_path / "project.vlens")
    record = again.states[weak].record
    assert record is not None
    assert record.strength == 0.25
    assert can_change(again, again.states[weak])
    assert np.array_equal(again.raster(weak).pixels, document.raster(weak).pixels)
    assert [verdict.difference for verdict in verify(application, again, JobControl())] == ["", ""]


def test_full_strength_is_not_named_in_a_recipe() -> None:
    record = StepRecord("test.add", "restoration", "Add", "test", "1.0", {}, 7)
    assert "strength" not in record.to_json()
    half = replace(record, strength=0.5)
    assert half.to_json()["strength"] == 0.5
    assert Recipe.from_json(json.loads(json.dumps(Recipe((half, record)).to_json()))).steps == (half, record)


@pytest.mark.parametrize("strength", [-0.1, 2.1, float("nan")])
def test_a_strength_beyond_its_range_is_refused(document: Document, strength: float) -> None:
    with pytest.raises(ParameterError, match="expected a strength from 0 to 2"):
        changed_strength(document, document.states["s1"], strength)


def test_only_a_picture_of_the_photos_size_has_a_strength(application: Application, document: Document) -> None:
    larger, looked = (do(application, document, "s1", step) for step in (LARGER, LOOKING))
    states = document.states
    assert [can_change(document, states[name]) for name in ("s0", "s1", larger, looked)] == [False, True, False, False]
    with pytest.raises(ParameterError, match="picture of the photo's size"):
        run_on_state(application, document, "s1", replace(LARGER, strength=0.5))
    attacked = Outcome(StepRecord("attack.x", "attack", "X", "p", "1", {}, 0), document.raster("s1"))
    with pytest.raises(ParameterError, match="mixed with it"):  # its report would not be true of the mix
        at_strength(attacked, document.raster("s0"), 0.5)


def test_what_came_with_a_step_stays_with_it(application: Application, document: Document) -> None:
    mask = np.zeros((12, 16), np.uint8)
    mask[:6] = 255
    inside = do(application, document, "s1", replace(SMOOTH, area=mask))
    weak = weaken(document, inside, 0.5)
    assert document.states[weak].artifacts == document.states[inside].artifacts != ()
    assert np.array_equal(document.raster(weak).planes()[:, 6:], document.raster("s1").planes()[:, 6:])
