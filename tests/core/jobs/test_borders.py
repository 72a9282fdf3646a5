"""What is refused, and the very border at which it is: parameters, inputs, masks, pictures, maps and verdicts."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal

import numpy as np
import pytest
import torch
from pydantic import model_validator

from desktop_app.api import AttackParams, InputMissingError, InputSpec, Map, ParameterError, Params, Result, ToolError
from desktop_app.api.params import param
from desktop_app.core.faults import one_line
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.judge import judged
from desktop_app.core.jobs.loaded import (
    LoadedTool,
    Sizes,
    check_inputs,
    is_finite,
    sizes_of,
    validate_params,
)
from desktop_app.core.jobs.outcome import check_mask
from desktop_app.core.jobs.request import MapLayer, ModelSpec, StepRecord, TargetSpec, ToolRequest
from desktop_app.core.jobs.result_contract import checked
from desktop_app.core.threats import ball
from desktop_app.core.threats.bound import Scene
from tests.core.jobs.conftest import tool

PHOTO = torch.full((2, 3, 6, 8), 0.01)


def layer(values: Any, **more: Any) -> Map:
    return Map(**({"name": "m", "values": values, "kind": "difference", "unit": "1", "meaning": "M."} | more))


def held(result: Any, kind: str = "restoration", images: Any = PHOTO, scale: Any = 1) -> Result:
    loaded = LoadedTool(tool("a.b", kind, "x:y"), lambda *_: None, plugin="p 1")
    return checked(loaded, result, images, Sizes(None, Fraction(scale), 1))


MEASURED = [layer(PHOTO[:, 0])]
FINE: dict[str, tuple[Any, str]] = {
    "reports of all": (Result(image=PHOTO, reports=({"a": 1}, {})), "restoration"),
    "a map of another form": (Result(image=PHOTO, maps=[layer(PHOTO[:, 0, :2, :3], is_aligned=False)]), "restoration"),
    "a restoration with a map": (Result(image=PHOTO, maps=[layer(PHOTO[:, 0])]), "restoration"),
    "a kernel": (Result(image=PHOTO, artifacts={"k": torch.ones(2, 5)}), "restoration"),
    "maps alone": (Result(maps=MEASURED), "uncertainty"),
    "maps beside a grey picture": (Result(image=PHOTO[:, :1], maps=MEASURED), "uncertainty"),
    "a picture of another size": (Result(image=PHOTO[..., :4, :4], maps=[layer(PHOTO[:, 0, :4, :4])]), "uncertainty"),
    "four times white": (Result(image=PHOTO * 400), "restoration"),
}


@pytest.mark.parametrize("what", FINE)
def test_what_the_contract_allows_comes_through_unchanged(what: str) -> None:
    given, kind = FINE[what]
    got = held(given, kind)
    assert (got.image is None) == (given.image is None)
    assert got.image is None or torch.equal(got.image, given.image)
    assert [torch.equal(a.values, b.values) for a, b in zip(got.maps, given.maps, strict=True)] == [True] * len(
        given.maps
    )
    assert (got.reports, list(got.artifacts)) == (list(given.reports), list(given.artifacts))


REFUSED: dict[str, tuple[Any, str, str]] = {
    "two channels": (Result(image=PHOTO[:, :2], maps=MEASURED), "uncertainty", "picture of shape"),
    "a map of the photo's size": (Result(image=PHOTO[..., :4], maps=MEASURED), "uncertainty", "map 'm' of shape"),
    "one report": (Result(image=PHOTO, reports=[{}]), "restoration", "2 reports, or none, got 1"),
    "report of bytes": (Result(image=PHOTO, reports=b""), "restoration", "got bytes"),
    "a row": (Result(image=PHOTO, artifacts={"k": torch.ones(2)}), "restoration", r"shape \(2, …\), got \(2,\)"),
    "one artifact": (Result(image=PHOTO, artifacts={"k": torch.ones(1, 5)}), "restoration", "artifact 'k' of shape"),
    "a nameless artifact": (Result(image=PHOTO, artifacts={1: torch.ones(2, 5)}), "restoration", "mapping from names"),
    "a unit": (Result(image=PHOTO, maps=[layer(PHOTO[:, 0], unit=3)]), "restoration", "unit in words, got 3"),
    "a meaning": (Result(image=PHOTO, maps=[layer(PHOTO[:, 0], meaning=None)]), "restoration", "meaning in words"),
    "colours": (Result(image=PHOTO, maps=[layer(PHOTO[:, 0], colormap=None)]), "restoration", "colormap in words"),
    "levels": (Result(image=PHOTO * 401), "restoration", "in which 1 is white"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_it_does_not_allow_is_refused(what: str) -> None:
    given, kind, words = REFUSED[what]
    with pytest.raises(ToolError, match=words):
        held(given, kind)


@pytest.mark.parametrize(("white", "gain", "is_fine"), [
    (1.0, 255.0, False), (2.0, 255.0, False), (2.1, 255.0, True), (1.0, 100.0, True), (1.0, 101.0, False),
])  # fmt: skip
def test_a_picture_in_levels_is_told_from_a_bright_one(white: float, gain: float, is_fine: bool) -> None:
    photo = torch.full((1, 1, 2, 2), white)
    if is_fine:
        assert held(Result(image=photo * gain), images=photo).image is not None
    else:
        with pytest.raises(ToolError, match="levels"):
            held(Result(image=photo * gain), images=photo)


def test_a_dark_photo_may_be_lifted_to_white_and_beyond() -> None:
    black = torch.zeros(1, 1, 2, 2)
    assert held(Result(image=black + 0.39), images=black).image is not None
    spots = black.clone()
    spots[..., 0, 0] = 5.0
    with pytest.raises(ToolError, match="levels"):
        held(Result(image=spots), images=black)


@pytest.mark.parametrize(("given", "sizes"), [
    ({}, Sizes(None, Fraction(1), 1)), ({"reach": 0}, Sizes(0, Fraction(1), 1)),
    ({"reach": 3, "scale": Fraction(3, 2), "align": 4}, Sizes(3, Fraction(3, 2), 4)),
    ({"scale": Fraction(2, 3), "align": 2}, Sizes(None, Fraction(2, 3), 6)),
])  # fmt: skip
def test_sizes_are_as_the_tool_says(given: dict[str, Any], sizes: Sizes) -> None:
    assert sizes_of(tool("a.b", "restoration", "x:y", **given), None) == sizes


@pytest.mark.parametrize("given", [{"reach": lambda p: True}, {"scale": lambda p: True},
                                   {"scale": lambda p: Fraction(-1, 2)}])  # fmt: skip
def test_a_truth_is_no_size(given: dict[str, Any]) -> None:
    with pytest.raises(ToolError, match=r"^a\.b: expected a"):
        sizes_of(tool("a.b", "restoration", "x:y", **given), None)


def test_a_fault_is_one_short_line() -> None:
    assert one_line(ValueError("a\n b")) == "ValueError: a b"
    assert one_line(ValueError()) == "ValueError"
    assert len(one_line(ValueError("x" * 999))) == len("ValueError: ") + 300


@pytest.mark.parametrize(("values", "expected"), [([], True), ([1.0, -2.0], True), ([1.0, float("inf")], False),
                                                  ([float("nan"), 1.0], False), ([-float("inf"), 1.0], False)])
def test_values_are_finite_or_not(values: list[float], expected: bool) -> None:
    assert is_finite(torch.tensor(values)) is expected


class Pair(Params):
    low: int = param(1, help="Low.", ge=0)
    high: int = param(2, help="High.", ge=0)
    mood: Literal["calm", "wild"] = param("calm", help="Mood.")

    @model_validator(mode="after")
    def ordered(self) -> Pair:
        if self.low == 13:
            raise KeyError("own fault")
        if self.low > self.high:
            raise ValueError("expected low below\nhigh")
        return self


@pytest.mark.parametrize(("values", "words"), [
    ({"low": 5}, r"^a\.b: expected low below high$"),
    ({"low": -1}, r"^a\.b: expected low to be greater than or equal to 0, got -1; "),
    ({"width": 1}, "expected one of low, high, mood, got 'width'"),
    ({"mood": "odd"}, "expected mood to be 'calm' or 'wild', got 'odd'"),
])  # fmt: skip
def test_parameters_that_do_not_fit_are_one_sentence(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        validate_params(tool("a.b", "restoration", "x:y", params=Pair), values)


def test_a_check_of_parameters_that_breaks_is_the_plugins_fault() -> None:
    with pytest.raises(ToolError, match="a check of its parameters, got KeyError"):
        validate_params(tool("a.b", "restoration", "x:y", params=Pair), {"low": 13})
    with pytest.raises(ParameterError, match="no parameters at all, got 'low'"):
        validate_params(tool("a.b", "restoration", "x:y"), {"low": 13})


TAKES = tool("a.b", "restoration", "x:y", inputs=(
    InputSpec("w", "map", "Weight.", required=True), InputSpec("k", "kernel", "Kernel."),
))  # fmt: skip
WEIGHT = torch.ones(1, 1, 6, 8)


@pytest.mark.parametrize(("inputs", "error", "words"), [
    ({"k": WEIGHT}, InputMissingError, r"expected the input 'w' \(Weight\.\)"),
    ({"w": WEIGHT[..., :5]}, ParameterError, "expected w of 8×6 pixels, got 5×6"),
    ({"w": WEIGHT[..., :5, :]}, ParameterError, "got 8×5"),
    ({"w": WEIGHT / 0}, ParameterError, "finite values in w, got 48 that"),
    ({"w": WEIGHT, "k": torch.tensor([[[[1.0, float("nan")]]]])}, ParameterError, "finite values in k, got 1 that"),
    ({"w": WEIGHT, "x": WEIGHT}, ParameterError, "inputs out of w, k, got 'x'"),
])  # fmt: skip
def test_inputs_that_do_not_fit_are_refused(inputs: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        check_inputs(TAKES, inputs, 6, 8)


def test_a_kernel_has_a_size_of_its_own_and_may_be_absent() -> None:
    check_inputs(TAKES, {"w": WEIGHT, "k": torch.ones(1, 1, 3, 3)}, 6, 8)
    check_inputs(TAKES, {"w": WEIGHT}, 6, 8)


@pytest.mark.parametrize(("shape", "value", "scale", "words"), [
    ((4, 6), 0.5, 2, "keeps the size with a mask, got a.b"),
    ((4, 6), np.nan, 1, "finite"), ((4, 6), np.inf, 1, "finite"),
    ((6, 4), 0.5, 1, "a mask of 6×4 pixels, got 4×6"), ((4, 6), 0.5, 1, ""),
])  # fmt: skip
def test_a_mask_fits_the_photo(shape: tuple[int, int], value: float, scale: int, words: str) -> None:
    mask, raster = np.full(shape, value, np.float32), Raster(np.zeros((4, 6, 3), np.uint8))
    check_mask("a.b", Sizes(None, Fraction(3), 1), None, raster)
    if not words:
        check_mask("a.b", Sizes(None, Fraction(scale), 1), mask, raster)
        return
    with pytest.raises(ParameterError, match=words):
        check_mask("a.b", Sizes(None, Fraction(scale), 1), mask, raster)


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_a_projection_that_fails_is_not_reported_as_success(monkeypatch: pytest.MonkeyPatch, norm: str) -> None:
    monkeypatch.setattr(ball, "project", lambda attacked, *_: attacked)
    original = torch.full((1, 1, 2, 2), 0.5)
    allowed = 2.0 / 255.0 if norm == "linf" else 1.0 / 255.0
    params = AttackParams(norm=norm, eps=2.0)  # type: ignore[arg-type] # one of the two
    scene = Scene(original=original)
    (report,) = judged(Result(image=original + allowed), params, scene, "fake.attack").reports
    assert report[norm] == pytest.approx(2.0, abs=1e-3)
    with pytest.raises(ToolError, match=r"at most 2\.0 levels"):
        judged(Result(image=original + 1.1 * allowed), params, scene, "fake.attack")


def test_a_verdict_has_both_distances_and_the_hosts_word_is_last() -> None:
    original = torch.full((2, 1, 2, 2), 0.5)
    attacked = original + torch.tensor([1.0, 3.0]).view(2, 1, 1, 1) / 255.0
    own = [{"eps": "mine", "note": 1}, {"note": 2}]
    result = Result(image=attacked, reports=own)
    reports = judged(result, AttackParams(eps=4.0), Scene(original=original), "fake.attack").reports
    assert [report["linf"] for report in reports] == pytest.approx([1.0, 3.0], abs=1e-3)
    assert [report["l2"] for report in reports] == pytest.approx([2.0, 6.0], abs=1e-3)
    assert [(report["eps"], report["note"]) for report in reports] == [(4.0, 1), (4.0, 2)]


def test_a_map_layer_describes_its_range() -> None:
    values = np.array([[1.0, 2.0, 6.0]], np.float32)
    told = MapLayer("m", "difference", "levels", "M.", "magma", values).describe()
    assert told == {
        "name": "m", "kind": "difference", "unit": "levels", "meaning": "M.", "min": 1.0, "max": 6.0, "mean": 3.0,
        "standing": "unchecked",
    }  # fmt: skip


RECORD = StepRecord("t", "attack", "T", "p", "1", {"a": 1}, 7, (ModelSpec("m", "ab"), TargetSpec("r", {"x": 2})))


def test_a_record_comes_back_from_json_and_leads_to_its_request() -> None:
    assert StepRecord.from_json(RECORD.to_json()) == RECORD
    request = RECORD.request()
    assert (request.tool, request.params, request.seed) == ("t", {"a": 1}, 7)
    assert request.subjects == (ModelSpec("m"), TargetSpec("r", {"x": 2})), "weights may have changed meanwhile"
    assert (RECORD.model, RECORD.target, RECORD.digests) == ("m", TargetSpec("r", {"x": 2}), ("ab",))


@pytest.mark.parametrize(("old", "subjects"), [
    ({"model": "m", "model_sha256": "ab", "target": None}, (ModelSpec("m", "ab"),)),
    ({"model": None, "model_sha256": None, "target": {"tool": "r", "params": {}}}, (TargetSpec("r"),)),
    ({"model": None, "model_sha256": None, "target": None}, ()),
])  # fmt: skip
def test_a_record_of_an_older_version_is_read(old: dict[str, Any], subjects: tuple[Any, ...]) -> None:
    fields = {name: value for name, value in RECORD.to_json().items() if name not in ("subjects", "notes")}
    read = StepRecord.from_json(fields | old)
    assert (read.subjects, read.notes) == (subjects, ())


def test_what_a_record_or_a_request_does_not_name_is_as_usual() -> None:
    needed = {"tool": "t", "kind": "restoration", "title": "T", "plugin": "p", "plugin_version": "1", "params": {}}
    assert StepRecord.from_json(needed | {"seed": 3}).to_json() == needed | {
        "seed": 3, "subjects": (), "inputs": {}, "device": "cpu", "precision": "float32", "tile": None, "torch": "",
        "seconds": 0.0, "notes": (),
    }  # fmt: skip
    assert ToolRequest("t") == ToolRequest("t", {}, 0, (), "auto", "auto", "auto")
