"""Bicubic enlargement and back-projection: published figures, and what they promise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from desktop_app.api import Tool
from desktop_app.numerics.resize import downsample_bicubic
from desktop_app.testing import call_tool
from plugins.restoration.back_projection.descriptor import verilens_tools as back_projection
from plugins.restoration.bicubic.descriptor import verilens_tools as bicubic
from tests.support.photos import SharedPhotos, colour_photo
from tests.support.restoring import picture_of

BICUBIC, BACK_PROJECTION = bicubic()[0], back_projection()[0]
PUBLISHED = {2: 33.64, 3: 30.39, 4: 28.42}


def enlarged(tool: Tool, images: Tensor, **params: Any) -> Tensor:
    return picture_of(call_tool(tool, images, params))


def rounded(images: Tensor) -> Tensor:
    return (images.clamp(0.0, 1.0) * 255.0).round() / 255.0


def luma(image: Tensor) -> Tensor:
    """Return Y of BT.601, in which the figures are published."""
    weights = torch.tensor([65.481, 128.553, 24.966])[:, None, None]
    return (16.0 + (image[0] * weights).sum(0)) / 255.0


def psnr(a: Tensor, b: Tensor, border: int) -> float:
    return -10.0 * float((a - b)[border:-border, border:-border].square().mean().log10())


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_set5_figures(photos: SharedPhotos, scale: int) -> None:
    plain, better = [], []
    for path in photos.all("val/set5/*_GT.bmp"):
        photo = colour_photo(path)
        height, width = (side // scale * scale for side in photo.shape[2:])
        large = photo[..., :height, :width]
        small = rounded(downsample_bicubic(large, scale))
        for tool, figures in ((BICUBIC, plain), (BACK_PROJECTION, better)):
            result = rounded(enlarged(tool, small, scale=scale))
            figures.append(psnr(luma(result), luma(large), scale))
    assert len(plain) == 5
    assert np.mean(plain) == pytest.approx(PUBLISHED[scale], abs=0.05)
    assert np.mean(better) > np.mean(plain) + 0.6


@pytest.mark.parametrize("tool", [BICUBIC, BACK_PROJECTION], ids=lambda tool: tool.id)
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_flat_stays_flat_and_slopes_stay_slopes(tool: Tool, scale: int) -> None:
    flat = torch.full((1, 3, 7, 9), 0.3)
    torch.testing.assert_close(enlarged(tool, flat, scale=scale), torch.full((1, 3, 7 * scale, 9 * scale), 0.3))
    slope = torch.linspace(0.0, 1.0, 24).expand(1, 1, 12, 24)
    steps = enlarged(tool, slope, scale=scale)[..., :, 8 * scale : -8 * scale].diff(dim=-1)
    torch.testing.assert_close(steps, torch.full_like(steps, 1.0 / 23.0 / scale), atol=2e-3, rtol=0.0)


def test_back_projection_made_small_again_is_the_photo() -> None:
    image = torch.rand(1, 1, 24, 20, generator=torch.Generator().manual_seed(0))
    misses = [
        float((downsample_bicubic(enlarged(BACK_PROJECTION, image, scale=3, iterations=n), 3) - image).abs().mean())
        for n in (0, 2, 8)
    ]
    assert misses[0] > 3.0 * misses[1] > 9.0 * misses[2]


def test_no_iteration_is_bicubic() -> None:
    image = torch.rand(2, 3, 9, 8, generator=torch.Generator().manual_seed(1))
    assert enlarged(BACK_PROJECTION, image, iterations=0).equal(enlarged(BICUBIC, image))


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (1, 3, 1, 9), (1, 1, 2, 1)])
def test_tiny_photos_grow(shape: tuple[int, ...]) -> None:
    image = torch.rand(shape, generator=torch.Generator().manual_seed(2))
    for tool in (BICUBIC, BACK_PROJECTION):
        assert enlarged(tool, image, scale=4).shape == (*shape[:2], 4 * shape[2], 4 * shape[3])
