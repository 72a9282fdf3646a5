"""From what is typed after an option to what a request holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from desktop_app.api.errors import ParameterError
from desktop_app.core.jobs.request import ModelSpec, Subject, TargetSpec
from desktop_app.core.json_text import parsed_json
from desktop_app.core.plugins.entries import ToolEntry
from desktop_app.core.plugins.naming import known_or_nearest

if TYPE_CHECKING:
    from desktop_app.core.imaging.metadata import BandsWanted
    from desktop_app.core.imaging.ranges import LevelsWanted

_LARGEST = 1e30
_NAMED_BANDS: Mapping[str, BandsWanted] = {"auto": "auto", "rgb": (0, 1, 2)}
_TRUE, _FALSE, _NULL = ("true", "yes", "on", "1"), ("false", "no", "off", "0"), ("null", "none", "auto", "automatic")


def pairs(given: Iterable[str], option: str) -> dict[str, str]:
    """Split every ``NAME=VALUE``.

    Raises
    ------
    ParameterError
        If one has no ``=``, or a name comes twice.
    """
    found: dict[str, str] = {}
    for text in given:
        name, mark, value = text.partition("=")
        if not mark or not name:
            raise ParameterError(f"expected {option} NAME=VALUE, got {text!r}; write the name, = and the value")
        if name in found:
            raise ParameterError(f"expected {option} {name} once, got it twice; leave one out")
        found[name] = value
    return found


def parameters(given: Iterable[str], tool: ToolEntry) -> dict[str, Any]:
    """Return the parameters typed as the tool's schema has them; bounds are the engine's to check.

    Raises
    ------
    ParameterError
        If the tool has no parameter of a name, or a value is not of its type.
    """
    typed = pairs(given, "-p")
    return {
        name: _value(text, known_or_nearest(f"parameter of {tool.id}", name, tool.properties), tool, name)
        for name, text in typed.items()
    }


def levels(text: str) -> LevelsWanted:
    """Return the levels of ``auto``, ``none`` or ``LOW,HIGH``.

    Raises
    ------
    ParameterError
        If it is none of them.
    """
    if text in ("auto", "none"):
        return "auto" if text == "auto" else None
    try:
        low, high = map(float, text.split(","))
    except ValueError:
        low = high = 0.0
    if not -_LARGEST < low < high < _LARGEST:
        raise ParameterError(f"expected --levels auto, none or LOW,HIGH, got {text!r}; write such as 0,4095")
    return low, high


def bands(text: str) -> BandsWanted | Literal["each"]:
    """Return the bands, from 0 on, of ``auto``, ``rgb``, ``each``, ``2`` or ``4,3,2``, which count from 1.

    Raises
    ------
    ParameterError
        If it is none of them.
    """
    if text == "each":
        return "each"
    if text in _NAMED_BANDS:
        return _NAMED_BANDS[text]
    numbers = text.split(",")
    if len(numbers) not in (1, 3) or not all(number.strip().isdecimal() and int(number) for number in numbers):
        raise ParameterError(f"expected --bands auto, rgb, each, a number or three, got {text!r}; write such as 4,3,2")
    return tuple(int(number) - 1 for number in numbers)


def target(text: str) -> TargetSpec:
    """Return the target of ``TOOL`` or ``TOOL:JSON``.

    Raises
    ------
    ParameterError
        If what follows the colon is not a JSON object.
    """
    tool, mark, params = text.partition(":")
    try:
        values = parsed_json(params) if mark else {}
    except ValueError as error:
        raise ParameterError(f"expected --target TOOL:JSON, got {params!r} ({error}); mend the JSON") from error
    if not isinstance(values, dict):
        raise ParameterError(f'expected an object such as {{"sigma": 25}} after --target {tool}:, got {params!r}')
    return TargetSpec(tool, values)


def subjects(models: Iterable[str], targets: Iterable[str]) -> tuple[Subject, ...]:
    """Return whom a request questions: classifiers, then targets (see `target`), each in the order typed."""
    return (*(ModelSpec(name) for name in models), *map(target, targets))


def _value(text: str, schema: Mapping[str, Any], tool: ToolEntry, name: str) -> Any:
    kinds = list(_kinds(schema, tool.schema.get("$defs", {})))
    for kind in kinds:
        try:
            return _READERS[kind](text)
        except ValueError:
            continue
    raise ParameterError(f"{tool.id}: expected {name} as {' or '.join(kinds) or 'JSON'}, got {text!r}; change it")


def _kinds(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[str]:
    """Yield the JSON types a value may have, the narrowest first: ``3`` is a class's index, ``cat`` its name."""
    parts = [schema, *schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]
    parts += [definitions[part["$ref"].rpartition("/")[2]] for part in parts if "$ref" in part]
    found = {part.get("type") or _type_of(part) for part in parts}
    yield from (kind for kind in _READERS if kind in found)


def _type_of(schema: Mapping[str, Any]) -> str | None:
    values = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else [])]
    return {str: "string", int: "integer", float: "number", bool: "boolean"}.get(type(values[0])) if values else None


def _boolean(text: str) -> bool:
    if text.lower() not in _TRUE + _FALSE:
        raise ValueError(text)
    return text.lower() in _TRUE


def _null(text: str) -> None:
    if text.lower() not in _NULL:
        raise ValueError(text)


def _array(text: str) -> list[Any]:
    return list(_json(text, list))


def _object(text: str) -> dict[str, Any]:
    return dict(_json(text, dict))


def _json(text: str, kind: type[Any]) -> Any:
    value = parsed_json(text)
    if not isinstance(value, kind):
        raise ValueError(text)
    return value


_READERS: Mapping[str, Any] = {
    "null": _null, "integer": int, "number": float, "boolean": _boolean, "array": _array, "object": _object,
    "string": str,
}
