"""Haze and water: limits that the physics fixes, and depth."""

from __future__ import annotations

from math import exp
from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Tool
from desktop_app.testing import call_tool
from plugins.degradation.haze.descriptor import verilens_tools as haze
from plugins.degradation.underwater.descriptor import verilens_tools as underwater
from tests.support.restoring import picture_of

PHOTO = torch.rand(1, 3, 12, 20, generator=torch.Generator().manual_seed(3))


def seen(tool: Tool, images: Tensor, depth: Tensor | None = None, **params: Any) -> Tensor:
    return picture_of(call_tool(tool, images, params, inputs={} if depth is None else {"depth": depth}))


def test_clear_air_and_no_water_change_nothing() -> None:
    torch.testing.assert_close(seen(haze()[0], PHOTO, density=0.0), PHOTO)
    torch.testing.assert_close(seen(underwater()[0], PHOTO, distance=0.0, dive=0.0), PHOTO)


def test_flat_haze_is_koschmieder_s_law() -> None:
    expected = PHOTO * exp(-1.5) + 0.8 * (1.0 - exp(-1.5))
    torch.testing.assert_close(seen(haze()[0], PHOTO, density=1.5, airlight=204.0), expected)


def test_far_away_only_the_airlight_is_left_and_near_the_photo() -> None:
    depth = torch.zeros(1, 1, 12, 20)
    depth[..., 10:] = 1.0
    made = seen(haze()[0], PHOTO, depth, density=20.0, airlight=204.0, warmth=20.0)
    assert made[..., :10].equal(PHOTO[..., :10])
    torch.testing.assert_close(made[0, :, 0, -1], torch.tensor([214.0, 204.0, 194.0]) / 255.0)


def test_water_takes_red_first_and_murky_water_takes_more() -> None:
    white = torch.ones(1, 3, 4, 4)
    for water in ("I", "III", "1"):
        red, green, _ = seen(underwater()[0], white, water=water, veil=0.0)[0, :, 0, 0].tolist()
        assert red < green
    clear, murky = (seen(underwater()[0], white, water=water, veil=0.0) for water in ("I", "7"))
    assert bool((murky < clear).all())


def test_the_veil_grows_with_distance_and_hides_the_contrast() -> None:
    spreads = [float(seen(underwater()[0], PHOTO, distance=metres).std()) for metres in (0.0, 3.0, 10.0, 40.0)]
    assert spreads == sorted(spreads, reverse=True)


def test_depth_scales_the_distance() -> None:
    half = torch.full((1, 1, 12, 20), 0.5)
    near = seen(underwater()[0], PHOTO, half, distance=8.0)
    torch.testing.assert_close(near, seen(underwater()[0], PHOTO, distance=4.0))
