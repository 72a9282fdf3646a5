"""Pictures of blocks, kernels, and how near a deblurred one comes."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

BORDER = 15  # pixels that count for nothing: the blur has brought in what lies outside


def aligned_psnr(picture: Tensor, sharp: Tensor, reach: int = 6) -> float:
    """The PSNR at the best shift by whole pixels: a kernel and its picture are known up to one."""
    inner = slice(BORDER, -BORDER)
    wanted = sharp[inner, inner]
    shifts = [(down, right) for down in range(-reach, reach + 1) for right in range(-reach, reach + 1)]
    errors = [(picture.roll(shift, (0, 1))[inner, inner] - wanted).square().mean() for shift in shifts]
    return -10.0 * float(torch.stack(errors).min().log10())


def blocks(side: int = 128, seed: int = 0) -> Tensor:
    """A picture ``(side, side)`` of overlapping rectangles of any grey, a few pixels to half a side large."""
    generator = torch.Generator().manual_seed(seed)
    picture = torch.full((side, side), 0.5)
    for _ in range(60):
        top, left, height, width = (
            (torch.rand(4, generator=generator) * torch.tensor([1, 1, 0.4, 0.4]) * side).int().tolist()
        )
        picture[top : top + height + 3, left : left + width + 3] = torch.rand(1, generator=generator)
    return picture


def hook() -> Tensor:
    """A kernel ``(9, 9)`` that goes right and then down."""
    kernel = torch.zeros(9, 9)
    kernel[2, 1:7] = 1.0
    kernel[2:7, 7] = 0.7
    return kernel / kernel.sum()


def square(kernel: Tensor) -> Tensor:
    """The kernel ``(h, w)`` with as many rows as columns."""
    height, width = kernel.shape
    side = max(height, width)
    rows, columns = (side - height) // 2, (side - width) // 2
    return F.pad(kernel, (columns, columns, rows, rows))


def blurred(picture: Tensor, kernel: Tensor, noise: float = 0.0) -> Tensor:
    radius = kernel.shape[-1] // 2
    padded = F.pad(picture[None, None], (radius, radius, radius, radius), mode="reflect")
    spread = F.conv2d(padded, kernel.flip(0, 1)[None, None])
    return spread + noise / 255.0 * torch.randn(spread.shape, generator=torch.Generator().manual_seed(5))


def likeness(kernel: Tensor, other: Tensor) -> float:
    """The largest correlation coefficient of two kernels over all shifts."""
    product = F.conv2d(F.pad(kernel[None, None], (8, 8, 8, 8)), other[None, None]).max()
    return float(product / (kernel.norm() * other.norm()))
