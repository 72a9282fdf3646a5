"""Elastic distortion: how far pixels move, and that nothing moves without strength."""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

import pytest
import torch
from torch import Tensor

from desktop_app.testing import call_tool
from plugins.degradation.elastic.descriptor import verilens_tools
from tests.support.restoring import picture_of

TOOL = verilens_tools()[0]


def bent(images: Tensor, **params: Any) -> Tensor:
    return picture_of(call_tool(TOOL, images, params))


def places(height: int, width: int) -> Tensor:
    """Return a picture whose values say where they are: (column, row, 0)."""
    rows, columns = torch.meshgrid(torch.arange(float(height)), torch.arange(float(width)), indexing="ij")
    return torch.stack([columns, rows, torch.zeros_like(rows)])[None]


def test_without_strength_and_shear_nothing_moves() -> None:
    images = torch.rand(1, 3, 31, 40)
    torch.testing.assert_close(bent(images, strength=0.0, shear=0.0), images, atol=1e-5, rtol=0.0)


@pytest.mark.parametrize("smoothness", [3.0, 8.0, 24.0])
def test_pixels_move_as_far_as_smoothed_noise_says(smoothness: float) -> None:
    moved = bent(places(300, 320), strength=60.0, smoothness=smoothness, shear=0.0) - places(300, 320)
    expected = 60.0 / sqrt(3.0) / (2.0 * sqrt(pi) * smoothness)  # uniform noise through a Gaussian
    assert float(moved[:, :2, 60:-60, 60:-60].std()) == pytest.approx(expected, rel=0.3)


def test_shear_alone_is_affine() -> None:
    made = bent(places(90, 120), strength=0.0, shear=6.0)[0, :2, 25:-25, 25:-25]
    for dim in (1, 2):
        assert float(made.diff(n=2, dim=dim).abs().max()) < 1e-3
    assert float((made - places(90, 120)[0, :2, 25:-25, 25:-25]).abs().max()) > 0.5


def test_a_flat_photo_stays_flat_at_every_severity_and_size() -> None:
    for severity in range(1, 6):
        flat = torch.full((1, 1, 50, 60), 0.7)
        torch.testing.assert_close(bent(flat, severity=severity), flat)
    for size in ((1, 1), (1, 12), (12, 1)):
        assert bent(torch.rand(1, 3, *size)).shape == (1, 3, *size)
