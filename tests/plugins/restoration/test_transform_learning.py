"""Transform learning: its promises, its closed form, and what it is worth on a photo."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from desktop_app.testing import call_tool
from plugins.restoration.transform_learning import algorithm
from plugins.restoration.transform_learning.descriptor import TransformLearningParams, reach, verilens_tools

TOOL = verilens_tools()[0]
IDLE: Any = SimpleNamespace(check=lambda: None)


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


@pytest.mark.parametrize(("channels", "gain"), [(1, 5.0), (3, 7.0)])
def test_noise_goes(channels: int, gain: float) -> None:
    clean = picture(72, 80, channels)
    before = noisy(clean, 25.0)
    assert psnr(restore(before, sigma=25.0), clean) > psnr(before, clean) + gain


def test_what_the_photo_teaches_beats_cosines() -> None:
    clean = picture(96, 96)
    before = noisy(clean, 25.0)
    cosines, learnt = (psnr(restore(before, sigma=25.0, rounds=rounds), clean) for rounds in (0, 20))
    assert learnt > cosines + 0.3


def test_the_update_is_the_minimum_of_its_objective() -> None:
    generator = torch.Generator().manual_seed(0)
    patches, start = torch.randn(200, 9, generator=generator), torch.eye(9)
    codes, _ = algorithm.sparsify(patches, start, 1.0)
    penalty = algorithm._CONDITIONING * float(patches.square().sum())

    def objective(transform: Tensor) -> float:
        misfit = (patches @ transform.T - codes).square().sum()
        return float(misfit + penalty * (0.5 * transform.square().sum() - transform.slogdet().logabsdet))

    best = algorithm.learn_transform(patches, start, 1.0, 1, IDLE)
    for _ in range(20):
        assert objective(best) < objective(best + 0.01 * torch.randn(9, 9, generator=generator))


def test_no_noise_is_the_identity() -> None:
    image = noisy(picture(40, 40, 3), 10.0)
    assert restore(image, sigma=0.0).equal(image)


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1), (5, 7), (9, 23)])
def test_small_and_flat_photos_stay(shape: tuple[int, int]) -> None:
    flat = torch.full((1, 3, *shape), 0.25)
    torch.testing.assert_close(restore(flat, sigma=25.0), flat, atol=1e-5, rtol=0.0)


def test_tiles_do_not_show() -> None:
    image = noisy(picture(70, 90, 3), 25.0)
    whole, tiled = restore(image, sigma=25.0), restore(image, tile=48, sigma=25.0)
    assert ((whole - tiled).abs() < 1e-5).float().mean() > 0.999
    assert reach(TransformLearningParams(patch_size=11)) == 10


def test_the_report_says_what_noise_was_assumed() -> None:
    report = call_tool(TOOL, noisy(picture(128, 128), 20.0)).reports[0]
    assert report["sigma_is_estimated"]
    assert report["sigma"] == pytest.approx(20.0, rel=0.1)


def test_learning_pays_on_barbara(photos: Path) -> None:
    """Half a decibel above the cosine transform on a photo of stripes."""
    pixels = np.asarray(Image.open(photos / "val/set12/09.png"), np.float32)[200:456, 200:456] / 255
    clean = torch.from_numpy(pixels.copy())[None, None]
    before = noisy(clean, 25.0)
    assert psnr(restore(before, sigma=25.0), clean) > psnr(restore(before, sigma=25.0, rounds=0), clean) + 0.3
