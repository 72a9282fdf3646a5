"""A tool may move the picture into another frame: it says the size, the engine holds it to that and records it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from desktop_app.api import Result, ToolError
from desktop_app.api.errors import ParameterError
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.engine import Engine
from desktop_app.core.jobs.request import Outcome, ToolRequest
from desktop_app.core.jobs.stack import Sample
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


@pytest.mark.parametrize("depth", [np.uint8, np.uint16, np.float32])
def test_transparency_is_moved_as_the_colours_are_and_draws_the_same_chance(
    engine: Engine, tools: Any, functions: dict[str, Any], depth: Any
) -> None:
    full = 1.0 if depth is np.float32 else np.iinfo(depth).max
    alpha = (np.random.default_rng(0).random((6, 9)) * full).astype(depth)
    drawn: list[Any] = []

    def turn(images: Any, params: Any, run: Any) -> Result:
        drawn.append(float(run.rand(images[:1, :1, :1, :1])) if len(run.seeds) == 1 else None)
        assert not torch.is_grad_enabled()
        return Result(image=images.transpose(2, 3))

    request = replace(register(tools, functions, turn, frame=lambda _params, size: size[::-1]), seed=5)
    colours = (alpha[..., None] * np.ones(3)).astype(depth)
    turned = engine.run(request, Raster(colours, alpha)).raster
    assert turned is not None
    np.testing.assert_allclose(turned.planes()[0], alpha.T / full, atol=1e-4)
    np.testing.assert_allclose(Raster(turned.alpha[..., None]).planes()[0], alpha.T / full, atol=1e-4)
    assert drawn[0] == drawn[1]
    samples = [Sample(Raster(colours, alpha), seed=5), Sample(Raster(colours), seed=6)]
    with_alpha, without = engine.run_all(request, samples)
    assert isinstance(with_alpha, Outcome)
    assert isinstance(without, Outcome)
    np.testing.assert_array_equal(with_alpha.raster.alpha, turned.alpha)
    assert without.raster.alpha is None
