"""The pyramid's levels are area averages, and lie exactly where they are drawn."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_app.api.errors import Cancelled
from desktop_app.core.imaging.pyramid import as_display, build_pyramid
from desktop_app.core.imaging.raster import Raster, convert_depth


def photo(height: int, width: int, channels: int = 3) -> Raster:
    """Return noise, in which a wrong average shows."""
    return Raster(np.random.default_rng(height * width).integers(0, 256, (height, width, channels), dtype=np.uint8))


def test_level_zero_is_the_photo_itself() -> None:
    raster = photo(40, 700)
    assert build_pyramid(raster).levels[0] is raster.pixels


@settings(max_examples=25, deadline=None)
@given(height=st.integers(1, 40), width=st.integers(513, 1300), channels=st.sampled_from([1, 3]))
def test_a_level_averages_what_is_there(height: int, width: int, channels: int) -> None:
    levels = build_pyramid(photo(height, width, channels)).levels
    for fine, coarse in itertools.pairwise(levels):
        padded = np.full((coarse.shape[0] * 2, coarse.shape[1] * 2, channels), np.nan)
        padded[: fine.shape[0], : fine.shape[1]] = fine
        mean = np.nanmean(padded.reshape(coarse.shape[0], 2, coarse.shape[1], 2, channels), axis=(1, 3))
        assert np.abs(coarse - mean).max() <= 0.5
        assert coarse.flags.c_contiguous


def test_strips_leave_no_seam() -> None:
    wide = photo(33, 300_000, 1)  # several strips
    level = build_pyramid(wide).levels[1].astype(float)
    pixels = np.concatenate([wide.pixels, wide.pixels[-1:]]).astype(float)
    mean = pixels.reshape(17, 2, 150_000, 2, 1).mean(axis=(1, 3))
    assert np.abs(level - mean).max() <= 0.5


def test_it_ends_at_five_hundred_pixels_or_fewer() -> None:
    sizes = [max(level.shape[:2]) for level in build_pyramid(photo(100, 4097)).levels]
    assert sizes == [4097, 2049, 1025, 513, 257]
    assert len(build_pyramid(photo(512, 512)).levels) == 1


@pytest.mark.parametrize("depth", ["16", "32f"])
def test_other_depths_are_shown_rounded(depth: str) -> None:
    raster = photo(20, 600)
    deep = Raster(convert_depth(raster.pixels, "16" if depth == "16" else "32f"))
    for shown, expected in zip(build_pyramid(deep).levels, build_pyramid(raster).levels, strict=True):
        np.testing.assert_array_equal(shown, expected)
    assert as_display(np.array([[[-0.2], [1.2]]], np.float32)).ravel().tolist() == [0, 255]


def test_it_stops_when_cancelled() -> None:
    asked = []

    def cancelled() -> bool:
        asked.append(True)
        return len(asked) > 1

    with pytest.raises(Cancelled):
        build_pyramid(photo(16, 600_000, 1), cancelled=cancelled)
    assert len(asked) == 2
