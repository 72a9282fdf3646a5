"""What the engine decides before and after a run: stacks, tiles, clocks, records and who has gradients."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import torch

from desktop_app.api import InputSpec, Map, Params, Result, ToolError, param
from desktop_app.api.errors import ParameterError
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs import stack
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.engine import Engine
from desktop_app.core.jobs.memory import Forecast
from desktop_app.core.jobs.request import ModelSpec, TargetSpec, ToolRequest
from desktop_app.core.jobs.stack import Sample
from tests.core.jobs.conftest import register

ADOBE: bytes = imagecodecs.cms_profile("adobergb")
PHOTO = 4 * 128 * 128  # bytes of one photo of `photos`


def photos(count: int) -> list[Sample]:
    return [Sample(Raster(np.full((128, 128, 1), level, np.uint8))) for level in range(count)]


def noting(tools: Any, functions: dict[str, Any], **more: Any) -> tuple[ToolRequest, list[tuple[int, int]]]:
    seen: list[tuple[int, int]] = []

    def note(images: Any, params: Any, run: Any) -> Result:
        seen.append((len(images), images.shape[-1]))
        return Result(image=images)

    return register(tools, functions, note, memory=4.0, **more), seen


@pytest.mark.parametrize(("reach", "tile", "room", "seen"), [
    (None, "auto", 4, [(4, 128)]),
    (None, "auto", 2, [(2, 128)] * 2),
    (0, "auto", 4, [(4, 128)]),
    (0, "auto", 2, [(2, 128)] * 2),
    (0, 64, 4, [(4, 64)] * 4),
    (0, "none", 2, [(2, 128)] * 2),
])  # fmt: skip
def test_as_many_photos_go_together_as_fit_whole(
    engine: Engine, tools: Any, functions: dict[str, Any], monkeypatch: pytest.MonkeyPatch,
    reach: int | None, tile: str | int, room: int, seen: list[tuple[int, int]],
) -> None:  # fmt: skip
    request, runs = noting(tools, functions, reach=reach)
    free = int(room * PHOTO * 5 / 0.6) + 10
    monkeypatch.setattr("desktop_app.core.jobs.fits.free_bytes", lambda device: free)
    outcomes = list(engine.run_all(replace(request, tile=tile), photos(4)))
    assert runs == seen
    assert [int(outcome.raster.pixels[0, 0, 0]) for outcome in outcomes] == [0, 1, 2, 3]


def test_a_stack_that_fitted_goes_together_again(engine: Engine, tools: Any, functions: dict[str, Any]) -> None:
    seen: list[int] = []

    def hungry(images: Any, params: Any, run: Any) -> Result:
        seen.append(len(images))
        if len(images) > 2:
            raise MemoryError
        return Result(image=images)

    request = register(tools, functions, hungry)
    for _ in range(2):
        list(engine.run_all(request, photos(4)))
    assert seen == [4, 2, 2, 2, 2]
    engine.run(request, Raster(np.zeros((300, 300, 1), np.uint8)))
    assert seen[-1] == 1, "one alone is always tried"


def test_progress_only_rises_while_a_stack_is_done_in_halves(
    engine: Engine, tools: Any, functions: dict[str, Any]
) -> None:
    def hungry(images: Any, params: Any, run: Any) -> Result:
        if len(images) > 1:
            raise MemoryError
        run.progress(0.5)
        return Result(image=images)

    told: list[float] = []
    control = JobControl(lambda done, _: told.append(done))
    list(engine.run_all(register(tools, functions, hungry), photos(4), control=control))
    assert [done for done in told if done > 0] == [0.125, 0.375, 0.625, 0.875]


def test_a_fault_of_the_engine_is_not_taken_for_a_photos(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: Any, **more: Any) -> Any:
        tried.append(1)
        raise ZeroDivisionError

    tried: list[int] = []
    monkeypatch.setattr("desktop_app.core.jobs.engine.run_tool", broken)
    with pytest.raises(ZeroDivisionError):
        list(engine.run_all(ToolRequest("fake.blur"), photos(4)))
    assert len(tried) == 1


@pytest.mark.parametrize(("total", "told"), [(None, [0.0, 0.0]), (4, [0.25, 0.75])])
def test_a_stream_says_how_far_it_is_where_its_length_is_known(
    engine: Engine, tools: Any, functions: dict[str, Any], total: int | None, told: list[float]
) -> None:
    def halfway(images: Any, params: Any, run: Any) -> Result:
        run.progress(0.5)
        return Result(image=images)

    said: list[float] = []
    request = register(tools, functions, halfway)
    control = JobControl(lambda done, _: said.append(done))
    list(engine.run_all(request, iter(photos(4)), most=2, total=total, control=control))
    assert said == pytest.approx(told)


@pytest.mark.parametrize(("side", "most", "held"), [
    (128, 64, [9]), (128, 2, [2, 2, 2, 2, 1]), (2048, 64, [4, 4, 1]), (2049, 64, [3, 3, 3]), (5000, 64, [1] * 9),
])  # fmt: skip
def test_at_most_sixteen_megapixels_are_held_unless_one_photo_is_larger(side: int, most: int, held: list[int]) -> None:
    pixels = np.broadcast_to(np.uint8(0), (side, side, 3))
    samples = (stack.Sample(Raster(pixels), seed) for seed in range(9))
    assert [len(window) for window in stack.windows(samples, most)] == held


def test_what_goes_together_shares_channels_size_and_forms_of_inputs() -> None:
    def sample(size: tuple[int, int, int], *inputs: tuple[str, tuple[int, int, int]]) -> Sample:
        return Sample(Raster(np.zeros(size, np.uint8)), inputs={name: np.zeros(form, np.float32)
                                                                for name, form in inputs})  # fmt: skip

    kernel, wide = ("k", (1, 3, 3)), ("k", (1, 3, 5))
    samples = [
        sample((4, 5, 3)), sample((5, 4, 3)), sample((4, 5, 1)), sample((4, 5, 3), kernel), sample((4, 5, 3), wide),
        sample((4, 5, 3), kernel), sample((4, 6, 3)), sample((4, 5, 3)),
    ]  # fmt: skip
    assert stack.by_form(samples) == [[0, 7], [1], [2], [3, 5], [4], [6]]


def test_the_clock_is_the_tools_share_of_each_photo(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks: Iterator[float] = iter([10.0, 16.0])
    monkeypatch.setattr("desktop_app.core.jobs.engine.time.perf_counter", lambda: next(ticks))
    outcomes = list(engine.run_all(ToolRequest("fake.blur", {"radius": 0}), photos(3)))
    assert [outcome.record.seconds for outcome in outcomes] == [2.0] * 3


def test_a_record_says_who_did_what_where(engine: Engine, tools: Any, functions: dict[str, Any]) -> None:
    spec = InputSpec("weight", "map", "A weight.")
    request = register(
        tools, functions, lambda images, params, run: Result(image=images), inputs=(spec,), title="New", version="3"
    )
    (sample,) = photos(1)
    record = engine.run(
        replace(request, seed=8, device="cpu"), sample.raster, inputs={"weight": np.ones((1, 128, 128), np.float32)}
    ).record
    found = (record.tool, record.kind, record.title, record.plugin, record.plugin_version, record.seed, record.device)
    assert found == ("fake.new", "restoration", "New", "fake", "1.0", 8, "cpu")
    assert (record.inputs, record.torch, record.precision) == ({"weight": "given"}, str(torch.__version__), "float32")
    assert (record.tile, record.notes) == (None, ())


@pytest.mark.parametrize("subjects", [(), ("classifier",)])
def test_gradients_are_on_for_tools_that_question_somebody(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster, subjects: tuple[str, ...]
) -> None:
    seen: list[bool] = []

    def note(images: Any, params: Any, run: Any) -> Result:
        seen.append(torch.is_grad_enabled())
        return Result(image=images)

    request = register(tools, functions, note, subjects=subjects)
    with torch.set_grad_enabled(not subjects):
        engine.run(replace(request, subjects=tuple(ModelSpec("m") for _ in subjects)), raster)
    assert seen == [bool(subjects)]


def test_only_an_attack_sees_a_clipped_photo(engine: Engine, tools: Any, functions: dict[str, Any]) -> None:
    bright = Raster(np.linspace(-1, 2, 48, dtype=np.float32).reshape(4, 4, 3))
    outcome = engine.run(register(tools, functions, lambda images, params, run: Result(image=images)), bright)
    np.testing.assert_array_equal(outcome.raster.planes(), bright.planes())


@pytest.mark.parametrize(("tile", "side", "chosen"), [("none", 200, None), (64, 68, 64)])
def test_a_forecast_is_of_one_photo_in_the_tiles_that_were_asked_for(
    engine: Engine, tools: Any, functions: dict[str, Any], monkeypatch: pytest.MonkeyPatch,
    tile: str | int, side: int, chosen: int | None,
) -> None:  # fmt: skip
    monkeypatch.setattr("desktop_app.core.jobs.fits.free_bytes", lambda device: 10**9)
    request, _ = noting(tools, functions, reach=2)
    told = engine.forecast(replace(request, tile=tile), Raster(np.zeros((200, 150, 3), np.uint8)))
    rows = 150 if chosen is None else side
    assert told == Forecast(4 * 3 * (side * rows * 4 + 200 * 150), 10**9, chosen)
    with pytest.raises(ParameterError):
        engine.forecast(ToolRequest("fake.blur", {"radius": 99}), Raster(np.zeros((8, 8, 1), np.uint8)))


@pytest.mark.parametrize(("encoding", "icc", "pictures"), [
    ("encoded", ADOBE, 5), ("srgb", ADOBE, 6), ("linear", ADOBE, 6), ("srgb", None, 5), ("linear", None, 6),
])
def test_a_forecast_counts_the_photos_own_numbers_where_the_tool_is_handed_others(
    engine: Engine, tools: Any, functions: dict[str, Any], encoding: str, icc: bytes | None, pictures: int
) -> None:
    request, _ = noting(tools, functions, encoding=encoding)
    told = engine.forecast(request, Raster(np.zeros((200, 150, 3), np.uint8)), icc)
    assert told.bytes_needed == 4 * 3 * 200 * 150 * pictures


class Calling(Params):
    """The parameters of a tool that calls another."""

    helper: str = param("none", title="Helper", help="A tool.")
    name: str = param("a.b", title="Name", help="A word with a dot that is no tool.")


@pytest.mark.parametrize("way", ["target", "parameter", "neither"])
def test_a_forecast_counts_the_tool_that_is_called(
    engine: Engine, tools: Any, functions: dict[str, Any], way: str
) -> None:
    called = "fake.called"
    tools.known[called] = replace(tools.tool("fake.blur"), id=called, memory=30.0, params=None, reach=None)
    request, _ = noting(tools, functions, params=Calling, subjects=("restoration",))
    told = engine.forecast(replace(
        request, params={"helper": called} if way == "parameter" else {},
        subjects=(TargetSpec(called, {}),) if way == "target" else (),
    ), Raster(np.zeros((200, 150, 3), np.uint8)))
    assert told.bytes_needed == 4 * 3 * 200 * 150 * (5 if way == "neither" else 31)


def test_a_forecast_counts_what_the_called_tool_calls_and_ends_where_tools_name_each_other(
    engine: Engine, tools: Any, functions: dict[str, Any]
) -> None:
    request, _ = noting(tools, functions, params=Calling)
    blur = tools.tool("fake.blur")
    tools.known["fake.deep"] = replace(blur, id="fake.deep", memory=30.0, params=None, reach=None)
    between = replace(tools.tool(request.tool), id="fake.between", subjects=("restoration",))
    tools.known["fake.between"] = between
    asked = replace(request, tool="fake.between", subjects=(TargetSpec(request.tool, {"helper": "fake.deep"}),))
    raster = Raster(np.zeros((200, 150, 3), np.uint8))
    assert engine.forecast(asked, raster).bytes_needed == 4 * 3 * 200 * 150 * 31
    circle = replace(asked, subjects=(TargetSpec(request.tool, {"helper": "fake.between"}),))
    assert engine.forecast(circle, raster).bytes_needed == 4 * 3 * 200 * 150 * 5


def layer(values: Any, name: str = "m", **more: Any) -> Map:
    return Map(name=name, values=values, kind="difference", unit="1", meaning="M.", **more)


@pytest.mark.parametrize(("make", "words"), [
    (lambda x: [layer(x[:, 0], f"m{x.shape[-1]}")], "the same parts of every tile"),
    (lambda x: [layer(x[:, 0, :4, :4], is_aligned=False)], "maps of the photo's size from tiles"),
])  # fmt: skip
def test_tiles_that_do_not_fit_together_are_the_plugins_fault(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster, make: Any, words: str
) -> None:
    request = register(tools, functions, lambda x, params, run: Result(image=x, maps=make(x)), reach=1)
    with pytest.raises(ToolError, match=words):
        engine.run(replace(request, tile=16), raster)


def test_maps_come_together_with_the_first_tiles_report_and_artifacts(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster
) -> None:
    def look(x: Any, params: Any, run: Any) -> Result:
        first = x[:, :1, :1, :1]
        maps = [layer(x[:, 0], "red"), layer(x[:, 1], "green")]
        return Result(maps=maps, reports=[{"width": x.shape[-1]}], artifacts={"corner": first})

    request = register(tools, functions, look, reach=1, kind="uncertainty")
    outcome = engine.run(replace(request, tile=16), raster)
    assert outcome.raster is None
    for one, plane in zip(outcome.maps, raster.planes(), strict=False):
        np.testing.assert_allclose(one.values, plane)
    assert outcome.report == {"method": "fake.new", "width": 17}
    np.testing.assert_allclose(outcome.artifacts["corner"], raster.planes()[:1, :1, :1])


def test_every_tile_draws_from_the_beginning_and_hears_what_was_prepared(
    engine: Engine, tools: Any, functions: dict[str, Any]
) -> None:
    drawn: list[Any] = []

    def noise(x: Any, params: Any, run: Any) -> Result:
        drawn.append(run.rand(x))
        return Result(image=x)

    said: list[tuple[float, str]] = []
    functions["fake:prepare"] = lambda x, params, run: run.progress(0.9, "counting")
    request = register(tools, functions, noise, reach=0, prepare="fake:prepare")
    control = JobControl(lambda *words: said.append(words))
    engine.run(replace(request, tile=64), photos(1)[0].raster, control=control)
    assert all(torch.equal(each, drawn[0]) for each in drawn)
    assert len(drawn) == 4
    assert said[:2] == [(0.0, "looking at the whole photo"), (0.9, "counting")]
    tiles = [done for done, _ in said[2:]]
    assert tiles == sorted(tiles), "what prepare has told is not taken back"
    assert tiles[0] == pytest.approx(0.925), "the tiles share what it left"
    assert tiles[-1] == 1.0


def test_what_a_tile_tells_of_itself_is_its_share_of_the_whole(
    engine: Engine, tools: Any, functions: dict[str, Any]
) -> None:
    def half(x: Any, params: Any, run: Any) -> Result:
        run.progress(0.5, "at work")
        return Result(image=x)

    said: list[float] = []
    request = register(tools, functions, half, reach=0)
    control = JobControl(lambda done, _: said.append(done))
    engine.run(replace(request, tile=64), photos(1)[0].raster, control=control)
    assert said == pytest.approx([0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0])


def test_only_a_photo_alone_tells_how_long_the_next_will_take(engine: Engine) -> None:
    request, (photo, *_) = ToolRequest("fake.blur"), photos(1)
    list(engine.run_all(request, photos(3)))
    assert engine.forecast(request, photo.raster).seconds is None
    record = engine.run(request, photo.raster).record
    assert engine.forecast(request, photo.raster).seconds == pytest.approx(record.seconds)


def test_with_a_cache_another_engine_knows_what_was_measured(
    tools: Any, nets: Any, functions: dict[str, Any], tmp_path: Path
) -> None:
    def network(images: Any, params: Any, run: Any) -> Result:
        return Result(image=run.network("n")(images))

    nets.module = torch.nn.Conv2d(1, 1, 1).requires_grad_(False)
    request, (photo, *_) = register(tools, functions, network), photos(1)
    ran_in = Engine(tools, nets, tmp_path / "cache").run(request, photo.raster).record.precision
    later = Engine(tools, nets, tmp_path / "cache")
    assert later.forecast(request, photo.raster).seconds is not None
    (kept,) = (tmp_path / "cache" / "precision").iterdir()
    assert json.loads(kept.read_text())["precision"] == ran_in
    assert Engine(tools, nets).forecast(request, photo.raster).seconds is None


@pytest.mark.parametrize(("asked", "said"), [("auto", "float32"), ("float32", "float32"), ("bfloat16", "bfloat16")])
def test_an_attacks_record_says_what_its_gradients_were_taken_in(
    engine: Engine, raster: Raster, asked: Any, said: str
) -> None:
    request = ToolRequest("fake.push", subjects=(ModelSpec("m"),), precision=asked)
    assert engine.run(request, raster).record.precision == said


@pytest.mark.parametrize("target", ["fake.push", "fake.spread", "fake.needy"])
def test_a_target_needs_a_photo_alone(engine: Engine, tools: Any, raster: Raster, target: str) -> None:
    spec = InputSpec("weight", "map", "A weight.", required=True)
    tools.known["fake.needy"] = replace(tools.known["fake.blur"], id="fake.needy", inputs=(spec,))
    with pytest.raises(ParameterError, match=f"needs a photo alone, got {target}"):
        engine.run(ToolRequest("fake.spread", subjects=(TargetSpec(target),)), raster)


def test_a_target_may_take_more_if_it_can_do_without(engine: Engine, tools: Any, raster: Raster) -> None:
    tools.known["fake.blur"] = replace(tools.known["fake.blur"], inputs=(InputSpec("weight", "map", "A weight."),))
    engine.run(ToolRequest("fake.spread", subjects=(TargetSpec("fake.blur"),)), raster)


def test_an_attack_on_a_restoration_alone_names_no_model(
    engine: Engine, tools: Any, raster: Raster
) -> None:
    tools.known["fake.push"] = replace(tools.known["fake.push"], subjects=("restoration",))
    outcome = engine.run(ToolRequest("fake.push", subjects=(TargetSpec("fake.blur"),)), raster)
    assert "success" not in outcome.report
    assert outcome.record.models == ()
