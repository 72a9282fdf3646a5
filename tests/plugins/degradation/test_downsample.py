"""Fewer pixels: the degradation of published super-resolution figures."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from desktop_app.testing import call_tool
from plugins.degradation.downsample.descriptor import verilens_tools
from tests.support.photos import SharedPhotos, colour_photo
from tests.support.restoring import picture_of

TOOL = verilens_tools()[0]


def smaller(images: Tensor, **params: Any) -> Tensor:
    return picture_of(call_tool(TOOL, images, params))


@pytest.mark.parametrize(("size", "factor", "expected"), [
    ((8, 12), 2, (4, 6)), ((9, 13), 2, (5, 7)), ((1, 1), 16, (1, 1)), ((1, 10), 3, (1, 4)),
])
def test_sizes_are_rounded_up(size: tuple[int, int], factor: int, expected: tuple[int, int]) -> None:
    assert smaller(torch.rand(2, 3, *size), factor=factor).shape == (2, 3, *expected)


def test_a_factor_of_one_changes_nothing_and_a_flat_photo_stays_flat() -> None:
    images = torch.rand(1, 1, 7, 9)
    assert smaller(images, factor=1).equal(images)
    torch.testing.assert_close(smaller(torch.full((1, 3, 12, 15), 0.3), factor=3), torch.full((1, 3, 4, 5), 0.3))


def test_detail_too_fine_to_show_turns_grey_instead_of_into_false_patterns() -> None:
    stripes = (torch.arange(64) % 2).float().expand(1, 1, 64, 64)
    assert float((smaller(stripes, factor=4)[..., 2:-2, 2:-2] - 0.5).abs().max()) < 0.02


@pytest.mark.parametrize("factor", [2, 4])
def test_it_makes_the_published_pairs(photos: SharedPhotos, factor: int) -> None:
    path = photos.all(f"val/set5_sr_pairs/**/*SRF_{factor}*_HR.png")[0]
    high, low = (colour_photo(path.with_name(path.name.replace("_HR", kind))) for kind in ("_HR", "_LR"))
    made = (smaller(high, factor=factor) * 255.0).round().clamp(0, 255)
    assert float((made - low * 255.0).abs().mean()) < 0.2
