"""Tikhonov smoothing: the exact minimum, a weight near the best, and its promises."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from desktop_app.testing import call_tool
from plugins.restoration.tikhonov.descriptor import verilens_tools

TOOL = verilens_tools()[0]


def restore(images: Tensor, **params: object) -> Tensor:
    image = call_tool(TOOL, images, params).image
    assert image is not None
    return image


def psnr(a: Tensor, b: Tensor) -> float:
    return -10.0 * float((a - b).square().mean().log10())


def picture(height: int, width: int, channels: int = 1) -> Tensor:
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    plane = 0.4 + 0.2 * torch.sin(x / 7) * torch.cos(y / 9) + 0.2 * ((x - 30) ** 2 + (y - 20) ** 2 < 150)
    return torch.stack([plane * (1 - 0.2 * c) + 0.1 * c for c in range(channels)])[None]


def noisy(images: Tensor, sigma: float) -> Tensor:
    return images + sigma / 255 * torch.randn(images.shape, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("penalty", ["slope", "bend"])
def test_the_result_is_the_minimum(penalty: str) -> None:
    """The normal equations hold, differences being taken with a mirrored border."""
    photo = noisy(picture(23, 30), 25.0)
    result = restore(photo, sigma=25.0, weight=3.0, penalty=penalty)[0, 0].double()

    def laplacian(plane: Tensor) -> Tensor:
        padded = torch.nn.functional.pad(plane[None, None], (1, 1, 1, 1), mode="replicate")[0, 0]
        return 4 * plane - padded[:-2, 1:-1] - padded[2:, 1:-1] - padded[1:-1, :-2] - padded[1:-1, 2:]

    smooth = laplacian(result) if penalty == "slope" else laplacian(laplacian(result))
    assert torch.allclose(result + 3.0 * smooth, photo[0, 0].double(), atol=1e-4)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("penalty", ["slope", "bend"])
@pytest.mark.parametrize("sigma", [5.0, 25.0, 60.0])
def test_the_weight_found_is_nearly_the_best(sigma: float, penalty: str, channels: int) -> None:
    clean = picture(128, 128, channels)
    before = noisy(clean, sigma)
    found = psnr(restore(before, sigma=sigma, penalty=penalty), clean)
    tried = [psnr(restore(before, sigma=sigma, penalty=penalty, weight=10.0**k), clean) for k in range(-3, 4)]
    assert found > psnr(before, clean) + 1.0
    assert found > max(tried) - 0.1


def test_zero_sigma_is_the_identity() -> None:
    image = noisy(picture(20, 20, 3), 10.0)
    assert torch.equal(restore(image, sigma=0.0), image)
    assert torch.equal(restore(image, sigma=0.0, weight=5.0), image)


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1), (5, 7)])
@pytest.mark.parametrize("weight", [None, 10.0])
def test_small_and_flat_photos_stay(shape: tuple[int, int], weight: float | None) -> None:
    flat = torch.full((1, 3, *shape), 0.25)
    assert torch.allclose(restore(flat, sigma=25.0, weight=weight), flat, atol=1e-6)
