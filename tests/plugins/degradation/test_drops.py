"""Drops on the lens: as many as asked for, the scene upside down behind them, and nothing changed beside them."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from desktop_app.testing import call_tool
from plugins.degradation.drops.descriptor import verilens_tools
from tests.support.restoring import disc, picture_of

TOOL = verilens_tools()[0]


def wet(images: Tensor, seed: int = 0, **params: Any) -> tuple[Tensor, Tensor]:
    """Return photos behind drops, and how much is hidden of each pixel, ``(N, 1, H, W)``."""
    result = call_tool(TOOL, images, params, seeds=[seed] * len(images))
    return picture_of(result), result.maps[0].values[:, None]


def test_the_photo_stays_where_no_drop_lies_and_changes_where_one_does() -> None:
    photo = disc(160, 200, 3)
    made, hidden = wet(photo)
    beside = (hidden == 0.0).expand_as(photo)
    assert made[beside].equal(photo[beside])
    assert float((made - photo).abs()[(hidden > 0.5).expand_as(photo)].mean()) > 0.02


@pytest.mark.parametrize("size", [4.0, 12.0])
@pytest.mark.parametrize("cover", [5.0, 20.0])
def test_drops_lie_on_the_share_that_is_asked_for(size: float, cover: float) -> None:
    photos = torch.zeros(1, 1, 400, 400)
    shares = [float((wet(photos, seed, cover=cover, size=size)[1] > 0.45).float().mean()) for seed in range(4)]
    together = 1.0 - 2.718 ** (-cover / 100.0)  # drops lie anywhere, on one another too
    assert sum(shares) / 4 == pytest.approx(together, rel=0.3)


def test_no_cover_and_no_opacity_change_nothing() -> None:
    photo = disc(60, 70, 3)
    for params in ({"cover": 0.0}, {"opacity": 0.0}):
        made, hidden = wet(photo, **params)
        assert made.equal(photo)
        assert float(hidden.max()) == 0.0


def test_a_drop_shows_the_scene_upside_down() -> None:
    slope = torch.linspace(0.0, 1.0, 240)[:, None].expand(1, 1, 240, 240).contiguous()
    made, hidden = wet(slope, seed=3, cover=3.0, size=10.0, blur=0.5, opacity=100.0, brightness=0.0)
    inside = hidden[..., 1:, :].minimum(hidden[..., :-1, :]) == 1.0
    steps = made.diff(dim=-2)[inside]
    assert float((steps < 0.0).float().mean()) > 0.8


def test_out_of_focus_drops_have_softer_outlines_and_brighter_ones_more_light() -> None:
    photo = disc(160, 200, 3)
    sharp, soft = (wet(photo, blur=blur)[1].diff(dim=-1).abs().amax() for blur in (0.0, 6.0))
    assert float(soft) < 0.5 * float(sharp)
    dark, bright = (wet(photo, brightness=light)[0] for light in (0.0, 50.0))
    assert float((bright - dark).min()) >= 0.0
    assert float((bright - dark).max()) + 1e-5 >= 0.9 * 50.0 / 255.0  # where drops overlap, somewhat more
    assert float((bright - dark).max()) <= 50.0 / 255.0
