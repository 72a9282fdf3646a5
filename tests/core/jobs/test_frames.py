"""A tool may move the picture into another frame: it says the size, the engine holds it to that and records it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from desktop_app.api import Result, ToolError
from desktop_app.api.errors import ParameterError
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.engine import Engine
from desktop_app.core.jobs.request import ToolRequest
from tests.core.jobs.conftest import register

Frame = Callable[[Any, tuple[int, int]], Any]


def first_rows(images: Any, params: Any, run: Any) -> Result:
    return Result(image=images[..., :10, :])


def test_a_record_says_whether_pixels_have_moved(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster
) -> None:
    request = register(tools, functions, first_rows, frame=lambda _params, size: (10, size[1]))
    cropped = engine.run(request, raster)
    assert cropped.raster is not None
    assert (cropped.raster.height, cropped.raster.width) == (10, raster.width)
    assert cropped.record.reframes
    assert not engine.run(ToolRequest("fake.blur", {"radius": 1}), raster).record.reframes


def fails(_params: object, _size: object) -> tuple[int, int]:
    raise ZeroDivisionError("division by zero")


@pytest.mark.parametrize(("frame", "said"), [
    (fails, "a size for these parameters"), (lambda _params, size: (0, size[1]), "1 or more whole pixels"),
    (lambda _params, size: list(size), "1 or more whole pixels"), (lambda _params, _size: (10,), "whole pixels"),
    (lambda _params, size: (10.0, size[1]), "1 or more whole pixels"), (lambda _params, size: size, "shape"),
])  # fmt: skip
def test_a_size_that_is_none_or_is_not_kept_is_a_fault_of_the_tool(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster, frame: Frame, said: str
) -> None:
    with pytest.raises(ToolError, match=said) as caught:
        engine.run(register(tools, functions, first_rows, frame=frame), raster)
    assert "fake.new" in str(caught.value)


def test_parameters_that_do_not_fit_a_photo_are_the_users_to_change(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster
) -> None:
    def refuses(_params: object, size: tuple[int, int]) -> tuple[int, int]:
        raise ParameterError(f"expected a box within {size[1]}x{size[0]}, got a larger one; make it smaller")

    with pytest.raises(ParameterError, match="within 53x37"):
        engine.run(register(tools, functions, first_rows, frame=refuses), raster)
