"""Many photos go through one door: each gets what it gets alone, in its place, whatever happens to the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from desktop_app.api import Cancelled, InputSpec, ParameterError, Result, ToolError
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.engine import Engine
from desktop_app.core.jobs.request import ModelSpec, Outcome, TargetSpec, ToolRequest
from desktop_app.core.jobs.stack import Sample
from tests.core.jobs.conftest import register

SIZES = [(9, 12, 3), (9, 12, 3), (12, 9, 3), (9, 12, 1), (9, 12, 3), (12, 9, 3)]
REQUESTS = {
    "restoration": ToolRequest("fake.blur"),
    "attack": ToolRequest("fake.push", {"eps": 40}, subjects=(ModelSpec("m"),)),
    "uncertainty": ToolRequest("fake.spread", subjects=(TargetSpec("fake.blur"),)),
}


def samples() -> list[Sample]:
    rng = np.random.default_rng(0)
    return [Sample(Raster(rng.integers(0, 256, size, np.uint8)), seed=20 + index) for index, size in enumerate(SIZES)]


def sizes_seen(tools: Any, functions: dict[str, Any], **more: Any) -> tuple[ToolRequest, list[int]]:
    seen: list[int] = []

    def note(images: Any, params: Any, run: Any) -> Result:
        seen.append(len(images))
        return Result(image=images + 0 * run.randn(images), reports=[{"seed": seed} for seed in run.seeds])

    return register(tools, functions, note, **more), seen


def same(one: Outcome, other: Outcome) -> None:
    assert replace(one.record, seconds=0.0) == replace(other.record, seconds=0.0)
    assert one.report == other.report
    np.testing.assert_array_equal(one.raster.pixels, other.raster.pixels)
    for mine, theirs in zip(one.maps, other.maps, strict=True):
        assert mine.name == theirs.name
        np.testing.assert_array_equal(mine.values, theirs.values)


@pytest.mark.parametrize("kind", REQUESTS)
@pytest.mark.parametrize("most", [1, 2, 64])
def test_each_photo_gets_what_it_gets_alone(engine: Engine, kind: str, most: int) -> None:
    request, given = REQUESTS[kind], samples()
    outcomes = list(engine.run_all(request, given, most=most))
    assert len(outcomes) == len(given)
    for sample, outcome in zip(given, outcomes, strict=True):
        assert isinstance(outcome, Outcome)
        same(outcome, engine.run(replace(request, seed=sample.seed or 0), sample.raster))


def test_photos_of_one_size_go_together_and_keep_their_order(
    engine: Engine, tools: Any, functions: dict[str, Any]
) -> None:
    request, seen = sizes_seen(tools, functions)
    outcomes = list(engine.run_all(request, samples()))
    assert seen == [3, 2, 1]
    assert [outcome.report["seed"] for outcome in outcomes] == [20, 21, 22, 23, 24, 25]
    assert [(o.raster.height, o.raster.width, o.raster.channels) for o in outcomes] == SIZES


def test_a_stream_is_taken_as_it_is_needed(engine: Engine, tools: Any, functions: dict[str, Any]) -> None:
    request, seen = sizes_seen(tools, functions)
    taken: list[int] = []

    def stream() -> Iterator[Sample]:
        for index in range(100):
            taken.append(index)
            yield Sample(Raster(np.zeros((4, 4, 1), np.uint8)))

    outcomes = engine.run_all(request, stream(), most=8)
    next(outcomes)
    assert len(taken) <= 9
    assert seen == [8]


def test_inputs_and_masks_are_each_photos_own(engine: Engine, tools: Any, functions: dict[str, Any]) -> None:
    def weigh(images: Any, params: Any, run: Any) -> Result:
        return Result(image=images * run.inputs["weight"], artifacts={"weight": run.inputs["weight"]})

    spec = InputSpec("weight", "map", "A weight per pixel.")
    request = register(tools, functions, weigh, inputs=(spec,), reach=0)
    rng = np.random.default_rng(1)
    given = [
        replace(one, inputs={"weight": rng.random((1, 9, 12), np.float32)}, mask=mask)
        for one, mask in zip(samples()[:2], (None, np.tri(9, 12, dtype=np.float32)), strict=True)
    ]
    for sample, outcome in zip(given, engine.run_all(request, given, exact_16=False), strict=True):
        before, weight = sample.raster.planes(), sample.inputs["weight"]
        share = 1.0 if sample.mask is None else sample.mask
        np.testing.assert_allclose(outcome.raster.planes(), before + share * (before * weight - before), atol=1e-6)
        np.testing.assert_array_equal(outcome.artifacts["weight"], weight)


def test_one_photo_that_fails_takes_nobody_along(engine: Engine, tools: Any, functions: dict[str, Any]) -> None:
    def picky(images: Any, params: Any, run: Any) -> Result:
        if bool((images.mean((1, 2, 3)) > 0.9).any()):
            raise ValueError("too bright")
        return Result(image=images)

    given = [Sample(Raster(np.full((6, 6, 1), level, np.uint8))) for level in (10, 20, 250, 30, 40)]
    outcomes = list(engine.run_all(register(tools, functions, picky), given))
    assert [isinstance(outcome, ToolError) for outcome in outcomes] == [False, False, True, False, False]
    assert "too bright" in str(outcomes[2])
    kept = [outcome.raster.planes().mean() for outcome in outcomes if isinstance(outcome, Outcome)]
    np.testing.assert_allclose(kept, np.array([10, 20, 30, 40]) / 255, atol=1e-4)


def test_a_request_that_does_not_fit_is_refused_before_anything_runs(engine: Engine) -> None:
    for wrong in (ToolRequest("fake.blur", {"radius": 99}), ToolRequest("fake.blur", precision="int8")):
        with pytest.raises(ParameterError):
            next(engine.run_all(wrong, samples()))


def test_memory_that_runs_out_halves_the_stack_before_it_tiles(
    engine: Engine, tools: Any, functions: dict[str, Any]
) -> None:
    seen: list[tuple[int, int]] = []

    def hungry(images: Any, params: Any, run: Any) -> Result:
        seen.append((len(images), images.shape[-1]))
        if len(images) * images.shape[-1] > 200:
            raise torch.OutOfMemoryError("no more")
        return Result(image=images)

    request = register(tools, functions, hungry, reach=0)
    wide = [Sample(Raster(np.full((64, 180, 1), level, np.uint8))) for level in range(4)]
    outcomes = list(engine.run_all(request, wide))
    assert [size for size, _ in seen] == [4, 2, 1, 1, 1, 1]
    assert outcomes[0].record.notes == (
        "Memory ran out for 4 photos at a time, so it went on with fewer.",
        "Memory ran out for 2 photos at a time, so it went on with fewer.",
    )
    assert all(outcome.record.tile is None for outcome in outcomes), "no photo was cut"
    seen.clear()
    list(engine.run_all(request, wide))
    assert [size for size, _ in seen] == [1, 1, 1, 1], "what fitted is remembered"
    widest = engine.run(request, Raster(np.zeros((64, 400, 1), np.uint8)))
    assert widest.record.tile == 192, "one that does not fit alone is cut"


def test_progress_goes_over_all_and_a_cancel_stops_the_rest(
    engine: Engine, tools: Any, functions: dict[str, Any]
) -> None:
    told: list[float] = []

    def step(images: Any, params: Any, run: Any) -> Result:
        run.progress(0.5)
        return Result(image=images)

    request = register(tools, functions, step)
    list(engine.run_all(request, samples(), most=3, control=JobControl(lambda done, said: told.append(done))))
    assert told == sorted(told)
    assert told == pytest.approx([1 / 6, 2.5 / 6, 3.5 / 6, 4.5 / 6, 5.5 / 6])
    control = JobControl()
    outcomes = engine.run_all(request, samples(), most=1, control=control)
    next(outcomes)
    control.cancel()
    with pytest.raises(Cancelled):
        next(outcomes)


def test_an_attack_inside_a_mask_is_judged_as_it_is_laid_on(engine: Engine) -> None:
    bright = Raster(np.full((8, 8, 3), 120, np.uint8))
    corner = np.zeros((8, 8), np.float32)
    corner[0, 0] = 1.0
    request = ToolRequest("fake.push", {"eps": 30}, subjects=(ModelSpec("m"),))
    assert engine.run(request, bright).report["success"] is True
    outcome = engine.run(request, bright, mask=corner)
    assert outcome.report["success"] is False, "one pixel does not make the picture bright"
    assert (outcome.maps[0].values > 0).sum() == 1


def test_an_attacked_picture_is_kept_as_it_was_judged(engine: Engine) -> None:
    """Half a level is none of the 16-bit steps: rounded to one it would be outside."""
    grey = Raster(np.full((8, 8, 3), 100, np.uint8))
    outcome = engine.run(ToolRequest("fake.push", {"eps": 0.5}, subjects=(ModelSpec("m"),)), grey)
    moved = np.abs(outcome.raster.planes() - grey.planes())
    assert float(moved.max()) == pytest.approx(0.5 / 255.0, abs=1e-6)


def test_an_attack_is_held_to_where_a_soft_mask_is_at_least_half(engine: Engine) -> None:
    """All of its change counts there, and none elsewhere: the model is asked about what comes out."""
    bright = Raster(np.full((8, 8, 3), 120, np.uint8))
    soft = np.tile(np.array([0.0, 0.2, 0.49, 0.5, 0.7, 1.0, 1.0, 0.3], np.float32), (8, 1))
    request = ToolRequest("fake.push", {"eps": 30}, subjects=(ModelSpec("m"),))
    moved = engine.run(request, bright, mask=soft).maps[0].values
    np.testing.assert_allclose(moved, np.where(soft >= 0.5, 30.0, 0.0), atol=1e-3)


def test_maps_and_reports_that_a_batch_mixes_up_would_show(engine: Engine) -> None:
    outcomes = list(engine.run_all(REQUESTS["attack"], samples()[:2]))
    for outcome, sample in zip(outcomes, samples(), strict=False):
        moved = np.abs(outcome.raster.planes() - sample.raster.planes()).max(0) * 255
        np.testing.assert_allclose(outcome.maps[0].values, moved, atol=0.01)
        assert outcome.report["linf"] == pytest.approx(float(moved.max()), abs=0.01)
