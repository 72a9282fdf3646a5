"""Blur as it happens in a camera: photos convolved with a kernel, and the kernels of streaks."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, cos, floor, radians, sin

import torch
from torch import Tensor

from desktop_app.numerics.borders import pad_mirrored
from desktop_app.numerics.fourier import convolve, good_length, transfer_function
from desktop_app.numerics.kernels import normalised

__all__ = ["blurred", "centred_in", "streak_kernel"]


def blurred(images: Tensor, kernel: Tensor, check: Callable[[], None]) -> Tensor:
    """Return photos convolved with a kernel, ``y = M ⊗ x``, mirrored at their borders.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` floating point; gradients flow through.
    kernel : Tensor
        ``(h, w)`` of odd sides. The result looks ``max(h, w) // 2`` pixels far.
    check : callable
        Called for every channel; may raise to stop.
    """
    rows, columns = (side // 2 for side in kernel.shape)
    height, width = images.shape[-2:]
    size = good_length(height + 2 * rows), good_length(width + 2 * columns)
    transfer = transfer_function(kernel.to(images), size)
    planes = []
    for plane in images.reshape(-1, height, width):
        check()
        framed = pad_mirrored(plane, rows, size[0] - height - rows, columns, size[1] - width - columns)
        planes.append(convolve(framed, transfer)[rows : rows + height, columns : columns + width])
    return torch.stack(planes).view(images.shape)


def streak_kernel(length: float, fade: float, angle: float) -> Tensor:
    """Return the kernel of a streak that begins at a point and fades away, anti-aliased.

    Parameters
    ----------
    length : float
        In pixels.
    fade : float
        Standard deviation of the half Gaussian along it, in pixels.
    angle : float
        Of the streak in degrees, counter-clockwise from the right.

    Returns
    -------
    Tensor
        ``(h, w)`` float32 of odd sides, its sum one; the streak begins in the middle.
    """
    reach = ceil(length)
    kernel = torch.zeros(2 * reach + 1, 2 * reach + 1, dtype=torch.float64)
    for step in range(reach):
        weight = torch.tensor(-0.5 * (step / fade) ** 2, dtype=torch.float64).exp()
        row, column = reach - step * sin(radians(angle)), reach + step * cos(radians(angle))
        top, left = floor(row), floor(column)
        for y, down in ((top, 1.0 - row + top), (top + 1, row - top)):
            for x, right in ((left, 1.0 - column + left), (left + 1, column - left)):
                if down * right > 0:
                    kernel[y, x] += weight * down * right
    return normalised(kernel)


def centred_in(kernel: Tensor, side: int) -> Tensor:
    """Return a float kernel ``(h, w)`` of odd sides in the middle of zeros, ``(side, side)``."""
    top, left = (side - kernel.shape[0]) // 2, (side - kernel.shape[1]) // 2
    framed = kernel.new_zeros(side, side)
    framed[top : top + kernel.shape[0], left : left + kernel.shape[1]] = kernel
    return framed
