"""JPEG's blocks are found wherever they begin, and noise is not taken for them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from desktop_app.numerics.jpeg import blockiness


def hills(seed: int) -> Tensor:
    rough = torch.rand(1, 3, 9, 11, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(rough, (96, 112), mode="bicubic")[0]


def noise(like: Tensor) -> Tensor:
    return torch.randn(like.shape, generator=torch.Generator().manual_seed(0)) / 100.0


@pytest.mark.parametrize("first", [0, 3])
def test_blocks_are_found_wherever_they_begin(first: int) -> None:
    fine = hills(0)
    means = torch.nn.functional.avg_pool2d(fine, 8).repeat_interleave(8, 1).repeat_interleave(8, 2)
    blocks = (0.5 * (fine + means))[:, first:, first:]
    assert blockiness(blocks) > 2.0
    assert blockiness(blocks + noise(blocks)) > 1.15


def test_noise_and_stripes_are_none() -> None:
    assert blockiness(hills(1) + noise(hills(1))) < 1.1
    stripes = hills(1).clone()
    stripes[:, ::8] += 0.1  # one way only
    assert blockiness(stripes) < 1.1
    assert blockiness(torch.rand(1, 23, 90)) == blockiness(torch.full((3, 40, 40), 0.5)) == 1.0
