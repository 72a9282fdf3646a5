"""The bilateral filter: as written out, better than its noise and than OpenCV, blind to tiles."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
import torch
from torch import Tensor

from plugins.restoration.bilateral.descriptor import verilens_tools
from tests.support.photos import SharedPhotos, grey_photo
from tests.support.restoring import noisy, psnr, restoring

TOOL = verilens_tools()[0]
restore = restoring(TOOL)


def picture(height: int, width: int, channels: int = 1) -> Tensor:
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    plane = 0.3 + 0.4 * ((x - 30) ** 2 + (y - 20) ** 2 < 350) + y / 500
    return torch.stack([plane * (1 - 0.2 * c) + 0.1 * c for c in range(channels)])[None]


def test_the_filter_written_out() -> None:
    image = noisy(picture(12, 15, 3), 25.0)[0].double()
    spread, widest, radius = 1.6, 2.28 * 2.0 * 25.0 / 255.0, 3
    expected = torch.zeros_like(image)
    padded = torch.from_numpy(np.pad(image.numpy(), ((0, 0), (radius, radius), (radius, radius)), mode="reflect"))
    for y in range(12):
        for x in range(15):
            total, weight = torch.zeros(3, dtype=torch.float64), 0.0
            for dy in range(-radius, radius + 1):
                for dx in range(-radius, radius + 1):
                    if dy * dy + dx * dx > radius * radius:
                        continue
                    other = padded[:, y + radius + dy, x + radius + dx]
                    unlike = float((other - image[:, y, x]).square().mean())
                    share = exp(-(dy * dy + dx * dx) / (2 * spread**2)) * max(0.0, 1.0 - unlike / widest**2) ** 2
                    total += share * other
                    weight += share
            expected[:, y, x] = total / weight
    ours = restore(image[None].float(), sigma=25.0, strength=2.0, spread=spread, guide_blur=0.0)[0]
    assert torch.allclose(ours, expected.float(), atol=1e-5)


@pytest.mark.parametrize("channels", [1, 3])
def test_noise_goes_and_edges_stay(channels: int) -> None:
    clean = picture(90, 101, channels)
    before = noisy(clean, 25.0)
    assert psnr(restore(before, sigma=25.0), clean) > psnr(before, clean) + 8.0


def test_tiles_and_blocks_do_not_show() -> None:
    image = noisy(picture(270, 540), 25.0)
    assert torch.allclose(restore(image, sigma=25.0), restore(image, tile=64, sigma=25.0), atol=1e-6)


@pytest.mark.parametrize("sigma", [15.0, 25.0, 50.0])
def test_better_than_opencv_on_average(photos: SharedPhotos, sigma: float) -> None:
    cv2 = pytest.importorskip("cv2")
    gains = []
    for name in ("01", "03", "05", "08"):
        clean = grey_photo(photos(f"val/set12/{name}.png"))
        before = noisy(clean, sigma)
        plane = before[0, 0].numpy()
        settings = [(strength, spread) for strength in (2.0, 3.0, 4.0) for spread in (1.6, 2.5)]
        theirs = [torch.from_numpy(cv2.bilateralFilter(plane, 0, k * sigma / 255.0, s)) for k, s in settings]
        gains.append(psnr(restore(before, sigma=sigma), clean) - max(psnr(image, clean) for image in theirs))
    assert sum(gains) > 0
