"""Bicubic resizing: MATLAB's convention, its published pairs, and what any resizing owes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from desktop_app.numerics.resize import (
    bicubic_taps,
    cubic,
    downsample_bicubic,
    mirrored,
    resize_bicubic,
    upsample_bicubic,
)
from tests.support.photos import SharedPhotos


def test_the_cubic_is_keys() -> None:
    x = torch.tensor([0.0, 0.5, 1.0, 1.5, 2.0, -0.5, 3.0])
    torch.testing.assert_close(cubic(x), torch.tensor([1.0, 0.5625, 0.0, -0.0625, 0.0, 0.5625, 0.0]))


@given(length=st.integers(1, 40), output=st.integers(1, 90))
def test_flat_lines_stay_flat_at_every_size(length: int, output: int) -> None:
    line = torch.full((1, 1, length), 0.3, dtype=torch.float64)
    torch.testing.assert_close(resize_bicubic(line, (1, output)), torch.full((1, 1, output), 0.3, dtype=torch.float64))


def test_slopes_stay_slopes_away_from_the_border() -> None:
    ramp = torch.arange(32.0)[None, :, None].expand(1, 32, 5)
    larger = resize_bicubic(ramp, (64, 5))[0, 8:-8, 0]
    torch.testing.assert_close(larger, (torch.arange(8.0, 56.0) + 0.5) / 2.0 - 0.5)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 7), (300, 2), (129, 257)])
def test_it_is_the_sum_that_the_taps_say(height: int, width: int) -> None:
    image = torch.rand(2, height, width, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    size = (height * 2 // 3 + 1, width * 2)
    expected = image
    for dim, count in ((1, size[0]), (2, size[1])):
        first, weights = bicubic_taps(count, count / image.shape[dim])
        index = mirrored(first[:, None] + torch.arange(weights.shape[1]), image.shape[dim])
        taps = expected.index_select(dim, index.flatten()).unflatten(dim, index.shape)
        expected = (taps * weights.view((*weights.shape, 1) if dim == 1 else weights.shape)).sum(dim + 1)
    torch.testing.assert_close(resize_bicubic(image, size), expected)


def test_sizes_are_matlabs_and_leading_dimensions_are_kept() -> None:
    assert downsample_bicubic(torch.rand(2, 3, 7, 10), 3).shape == (2, 3, 3, 4)
    assert upsample_bicubic(torch.rand(7, 10), 4).shape == (28, 40)


def test_without_antialiasing_texture_turns_into_a_false_pattern() -> None:
    stripes = torch.arange(64).remainder(2).float().expand(8, 64)
    assert float(resize_bicubic(stripes, (8, 21)).std()) < 0.1
    assert float(resize_bicubic(stripes, (8, 21), antialias=False).std()) > 0.3


def test_an_empty_size_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one pixel"):
        resize_bicubic(torch.rand(4, 4), (0, 4))


def test_gradients_are_right() -> None:
    image = torch.rand(2, 5, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda image: resize_bicubic(image, (3, 13)), image)


@pytest.mark.parametrize("factor", [2, 4])
def test_it_agrees_with_matlabs_own_pairs(photos: SharedPhotos, factor: int) -> None:
    folder = photos(f"val/set5_sr_pairs/image_SRF_{factor}")
    large, small = (
        torch.from_numpy(np.asarray(Image.open(folder / f"img_003_SRF_{factor}_{kind}.png"), dtype=np.float64))
        .movedim(-1, 0) for kind in ("HR", "LR")
    )
    away = (downsample_bicubic(large, factor).clamp(0.0, 255.0) - small)[:, 1:-1, 1:-1].abs()
    assert float(away.mean()) < 0.3  # rounding alone is a quarter of a level
    assert float((away > 1.5).double().mean()) < 0.002
