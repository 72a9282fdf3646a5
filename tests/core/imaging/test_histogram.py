"""Tones are counted as they are, and what is clipped is seen however small the photo is drawn."""

from __future__ import annotations

import numpy as np
import pytest

from desktop_app.core.imaging.histogram import LIGHT, SHADOW, clipped, clipped_levels, histogram_of
from desktop_app.core.imaging.pyramid import Pyramid, build_pyramid
from desktop_app.core.imaging.raster import Raster


@pytest.mark.parametrize("channels", [1, 3])
def test_small_photos_are_counted_pixel_by_pixel(channels: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (300, 400, channels), dtype=np.uint8)
    found = histogram_of(build_pyramid(Raster(pixels)))
    assert len(found.channels) == channels
    for number, shares in enumerate(found.channels):
        np.testing.assert_allclose(shares, np.bincount(pixels[..., number].ravel(), minlength=256) / 120_000)
    assert found.luminance.sum() == pytest.approx(1.0)
    lights = (pixels == 255).any(2)
    assert found.lights == pytest.approx(lights.mean())
    assert found.shadows == pytest.approx(((pixels == 0).any(2) & ~lights).mean())


def test_luma_of_grey_is_that_grey() -> None:
    for level in (0, 7, 128, 255):
        found = histogram_of(build_pyramid(Raster(np.full((4, 4, 3), level, np.uint8))))
        assert found.luminance[level] == 1.0


def test_one_clipped_pixel_is_seen_at_every_size() -> None:
    pixels = np.full((1501, 2003, 3), 128, np.uint8)
    pixels[1500, 2002, 1], pixels[3, 5, 2] = 255, 0
    pyramid = build_pyramid(Raster(pixels))
    levels = clipped_levels(pyramid)
    assert [level.shape for level in levels] == [level.shape[:2] for level in pyramid.levels]
    for level in levels:
        assert level[-1, -1] == LIGHT
        assert (level == SHADOW).sum() == 1
    found = histogram_of(pyramid)
    assert (found.shadows, found.lights) == (pytest.approx(1 / pixels[..., 0].size),) * 2


def test_floats_beyond_the_ends_are_clipped() -> None:
    values = np.array([[[-0.1], [0.5], [1.2]]], np.float32)
    assert clipped(build_pyramid(Raster(values)).levels[0]).tolist() == [[SHADOW, 0, LIGHT]]


def test_clipped_pixels_are_counted_wherever_they_lie() -> None:
    pixels = np.full((700, 30, 3), 100, np.uint8)
    pixels[350, 4, 1], pixels[699, 29, 2], pixels[0, 0] = 0, 255, (0, 255, 7)
    found = histogram_of(Pyramid((pixels,)))
    assert (found.shadows * 21_000, found.lights * 21_000) == pytest.approx((1, 2))
