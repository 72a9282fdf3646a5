"""Sliding DCT: better than its noise, blind to tiles, and as good as published."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from desktop_app.numerics.transforms import cosine_transform
from desktop_app.testing import call_tool
from plugins.restoration.dct.descriptor import verilens_tools

TOOL = verilens_tools()[0]


def restore(images: Tensor, tile: int | None = None, **params: object) -> Tensor:
    image = call_tool(TOOL, images, params, tile=tile).image
    assert image is not None
    return image


def psnr(a: Tensor, b: Tensor) -> float:
    return -10.0 * float((a.clamp(0, 1) - b).square().mean().log10())


def picture(height: int, width: int, channels: int = 1) -> Tensor:
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    plane = 0.3 + 0.2 * torch.sin(x / 2.5) * (y > height / 2) + 0.3 * ((x - 30) ** 2 + (y - 20) ** 2 < 150) + y / 500
    return torch.stack([plane * (1 - 0.2 * c) + 0.1 * c for c in range(channels)])[None]


def noisy(images: Tensor, sigma: float) -> Tensor:
    return images + sigma / 255 * torch.randn(images.shape, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("channels", [1, 3])
def test_noise_goes_and_the_second_stage_is_better(channels: int) -> None:
    clean = picture(90, 101, channels)
    before = noisy(clean, 25.0)
    first, both = (psnr(restore(before, sigma=25.0, stages=stages), clean) for stages in ("first", "both"))
    assert both > first > psnr(before, clean) + 6.0


def test_first_stage_is_the_method_written_out() -> None:
    image = noisy(picture(12, 13), 25.0)[0, 0].double()
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


def test_zero_sigma_is_the_identity() -> None:
    image = noisy(picture(20, 20, 3), 10.0)
    assert torch.equal(restore(image, sigma=0.0), image)


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1), (5, 7), (8, 8)])
def test_small_and_flat_photos_stay(shape: tuple[int, int]) -> None:
    flat = torch.full((1, 3, *shape), 0.25)
    assert torch.allclose(restore(flat, sigma=25.0), flat, atol=1e-5)


def test_tiles_do_not_show() -> None:
    image = noisy(picture(80, 90, 3), 25.0)
    whole, tiled = restore(image, sigma=25.0), restore(image, tile=32, sigma=25.0)
    assert ((whole - tiled).abs() < 1e-5).float().mean() > 0.999


def test_house_is_as_good_as_it_should_be(photos: Path) -> None:
    clean = torch.from_numpy(np.asarray(Image.open(photos / "val/set12/02.png"), np.float32) / 255)[None, None]
    assert psnr(restore(noisy(clean, 25.0), sigma=25.0), clean) > 31.6
