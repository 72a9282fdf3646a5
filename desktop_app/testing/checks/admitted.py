"""Whether every value that a parameter or a further input may have works."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from desktop_app.api import Cancelled, InputMissingError, ParameterError, VerilensError
from desktop_app.testing.findings import Fault, told
from desktop_app.testing.pictures import further_inputs, textured
from desktop_app.testing.trial import Trial
from desktop_app.testing.watching import WatchedControl

_CHECKS = 60  # after which a call at a bound is long enough: NaN shows early, and 10,000 iterations would take minutes
_AWAY = 2.0  # times the default
_ENDS, _FEW = 2, 9  # values of a whole number that are all tried


def choices(trial: Trial) -> Iterator[Fault]:
    """Every choice and every switch among the parameters works; combinations that the parameters refuse are left."""
    for name, value in choices_of(trial.tool.params):
        yield from _works(trial, {name: value})


def bounds(trial: Trial) -> Iterator[Fault]:
    """Every number works at both of its ends, a whole one of few values at each, and all together away from theirs."""
    for name, spec in _numbers(trial.tool.params).items():
        if name not in trial.params:
            for value in _tried(spec):
                yield from _works(trial, {name: value})
    for moved in (*away_from_default(trial.tool.params, trial.params), *_corners(trial.tool.params, trial.params)):
        yield from _works(trial, moved)


def _tried(spec: Mapping[str, Any]) -> list[float]:
    ends = sorted({spec[end] for end in ("minimum", "maximum") if end in spec})
    if spec["type"] != "integer":
        return [float(end) for end in ends]
    if len(ends) == _ENDS and ends[1] - ends[0] < _FEW:
        return list(range(int(ends[0]), int(ends[1]) + 1))
    return [int(end) for end in ends]


def without_inputs(trial: Trial) -> Iterator[Fault]:
    """The tool works without the inputs that it does not require; nobody has calibrated the kit's own subject."""
    specs = trial.tool.inputs
    needed = tuple(spec for spec in specs if spec.required or spec.is_table)
    if len(needed) == len(specs):
        return
    try:
        trial.call(trial.picture, inputs=further_inputs(needed, trial.picture, trial.classifiers))
    except InputMissingError:
        yield Fault("expected a result without the optional inputs, got a call for one; set required=True")
    except VerilensError as error:
        yield Fault(f"expected a result without the optional inputs, got {told(error)}")


def away_from_default(params: type[Any] | None, fixed: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield parameters in which every number is larger than its default (all at once), then smaller; `fixed` stay."""
    numbers = {name: spec for name, spec in _numbers(params).items() if name not in fixed and spec["default"]}
    for factor in (_AWAY, 1.0 / _AWAY):
        moved = {name: _moved(spec, factor) for name, spec in numbers.items()}
        if moved:
            yield moved


def _corners(params: type[Any] | None, fixed: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield parameters in which every number that has such an end is at its lower one, then at its upper one."""
    for end in ("minimum", "maximum"):
        numbers = {name: spec for name, spec in _numbers(params).items() if name not in fixed and end in spec}
        if len(numbers) > 1:
            yield {name: _tried(spec)[0 if end == "minimum" else -1] for name, spec in numbers.items()}


def _moved(spec: Mapping[str, Any], factor: float) -> float | int:
    low, high = spec.get("minimum", float("-inf")), spec.get("maximum", float("inf"))
    value: float = min(max(spec["default"] * factor, low), high)
    return round(value) if spec["type"] == "integer" else value


def _works(trial: Trial, params: Mapping[str, Any]) -> Iterator[Fault]:
    try:
        trial.call(textured(3, 14, 18), params, control=WatchedControl(checks=_CHECKS))
    except (ParameterError, Cancelled):
        return
    except VerilensError as error:
        place = ", ".join(f"{name}={value!r}" for name, value in params.items())
        yield Fault(f"expected a result, got {told(error)}", place)


def _numbers(params: type[Any] | None) -> dict[str, dict[str, Any]]:
    """Return by name what the schema says of each number: ``type``, ``default`` and the ends that it has."""
    found = {}
    for name, spec in _properties(params).items():
        for variant in spec.get("anyOf", [spec]):
            if variant.get("type") in ("integer", "number"):
                found[name] = {"default": spec.get("default"), **variant}
                break
    return found


def choices_of(params: type[Any] | None) -> Iterator[tuple[str, Any]]:
    """Yield every choice and switch among the parameters that is not the default, by the parameter's name."""
    for name, spec in _properties(params).items():
        options = [False, True] if spec.get("type") == "boolean" else spec.get("enum", [])
        yield from ((name, value) for value in options if value != spec.get("default"))


def _properties(params: type[Any] | None) -> dict[str, Any]:
    found: dict[str, Any] = params.model_json_schema().get("properties", {}) if params else {}
    return found
