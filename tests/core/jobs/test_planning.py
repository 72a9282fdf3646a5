"""Tiles, memory and previews are planned by pure functions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.core.jobs.memory import forecast, smaller_tile
from desktop_app.core.jobs.preview import Region, plan_preview
from desktop_app.core.jobs.tiling import plan_tiles

sizes = st.integers(1, 300)


@given(height=sizes, width=sizes, edge=st.integers(16, 128), reach=st.integers(0, 40), align=st.sampled_from([1, 4, 8]))
def test_tiles_cover_every_pixel_once_with_their_margin(
    height: int, width: int, edge: int, reach: int, align: int
) -> None:
    covered = np.zeros((height, width), int)
    for tile in plan_tiles(height, width, edge, reach, align):
        covered[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width] += 1
        assert tile.read_top <= max(0, tile.top - reach)
        assert tile.read_left <= max(0, tile.left - reach)
        assert tile.read_top + tile.read_height >= min(height, tile.top + tile.height + reach)
        assert tile.read_left % align == 0
    assert (covered == 1).all()


@given(height=sizes, width=sizes, edge=st.integers(16, 128), reach=st.integers(0, 40), scale=st.integers(1, 4))
def test_cutting_and_placing_is_the_identity(height: int, width: int, edge: int, reach: int, scale: int) -> None:
    photo = np.arange(height * width).reshape(height, width)
    big = photo.repeat(scale, 0).repeat(scale, 1)
    out = np.zeros_like(big)
    for tile in plan_tiles(height, width, edge, reach):
        part = photo[
            tile.read_top : tile.read_top + tile.read_height, tile.read_left : tile.read_left + tile.read_width
        ]
        out[tile.place(scale)] = part.repeat(scale, 0).repeat(scale, 1)[tile.crop(scale)]
    np.testing.assert_array_equal(out, big)


def test_a_photo_is_cut_only_when_memory_asks_for_it() -> None:
    plenty = forecast(4000, 6000, 3, reach=10, memory=6.0, free=8_000_000_000)
    assert plenty.tile is None
    tight = forecast(4000, 6000, 3, reach=10, memory=6.0, free=1_000_000_000)
    assert tight.tile is not None
    assert tight.bytes_needed <= 0.65 * tight.bytes_free
    assert not tight.is_short
    whole = forecast(4000, 6000, 3, reach=None, memory=6.0, free=1_000_000_000)
    assert whole.tile is None
    assert whole.is_short
    assert "it may fail" in whole.sentence


def test_tiles_shrink_to_an_end() -> None:
    edges, edge = [], 1000
    while (edge := smaller_tile(edge, 1000, 1000) or 0) > 0:
        edges.append(edge)
    assert edges == [496, 240, 112]
    assert smaller_tile(None, 64, 100) is None


@given(
    height=st.integers(1, 5000), width=st.integers(1, 5000), data=st.data(),
    zoom=st.floats(0.01, 16.0), reach=st.integers(0, 50),
)
def test_a_preview_keeps_what_is_visible(height: int, width: int, data: st.DataObject, zoom: float, reach: int) -> None:
    top, left = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    view = Region(top, left, data.draw(st.integers(1, height - top)), data.draw(st.integers(1, width - left)))
    plan = plan_preview((height, width), view, zoom, reach, levels=8)
    step = 1 << plan.level
    assert plan.is_reduced == (plan.level > 0)
    assert step * zoom <= 1.0 or plan.level == 0, "never coarser than the screen"
    assert plan.shown.top <= view.top
    assert plan.shown.left <= view.left
    assert plan.shown.top + plan.shown.height >= view.top + view.height
    assert plan.shown.left + plan.shown.width >= view.left + view.width
    assert plan.read.top <= plan.keep.top <= plan.keep.top + plan.keep.height <= plan.read.top + plan.read.height


def test_a_tool_that_needs_the_whole_photo_gets_it_reduced() -> None:
    plan = plan_preview((4000, 6000), Region(0, 0, 4000, 6000), 0.2, None, levels=8)
    assert plan.is_reduced
    assert plan.read == Region(0, 0, 1000, 1500)
    assert plan.shown == Region(0, 0, 4000, 6000)
    close = plan_preview((4000, 6000), Region(1000, 1000, 500, 750), 1.0, None, levels=8)
    assert close.read.height * close.read.width == pytest.approx(500 * 750, rel=0.1), "about the window"
