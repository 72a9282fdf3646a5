"""From a tool's JSON Schema to the fields of its form."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from desktop_app.core.json_text import parsed_json

FieldKind = Literal["float", "int", "flag", "choice", "text", "json"]
_NOTCHES = 200


@dataclass(frozen=True)
class FieldSpec:
    """One parameter as the form shows it.

    ``low`` and ``high`` are the hard bounds, ``soft_low`` and ``soft_high`` the slider's ends (None: no slider),
    ``step`` what one notch adds (on a logarithmic slider a notch multiplies). ``is_optional`` says that None, shown as
    ``none``, is a value too. ``when`` names other parameters and the values of theirs for which this one counts.
    """

    name: str
    kind: FieldKind
    title: str
    help: str = ""
    default: Any = None
    is_optional: bool = False
    none: str = "automatic"
    low: float | None = None
    high: float | None = None
    soft_low: float | None = None
    soft_high: float | None = None
    step: float = 0.0
    unit: str = ""
    is_log: bool = False
    is_advanced: bool = False
    choices: tuple[Any, ...] = ()
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def decimals(self) -> int:
        """Digits behind the point that a spin box needs to show one step."""
        if self.kind == "int":
            return 0
        smallest = _ends(self)[0] / 100 if self.is_log and self.notches else self.step
        of_step = math.ceil(-math.log10(smallest) - 1e-9) if smallest > 0 else 3
        return min(max(0, of_step, _digits(self.default)), 6)

    @property
    def notches(self) -> int:
        """Steps between the slider's ends."""
        if self.soft_low is None or self.soft_high is None:
            return 0
        span = self.soft_high - self.soft_low
        return _NOTCHES if self.is_log else max(1, min(1000, round(span / self.step)))

    def problem(self, value: Any) -> str | None:
        """Return what is wrong with a value in one sentence, or None."""
        if value is None:
            return None if self.is_optional else f"{self.title}: expected a value, got none; type one or reset it"
        if self.kind in ("float", "int"):
            return self._number_problem(float(value))
        if self.kind == "choice" and value not in self.choices:
            wanted = ", ".join(str(choice) for choice in self.choices)
            return f"{self.title}: expected one of {wanted}, got {value!r}; choose one of these"
        return None

    def _number_problem(self, value: float) -> str | None:
        if self.low is not None and value < self.low:
            return f"{self.title}: expected at least {self.low:g}, got {value:g}; raise it"
        if self.high is not None and value > self.high:
            return f"{self.title}: expected at most {self.high:g}, got {value:g}; lower it"
        return None

    def value_at(self, notch: int) -> float:
        """Return the value where the slider stands at a notch."""
        low, high = _ends(self)
        share = notch / self.notches
        value = float(f"{low * (high / low) ** share:.3g}") if self.is_log else low + (high - low) * share
        return round(value) if self.kind == "int" else round(value, self.decimals)

    def notch_of(self, value: float) -> int:
        """Return the notch nearest to a value, inside the slider's ends."""
        low, high = _ends(self)
        value = min(max(value, low), high)
        share = math.log(value / low) / math.log(high / low) if self.is_log else (value - low) / (high - low)
        return round(share * self.notches)


def fields_of(schema: Mapping[str, Any]) -> tuple[FieldSpec, ...]:
    """Return the form's fields for a JSON Schema of parameters, in the order in which the plugin declares them."""
    definitions = schema.get("$defs", {})
    return tuple(_field(name, part, definitions) for name, part in schema.get("properties", {}).items())


def defaults_of(fields: tuple[FieldSpec, ...]) -> dict[str, Any]:
    """Return every field's default by name."""
    return {field.name: field.default for field in fields}


def that_count(fields: tuple[FieldSpec, ...], values: Mapping[str, Any]) -> set[str]:
    """Return the names of the parameters that count with these values; what hangs on one that does not counts neither.

    The values may name further inputs too, None for one that is not given. A condition on a name that has no value,
    and is not a parameter's, is met.
    """
    by_name = {spec.name: spec for spec in fields}

    def counts(spec: FieldSpec, above: frozenset[str]) -> bool:
        return all(
            values.get(name) in wanted
            and (name in above or name not in by_name or counts(by_name[name], above | {spec.name}))
            for name, wanted in spec.when.items() if name in by_name or name in values
        )  # fmt: skip

    return {spec.name for spec in fields if counts(spec, frozenset())}


def text_of(spec: FieldSpec, value: Any) -> str:
    """Return a text field's content for a value."""
    if value is None:
        return ""
    return json.dumps(value) if spec.kind == "json" else str(value)


def value_of(spec: FieldSpec, text: str) -> Any:
    """Return the value that a text field's content means; None for an empty one where that is allowed.

    Raises
    ------
    ValueError
        If the text of a ``json`` field is not JSON.
    """
    if not text.strip() and spec.is_optional:
        return None
    return parsed_json(text) if spec.kind == "json" else text.strip()


def _field(name: str, schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> FieldSpec:
    branches = [_resolved(part, definitions) for part in schema.get("anyOf", [schema])]
    solid = [branch for branch in branches if branch.get("type") != "null"]
    shape = solid[0] if len(solid) == 1 else {"type": "string"}
    choices = tuple(shape["enum"]) if "enum" in shape else (shape["const"],) if "const" in shape else ()
    spec = FieldSpec(
        name=name,
        kind=_kind(shape, choices),
        title=_title(name, schema.get("title")),
        help=schema.get("description", ""),
        default=schema.get("default"),
        is_optional=len(solid) < len(branches),
        none=schema.get("none", FieldSpec.none),
        low=_bound(shape, schema, "minimum", "exclusiveMinimum"),
        high=_bound(shape, schema, "maximum", "exclusiveMaximum"),
        unit=schema.get("unit", ""),
        is_log=bool(schema.get("log", False)),
        is_advanced=bool(schema.get("advanced", False)),
        choices=choices,
        when={other: tuple(values) for other, values in schema.get("when", {}).items()},
    )
    return _with_slider(spec, schema.get("soft"), schema.get("step"))


def _resolved(part: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    name = str(part.get("$ref", "")).rpartition("/")[2]
    return definitions.get(name, part) if name else part


def _kind(shape: Mapping[str, Any], choices: tuple[Any, ...]) -> FieldKind:
    if choices:
        return "choice"
    kinds: dict[Any, FieldKind] = {"number": "float", "integer": "int", "boolean": "flag", "string": "text"}
    return kinds.get(shape.get("type"), "json")


def _title(name: str, title: str | None) -> str:
    """Return the given title, or the name with spaces: pydantic makes up titles in capitals."""
    if title and title != name.replace("_", " ").title():
        return title
    return name.replace("_", " ").capitalize()


def _bound(shape: Mapping[str, Any], schema: Mapping[str, Any], *keys: str) -> float | None:
    found = (source[key] for source in (shape, schema) for key in keys if key in source)
    return next(found, None)


def _with_slider(spec: FieldSpec, soft: Any, step: float | None) -> FieldSpec:
    """Return the field with the slider's ends and step filled in, where it is a bounded number."""
    if spec.kind not in ("float", "int"):
        return spec
    low, high = soft or (spec.low, spec.high)
    if low is None or high is None or not low < high:
        return replace(spec, step=step or (1.0 if spec.kind == "int" else 0.1))
    nice = step or (1.0 if spec.kind == "int" else 10.0 ** math.floor(math.log10((high - low) / 50)))
    return replace(spec, soft_low=float(low), soft_high=float(high), step=float(nice))


def _digits(value: Any) -> int:
    """Return how many digits behind the point a default has."""
    if not isinstance(value, float):
        return 0
    return len(f"{value:.6f}".rstrip("0").partition(".")[2])


def _ends(spec: FieldSpec) -> tuple[float, float]:
    if spec.soft_low is None or spec.soft_high is None:
        raise ValueError(f"{spec.name} has no slider")
    low = max(spec.soft_low, spec.soft_high * 1e-4, 1e-9) if spec.is_log else spec.soft_low
    return low, spec.soft_high
