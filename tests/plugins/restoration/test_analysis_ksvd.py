"""Analysis K-SVD: its promises, its pursuit against a literal one, and what learning is worth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from desktop_app.testing import call_tool
from plugins.restoration.analysis_ksvd.cosparse import backward_greedy, update_rows
from plugins.restoration.analysis_ksvd.descriptor import verilens_tools

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


@pytest.mark.parametrize(("channels", "gain"), [(1, 5.0), (3, 7.0)])
def test_noise_goes(channels: int, gain: float) -> None:
    clean = picture(72, 80, channels)
    before = noisy(clean, 25.0)
    assert psnr(restore(before, sigma=25.0, rounds=2), clean) > psnr(before, clean) + gain


def literal(patch: Tensor, rows: Tensor, threshold: float) -> Tensor:
    """One patch, projections by least squares, in double precision."""
    patch, rows = patch.double(), rows.double()
    taken, estimate = list[int](), patch
    while len(taken) < len(patch):
        responses = (rows @ estimate).abs()
        responses[taken] = torch.inf
        more = [*taken, int(responses.argmin())]
        span = rows[more].T
        closer = patch - span @ torch.linalg.lstsq(span, patch[:, None]).solution[:, 0]
        if float((estimate - closer).norm()) > threshold:
            break
        taken, estimate = more, closer
    return estimate


def test_the_pursuit_is_the_literal_algorithm() -> None:
    generator = torch.Generator().manual_seed(0)
    rows = torch.nn.functional.normalize(torch.randn(14, 9, generator=generator), dim=1)
    patches = torch.randn(50, 9, generator=generator)
    found = backward_greedy(patches, rows, 0.6, lambda: None)
    for patch, estimate in zip(patches, found.estimates, strict=True):
        torch.testing.assert_close(estimate.double(), literal(patch, rows, 0.6), atol=1e-4, rtol=0)
    assert found.dimensions.equal(9 - found.cosupports.sum(1))
    along = (found.estimates @ rows.T)[found.cosupports]
    torch.testing.assert_close(along, torch.zeros_like(along), atol=1e-5, rtol=0)


def test_a_row_moves_to_what_its_patches_do_not_contain() -> None:
    generator = torch.Generator().manual_seed(0)
    target = torch.nn.functional.normalize(torch.tensor([1.0, -1.0, 0.2, -0.2, 0.0, 0.0]), dim=0)
    patches = torch.randn(500, 6, generator=generator)
    patches -= patches.mean(1, keepdim=True)
    patches -= patches @ target[:, None] * target
    start = torch.nn.functional.normalize(torch.tensor([[1.0, -1.0, 0.0, 0.0, 0.0, 0.0]]), dim=1)
    everyone = torch.ones(500, 1, dtype=torch.bool)
    moved = update_rows(start, patches, everyone, 0.1)
    torch.testing.assert_close(float((moved[0] @ target).abs()), 1.0, atol=1e-3, rtol=0)
    stayed = update_rows(start, patches, everyone, 100.0)  # all of it may be noise
    torch.testing.assert_close(float((stayed[0] @ start[0]).abs()), 1.0, atol=1e-3, rtol=0)


def test_no_noise_is_the_identity() -> None:
    image = noisy(picture(40, 40, 3), 10.0)
    assert restore(image, sigma=0.0).equal(image)


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1), (5, 7), (9, 23)])
def test_small_and_flat_photos_stay(shape: tuple[int, int]) -> None:
    flat = torch.full((1, 3, *shape), 0.25)
    torch.testing.assert_close(restore(flat, sigma=25.0), flat, atol=1e-5, rtol=0.0)


def test_tiles_do_not_show() -> None:
    image = noisy(picture(60, 70, 3), 25.0)
    whole, tiled = (restore(image, tile=tile, sigma=25.0, rounds=1) for tile in (None, 48))
    assert ((whole - tiled).abs() < 1e-5).float().mean() > 0.999


def test_the_report_says_what_noise_was_assumed() -> None:
    report = call_tool(TOOL, noisy(picture(100, 100), 20.0), {"rounds": 0}).reports[0]
    assert report["sigma_is_estimated"]
    assert report["sigma"] == pytest.approx(20.0, rel=0.1)


def test_learning_pays_on_barbara(photos: Path) -> None:
    """A third of a decibel above plain cosines on a photo of stripes."""
    pixels = np.asarray(Image.open(photos / "val/set12/09.png"), np.float32)[300:428, 220:348] / 255
    clean = torch.from_numpy(pixels.copy())[None, None]
    before = noisy(clean, 25.0)
    assert psnr(restore(before, sigma=25.0, rounds=4), clean) > psnr(restore(before, sigma=25.0, rounds=0), clean) + 0.3
