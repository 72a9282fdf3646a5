"""A severity sets the parameters that a benchmark fixed, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from desktop_app.api import SeverityParams, param


class Storm(SeverityParams, severities={"wind": (1, 2, 3, 4, 5), "angle": (None, None, None, 45.0, 45.0)}):
    """Two parameters that a severity sets, and one that it leaves."""

    wind: float = param(0.5, help="More blows harder.", ge=0, le=10)
    angle: float | None = param(10.0, help="More turns it.")
    colour: str = param("grey", help="Of the clouds.")


def test_a_severity_overrides_what_the_benchmark_fixes_and_keeps_the_rest() -> None:
    storm = Storm(severity=4, wind=9.0, colour="black")
    assert (storm.wind, storm.angle, storm.colour) == (4.0, 45.0, "black")
    assert Storm(severity=1).angle is None


def test_without_one_the_parameters_are_the_user_s() -> None:
    assert Storm(wind=9.0).model_dump() == {"severity": None, "wind": 9.0, "angle": 10.0, "colour": "grey"}


def test_what_was_recorded_gives_the_same_again() -> None:
    storm = Storm(severity=2)
    assert Storm(**storm.model_dump()) == storm


@pytest.mark.parametrize("severity", [0, 6, -1, 2.5, "many"])
def test_a_severity_that_the_benchmark_does_not_have_is_refused(severity: Any) -> None:
    with pytest.raises(ValidationError, match="severity"):
        Storm(severity=severity)


def test_other_parameters_are_still_checked() -> None:
    with pytest.raises(ValidationError, match="wind"):
        Storm(severity=1, wind=99.0)


def test_what_a_severity_sets_counts_only_without_one() -> None:
    properties = Storm.model_json_schema()["properties"]
    hangs = {name: schema.get("when") for name, schema in properties.items()}
    assert hangs == {"severity": None, "wind": {"severity": [None]}, "angle": {"severity": [None]}, "colour": None}
