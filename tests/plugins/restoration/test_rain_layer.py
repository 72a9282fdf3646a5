"""Rain removal: synthetic rain goes, its direction is found, what is no rain stays."""

from __future__ import annotations

from math import radians, tan
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from desktop_app.testing import call_tool
from plugins.restoration.rain_layer.algorithm import mean_along, slant_of
from plugins.restoration.rain_layer.descriptor import verilens_tools
from tests.support.photos import SharedPhotos, colour_photo
from tests.support.restoring import picture_of, psnr

TOOL = verilens_tools()[0]


def derained(images: Tensor, **params: Any) -> Tensor:
    return picture_of(call_tool(TOOL, images, params))


def rain(height: int, width: int, angle: float, seed: int = 0) -> Tensor:
    """Streaks of 15 to 25 pixels, two pixels wide, falling at an angle from straight down."""
    drawn, layer = np.random.default_rng(seed), torch.zeros(height, width)
    for _ in range(height * width // 250):
        length, light = drawn.integers(15, 26), 0.2 + 0.3 * drawn.random()
        top, left = drawn.integers(-20, height), drawn.integers(-20, width)
        for row in range(max(top, 0), min(top + length, height)):
            column = round(left + (row - top) * tan(radians(angle)))
            layer[row, max(column, 0) : max(column + 2, 0)] = light
    return layer


def meadow(height: int = 100, width: int = 130) -> Tensor:
    """Soft coloured patches."""
    coarse = torch.rand((1, 3, height // 20, width // 20), generator=torch.Generator().manual_seed(5))
    return 0.1 + 0.5 * torch.nn.functional.interpolate(coarse, size=(height, width), mode="bicubic").clamp(0.0, 1.0)


@pytest.mark.parametrize("angle", [0.0, 20.0, -30.0])
def test_rain_goes_and_its_direction_is_found(angle: float) -> None:
    clear = meadow()
    rainy = clear + rain(100, 130, angle)
    assert psnr(derained(rainy), clear) > psnr(rainy, clear) + 6.0
    assert call_tool(TOOL, rainy, {"steps": 10}).reports[0]["angle"] == pytest.approx(angle, abs=5.0)


def test_the_map_is_what_was_taken_away_in_levels() -> None:
    rainy = meadow() + rain(100, 130, 10.0)
    result = call_tool(TOOL, rainy, {"strength": 0.5})
    assert result.image is not None
    taken = (rainy - result.image) * 255.0
    torch.testing.assert_close(result.maps[0].values, taken[:, 1], rtol=0.0, atol=1e-3)
    assert float(result.maps[0].values.min()) >= 0.0


def test_without_strength_nothing_changes() -> None:
    rainy = meadow() + rain(100, 130, 10.0)
    assert derained(rainy, strength=0.0).equal(rainy)


def test_what_is_wide_or_coloured_stays() -> None:
    scene = torch.full((1, 3, 80, 80), 0.2)
    scene[..., 30:60] = 0.7  # a wall
    scene[:, 0, :, 10:12] = 0.9  # a red cable
    torch.testing.assert_close(derained(scene, angle=0.0), scene, rtol=0.0, atol=0.02)


def test_texture_under_the_rain_stays() -> None:
    grain = 0.04 * torch.randn((100, 130), generator=torch.Generator().manual_seed(3))
    clear = meadow() + grain
    kept = derained(clear)
    share = float(((kept - kept.mean()) * grain).sum() / (3 * grain.square().sum()))
    assert share > 0.9
    rainy = clear + rain(100, 130, 10.0)
    assert psnr(derained(rainy), clear) > psnr(rainy, clear) + 4.0


@pytest.mark.parametrize("angle", [-30.0, 0.0, 20.0])
def test_the_mean_along_the_rain_keeps_streaks_and_thins_dots(angle: float) -> None:
    rows, columns = torch.meshgrid(torch.arange(40.0), torch.arange(60.0), indexing="ij")
    streak = ((columns - 30.0 - tan(radians(angle)) * (rows - 20.0)).abs() < 2.0).float()
    assert float(mean_along(streak, angle)[20, 30]) == pytest.approx(1.0)
    dot = torch.zeros(40, 60)
    dot[20, 30] = 1.0
    assert float(mean_along(dot, angle).max()) == pytest.approx(1 / 15)


def test_dark_lines_stay() -> None:
    scene = torch.full((1, 3, 60, 60), 0.6)
    scene[..., 30:32] = 0.2
    torch.testing.assert_close(derained(scene, angle=0.0), scene, rtol=0.0, atol=0.02)


def test_tiles_give_what_the_whole_gives() -> None:
    rainy = meadow() + rain(100, 130, 15.0)
    whole, cut = (call_tool(TOOL, rainy, {"steps": 12}, tile=tile) for tile in (None, 32))
    assert whole.image is not None
    assert cut.image is not None
    torch.testing.assert_close(cut.image, whole.image, rtol=0.0, atol=1e-5)


@pytest.mark.parametrize("angle", [-45.0, -20.0, 0.0, 0.1, 33.0, 45.0])
def test_the_slant_vanishes_along_the_rain_and_has_its_adjoint(angle: float) -> None:
    slant, right = slant_of(angle), tan(radians(angle))
    rows, columns = torch.meshgrid(torch.arange(12.0), torch.arange(15.0), indexing="ij")
    torch.testing.assert_close(slant.difference(columns - right * rows), torch.zeros(11, 14), rtol=0.0, atol=1e-5)
    drawn = torch.Generator().manual_seed(0)
    plane, dual = torch.randn(12, 15, generator=drawn), torch.randn(11, 14, generator=drawn)
    total = torch.zeros(12, 15)
    slant.add_adjoint(total, dual)
    torch.testing.assert_close((slant.difference(plane) * dual).sum(), (plane * total).sum())


def test_rain_on_a_photo_goes(photos: SharedPhotos) -> None:
    paths = photos.all("train/bsds500/test/*.jpg")[:60:20]
    gains = []
    for path, angle in zip(paths, (0.0, 15.0, -25.0), strict=False):
        clear = colour_photo(path)[..., 60:260, 80:320]
        rainy = (clear + rain(200, 240, angle)).clamp(0.0, 1.0)
        gains.append(psnr(derained(rainy), clear) - psnr(rainy, clear))
    assert np.mean(gains) > 3.0
