"""Tikhonov smoothing: the exact minimum, a weight near the best, and its promises."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from plugins.restoration.tikhonov.descriptor import verilens_tools
from tests.support.restoring import noisy, psnr, restoring

TOOL = verilens_tools()[0]
restore = restoring(TOOL)


def picture(height: int, width: int, channels: int = 1) -> Tensor:
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    plane = 0.4 + 0.2 * torch.sin(x / 7) * torch.cos(y / 9) + 0.2 * ((x - 30) ** 2 + (y - 20) ** 2 < 150)
    return torch.stack([plane * (1 - 0.2 * c) + 0.1 * c for c in range(channels)])[None]


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


def test_a_weight_removes_nothing_where_there_is_no_noise() -> None:
    image = noisy(picture(20, 20, 3), 10.0)
    assert torch.equal(restore(image, sigma=0.0, weight=5.0), image)
