"""Underwater fusion: colours come back, contrast rises, a flat photo stays flat."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from desktop_app.numerics.appearance import luminance
from desktop_app.testing import call_tool
from plugins.restoration.underwater_fusion.descriptor import verilens_tools
from tests.support.photos import SharedPhotos, colour_photo
from tests.support.restoring import picture_of

TOOL = verilens_tools()[0]


def enhanced(images: Tensor, **params: Any) -> Tensor:
    return picture_of(call_tool(TOOL, images, params))


def reef(height: int = 64, width: int = 90) -> Tensor:
    """Grey-world texture."""
    coarse = torch.rand((1, 3, height // 4, width // 4), generator=torch.Generator().manual_seed(2))
    return torch.nn.functional.interpolate(coarse, size=(height, width), mode="bilinear")


def under_water(clear: Tensor) -> Tensor:
    through = torch.tensor([0.2, 0.55, 0.6]).view(1, 3, 1, 1)
    return clear * through + torch.tensor([0.05, 0.5, 0.55]).view(1, 3, 1, 1) * (1.0 - through)


def distance_of_means(images: Tensor) -> float:
    means = images.mean((0, 2, 3))
    return float((means - means.mean()).abs().max())


def test_colours_and_contrast_come_back() -> None:
    clear = reef()
    veiled = under_water(clear)
    result = enhanced(veiled)
    assert distance_of_means(result) < 0.3 * distance_of_means(veiled)
    assert float((result - clear).square().mean()) < float((veiled - clear).square().mean())
    assert float(luminance(result).std()) > 1.3 * float(luminance(veiled).std())


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("level", [0.0, 0.4, 1.0])
def test_a_flat_photo_stays_flat(channels: int, level: float) -> None:
    result = enhanced(torch.full((1, channels, 20, 24), level))
    assert float((result.amax((2, 3)) - result.amin((2, 3))).max()) < 1e-4


def test_nothing_asked_nothing_changed() -> None:
    veiled = under_water(reef())
    still = {"compensation": 0.0, "balance": 0.0, "stretch": 0.0, "saturation": 1.0, "gamma": 1.0, "sharpening": 0.0}
    torch.testing.assert_close(enhanced(veiled, **still), veiled, rtol=0.0, atol=1e-5)


def test_more_compensation_is_warmer() -> None:
    veiled = under_water(reef())
    rest = {"balance": 0.0, "stretch": 0.0}
    cool, warm = (enhanced(veiled, compensation=amount, **rest)[:, 0].mean() for amount in (0.0, 1.0))
    assert float(warm) > float(cool) + 0.02


def test_shares_lie_between_none_and_all() -> None:
    share = call_tool(TOOL, under_water(reef())).maps[0].values
    assert 0.0 < float(share.min()) < float(share.max()) < 1.0


def test_casts_of_real_photos_shrink(photos: SharedPhotos) -> None:
    paths = photos.all("val/underwater/input/*.jpg")[:6]
    closer, crisper = 0, 0
    for path in paths:
        veiled = colour_photo(path)
        result = enhanced(veiled).clamp(0.0, 1.0)
        closer += distance_of_means(result) < distance_of_means(veiled)
        crisper += float(luminance(result).std()) > float(luminance(veiled).std())
    assert closer > len(paths) / 2
    assert crisper > len(paths) / 2
