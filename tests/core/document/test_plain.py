"""What a database's cells hold: text that is read as it was written, and values of their types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from desktop_app.core.document.facts import Facts, metadata_from_json, metadata_to_json
from desktop_app.core.document.plain import DEEPEST, conforms, from_text, to_text
from desktop_app.core.imaging.metadata import Metadata


def nested(levels: int) -> Any:
    return [nested(levels - 1)] if levels > 1 else []


def test_what_was_written_is_read_again() -> None:
    value = {"a": np.float32(0.5), "b": np.arange(3), "c": [None, True, "ä"], "d": nested(DEEPEST - 2)}
    assert from_text(to_text(value)) == value | {"a": 0.5, "b": [0, 1, 2]}


@pytest.mark.parametrize("make", [nested, lambda levels: {"a": nested(levels - 1)}])
def test_values_may_be_nested_so_deep_and_no_deeper(make: Any) -> None:
    assert from_text(to_text(make(DEEPEST))) == make(DEEPEST)
    with pytest.raises(ValueError, match="64 levels"):
        to_text(make(DEEPEST + 1))
    with pytest.raises(ValueError, match="64 levels"):
        from_text("[" * 100_000 + "]" * 100_000)
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(ValueError, match=r"Circular|64 levels"):
        to_text(circle)


@pytest.mark.parametrize(("value", "error"), [({1, 2}, TypeError), (object(), TypeError)])
def test_what_json_cannot_hold_is_refused(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="what JSON can hold"):
        to_text({"a": value})


@pytest.mark.parametrize("text", [b"[]", None, 3, "{", ""])
def test_what_is_no_json_text_is_refused(text: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - from us or from json
        from_text(text)


@dataclass
class Pair:
    name: str
    size: int | None = None


@dataclass
class Wider(Pair):
    pass


CONFORMS = [
    (3, int, True), (True, int, False), (3.0, int, False), (2**63, int, True), (2**64, int, False),
    (3, float, True), (3.5, float, True), (True, float, False), ("3", float, False),
    ("a", str, True), (b"a", str, False), (object(), Any, True), (None, int | None, True), ("x", int | None, False),
    ("a", Literal["a", "b"], True), ("c", Literal["a", "b"], False), (1, Literal["a"], False),
    ((1, 2), tuple[int, ...], True), ((1, "2"), tuple[int, ...], False), ([1, 2], tuple[int, ...], False),
    ((), tuple[int, ...], True), ((1, "a"), tuple[int, str], True), ((1,), tuple[int, str], False),
    ((1, 2), tuple[int, str], False), ({"a": 1}, Mapping[str, int], True), ({"a": "1"}, Mapping[str, int], False),
    ({1: 1}, Mapping[str, int], False), ([1], Mapping[str, int], False), (Pair("a"), Pair, True),
    (Pair("a", 3), Pair, True), (Pair(3), Pair, False), (Pair("a", "3"), Pair, False),  # type: ignore[arg-type] # so asked
    (Wider("a"), Pair, False), ((Pair("a"), Pair(1)), tuple[Pair, ...], False),  # type: ignore[arg-type] # so asked
]  # fmt: skip


@pytest.mark.parametrize(("value", "hint", "expected"), CONFORMS)
def test_values_are_of_their_types(value: Any, hint: Any, expected: bool) -> None:
    assert conforms(value, hint) is expected


@pytest.mark.parametrize("project", [None, Path("p.vlens")])
@pytest.mark.parametrize("is_modified", [False, True])
def test_facts_come_back_and_are_titled_by_the_project(project: Path | None, is_modified: bool) -> None:
    facts = Facts(Path("folder/photo.png"), Metadata(exif=b"\x00\xff", icc=None), project, is_modified)
    assert Facts.from_json(from_text(to_text(facts.to_json()))) == facts
    assert facts.title == ("photo.png" if project is None else "p.vlens")
    assert set(facts.changing()) == {"project", "is_modified"}


def test_bytes_that_are_no_base64_are_refused() -> None:
    told = metadata_to_json(Metadata(exif=b"abc"))
    assert metadata_from_json(told).exif == b"abc"
    with pytest.raises(ValueError, match=r"base64|Only"):
        metadata_from_json(told | {"exif": {"base64": "a*b=c"}})
