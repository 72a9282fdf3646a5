"""BM3D: better than its noise, blind to tiles, and as good as published."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from desktop_app.testing import call_tool
from plugins.restoration.bm3d.descriptor import verilens_tools
from plugins.restoration.bm3d.transforms import biorthogonal, haar, inverse_haar

TOOL = verilens_tools()[0]


def restore(images: Tensor, tile: int | None = None, **params: object) -> Tensor:
    image = call_tool(TOOL, images, params, tile=tile).image
    assert image is not None
    return image


def psnr(a: Tensor, b: Tensor) -> float:
    return -10.0 * float((a.clamp(0, 1) - b).square().mean().log10())


def picture(height: int, width: int, channels: int = 1) -> Tensor:
    """Return stripes and a disc on a slope, in colours."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    plane = 0.3 + 0.2 * torch.sin(x / 2.5) * (y > height / 2) + 0.3 * ((x - 30) ** 2 + (y - 20) ** 2 < 150) + y / 500
    return torch.stack([plane * (1 - 0.2 * c) + 0.1 * c for c in range(channels)])[None]


def noisy(images: Tensor, sigma: float, seed: int = 0) -> Tensor:
    return images + sigma / 255 * torch.randn(images.shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("sigma", "gain"), [(10.0, 5.0), (25.0, 7.0), (60.0, 8.0)])
def test_noise_goes(sigma: float, gain: float, channels: int) -> None:
    clean = picture(90, 101, channels)
    before = noisy(clean, sigma)
    assert psnr(restore(before, sigma=sigma)[0], clean[0]) > psnr(before[0], clean[0]) + gain


def test_second_stage_is_better() -> None:
    clean = picture(90, 101)
    before = noisy(clean, 25.0)
    first, both = (psnr(restore(before, sigma=25.0, stages=stages)[0], clean[0]) for stages in ("first", "both"))
    assert both > first + 0.2


def test_zero_sigma_is_the_identity() -> None:
    image = noisy(picture(40, 40, 3), 10.0)
    assert torch.equal(restore(image, sigma=0.0), image)


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1), (5, 7), (8, 8), (9, 23)])
@pytest.mark.parametrize("sigma", [25.0, 50.0])
def test_small_and_flat_photos_stay(shape: tuple[int, int], sigma: float) -> None:
    flat = torch.full((1, 3, *shape), 0.25)
    assert torch.allclose(restore(flat, sigma=sigma), flat, atol=1e-5)


@pytest.mark.parametrize("sigma", [25.0, 50.0])
def test_tiles_do_not_show(sigma: float) -> None:
    image = noisy(picture(150, 170), sigma)
    params = {"sigma": sigma, "search_size": 9}
    whole, tiled = restore(image, **params), restore(image, tile=96, **params)
    assert ((whole - tiled).abs() < 1e-5).float().mean() > 0.999


def test_noise_is_estimated_when_not_given() -> None:
    clean = picture(128, 128)
    report = call_tool(TOOL, noisy(clean, 20.0)).reports[0]
    assert report["sigma_is_estimated"]
    assert report["sigma"] == pytest.approx(20.0, rel=0.05)


def test_transforms_invert() -> None:
    matrix = biorthogonal(8)
    assert torch.allclose(matrix.norm(dim=1), torch.ones(8, dtype=torch.float64))
    assert torch.allclose(matrix[1:].sum(1), torch.zeros(7, dtype=torch.float64), atol=1e-12)
    values = torch.randn(16, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert torch.allclose(inverse_haar(haar(values)), values)
    assert torch.allclose(haar(values).norm(dim=0), values.norm(dim=0))


def test_house_is_as_published(photos: Path) -> None:
    """Dabov 2007, table III: 32.86 dB for House at σ 25, another draw of the noise."""
    clean = torch.from_numpy(np.asarray(Image.open(photos / "val/set12/02.png"), np.float32) / 255)[None, None]
    assert psnr(restore(noisy(clean, 25.0), sigma=25.0)[0], clean[0]) == pytest.approx(32.86, abs=0.15)
