"""Values as JSON text and back, and whether a value is of its declared type: what a database's cells hold. Pure."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from desktop_app.core.json_text import parsed_json

DEEPEST = 64
"""How many lists and mappings may lie in one another."""


def to_text(value: Any) -> str:
    """Return JSON of a value; numbers of numpy count as numbers.

    Raises
    ------
    TypeError
        If it holds what JSON cannot.
    ValueError
        If it is nested deeper than `DEEPEST`, or within itself.
    """
    try:
        text = json.dumps(value, default=_plain)
    except RecursionError as error:
        raise ValueError(f"expected at most {DEEPEST} levels, got many more") from error
    from_text(text)
    return text


def from_text(text: object) -> Any:
    """Read what `to_text` wrote.

    Raises
    ------
    ValueError
        If it is not text, not JSON, or nested deeper than `DEEPEST`.
    """
    if not isinstance(text, str):
        raise ValueError(f"expected JSON text, got {type(text).__name__}")
    try:
        value = parsed_json(text)
    except RecursionError as error:
        raise ValueError(f"expected at most {DEEPEST} levels of JSON, got many more") from error
    _expect_shallow(value, DEEPEST)
    return value


def conforms(value: Any, hint: Any) -> bool:
    """Return whether a value, and all that it holds, is of a type as annotations name it.

    Knows dataclasses, unions, literals that are strings, tuples and mappings. A number that is whole may stand for a
    float but a bool for neither; an int has at most 64 bits.
    """
    origin = get_origin(hint)
    return _is_one(value, hint) if origin is None else _is_made_of(value, origin, get_args(hint))


def _is_one(value: Any, hint: Any) -> bool:
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return type(value) is hint and all(
            conforms(getattr(value, field.name), hints[field.name]) for field in fields(hint)
        )
    if hint is int:
        return type(value) is int and value.bit_length() <= 64
    return type(value) in (int, float) if hint is float else hint is Any or isinstance(value, hint)


def _is_made_of(value: Any, origin: Any, options: tuple[Any, ...]) -> bool:
    if origin in (Union, UnionType):
        return any(conforms(value, option) for option in options)
    if origin is Literal:
        return isinstance(value, str) and value in options
    if origin is tuple:
        return isinstance(value, tuple) and _is_row(value, options)
    return isinstance(value, origin) and all(
        conforms(name, options[0]) and conforms(each, options[1]) for name, each in value.items()
    )


def _is_row(values: tuple[Any, ...], options: tuple[Any, ...]) -> bool:
    if options[-1] is Ellipsis:
        return all(conforms(each, options[0]) for each in values)
    return len(values) == len(options) and all(map(conforms, values, options))


def _expect_shallow(value: Any, room: int) -> None:
    if room == 0:
        raise ValueError(f"expected at most {DEEPEST} levels of JSON, got more")
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _expect_shallow(each, room - 1)


def _plain(value: Any) -> Any:
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"expected what JSON can hold, got {type(value).__name__}")
