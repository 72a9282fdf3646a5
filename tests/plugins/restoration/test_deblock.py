"""Removal of JPEG blocks: the quality is read off, the error goes down, and photos that were never coded stay."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from desktop_app.numerics.jpeg import LUMA, cosines, scaled
from desktop_app.testing import call_tool
from plugins.restoration.deblock.descriptor import verilens_tools
from tests.support.photos import SharedPhotos
from tests.support.restoring import picture_of

TOOL = verilens_tools()[0]


def restore(images: Tensor, tile: int | None = None, **params: object) -> Tensor:
    return picture_of(call_tool(TOOL, images, params, tile=tile))


def psnr(a: Tensor, b: Tensor) -> float:
    return -10.0 * float((a.clamp(0, 1) - b).square().mean().log10())


def as_tensor(image: Image.Image) -> Tensor:
    pixels = torch.from_numpy(np.asarray(image, np.float32) / 255)
    return (pixels[None] if pixels.ndim == 2 else pixels.permute(2, 0, 1))[None].contiguous()


def coded(image: Image.Image, quality: int) -> Tensor:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return as_tensor(Image.open(file))


def picture(height: int, width: int, mode: str = "L") -> Image.Image:
    y, x = np.mgrid[:height, :width]
    plane = 90 + 60 * np.sin(x / 4.0 + y / 9.0) + 60 * ((x - 70) ** 2 + (y - 50) ** 2 < 900) + y / 4
    grain = np.random.default_rng(0).normal(0, 4, plane.shape)
    image = Image.fromarray((plane + grain).clip(0, 255).round().astype(np.uint8))
    return image.convert(mode)


@pytest.mark.parametrize("quality", [5, 10, 30, 60, 85])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_quality_is_read_off(quality: int, mode: str) -> None:
    reports = call_tool(TOOL, coded(picture(120, 136, mode), quality)).reports
    assert reports[0] == {"quality": quality, "blocks_found": True}


def test_a_cropped_photo_keeps_its_blocks_in_mind() -> None:
    image = coded(picture(160, 160), 20)[..., 3:, 5:].contiguous()
    assert call_tool(TOOL, image).reports[0]["quality"] == 20


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_photos_that_were_never_coded_stay(mode: str) -> None:
    image = as_tensor(picture(120, 136, mode))
    assert torch.equal(restore(image), image)


@pytest.mark.parametrize(("quality", "gain"), [(10, 0.6), (30, 0.5)])
def test_error_goes_down(photos: SharedPhotos, quality: int, gain: float) -> None:
    image = Image.open(photos("val/set12/05.png")).convert("L")
    before, clean = coded(image, quality), as_tensor(image)
    assert psnr(restore(before), clean) > psnr(before, clean) + gain


def test_colour_errors_go_down() -> None:
    image = picture(160, 160, "RGB")
    before, clean = coded(image, 10), as_tensor(image)
    assert psnr(restore(before), clean) > psnr(before, clean) + 0.2


def test_coefficients_stay_near_those_stored() -> None:
    image = coded(picture(120, 136), 10)
    steps, transform = scaled(LUMA, 10).float(), cosines().float()

    def spectra(images: Tensor) -> Tensor:
        return transform @ (images[0, 0] * 255.0).unfold(0, 8, 8).unfold(1, 8, 8) @ transform.T

    off = (spectra(restore(image, strength=3.0)) - spectra(image)).abs() / steps
    assert 0.3 < float(off.max()) < 0.42  # 0.35 of a step, and what rounding to 8 bits had moved before


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (5, 7), (8, 8), (40, 40)])
def test_small_and_flat_photos_stay(shape: tuple[int, int]) -> None:
    flat = torch.full((1, 3, *shape), 0.25)
    assert torch.equal(restore(flat), flat)
    assert torch.allclose(restore(flat, quality=10), flat, atol=1e-4)


def test_tiles_do_not_show() -> None:
    image = coded(picture(150, 170, "RGB"), 15)[..., 2:, 1:].contiguous()
    whole, tiled = restore(image), restore(image, tile=64)
    assert ((whole - tiled).abs() < 1e-5).float().mean() > 0.999
