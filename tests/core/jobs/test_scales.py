"""A tool may change the size by any fraction: tiles fit together, alpha goes along, sizes are as promised."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.api import Result
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.engine import Engine
from desktop_app.core.jobs.preview import Region, plan_preview
from desktop_app.core.jobs.tiling import plan_tiles
from tests.core.jobs.conftest import register

SCALES = [Fraction(3, 2), Fraction(4, 3), Fraction(5, 2), 2, Fraction(1, 2), Fraction(2, 3)]


def nearest(images: torch.Tensor, scale: Fraction) -> torch.Tensor:
    """Every output pixel is the input's at its place: nothing but positions can be wrong."""
    rows, columns = (torch.tensor([int(i / scale) for i in range(ceil(side * scale))]) for side in images.shape[-2:])
    return images[..., rows[:, None], columns]


@pytest.mark.parametrize("scale", SCALES)
def test_tiles_of_any_scale_equal_the_whole(
    engine: Engine, tools: Any, functions: dict[str, Any], raster: Raster, scale: Fraction
) -> None:
    def resize(images: Any, params: Any, run: Any) -> Result:
        return Result(image=nearest(images, Fraction(scale)))

    request = register(tools, functions, resize, reach=3, scale=lambda p: scale, align=2)
    whole, tiled = (engine.run(replace(request, tile=tile), raster).raster for tile in ("none", 16))
    assert (tiled.height, tiled.width) == (ceil(37 * scale), ceil(53 * scale))
    np.testing.assert_array_equal(tiled.pixels, whole.pixels)


@given(
    st.integers(1, 90), st.integers(1, 90), st.integers(16, 40), st.integers(0, 9),
    st.fractions(Fraction(1, 3), 4, max_denominator=7),
)
def test_cores_cover_the_output_once(height: int, width: int, edge: int, reach: int, scale: Fraction) -> None:
    covered = np.zeros((ceil(height * scale), ceil(width * scale)), int)
    for tile in plan_tiles(height, width, edge, reach, scale.denominator):
        rows, columns = tile.place(scale)
        covered[rows, columns] += 1
        own, _ = tile.crop(scale)
        assert own.stop <= ceil(tile.read_height * scale)
        assert own.stop - own.start == rows.stop - rows.start
    assert (covered == 1).all()


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("zoom", [1.0, 0.5])
@pytest.mark.parametrize(("top", "left"), [(0, 0), (7, 11), (25, 40)])
def test_a_preview_shows_the_pixels_of_the_whole(scale: Fraction, zoom: float, top: int, left: int) -> None:
    scale, level = Fraction(scale), 0 if zoom == 1.0 else 1
    photo = torch.rand(1, 1, 37, 53, generator=torch.Generator().manual_seed(0))[..., :: 1 << level, :: 1 << level]
    plan = plan_preview((37, 53), Region(top, left, 12, 13), zoom, 3, 2, scale.denominator)
    read = photo[
        ..., plan.read.top : plan.read.top + plan.read.height, plan.read.left : plan.read.left + plan.read.width
    ]
    shown = nearest(read, scale)[(..., *plan.crop(scale))]
    first = int(plan.keep.top * scale), int(plan.keep.left * scale)
    whole = nearest(photo, scale)[..., first[0] :, first[1] :]
    assert shown.shape[-2:] == (ceil(plan.keep.height * scale), ceil(plan.keep.width * scale))
    assert torch.equal(shown, whole[..., : shown.shape[-2], : shown.shape[-1]])
    step = 1 << level
    assert plan.shown.top <= top
    assert plan.shown.left <= left
    assert plan.shown.top + plan.shown.height >= min(top + 12, 37)
    assert plan.shown.top == plan.keep.top * step


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_alpha_is_resized_with_the_picture(
    engine: Engine, tools: Any, functions: dict[str, Any], scale: Fraction, dtype: Any
) -> None:
    full = 1.0 if dtype is np.float32 else float(np.iinfo(dtype).max)
    alpha = np.zeros((20, 30), dtype)
    alpha[:, 15:] = full
    raster = Raster(np.full((20, 30, 3), 0.5 * full).astype(dtype), alpha)
    request = register(
        tools, functions, lambda images, params, run: Result(image=nearest(images, Fraction(scale))), scale=scale
    )
    result = engine.run(request, raster).raster
    assert result.alpha is not None
    assert result.alpha.shape == (result.height, result.width)
    shares = result.alpha.astype(np.float64) / 65535
    assert shares.min() == 0.0
    assert shares.max() == 1.0
    assert shares.mean() == pytest.approx(0.5, abs=0.03)
    assert (np.diff(shares, axis=1) >= 0).all(), "the edge stays an edge, in its direction"
