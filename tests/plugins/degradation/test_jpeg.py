"""JPEG compression, beside libjpeg through Pillow."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from desktop_app.numerics.jpeg import cosines
from desktop_app.testing import call_tool
from plugins.degradation.jpeg.descriptor import verilens_tools
from tests.support.restoring import picture_of

TOOL = verilens_tools()[0]


def picture(channels: int, height: int, width: int) -> Tensor:
    """Return waves, an edge and some noise, in whole levels."""
    rows, columns = torch.meshgrid(torch.linspace(0, 9, height), torch.linspace(0, 12, width), indexing="ij")
    planes = torch.stack([torch.sin(rows + c) * torch.cos(columns * (1 + 0.3 * c)) for c in range(channels)])
    noise = torch.randn(planes.shape, generator=torch.Generator().manual_seed(0))
    values = 0.5 + 0.25 * planes + 0.2 * ((columns + rows) % 5 > 3) + 0.05 * noise
    return (values.clamp(0, 1) * 255).round()[None] / 255.0


def by_pillow(images: Tensor, quality: int, subsampling: str = "4:2:0") -> Tensor:
    values = (images[0] * 255).round().byte().permute(1, 2, 0).squeeze(2).numpy()
    file = io.BytesIO()
    image = Image.fromarray(values)
    if image.mode == "L":
        image.save(file, "JPEG", quality=quality)
    else:
        image.save(file, "JPEG", quality=quality, subsampling=subsampling)
    shown = np.array(Image.open(file))
    return torch.from_numpy(shown).view(*shown.shape[:2], -1).permute(2, 0, 1)[None].float() / 255.0


def by_us(images: Tensor, **params: object) -> Tensor:
    return picture_of(call_tool(TOOL, images, params))


def agree(ours: Tensor, theirs: Tensor) -> bool:
    """Return whether two pictures differ by rounding: hardly anywhere, and then by little.

    Where a coefficient lies half-way between two steps, a last digit decides, and a whole block changes a little.
    """
    apart = ((ours - theirs) * 255.0).abs()
    return float((apart <= 2.01).float().mean()) > 0.985 and float(apart.mean()) < 0.12


@pytest.mark.parametrize("subsampling", ["4:2:0", "4:2:2", "4:4:4"])
@pytest.mark.parametrize("quality", [7, 25, 60, 95])
@pytest.mark.parametrize("size", [(64, 80), (61, 75), (17, 33)])
def test_it_is_libjpeg_s_but_for_rounding(size: tuple[int, int], quality: int, subsampling: str) -> None:
    images = picture(3, *size)
    assert agree(by_us(images, quality=quality, subsampling=subsampling), by_pillow(images, quality, subsampling))


@pytest.mark.parametrize("quality", [5, 30, 90])
def test_a_grey_photo_has_one_component(quality: int) -> None:
    images = picture(1, 45, 70)
    assert agree(by_us(images, quality=quality), by_pillow(images, quality))


@pytest.mark.parametrize(("severity", "quality"), [(1, 25), (2, 18), (3, 15), (4, 10), (5, 7)])
def test_severities_are_the_benchmark_s_qualities(severity: int, quality: int) -> None:
    images = picture(3, 32, 32)
    assert by_us(images, severity=severity).equal(by_us(images, quality=quality))


def test_less_quality_is_farther_from_the_photo() -> None:
    images = picture(3, 64, 64)
    errors = [float((by_us(images, quality=quality) - images).square().mean()) for quality in (95, 60, 30, 10)]
    assert errors == sorted(errors)


def test_the_result_is_in_eight_bits_and_a_flat_photo_stays_flat() -> None:
    levels = by_us(picture(3, 30, 30) * 1.5 - 0.2) * 255.0
    assert 0.0 <= float(levels.min()) <= float(levels.max()) <= 255.0
    torch.testing.assert_close(levels, levels.round(), atol=1e-3, rtol=0.0)
    flat = by_us(torch.full((1, 3, 20, 20), 0.5), quality=90)
    assert float(flat.std()) == 0.0


def test_the_cosines_are_orthonormal() -> None:
    torch.testing.assert_close(cosines() @ cosines().T, torch.eye(8, dtype=torch.float64))
