"""What a tool returns is held to the contract exactly, and whoever breaks it is named."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from desktop_app.api import Cancelled, Map, PluginError, Result, ToolError
from desktop_app.core.faults import one_line
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.engine import Engine
from desktop_app.core.jobs.request import Outcome, ToolRequest
from desktop_app.core.jobs.stack import Sample
from tests.core.jobs.conftest import register


def layer(values: Any, **changes: Any) -> Map:
    return replace(Map(name="m", values=values, kind="difference", unit="levels", meaning="More is more."), **changes)


def plane(x: torch.Tensor) -> torch.Tensor:
    return x[:, 0]


BROKEN: dict[str, tuple[Any, str]] = {
    "nothing": (lambda x: None, "a Result, got none"),
    "a tensor": (lambda x: x, "a Result, got torch.Tensor"),
    "a string": (lambda x: "done", "a Result, got str"),
    "an array": (lambda x: Result(image=x.numpy()), "a dense float32 tensor, got numpy.ndarray"),
    "a list": (lambda x: Result(image=x.tolist()), "a dense float32 tensor, got list"),
    "levels as bytes": (lambda x: Result(image=(x * 255).byte()), "a dense float32 tensor, got uint8"),
    "levels as floats": (lambda x: Result(image=x * 255), "in which 1 is white, as its input, got values up to"),
    "truths": (lambda x: Result(image=x > 0.5), "got bool"),
    "whole numbers": (lambda x: Result(image=x.long()), "got int64"),
    "halves": (lambda x: Result(image=x.half()), "got float16"),
    "doubles": (lambda x: Result(image=x.double()), "got float64"),
    "complex": (lambda x: Result(image=torch.complex(x, x)), "got complex64"),
    "sparse": (lambda x: Result(image=x.to_sparse()), "got sparse_coo"),
    "no values": (lambda x: Result(image=x.to("meta")), "got one without values"),
    "one that is infinite": (lambda x: Result(image=x.index_fill(3, torch.tensor([7]), torch.inf)), "a finite picture"),
    "one that is as low": (lambda x: Result(image=x.index_fill(3, torch.tensor([7]), -torch.inf)), "a finite picture"),
    "not a number": (lambda x: Result(image=x / 0.0), "a finite picture, got NaN or infinity"),
    "one channel": (lambda x: Result(image=x[:, :1]), r"of shape \(1, 3, 37, 53\), got \(1, 1, 37, 53\)"),
    "no batch": (lambda x: Result(image=x[0]), r"of shape \(1, 3, 37, 53\), got \(3, 37, 53\)"),
    "no picture": (lambda x: Result(), "a picture, got none"),
    "one map": (lambda x: Result(image=x, maps=layer(plane(x))), "maps as a list of Map, got"),
    "strange map": (lambda x: Result(image=x, maps=[plane(x)]), "maps as a list of Map, got list"),
    "map of an array": (lambda x: Result(image=x, maps=[layer(plane(x).numpy())]), "map 'm' that is a dense float32"),
    "small map": (lambda x: Result(image=x, maps=[layer(x[:, 0, 1:])]), r"map 'm' of shape \(1, 37, 53\)"),
    "flat map": (lambda x: Result(image=x, maps=[layer(x[0, 0], is_aligned=False)]), r"map 'm' of shape \(1, h, w\)"),
    "infinite map": (lambda x: Result(image=x, maps=[layer(plane(x) / 0)]), "a finite map 'm'"),
    "twins": (lambda x: Result(image=x, maps=[layer(plane(x))] * 2), "names of their own, got m, m"),
    "kind of map": (lambda x: Result(image=x, maps=[layer(plane(x), kind="mood")]), "out of .* got 'mood'"),
    "nameless map": (lambda x: Result(image=x, maps=[layer(plane(x), name=None)]), "a map's name in words, got None"),
    "proven map": (lambda x: Result(image=x, maps=[layer(plane(x), standing="proven")]), "unchecked, or calibrated"),
    "bare claim": (lambda x: Result(image=x, maps=[layer(plane(x), standing="ranks")]), "what was checked, got ranks"),
    "odd check": (lambda x: Result(image=x, maps=[layer(plane(x), checked={"n": 3})]), "what was checked, got unchec"),
    "too few checks": (lambda x: Result(image=x, maps=[layer(plane(x), standing="ranks", checked=[{"n": 1}] * 3)]),
                       "what was checked of map 'm' as a mapping, or 1 of them"),
    "strange check": (lambda x: Result(image=x, maps=[layer(plane(x), standing="ranks", checked={"n": {1}})]),
                      "what was checked of map 'm' that JSON can hold"),
    "two reports": (lambda x: Result(image=x, reports=[{}, {}]), "1 reports, or none, got 2"),
    "a sentence": (lambda x: Result(image=x, reports="good"), "reports as a list of mappings, got str"),
    "a set": (lambda x: Result(image=x, reports=[{"a": {1, 2}}]), "reports that JSON can hold, got TypeError: a set"),
    "pairs as keys": (lambda x: Result(image=x, reports=[{(1, 2): 3}]), "reports that JSON can hold"),
    "artifacts": (lambda x: Result(image=x, artifacts=[x]), "a mapping from names to tensors, got list"),
    "artifact": (lambda x: Result(image=x, artifacts={"k": x.numpy()}), "artifact 'k' that is a dense float32 tensor"),
    "infinite artifact": (lambda x: Result(image=x, artifacts={"k": x / 0}), "a finite artifact 'k'"),
    "artifact of none": (lambda x: Result(image=x, artifacts={"k": x[0]}), r"an artifact 'k' of shape \(1, …\)"),
    "empty artifact": (lambda x: Result(image=x, artifacts={"k": x[:, :0]}), "artifact 'k' with values"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_result_is_one_sentence_that_names_the_plugin(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster, what: str
) -> None:
    make, words = BROKEN[what]
    with pytest.raises(ToolError, match=words) as caught:
        engine.run(register(tools, functions, lambda images, params, run: make(images)), raster)
    said = str(caught.value)
    assert said.startswith("fake.new (plugin fake 1.0): expected ")
    assert "\n" not in said


def test_a_plugin_without_a_version_is_named_without_one(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools, "plugin_of", lambda _tool: ("mine", ""))
    with pytest.raises(ToolError, match=r"fake\.new \(plugin mine\): expected "):
        engine.run(register(tools, functions, lambda images, params, run: None), raster)


def test_an_uncertainty_needs_a_map(engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster) -> None:
    request = register(tools, functions, lambda images, params, run: Result(image=images), kind="uncertainty")
    with pytest.raises(ToolError, match="a map or a report, got none"):
        engine.run(request, raster)


def test_numbers_of_other_libraries_are_numbers_in_a_report(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster
) -> None:
    report = {"a": np.float32(0.5), "b": torch.tensor(2), "c": np.arange(2), "d": (1, None), "e": [np.nan, -np.inf]}
    request = register(tools, functions, lambda images, params, run: Result(image=images, reports=[report]))
    told = json.dumps(engine.run(request, raster).report)
    assert told == '{"a": 0.5, "b": 2, "c": [0, 1], "d": [1, null], "e": [null, null]}'


@pytest.mark.parametrize("gain", [0.02, 1.0, 3.5])
def test_overshoot_and_gain_are_legal(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster, gain: float
) -> None:
    def spike(images: Any, params: Any, run: Any) -> Result:
        bright = images * gain
        bright[:, :, 3, 3] = 400.0
        return Result(image=bright)

    outcome = engine.run(register(tools, functions, spike), raster)
    assert outcome.raster is not None
    assert outcome.raster.depth == "32f"


class Wicked(BaseException):
    def __str__(self) -> str:
        raise RuntimeError("not even that")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Cancelled("by myself"), "got Cancelled: by myself"),
        (KeyboardInterrupt(), "got KeyboardInterrupt"),
        (SystemExit(3), "got SystemExit: 3"),
        (GeneratorExit(), "got GeneratorExit"),
        (Wicked(), "got Wicked: and its text fails with RuntimeError"),
        (ValueError("two\nlines " + "x" * 5000), "got ValueError: two lines x"),
        (MemoryError(), "expected enough memory for 53×37 pixels"),
    ],
)
@pytest.mark.parametrize("place", ["function", "prepare"])
def test_whatever_a_plugin_raises_is_its_own_fault(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster, error: BaseException, words: str, place: str
) -> None:
    def fail(images: Any, params: Any, run: Any) -> Any:
        raise error

    def keep(images: Any, params: Any, run: Any) -> Any:
        return Result(image=images)

    functions["fake:prepare"] = fail if place == "prepare" else keep
    request = register(tools, functions, keep if place == "prepare" else fail, prepare="fake:prepare")
    with pytest.raises(ToolError, match=words) as caught:
        engine.run(request, raster)
    assert str(caught.value).startswith("fake.new (plugin fake 1.0): expected ")
    assert len(str(caught.value)) < 500
    assert "\n" not in str(caught.value)


def test_ctrl_c_during_a_tool_is_the_users(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster
) -> None:
    control = JobControl()

    def interrupted(images: Any, params: Any, run: Any) -> Any:
        control.cancel()
        raise KeyboardInterrupt

    with pytest.raises(Cancelled):
        engine.run(register(tools, functions, interrupted), raster, control=control)


@pytest.mark.parametrize(("is_cancelled", "expected"), [(False, PluginError), (True, Cancelled)])
def test_an_algorithm_that_interrupts_its_import_is_at_fault_unless_the_user_did(
    engine: Engine, raster: Raster, monkeypatch: pytest.MonkeyPatch, is_cancelled: bool, expected: type[Exception]
) -> None:
    control = JobControl()

    def interrupted(path: str) -> Any:
        if is_cancelled:
            control.cancel()
        raise KeyboardInterrupt

    monkeypatch.setattr("desktop_app.core.jobs.engine.load_function", interrupted)
    with pytest.raises(expected):
        engine.run(ToolRequest("fake.blur"), raster, control=control)


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ({"reach": lambda p: -1}, "a reach of 0 or more whole pixels, or None, got -1"),
        ({"reach": lambda p: 2.5}, "got 2.5"),
        ({"reach": lambda p: 1 // 0}, "a reach and a scale for these parameters, got ZeroDivisionError"),
        ({"scale": lambda p: 1.5}, "a scale above 0 that is a whole number or a Fraction, got 1.5"),
        ({"scale": lambda p: 0}, "got 0"),
    ],
)
def test_sizes_are_asked_for_with_care(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster, sizes: dict[str, Any], words: str
) -> None:
    request = register(tools, functions, lambda images, params, run: Result(image=images), **sizes)
    for ask in (lambda: engine.run(request, raster), lambda: engine.forecast(request, raster)):
        with pytest.raises(ToolError, match=words) as caught:
            ask()
        assert "plugin fake 1.0" in str(caught.value)


def test_the_next_tool_runs_as_if_nothing_had_been(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster
) -> None:
    def vandal(images: Any, params: Any, run: Any) -> Result:
        torch.set_default_dtype(torch.float64)
        torch.manual_seed(5)
        return Result(image=images)

    state = torch.get_rng_state()
    engine.run(register(tools, functions, vandal), raster)
    assert torch.get_default_dtype() is torch.float32
    assert torch.equal(torch.get_rng_state(), state)


def test_what_was_checked_of_a_map_is_plain_json(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster
) -> None:
    checked = {"ause": np.float32(0.25), "n": np.int64(34)}
    request = register(tools, functions, lambda images, params, run: Result(
        image=images, maps=[layer(plane(images), standing="ranks", checked=checked)]
    ))  # fmt: skip
    (found,) = engine.run(request, raster).maps
    assert found.describe()["standing"] == "ranks"
    assert found.describe()["checked"] == {"ause": 0.25, "n": 34}


def test_each_photo_of_a_stack_has_what_was_checked_of_its_own_map(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster
) -> None:
    def levels(images: torch.Tensor, _params: Any, _run: Any) -> Result:
        checked = [{"sigma": round(float(image.mean()), 3)} for image in images]
        return Result(image=images, maps=[layer(plane(images), standing="calibrated", checked=checked)])

    request = register(tools, functions, levels)
    photos = [Raster(np.full((6, 5, 1), level, np.uint8)) for level in (51, 204)]
    together = list(engine.run_all(request, [Sample(photo) for photo in photos]))
    alone = [engine.run(request, photo) for photo in photos]
    for one, other, sigma in zip(together, alone, (0.2, 0.8), strict=True):
        assert isinstance(one, Outcome)
        assert one.maps[0].checked == other.maps[0].checked == {"sigma": sigma}


def test_a_plugins_error_is_one_line_without_escapes():
    assert one_line(ValueError("a\n\x1b[31mb\x07 ä\u2028c")) == "ValueError: a [31mb ä c"
