"""The engine keeps the promises that plugins and users rely on."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
import torch

from desktop_app.api import Cancelled, InputMissingError, InputSpec, ParameterError, Result, ToolError, VerilensError
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.engine import Engine
from desktop_app.core.jobs.request import ModelSpec, StepRecord, TargetSpec, ToolRequest
from tests.core.jobs.conftest import register


def attack(**params: Any) -> ToolRequest:
    return ToolRequest("fake.push", params, subjects=(ModelSpec("m"),))


def test_tiled_equals_whole(engine: Engine, raster: Raster) -> None:
    whole, tiled = (
        engine.run(ToolRequest("fake.blur", {"radius": 3}, tile=tile), raster, exact_16=False) for tile in ("none", 16)
    )
    np.testing.assert_allclose(whole.raster.planes(), tiled.raster.planes(), atol=1e-6)
    assert (whole.record.tile, tiled.record.tile) == (None, 16)


def test_the_record_says_enough_to_do_it_again(engine: Engine, raster: Raster) -> None:
    first = engine.run(ToolRequest("fake.spread", seed=5, subjects=(TargetSpec("fake.blur"),)), raster)
    assert first.record.target == TargetSpec("fake.blur", {"radius": 2}), "every parameter is spelt out"
    again = engine.run(StepRecord.from_json(first.record.to_json()).request(), raster)
    np.testing.assert_array_equal(first.maps[0].values, again.maps[0].values)
    other = engine.run(ToolRequest("fake.spread", seed=6, subjects=(TargetSpec("fake.blur"),)), raster)
    assert not np.array_equal(first.maps[0].values, other.maps[0].values)


def test_a_result_in_range_is_kept_as_16_bits_else_as_float(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster
) -> None:
    assert engine.run(ToolRequest("fake.blur"), raster).raster.depth == "16"
    request = register(tools, functions, lambda images, params, run: Result(image=images + 2.0))
    over = engine.run(request, raster)
    assert over.raster.depth == "32f"
    np.testing.assert_allclose(over.raster.planes(), raster.planes() + 2.0, atol=1e-6)


@pytest.mark.parametrize(("norm", "eps"), [("linf", 8.0), ("l2", 300.0)])
def test_an_attack_is_held_to_its_budget(engine: Engine, raster: Raster, norm: str, eps: float) -> None:
    outcome = engine.run(attack(norm=norm, eps=eps), raster)
    moved = (outcome.raster.planes() - raster.planes()) * 255
    length = np.abs(moved).max() if norm == "linf" else np.sqrt((moved.astype(np.float64) ** 2).sum())
    assert length == pytest.approx(eps, rel=2e-3)
    assert outcome.report[norm] == pytest.approx(eps, rel=1e-3)
    assert outcome.report[norm] <= eps  # to the last bit: scripts compare the two
    assert outcome.maps[0].kind == "perturbation"
    assert outcome.maps[0].values.max() <= eps


def test_an_attack_reports_what_the_model_saw(engine: Engine, raster: Raster) -> None:
    weak, strong = engine.run(attack(eps=1), raster), engine.run(attack(eps=200), raster)
    assert (weak.report["success"], strong.report["success"]) == (False, True)
    assert strong.report["before"][0]["label"] == "dark"
    assert strong.report["after"][0]["label"] == "bright"
    assert strong.report["success_after_8bit"] is True
    assert strong.report["caveats"] == ["own"]
    assert sum(row["p"] for row in strong.report["after"]) == pytest.approx(1.0)


def test_a_targeted_attack_succeeds_only_at_its_target(engine: Engine, raster: Raster) -> None:
    assert engine.run(attack(eps=200, target_class="bright"), raster).report["success"] is True
    assert engine.run(attack(eps=1, target_class="bright"), raster).report["success"] is False
    with pytest.raises(ParameterError, match="expected one of the model's 2 classes, got 'grey'"):
        engine.run(attack(target_class="grey"), raster)


def test_zero_budget_returns_the_photo(engine: Engine, raster: Raster) -> None:
    outcome = engine.run(attack(eps=0), raster)
    np.testing.assert_array_equal(outcome.raster.planes(), raster.planes())  # floats, as it was judged


def test_an_attack_sees_a_clipped_photo(engine: Engine) -> None:
    raster = Raster(np.linspace(-1, 2, 48, dtype=np.float32).reshape(4, 4, 3))
    outcome = engine.run(attack(eps=4), raster)
    assert outcome.raster.planes().min() >= 0.0
    assert outcome.raster.planes().max() <= 1.0


@pytest.mark.parametrize(
    ("request_", "error", "words"),
    [
        (ToolRequest("fake.blur", {"radius": 99}), ParameterError, "be less than or equal to 20, got 99"),
        (ToolRequest("fake.blur", {"width": 1}), ParameterError, "expected one of radius, got 'width'"),
        (ToolRequest("fake.blur", {"radius": "wide"}), ParameterError, "got 'wide'"),
        (ToolRequest("fake.blur", subjects=(ModelSpec("m"),)), ParameterError, "expected no classifier"),
        (ToolRequest("fake.push"), InputMissingError, "expected a classifier"),
        (ToolRequest("fake.spread"), InputMissingError, "expected a restoration"),
        (ToolRequest("fake.blur", tile="7"), ParameterError, "expected a tile"),
        (ToolRequest("fake.blur", device="cuda:99"), ParameterError, "expected a device"),
    ],
)
def test_a_bad_request_is_one_sentence(
    engine: Engine, raster: Raster, request_: ToolRequest, error: type[VerilensError], words: str
) -> None:
    with pytest.raises(error) as caught:
        engine.run(request_, raster)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda images, params, run: images, "expected its function to return a Result, got torch.Tensor"),
        (lambda images, params, run: Result(image=images[..., 1:]), "expected a picture of shape"),
        (lambda images, params, run: Result(), "expected a picture, got none"),
        (lambda images, params, run: Result(image=images / 0.0), "expected a finite picture"),
        (lambda images, params, run: 1 / 0, "1.0.: expected .* on 53×37 pixels, got ZeroDivisionError: division"),
        (lambda images, params, run: sys.exit(9), "on 53×37 pixels, got SystemExit: 9"),
    ],
)
def test_a_broken_tool_is_reported(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster, function: Any, words: str
) -> None:
    with pytest.raises(ToolError, match=words):
        engine.run(register(tools, functions, function), raster)


def test_a_photo_that_is_not_finite_is_refused(engine: Engine) -> None:
    pixels = np.zeros((8, 8, 1), np.float32)
    pixels[2, 2] = np.nan
    with pytest.raises(ToolError, match="got 1 values that are NaN or infinite"):
        engine.run(ToolRequest("fake.blur"), Raster(pixels))


def test_inputs_are_checked_and_cut_like_the_photo(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster
) -> None:
    spec = InputSpec("weight", "map", "A weight per pixel.", required=True)

    def weigh(images: Any, params: Any, run: Any) -> Result:
        return Result(image=images * run.inputs["weight"])

    request = register(tools, functions, weigh, inputs=(spec,), reach=0)
    weight = np.random.default_rng(1).random((1, 37, 53), np.float32)
    tiled = ToolRequest("fake.new", tile=16)
    outcome = engine.run(tiled, raster, inputs={"weight": weight}, exact_16=False)
    np.testing.assert_allclose(outcome.raster.planes(), raster.planes() * weight, atol=1e-6)
    with pytest.raises(InputMissingError, match="expected the input 'weight'"):
        engine.run(request, raster)
    with pytest.raises(ParameterError, match="expected weight of 53×37 pixels, got 5×5"):
        engine.run(request, raster, inputs={"weight": np.ones((1, 5, 5), np.float32)})
    with pytest.raises(ParameterError, match="expected inputs out of weight, got 'wait'"):
        engine.run(request, raster, inputs={"wait": weight})


def test_prepare_sees_the_whole_photo_once(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster
) -> None:
    seen: list[tuple[int, ...]] = []

    def prepare(images: Any, params: Any, run: Any) -> Any:
        seen.append(tuple(images.shape))
        return images.mean()

    functions["fake:prepare"] = prepare


    def fill(images: Any, params: Any, run: Any) -> Result:
        return Result(image=images * 0 + run.prepared)

    register(tools, functions, fill, prepare="fake:prepare", reach=0)
    outcome = engine.run(ToolRequest("fake.new", tile=16), raster, exact_16=False)
    assert seen == [(1, 3, 37, 53)]
    np.testing.assert_allclose(outcome.raster.planes(), raster.planes().mean(), atol=1e-5)


def test_a_mask_keeps_the_rest_untouched(engine: Engine, raster: Raster) -> None:
    mask = np.zeros((37, 53), np.float32)
    mask[:, :20] = 1.0
    outcome = engine.run(ToolRequest("fake.blur"), raster, mask=mask, exact_16=False)
    full = engine.run(ToolRequest("fake.blur"), raster, exact_16=False)
    np.testing.assert_array_equal(outcome.raster.planes()[..., 20:], raster.planes()[..., 20:])
    np.testing.assert_allclose(outcome.raster.planes()[..., :20], full.raster.planes()[..., :20], atol=1e-6)
    with pytest.raises(ParameterError, match="expected a mask of 53×37"):
        engine.run(ToolRequest("fake.blur"), raster, mask=mask[1:])


def test_linear_light_is_converted_there_and_back(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster
) -> None:
    means: list[float] = []

    def keep(images: Any, params: Any, run: Any) -> Result:
        means.append(float(images.mean()))
        return Result(image=images)

    outcome = engine.run(register(tools, functions, keep, encoding="linear"), raster, exact_16=False)
    np.testing.assert_allclose(outcome.raster.planes(), raster.planes(), atol=1e-5)
    assert means[0] < raster.planes().mean() * 0.6, "linear light is darker than its encoding"


def test_memory_that_runs_out_leads_to_smaller_tiles_and_is_said(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster
) -> None:
    wide = Raster(np.tile(raster.pixels, (8, 8, 1)))

    def hungry(images: Any, params: Any, run: Any) -> Result:
        if images.shape[-1] > 130:
            raise torch.OutOfMemoryError("no more")
        return Result(image=images)

    request = register(tools, functions, hungry, reach=1)
    outcome = engine.run(request, wide)
    assert outcome.record.tile == 96
    assert outcome.record.notes == (
        "Memory ran out, so it went on in tiles of 208 pixels.", "Memory ran out, so it went on in tiles of 96 pixels.",
    )
    assert engine.run(request, wide).record.notes == (), "the tile that worked is remembered"


def test_memory_that_cannot_suffice_is_an_error(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster
) -> None:
    def hungry(images: Any, params: Any, run: Any) -> Result:
        raise MemoryError

    with pytest.raises(ToolError, match="expected enough memory for 53×37 pixels"):
        engine.run(register(tools, functions, hungry), raster)


def test_a_cancelled_job_stops_between_tiles(engine: Engine, raster: Raster) -> None:
    seen: list[float] = []

    def stop(fraction: float, message: str) -> None:
        seen.append(fraction)
        control.cancel()

    control = JobControl(stop)
    with pytest.raises(Cancelled):
        engine.run(ToolRequest("fake.blur", tile=16), raster, control=control)
    assert len(seen) == 1


def test_flags_of_the_model_come_back_whatever_happens(
    engine: Engine, tools: Any, nets: Any, functions: dict[str, Any], raster: Raster
) -> None:
    def meddle(images: Any, params: Any, run: Any) -> Result:
        run.model.module.train()
        run.model.module.weight.requires_grad_(True)
        raise RuntimeError("half way")

    functions["fake:push"] = meddle
    with pytest.raises(ToolError):
        engine.run(attack(), raster)
    assert not nets.module.training
    assert not nets.module.drop.training
    assert not nets.module.weight.requires_grad


def test_alpha_goes_along_untouched(engine: Engine, raster: Raster) -> None:
    alpha = np.arange(37 * 53, dtype=np.uint64).reshape(37, 53).astype(np.uint8)
    outcome = engine.run(ToolRequest("fake.blur"), Raster(raster.pixels, alpha))
    np.testing.assert_array_equal(outcome.raster.alpha, alpha.astype(np.uint16) * 257)


def test_gradients_flow_through_a_called_tool(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster
) -> None:
    gradients: list[torch.Tensor] = []

    def through(images: Any, params: Any, run: Any) -> Result:
        with torch.enable_grad():
            leaf = images.clone().requires_grad_(True)
            run.call("fake.blur", leaf, {"radius": 1}).image.sum().backward()
        gradients.append(leaf.grad)
        return Result(image=images)

    engine.run(register(tools, functions, through), raster)
    assert gradients[0].mean() == pytest.approx(1.0, abs=1e-3)


def test_a_called_tool_fills_the_share_that_its_caller_announced(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster
) -> None:
    def inner(images: Any, params: Any, run: Any) -> Result:
        run.progress(0.5, "halfway")
        return Result(image=images)

    def outer(images: Any, params: Any, run: Any) -> Result:
        for begin, until in ((0.1, 0.5), (0.6, None)):
            run.progress(begin, "calling", until)
            run.call("fake.inner", images)
        return Result(image=images)

    told: list[tuple[float, str]] = []
    register(tools, functions, inner, id="fake.inner", algorithm="fake:inner")
    tools.known["fake.inner"], functions["fake:inner"] = tools.known["fake.new"], inner
    engine.run(register(tools, functions, outer), raster, control=JobControl(lambda *said: told.append(said)))
    assert [done for done, _ in told] == pytest.approx([0.1, 0.3, 0.6])
    assert {message for _, message in told} == {"calling"}


def test_noise_does_not_depend_on_the_batch(engine: Engine) -> None:
    from desktop_app.core.jobs.context import RunContext

    images = torch.zeros(2, 3, 4, 5)
    both = RunContext(engine, torch.device("cpu"), [7, 8]).randn(images)
    alone = RunContext(engine, torch.device("cpu"), [8]).randn(images[:1])
    assert torch.equal(both[1:], alone)
    state = torch.get_rng_state()
    RunContext(engine, torch.device("cpu"), [1]).rand(images[:1])
    assert torch.equal(state, torch.get_rng_state()), "global random state is never used"
