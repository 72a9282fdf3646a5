"""K-SVD denoising: its promises, what learning is worth, and a published figure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from desktop_app.testing import call_tool
from plugins.restoration.ksvd.descriptor import verilens_tools

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


@pytest.mark.parametrize(("channels", "gain"), [(1, 5.0), (3, 8.0)])
def test_noise_goes(channels: int, gain: float) -> None:
    clean = picture(72, 80, channels)
    before = noisy(clean, 25.0)
    assert psnr(restore(before, sigma=25.0, rounds=5), clean) > psnr(before, clean) + gain


def test_what_the_photo_teaches_beats_cosines() -> None:
    clean = picture(96, 96)
    before = noisy(clean, 25.0)
    cosines, learnt = (psnr(restore(before, sigma=25.0, rounds=rounds), clean) for rounds in (0, 10))
    assert learnt > cosines + 0.5


def test_more_tolerance_is_smoother() -> None:
    before = noisy(picture(64, 64), 25.0)
    close, far = (restore(before, sigma=25.0, gain=gain, rounds=3) for gain in (0.9, 1.3))
    assert close.diff(dim=-1).square().mean() > far.diff(dim=-1).square().mean()


def test_no_noise_is_the_identity() -> None:
    image = noisy(picture(40, 40, 3), 10.0)
    assert restore(image, sigma=0.0).equal(image)


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1), (5, 7), (8, 8), (9, 23)])
def test_small_and_flat_photos_stay(shape: tuple[int, int]) -> None:
    flat = torch.full((1, 3, *shape), 0.25)
    torch.testing.assert_close(restore(flat, sigma=25.0), flat, atol=1e-6, rtol=0.0)


@pytest.mark.parametrize("channels", [1, 3])
def test_tiles_do_not_show(channels: int) -> None:
    image = noisy(picture(70, 90, channels), 25.0)
    whole, tiled = restore(image, sigma=25.0, rounds=2), restore(image, tile=48, sigma=25.0, rounds=2)
    assert ((whole - tiled).abs() < 1e-5).float().mean() > 0.999


def test_the_report_says_what_noise_was_assumed() -> None:
    report = call_tool(TOOL, noisy(picture(128, 128), 20.0), {"rounds": 0}).reports[0]
    assert report["sigma_is_estimated"]
    assert report["sigma"] == pytest.approx(20.0, rel=0.1)


def test_house_is_as_published(photos: Path) -> None:
    """Elad 2006, table I: 32.15 dB for House at σ 25, another draw of the noise."""
    clean = torch.from_numpy(np.asarray(Image.open(photos / "val/set12/02.png"), np.float32) / 255)[None, None]
    assert psnr(restore(noisy(clean, 25.0), sigma=25.0), clean) > 32.05
