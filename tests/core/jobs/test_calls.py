"""What a tool sees of its run, and what of it a tool that it calls inherits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from desktop_app.api import Cancelled, InputMissingError, InputSpec, Map, Result
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.bodies import NetworkBody
from desktop_app.core.jobs.context import RunContext
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.engine import Engine
from desktop_app.core.jobs.precision import Probe
from desktop_app.core.jobs.request import ModelSpec, TargetSpec, ToolRequest
from tests.core.jobs.conftest import register

CPU = torch.device("cpu")


def add(tools: Any, functions: dict[str, Any], name: str, function: Any, **more: Any) -> ToolRequest:
    """Add a tool under a name of its own."""
    register(tools, functions, function, **more)
    tools.known[name] = replace(tools.known["fake.new"], id=name, algorithm=name)
    functions[name] = function
    return ToolRequest(name)


def test_a_called_tool_inherits_seeds_and_models_and_nothing_else(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster
) -> None:
    seen: list[Any] = []

    def inner(images: Any, params: Any, run: Any) -> Result:
        noise = run.rand(images)
        seen.append((run.has_model, run.has_target, run.prepared, dict(run.inputs), list(run.seeds), noise))
        return Result(image=images)

    def outer(images: Any, params: Any, run: Any) -> Result:
        own = run.rand(images)
        assert (run.has_model, run.has_target, run.prepared) == (True, True, "ready")
        run.call("fake.inner", images)
        run.call("fake.inner", images, seeds=[9])
        assert torch.equal(seen[0][-1], own), "it draws from the beginning"
        assert not torch.equal(run.rand(images), own), "its caller goes on"
        return Result(image=images)

    spec = InputSpec("weight", "map", "A weight.")
    functions["fake:prepare"] = lambda images, params, run: "ready"
    add(tools, functions, "fake.inner", inner, inputs=(spec,))
    request = add(tools, functions, "fake.outer", outer, inputs=(spec,), prepare="fake:prepare",
                  subjects=("classifier+restoration",))  # fmt: skip
    given = replace(request, seed=4, subjects=(ModelSpec("m"), TargetSpec("fake.blur")))
    engine.run(given, raster, inputs={"weight": np.ones((1, 37, 53), np.float32)})
    assert [each[:5] for each in seen] == [(True, False, None, {}, [4]), (True, False, None, {}, [9])]


def test_inputs_parameters_and_maps_go_through_a_call(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster
) -> None:
    def inner(images: Any, params: Any, run: Any) -> Result:
        layer = Map(name="m", values=run.inputs["weight"][:, 0], kind="difference", unit="1", meaning="M.")
        return Result(maps=[layer])

    def outer(images: Any, params: Any, run: Any) -> Result:
        (layer,) = run.call("fake.inner", images, inputs={"weight": images[:, :1] * 0 + 0.25}).maps
        soft = run.call("fake.blur", images, {"radius": 0}).image
        assert soft.device == images.device
        return Result(image=soft * layer.values[:, None])

    add(tools, functions, "fake.inner", inner, kind="uncertainty", inputs=(InputSpec("weight", "map", "A weight."),))
    outcome = engine.run(add(tools, functions, "fake.outer", outer), raster, exact_16=False)
    assert outcome.raster is not None
    np.testing.assert_allclose(outcome.raster.planes(), raster.planes() / 4, atol=1e-6)


@pytest.mark.parametrize("wants_gradients", [False, True])
def test_a_called_tool_is_cut_where_memory_asks_and_gradients_do_not(
    engine: Engine, tools: Any, functions: dict[str, Any], monkeypatch: pytest.MonkeyPatch, wants_gradients: bool
) -> None:
    widths: list[int] = []

    def inner(images: Any, params: Any, run: Any) -> Result:
        widths.append(images.shape[-1])
        return Result(image=images)

    def outer(images: Any, params: Any, run: Any) -> Result:
        monkeypatch.setattr("desktop_app.core.jobs.fits.free_bytes", lambda device: 1)
        with torch.set_grad_enabled(True):
            run.call("fake.inner", images.clone().requires_grad_(wants_gradients))
        return Result(image=images)

    add(tools, functions, "fake.inner", inner, reach=0)
    engine.run(add(tools, functions, "fake.outer", outer), Raster(np.zeros((64, 128, 1), np.uint8)))
    assert widths == ([128] if wants_gradients else [64, 64])


def test_what_was_not_given_is_asked_for(engine: Engine) -> None:
    run = RunContext(engine, CPU, [1])
    assert (run.has_model, run.has_target, run.targets) == (False, False, ())
    with pytest.raises(InputMissingError, match="expected a classifier"):
        _ = run.model
    with pytest.raises(InputMissingError, match="expected a restoration"):
        _ = run.target


def test_a_target_draws_from_the_seeds_that_it_is_given(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster
) -> None:
    def noisy(images: Any, params: Any, run: Any) -> Result:
        return Result(image=run.rand(images))

    def asks(images: Any, params: Any, run: Any) -> Result:
        first, other, again = (run.target(images, seeds) for seeds in (None, [9], [9]))
        assert torch.equal(other, again)
        assert not torch.equal(first, other)
        return Result(image=first)

    add(tools, functions, "fake.noisy", noisy, stochastic=True)
    asking = add(tools, functions, "fake.asks", asks, subjects=("restoration",))
    engine.run(replace(asking, subjects=(TargetSpec("fake.noisy"),)), raster)


def test_a_target_without_a_picture_is_refused(engine: Engine, tools: Any, functions: dict[str, Any]) -> None:
    layer = Map(name="m", values=torch.zeros(1, 4, 4), kind="difference", unit="1", meaning="M.")
    add(tools, functions, "fake.maps", lambda images, params, run: Result(maps=[layer]), kind="uncertainty")
    run = RunContext(engine, CPU, [1], target_specs=(TargetSpec("fake.maps"),))
    with pytest.raises(InputMissingError, match=r"got 'fake\.maps'"):
        run.target(torch.zeros(1, 3, 4, 4))


def test_progress_is_clamped_and_a_share_ends_with_the_next_report() -> None:
    told: list[tuple[float, str]] = []
    control = JobControl(lambda *said: told.append(said))
    for done in (-1.0, 0.5, 7.0):
        control.progress(done, "x")
    control.progress(0.2, "calling", until=0.6)
    control.inner().progress(0.5, "inside")
    control.progress(0.7)
    control.inner().progress(0.5, "nobody knows")
    control.part(0.5, 1.0).progress(0.5, "own words")
    expected = [(0.0, "x"), (0.5, "x"), (1.0, "x"), (0.2, "calling"), (0.4, "calling"), (0.7, ""), (0.75, "own words")]
    assert [done for done, _ in told] == pytest.approx([done for done, _ in expected])
    assert [words for _, words in told] == [words for _, words in expected]
    control.inner().cancel()
    assert control.is_cancelled, "the flag is one"


@pytest.mark.parametrize("stop", [lambda run: run.check(), lambda run: run.progress(0.5)])
def test_a_tool_stops_where_it_asks_whether_to(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster, stop: Any
) -> None:
    went_on: list[bool] = []

    def patient(images: Any, params: Any, run: Any) -> Result:
        control.cancel()
        stop(run)
        went_on.append(True)
        return Result(image=images)

    control = JobControl()
    with pytest.raises(Cancelled):
        engine.run(add(tools, functions, "fake.patient", patient), raster, control=control)
    assert not went_on


def test_a_tool_hears_that_it_is_to_end_with_what_it_has(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster
) -> None:
    heard: list[bool] = []

    def rounds(images: Any, params: Any, run: Any) -> Result:
        heard.append(run.ends_early())
        control.end_early()
        heard.append(run.ends_early())
        return Result(image=images)

    control = JobControl()
    engine.run(add(tools, functions, "fake.rounds", rounds), raster, control=control)
    assert heard == [False, True]


def test_a_called_tool_gets_the_mask_that_it_is_called_with_and_no_other(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster
) -> None:
    seen: list[Any] = []

    def inner(images: Any, params: Any, run: Any) -> Result:
        seen.append(None if run.mask is None else float(run.mask.sum()))
        return Result(image=images)

    def outer(images: Any, params: Any, run: Any) -> Result:
        seen.append(float(run.mask.sum()))
        run.call("fake.inner", images)
        run.call("fake.inner", images, mask=run.mask * 0)
        return Result(image=images)

    add(tools, functions, "fake.inner", inner)
    functions["fake:push"] = outer
    mask = np.zeros((37, 53), np.float32)
    mask[:2, :3] = 1.0
    engine.run(ToolRequest("fake.push", subjects=(ModelSpec("m"),)), raster, mask=mask)
    assert seen == [6.0, None, 0.0]


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_network_runs_in_the_precision_that_was_asked_for(
    engine: Engine, tools: Any, nets: Any, functions: dict[str, Any], raster: Raster, precision: Any
) -> None:
    request = add(tools, functions, "fake.net", network_tool)
    nets.module = torch.nn.Conv2d(3, 3, 1).requires_grad_(False)
    record = engine.run(replace(request, precision=precision), raster).record
    assert record.precision == precision


def network_tool(images: Any, params: Any, run: Any) -> Result:
    with torch.no_grad():
        return Result(image=run.network("n")(images).clamp(0, 1))


@pytest.mark.parametrize("chosen", ["float32", "bfloat16"])
def test_the_automatic_precision_is_chosen_by_network_machine_and_channels(
    engine: Engine, tools: Any, nets: Any, functions: dict[str, Any], raster: Raster, monkeypatch: pytest.MonkeyPatch,
    chosen: str,
) -> None:  # fmt: skip
    asked: list[Any] = []

    def of(self: Any, facts: Any, measure: Any) -> str:
        asked.extend((facts, measure()))
        return chosen

    monkeypatch.setattr("desktop_app.core.jobs.choices.Choices.of", of)
    nets.module = torch.nn.Conv2d(3, 3, 1).requires_grad_(False)
    record = engine.run(add(tools, functions, "fake.net", network_tool), raster).record
    assert record.precision == chosen
    facts, probe = asked
    assert {"model": "n", "sha256": "0" * 64, "channels": 3, "device": "cpu"}.items() <= facts.items()
    assert isinstance(probe, Probe)


def test_a_network_without_gradients_runs_in_what_was_chosen() -> None:
    used: set[str] = set()
    seen: list[int] = []

    def choose(channels: int, measure: Any) -> Any:
        seen.append(channels)
        return "bfloat16"

    body = NetworkBody(torch.nn.Identity(), choose, used)
    with torch.no_grad():
        body(torch.zeros(2, 1, 4, 4, requires_grad=True))
    assert (used, seen) == ({"bfloat16"}, [1])


def test_a_judge_may_call_a_tool_with_seeds_of_its_own(
    engine: Engine, tools: Any, functions: dict[str, Any]
) -> None:
    def noisy(images: Any, params: Any, run: Any) -> Result:
        return Result(image=params.radius * run.rand(images))

    add(tools, functions, "fake.noisy", noisy, stochastic=True, params=tools.known["fake.blur"].params)
    images = torch.zeros(1, 3, 4, 5)
    scene = RunContext(engine, CPU, [1]).scene(images, {"kernel": images})
    one, same, other = (scene.call(images, "fake.noisy", {"radius": 2}, [seed]) for seed in (7, 7, 8))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert 1.0 < float(one.max()) < 2.0
    assert (scene.asked, scene.model, scene.mask, list(scene.artifacts)) == (0, None, None, ["kernel"])
