"""What tests of restorations share: a call, pictures, noise, a measure."""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor

from desktop_app.api import Result, Tool
from desktop_app.testing import call_tool


class Restore(Protocol):
    """A tool as a function of photos ``(N, C, H, W)``."""

    def __call__(self, images: Tensor, tile: int | None = None, **params: Any) -> Tensor: ...


def picture_of(result: Result) -> Tensor:
    """Return the picture that a result must have."""
    assert result.image is not None
    return result.image


def restoring(tool: Tool) -> Restore:
    """Return a tool as a function of photos and parameters."""

    def restore(images: Tensor, tile: int | None = None, **params: Any) -> Tensor:
        return picture_of(call_tool(tool, images, params, tile=tile))

    return restore


def psnr(a: Tensor, b: Tensor) -> float:
    """Return how alike two pictures are in decibels, the first one clipped to [0, 1]."""
    return -10.0 * float((a.clamp(0.0, 1.0) - b).square().mean().log10())


def noisy(images: Tensor, sigma: float, seed: int = 0) -> Tensor:
    """Return photos with white noise of σ in 8-bit levels."""
    return images + sigma / 255 * torch.randn(images.shape, generator=torch.Generator().manual_seed(seed))


def stripes(height: int, width: int, channels: int = 1) -> Tensor:
    """Return slanted stripes beside a slope, in colours: ``(1, C, H, W)``."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return _in_colours(0.4 + 0.3 * torch.sin((x + 2 * y) / 2.7).sign() * (y > height / 2) + x / 800, channels)


def disc(height: int, width: int, channels: int = 1, period: float = 2.5) -> Tensor:
    """Return waves and a disc on a slope, in colours: ``(1, C, H, W)``."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    plane = 0.3 + 0.2 * torch.sin(x / period) * (y > height / 2) + 0.3 * ((x - 30) ** 2 + (y - 20) ** 2 < 150) + y / 500
    return _in_colours(plane, channels)


def _in_colours(plane: Tensor, channels: int) -> Tensor:
    return torch.stack([plane * (1 - 0.2 * c) + 0.1 * c for c in range(channels)])[None]
