"""Sliding DCT: better than its noise, blind to tiles, and as good as published."""

from __future__ import annotations

import pytest
import torch

from desktop_app.numerics.transforms import cosine_transform
from plugins.restoration.dct.descriptor import verilens_tools
from tests.support.photos import SharedPhotos, grey_photo
from tests.support.restoring import disc, noisy, psnr, restoring

TOOL = verilens_tools()[0]
restore = restoring(TOOL)


@pytest.mark.parametrize("channels", [1, 3])
def test_noise_goes_and_the_second_stage_is_better(channels: int) -> None:
    clean = disc(90, 101, channels)
    before = noisy(clean, 25.0)
    first, both = (psnr(restore(before, sigma=25.0, stages=stages), clean) for stages in ("first", "both"))
    assert both > first > psnr(before, clean) + 6.0


def test_first_stage_is_the_method_written_out() -> None:
    image = noisy(disc(12, 13), 25.0)[0, 0].double()
    basis, threshold = cosine_transform(8), 2.7 * 25.0 / 255.0
    total, weight = torch.zeros_like(image), torch.zeros_like(image)
    for y in range(5):
        for x in range(6):
            spectrum = basis @ image[y : y + 8, x : x + 8] @ basis.T
            kept = spectrum.abs() > threshold
            kept[0, 0] = True
            total[y : y + 8, x : x + 8] += basis.T @ (spectrum * kept) @ basis / kept.sum()
            weight[y : y + 8, x : x + 8] += 1.0 / kept.sum()
    ours = restore(image[None, None].float(), sigma=25.0, stages="first")[0, 0]
    assert torch.allclose(ours, (total / weight).float(), atol=1e-5)


def test_tiles_do_not_show() -> None:
    image = noisy(disc(80, 90, 3), 25.0)
    whole, tiled = restore(image, sigma=25.0), restore(image, tile=32, sigma=25.0)
    assert ((whole - tiled).abs() < 1e-5).float().mean() > 0.999


def test_house_is_as_good_as_it_should_be(photos: SharedPhotos) -> None:
    clean = grey_photo(photos("val/set12/02.png"))
    assert psnr(restore(noisy(clean, 25.0), sigma=25.0), clean) > 31.6
