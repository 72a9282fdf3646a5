"""SRCNN and VDSR: nearer to the truth than bicubic, in tiles as whole, and as good on Set5 as their pages say."""

from __future__ import annotations

from importlib import import_module

import pytest
import torch
from torch import Tensor

from desktop_app.api import Tool
from desktop_app.numerics.appearance import luminance
from desktop_app.numerics.resize import downsample_bicubic, upsample_bicubic
from desktop_app.testing import Bench
from plugins.restoration.srcnn import descriptor as srcnn
from plugins.restoration.vdsr import descriptor as vdsr
from tests.support.networks import BUILT_IN_NETWORKS
from tests.support.photos import SharedPhotos, colour_photo
from tests.support.restoring import picture_of
from training.lessons.enlarging import luma_psnr

TOOLS = {"srcnn": srcnn.verilens_tools()[0], "vdsr": vdsr.verilens_tools()[0]}
BUTTERFLY = {"srcnn": 27.4, "vdsr": 26.9}
"""PSNR of luma in dB of Set5's butterfly, three times enlarged; bicubic reaches 24.0."""
each = pytest.mark.parametrize("name", TOOLS)


def enlarge(tool: Tool, images: Tensor, tile: int | None = None, **params: float) -> Tensor:
    return picture_of(Bench(tool, networks=BUILT_IN_NETWORKS).call(images, params, tile=tile))


def edges(height: int, width: int, channels: int = 3) -> Tensor:
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    plane = 0.4 + 0.3 * torch.sin((x + 0.6 * y) / 6).sign() + x / 800
    return torch.stack([plane * (1 - 0.2 * c) + 0.1 * c for c in range(channels)])[None]


def error(a: Tensor, b: Tensor) -> float:
    return float((luminance(a) - luminance(b))[..., 4:-4, 4:-4].square().mean())


@each
@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("channels", [1, 3])
def test_edges_are_nearer_to_the_truth_than_bicubic(name: str, scale: int, channels: int) -> None:
    clean = edges(96, 108, channels)
    small = downsample_bicubic(clean, scale)
    larger = enlarge(TOOLS[name], small, scale=scale)
    assert larger.shape == clean.shape
    assert error(larger, clean) < 0.8 * error(upsample_bicubic(small, scale), clean)


@each
def test_strength_is_the_share_of_the_details(name: str) -> None:
    small = downsample_bicubic(edges(60, 66), 3)
    none, half, full = (enlarge(TOOLS[name], small, scale=3, strength=share) for share in (0.0, 50.0, 100.0))
    assert none.equal(upsample_bicubic(small, 3))
    assert torch.allclose(half, (none + full) / 2, atol=1e-6)


@each
def test_details_are_of_the_luma_and_do_not_depend_on_brightness(name: str) -> None:
    small = downsample_bicubic(edges(60, 66), 2)
    details = enlarge(TOOLS[name], small) - upsample_bicubic(small, 2)
    torch.testing.assert_close(details, details[:, :1].expand_as(details), atol=1e-6, rtol=0)
    brighter = enlarge(TOOLS[name], small + 0.2) - upsample_bicubic(small + 0.2, 2)
    torch.testing.assert_close(brighter, details, atol=1e-4, rtol=0)


@each
def test_tiles_change_nothing(name: str) -> None:
    small = downsample_bicubic(edges(260, 280), 2)
    whole, tiled = (enlarge(TOOLS[name], small, tile, scale=3) for tile in (None, 40))
    assert torch.allclose(whole, tiled, atol=1e-5)


@each
def test_gradients_reach_the_photo(name: str) -> None:
    small = downsample_bicubic(edges(40, 48), 2).requires_grad_()
    enlarge(TOOLS[name], small).square().sum().backward()
    assert small.grad is not None
    assert float(small.grad.abs().amax(1).min()) > 0.0


@each
def test_the_descriptor_says_how_far_the_network_looks(name: str) -> None:
    assert TOOLS[name].reach == import_module(f"plugins.restoration.{name}.network").REACH


@each
def test_a_photo_comes_out_as_its_page_says(photos: SharedPhotos, name: str) -> None:
    clean = colour_photo(photos("val/set5/butterfly_GT.bmp"))[..., :255, :255]
    larger = enlarge(TOOLS[name], downsample_bicubic(clean, 3), scale=3)
    assert luma_psnr(luminance(larger), luminance(clean), 3) > BUTTERFLY[name]
