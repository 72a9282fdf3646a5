"""Blur kernels (point spread functions): made from a few numbers, or checked when given.

A kernel ``(h, w)`` has odd sides, its centre in the middle, and sums to one. ``y = M ⊗ x`` is a convolution: a light
point in the photo is spread into the kernel's own shape, not into its mirror image.
"""

from __future__ import annotations

from math import ceil, cos, radians, sin

import torch
from torch import Tensor

from desktop_app.api.errors import ParameterError

__all__ = ["checked_kernel", "defocus_kernel", "gaussian_kernel", "motion_kernel", "normalised", "trimmed"]

_SUBPIXELS = 16  # per side, by which a disc's share of a pixel is counted
_DUST = 1e-6  # of the largest weight: what rounding leaves
_TAIL = 4.0  # standard deviations after which a Gaussian is cut off


def motion_kernel(length: float, angle: float) -> Tensor:
    """Return the kernel of a straight motion during the exposure, anti-aliased.

    Parameters
    ----------
    length : float
        In pixels; up to 1 nothing is blurred.
    angle : float
        Of the motion in degrees, counter-clockwise from the right.

    Returns
    -------
    Tensor
        ``(h, w)`` float32: each pixel within one pixel of the path weighs one less its distance from it.
    """
    half = max(length - 1.0, 0.0) / 2.0
    across, up = cos(radians(angle)), sin(radians(angle))
    rows, columns = _grid(ceil(abs(half * up)) + 1, ceil(abs(half * across)) + 1)
    along = (columns * across - rows * up).clamp(-half, half)
    distance = torch.hypot(columns - along * across, rows + along * up)
    return normalised((1.0 - distance).clamp(min=0.0))


def defocus_kernel(radius: float) -> Tensor:
    """Return the kernel ``(k, k)`` float32 of a lens out of focus: a disc of `radius` pixels, each by its share."""
    reach = ceil(radius + 0.5)
    steps = (torch.arange(_SUBPIXELS, dtype=torch.float64) + 0.5) / _SUBPIXELS - 0.5
    line = (torch.arange(-reach, reach + 1)[:, None] + steps).flatten().square()
    inside = (line[:, None] + line <= max(radius, 0.5) ** 2).double()
    side = 2 * reach + 1
    return normalised(inside.view(side, _SUBPIXELS, side, _SUBPIXELS).mean((1, 3)))


def gaussian_kernel(spread: float) -> Tensor:
    """Return the Gaussian kernel ``(k, k)`` of standard deviation `spread` in pixels, cut off after four."""
    if spread == 0:
        return torch.ones(1, 1)
    reach = ceil(_TAIL * spread)
    line = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, dtype=torch.float64) / spread).square())
    return normalised(line[:, None] * line)


def _grid(rows: int, columns: int) -> tuple[Tensor, Tensor]:
    y, x = (torch.arange(-reach, reach + 1, dtype=torch.float64) for reach in (rows, columns))
    return y[:, None], x[None, :]


def normalised(kernel: Tensor) -> Tensor:
    """Return a kernel ``(h, w)`` that sums to one, as float32, without zero rows and columns around it."""
    exact = kernel.cpu().double()  # Apple's GPUs have no float64
    return trimmed((exact / exact.sum()).to(kernel.device, torch.float32))


def trimmed(kernel: Tensor) -> Tensor:
    """Return a float kernel ``(h, w)`` of odd sides without the nothing around it; its centre stays in the middle."""
    size = kernel.abs()
    used = size > _DUST * size.max()
    margins = [_zeros_around(used.any(dim)) for dim in (1, 0)]
    (top, left), (height, width) = margins, kernel.shape
    return kernel[top : height - top, left : width - left]


def _zeros_around(line: Tensor) -> int:
    used = line.nonzero()[:, 0]
    return min(int(used.min()), len(line) - 1 - int(used.max())) if len(used) else (len(line) - 1) // 2


def checked_kernel(kernel: Tensor, height: int, width: int) -> Tensor:
    """Return a kernel that a user gave, fit to be worked with.

    Parameters
    ----------
    kernel : Tensor
        ``(C, h, w)``, the channels of a kernel's picture are averaged. Of an even side the centre is taken at pixel
        ``h // 2``, and a row of zeros added after the last. Its scale does not matter.
    height, width : int
        Of the photo.

    Returns
    -------
    Tensor
        ``(h, w)`` float32, of odd sides and unit sum.

    Raises
    ------
    ParameterError
        If it is larger than the photo, has values that are not finite, or a sum that is zero or negative.
    """
    rows, columns = kernel.shape[-2:]
    if rows > height or columns > width:
        raise ParameterError(
            f"expected a kernel no larger than the photo ({width}×{height}), got {columns}×{rows}; crop its dark border"
        )
    plane = kernel.cpu().double().mean(0)
    total = float(plane.sum())
    if not bool(plane.isfinite().all()) or total <= 1e-6 * float(plane.abs().sum()):
        raise ParameterError(f"expected a kernel of finite values and positive sum, got a sum of {total:.3g}; mend it")
    odd = torch.nn.functional.pad(plane, (0, 1 - columns % 2, 0, 1 - rows % 2))
    return normalised(odd).to(kernel.device)
