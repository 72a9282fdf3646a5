"""From JSON Schema to fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_app.api import Params, param
from desktop_app.gui.viewmodel.schema import FieldSpec, defaults_of, fields_of, text_of, that_count, value_of


class Everything(Params):
    """One parameter of each kind."""

    sigma: float | None = param(
        None, help="Noise.", title="Noise σ", unit="levels", ge=0, le=255, soft=(0, 75), step=0.5
    )
    weight: float = param(0.1, help="Weight.", ge=1e-4, le=10, log=True)
    steps: int = param(20, help="Steps.", unit="steps", ge=1, le=500)
    mode: Literal["fast", "good"] = param("good", help="Mode.")
    clip: bool = param(True, help="Clip.", advanced=True)
    target_class: str | int | None = param(None, help="Class.", none="any other")
    sizes: list[int] = param([3, 5], help="Sizes.")


@pytest.fixture
def fields() -> dict[str, FieldSpec]:
    return {field.name: field for field in fields_of(Everything.model_json_schema())}


def test_kinds(fields: dict[str, FieldSpec]) -> None:
    assert {name: field.kind for name, field in fields.items()} == {
        "sigma": "float", "weight": "float", "steps": "int", "mode": "choice", "clip": "flag", "target_class": "text",
        "sizes": "json",
    }  # fmt: skip


def test_hints(fields: dict[str, FieldSpec]) -> None:
    sigma = fields["sigma"]
    assert (sigma.low, sigma.high, sigma.soft_low, sigma.soft_high) == (0, 255, 0, 75)
    assert (sigma.unit, sigma.title, sigma.is_optional, sigma.notches) == ("levels", "Noise σ", True, 150)
    assert fields["weight"].is_log
    assert fields["clip"].is_advanced
    assert fields["target_class"].title == "Target class"
    assert (fields["target_class"].none, sigma.none) == ("any other", "automatic")


def test_defaults_are_the_plugins(fields: dict[str, FieldSpec]) -> None:
    assert defaults_of(tuple(fields.values())) == Everything().model_dump()


def test_problems_say_what_to_do(fields: dict[str, FieldSpec]) -> None:
    assert fields["sigma"].problem(None) is None
    assert fields["sigma"].problem(256.0) == "Noise σ: expected at most 255, got 256; lower it"
    assert "at least 1" in str(fields["steps"].problem(0))
    assert "fast, good" in str(fields["mode"].problem("best"))


@settings(deadline=None)
@given(st.floats(0, 1), st.booleans(), st.sampled_from([(0.0, 75.0), (1e-3, 10.0), (-5.0, 5.0)]))
def test_slider_returns_to_its_notch(share: float, is_log: bool, ends: tuple[float, float]) -> None:
    is_log = is_log and ends[0] > 0
    spec = FieldSpec("a", "float", "A", soft_low=ends[0], soft_high=ends[1], step=0.05, is_log=is_log)
    notch = round(share * spec.notches)
    again = spec.notch_of(spec.value_at(notch))
    assert again == notch


def test_slider_keeps_within_its_ends() -> None:
    spec = FieldSpec("a", "int", "A", soft_low=1, soft_high=9, step=1)
    assert spec.notch_of(1e9) == spec.notches
    assert spec.value_at(spec.notches) == 9


@pytest.mark.parametrize("value", ["ship", None])
def test_text_goes_there_and_back(value: Any) -> None:
    spec = FieldSpec("a", "text", "A", is_optional=True)
    assert value_of(spec, text_of(spec, value)) == value


def test_json_that_is_none_is_refused() -> None:
    spec = FieldSpec("a", "json", "A")
    assert value_of(spec, text_of(spec, [1, 2])) == [1, 2]
    with pytest.raises(ValueError, match="Expecting value"):
        value_of(spec, "[1, ")


def test_decimals_show_the_default() -> None:
    spec = FieldSpec("a", "float", "A", default=0.125, step=0.5)
    assert spec.decimals == 3
    assert replace(spec, default=1.0).decimals == 1


def counting(**values: Any) -> set[str]:
    fields = (
        FieldSpec("task", "choice", "Task"),
        FieldSpec("shape", "choice", "Shape", when={"task": ("blur",)}),
        FieldSpec("length", "float", "Length", when={"shape": ("motion",)}),
        FieldSpec("other", "float", "Other", when={"absent": (1,)}),
    )
    return that_count(fields, values)


def test_what_hangs_on_another_value_counts_only_with_it() -> None:
    assert counting(task="blur", shape="motion") == {"task", "shape", "length", "other"}
    assert counting(task="blur", shape="defocus") == {"task", "shape", "other"}
    assert counting(task="holes", shape="motion") == {"task", "other"}


def test_conditions_in_a_circle_end() -> None:
    fields = (
        FieldSpec("a", "flag", "A", when={"b": (True,)}),
        FieldSpec("b", "flag", "B", when={"a": (True,)}),
    )
    assert that_count(fields, {"a": True, "b": True}) == {"a", "b"}
    assert that_count(fields, {"a": False, "b": True}) == set()
