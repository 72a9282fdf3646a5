"""Gaussian noise: its strength, its colours, and that nothing is clipped."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from desktop_app.testing import call_tool
from plugins.degradation.gaussian_noise.descriptor import verilens_tools

TOOL = verilens_tools()[0]


def noise(images: Tensor, **params: Any) -> Tensor:
    image = call_tool(TOOL, images, params).image
    assert image is not None
    return (image - images) * 255.0


def test_its_strength_is_what_was_asked_for_even_on_white() -> None:
    white = torch.ones(1, 3, 128, 128)
    added = noise(white, sigma=40.0)
    assert float(added.std()) == pytest.approx(40.0, rel=0.02)
    assert float(added.mean()) == pytest.approx(0.0, abs=1.0)


def test_channels_are_independent_unless_grey_is_asked_for() -> None:
    images = torch.full((1, 3, 64, 64), 0.5)
    correlation = torch.corrcoef(noise(images)[0].flatten(1))
    assert float((correlation - torch.eye(3)).abs().max()) < 0.1
    grey = noise(images, colour="grey")
    torch.testing.assert_close(grey[:, 0], grey[:, 2], atol=1e-4, rtol=0.0)


def test_none_is_none() -> None:
    images = torch.rand(1, 1, 5, 6)
    assert float(noise(images, sigma=0.0).abs().max()) == 0.0
