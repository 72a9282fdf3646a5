"""Sparse coding: its promises with either solver and dictionary."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from desktop_app.testing import call_tool
from plugins.restoration.sparse_coding.descriptor import verilens_tools

TOOL = verilens_tools()[0]


def restore(images: Tensor, tile: int | None = None, **params: Any) -> Tensor:
    image = call_tool(TOOL, images, params, tile=tile).image
    assert image is not None
    return image


def psnr(a: Tensor, b: Tensor) -> float:
    return -10.0 * float((a.clamp(0, 1) - b).square().mean().log10())


def picture(height: int, width: int, channels: int = 1) -> Tensor:
    """Return slanted stripes beside a slope, in colours."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    plane = 0.4 + 0.3 * torch.sin((x + 2 * y) / 2.7).sign() * (y > height / 2) + x / 800
    return torch.stack([plane * (1 - 0.2 * c) + 0.1 * c for c in range(channels)])[None]


def noisy(images: Tensor, sigma: float, seed: int = 0) -> Tensor:
    return images + sigma / 255 * torch.randn(images.shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("solver", ["omp", "lasso"])
@pytest.mark.parametrize("dictionary", ["dct", "learnt"])
def test_noise_goes(solver: str, dictionary: str, channels: int) -> None:
    clean = picture(48, 56, channels)
    before = noisy(clean, 25.0)
    after = restore(before, sigma=25.0, solver=solver, dictionary=dictionary)
    assert psnr(after, clean) > psnr(before, clean) + 4.5


@pytest.mark.parametrize("params", [{"solver": "omp", "gain": 1.3}, {"solver": "lasso", "penalty": 4.0}])
def test_more_is_smoother(params: dict[str, Any]) -> None:
    before = noisy(picture(64, 64), 25.0)
    usual = restore(before, sigma=25.0, dictionary="dct", solver=params["solver"])
    smooth = restore(before, sigma=25.0, dictionary="dct", **params)
    assert smooth.diff(dim=-1).square().mean() < usual.diff(dim=-1).square().mean()


def test_no_noise_is_the_identity() -> None:
    image = noisy(picture(40, 40, 3), 10.0)
    assert restore(image, sigma=0.0).equal(image)


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1), (5, 7), (8, 8), (9, 23)])
def test_small_and_flat_photos_stay(shape: tuple[int, int]) -> None:
    flat = torch.full((1, 3, *shape), 0.25)
    torch.testing.assert_close(restore(flat, sigma=25.0), flat, atol=1e-6, rtol=0.0)


@pytest.mark.parametrize("solver", ["omp", "lasso"])
def test_tiles_do_not_show(solver: str) -> None:
    image = noisy(picture(70, 90), 25.0)
    whole, tiled = (restore(image, tile=tile, sigma=25.0, solver=solver, dictionary="dct") for tile in (None, 48))
    assert ((whole - tiled).abs() < 1e-5).float().mean() > 0.999


def test_the_report_says_what_noise_was_assumed() -> None:
    report = call_tool(TOOL, noisy(picture(128, 128), 20.0), {"dictionary": "dct"}).reports[0]
    assert report["sigma_is_estimated"]
    assert report["sigma"] == pytest.approx(20.0, rel=0.1)


def test_learning_and_the_lasso_each_gain_on_house(photos: Path) -> None:
    pixels = np.asarray(Image.open(photos / "val/set12/02.png"), np.float32)[64:192, 64:192] / 255
    clean = torch.from_numpy(pixels.copy())[None, None]
    before = noisy(clean, 25.0)
    plain = psnr(restore(before, sigma=25.0, dictionary="dct"), clean)
    assert psnr(restore(before, sigma=25.0, dictionary="learnt"), clean) > plain + 0.5
    assert psnr(restore(before, sigma=25.0, dictionary="dct", solver="lasso"), clean) > plain
