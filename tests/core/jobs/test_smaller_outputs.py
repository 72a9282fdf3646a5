"""A tool may give a smaller picture than it got: its scale is a fraction, and sizes are rounded up."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
import torch

from desktop_app.api import Result, Tool, ToolError
from desktop_app.core.jobs.loaded import LoadedTool, sizes_of
from desktop_app.core.jobs.memory import forecast
from desktop_app.core.jobs.result_contract import checked
from desktop_app.core.plugins.validation import tool_faults

HALF = Tool(
    id="testing.half", title="Half", kind="degradation", summary="Keeps every second pixel.", version="1.0",
    algorithm="testing.half:run", scale=Fraction(1, 2),
)


def picture(height: int, width: int) -> Result:
    return Result(image=torch.zeros(1, 3, height, width))


def test_sizes_that_do_not_divide_are_rounded_up() -> None:
    loaded, images = LoadedTool(HALF, lambda images, params, run: None), torch.zeros(1, 3, 5, 9)
    assert checked(loaded, picture(3, 5), images, sizes_of(HALF, None)).image is not None
    with pytest.raises(ToolError, match="shape"):
        checked(loaded, picture(2, 4), images, sizes_of(HALF, None))


@pytest.mark.parametrize(("changes", "is_fine"), [
    ({}, True), ({"reach": 4}, False), ({"scale": Fraction(0)}, False), ({"scale": Fraction(-1, 2)}, False),
    ({"scale": Fraction(3, 2), "reach": 4}, True),
])
def test_only_a_positive_scale_of_a_whole_photo_is_accepted(changes: dict[str, Any], is_fine: bool) -> None:
    assert (not list(tool_faults(replace(HALF, **changes)))) == is_fine


def test_the_forecast_counts_the_smaller_picture() -> None:
    needs = [
        forecast(100, 100, 3, reach=None, extent=extent, memory=2.0, free=1 << 30).bytes_needed
        for extent in (None, (50, 50))
    ]
    assert needs[0] - needs[1] == 4 * 3 * 100 * 100 * 3 // 4
