"""The kernel that turns one picture's edges into another's, and what keeps it a plausible camera shake.

The forward model is ``∂y = M ⊗ ∂x``. Its normal equations know the pictures only through the correlations of their
gradients at lags below the kernel's size, so that they are solved on arrays as small as the kernel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.numerics.differences import Gradients
from desktop_app.numerics.fourier import good_length

__all__ = [
    "KernelEquations",
    "centre_of_mass",
    "centred",
    "cleaned",
    "enlarged",
    "fitted",
    "islands",
    "kernel_equations",
    "moved",
    "normalised",
    "point_kernels",
    "pyramid_sizes",
    "solve_kernels",
]


@dataclass(frozen=True)
class KernelEquations:
    """``A m = b`` for kernels m ``(P, k, k)``: A correlates with the latent gradients' autocorrelation.

    Parameters
    ----------
    spectrum : Tensor
        ``(P, 2k, k + 1)``, of the autocorrelation.
    right : Tensor
        ``(P, k, k)``, the correlation of the latent with the blurred gradients.
    """

    spectrum: Tensor
    right: Tensor

    @property
    def size(self) -> int:
        """Side of the kernels in pixels."""
        return self.right.shape[-1]

    def apply(self, kernels: Tensor) -> Tensor:
        """Return ``A m`` of kernels ``(P, k, k)``, float."""
        period = (2 * self.size, 2 * self.size)
        product: Tensor = torch.fft.irfft2(torch.fft.rfft2(kernels, s=period) * self.spectrum, s=period)
        return product[..., : self.size, : self.size]

    def summed(self) -> KernelEquations:
        """Return the equations of one kernel ``(1, k, k)`` for all planes."""
        return KernelEquations(self.spectrum.sum(0, keepdim=True), self.right.sum(0, keepdim=True))


def kernel_equations(blurred: Gradients, latent: Gradients, size: int) -> KernelEquations:
    """Return the normal equations of ``Σ ‖∂y - m ⊗ ∂x‖²`` over both directions (Cho and Lee 2009, eq. 8).

    Parameters
    ----------
    blurred, latent : tuple of Tensor
        Horizontal and vertical gradients, ``(P, H, W)`` each; nothing is assumed about what lies outside.
    size : int
        Side of the kernel, odd.
    """
    height, width = blurred[0].shape[-2:]
    shape = (good_length(height + size), good_length(width + size))
    spectra = [torch.fft.rfft2(plane, s=shape) for plane in latent]
    others = [torch.fft.rfft2(plane, s=shape) for plane in blurred]
    auto = spectra[0].abs().square() + spectra[1].abs().square()
    cross = spectra[0].conj() * others[0] + spectra[1].conj() * others[1]
    lags = torch.arange(-size, size, device=auto.device)
    small = _at_lags(auto, shape, lags)
    small[..., 0, :] = 0.0  # lag -size is out of every pair's reach
    small[..., :, 0] = 0.0
    spectrum = torch.fft.rfft2(small.roll((-size, -size), (-2, -1)))
    return KernelEquations(spectrum, _at_lags(cross, shape, lags[size // 2 + 1 : size // 2 + 1 + size]))


def _at_lags(spectra: Tensor, shape: tuple[int, int], lags: Tensor) -> Tensor:
    planes: Tensor = torch.fft.irfft2(spectra, s=shape)
    return planes.index_select(-2, lags % shape[0]).index_select(-1, lags % shape[1])


def solve_kernels(equations: KernelEquations, ridge: float, steps: int) -> Tensor:
    """Return float kernels ``(P, k, k)`` after steps of conjugate gradients on ``(A + ridge) m = b``, from zero."""
    kernels = torch.zeros_like(equations.right)
    residual = equations.right.clone()
    direction, energy = residual, _energy(residual)
    for _ in range(steps):
        product = equations.apply(direction) + ridge * direction
        step = energy / _dot(direction, product).clamp_min(1e-30)
        kernels = kernels + step * direction
        residual = residual - step * product
        before, energy = energy, _energy(residual)
        direction = residual + energy / before.clamp_min(1e-30) * direction
    return kernels


def _dot(a: Tensor, b: Tensor) -> Tensor:
    return (a * b).sum((-2, -1), keepdim=True)


def _energy(a: Tensor) -> Tensor:
    return _dot(a, a)


def point_kernels(count: int, size: int, device: torch.device | None = None) -> Tensor:
    """Return float32 kernels ``(P, size, size)``, P = count, that change nothing."""
    kernels = torch.zeros(count, size, size, device=device)
    kernels[:, size // 2, size // 2] = 1.0
    return kernels


def normalised(kernels: Tensor) -> Tensor:
    """Return float kernels ``(P, k, k)`` without negative values and of sum one; an empty one becomes a point."""
    kernels = kernels.clamp_min(0.0)
    total = kernels.sum((-2, -1), keepdim=True)
    points = point_kernels(len(kernels), kernels.shape[-1], kernels.device)
    return torch.where(total > 1e-12, kernels / total.clamp_min(1e-12), points)


def cleaned(kernels: Tensor, *, weakest: float = 0.05, smallest_part: float = 0.1) -> Tensor:
    """Return kernels without what noise leaves in them.

    Parameters
    ----------
    kernels : Tensor
        ``(P, k, k)``, any sign and sum.
    weakest : float
        Values below this share of the largest are dropped.
    smallest_part : float
        Islands that hold less than this share of the sum are dropped.
    """
    peak = kernels.amax((-2, -1), keepdim=True)
    kernels = normalised(torch.where(kernels < weakest * peak, 0.0, kernels))
    return normalised(torch.stack([_without_islands(kernel, smallest_part) for kernel in kernels]))


def _without_islands(kernel: Tensor, smallest_part: float) -> Tensor:
    labels = islands(kernel > 0)
    shares = kernel.new_zeros(kernel.numel() + 1).index_add_(0, labels.flatten(), kernel.flatten())
    is_large = shares[labels] >= smallest_part
    return kernel * is_large if bool(is_large.any()) else kernel


def islands(mask: Tensor) -> Tensor:
    """Return an integer from 1 on for each set pixel of a bool mask ``(H, W)``, equal where they touch; else 0."""
    labels = torch.arange(1.0, mask.numel() + 1.0, device=mask.device).view(mask.shape) * mask
    while True:
        spread = F.max_pool2d(labels[None], 3, stride=1, padding=1)[0] * mask
        if spread.equal(labels):
            return labels.long()
        labels = spread


def centred(kernels: Tensor) -> Tensor:
    """Return float kernels ``(P, k, k)`` of sum one, moved by whole pixels: their centre of mass in the middle."""
    return normalised(torch.stack([_centred(kernel) for kernel in kernels]))


def _centred(kernel: Tensor) -> Tensor:
    down, right = (round(float(place)) for place in centre_of_mass(kernel))
    return moved(kernel, -down, -right)


def centre_of_mass(kernel: Tensor) -> tuple[Tensor, Tensor]:
    """Return how far down and right of its middle pixel the centre of mass of a kernel ``(k, k)`` lies, in pixels."""
    places = torch.arange(kernel.shape[-1], device=kernel.device) - kernel.shape[-1] // 2
    total = kernel.sum().clamp_min(1e-12)
    return (kernel.sum(1) * places).sum() / total, (kernel.sum(0) * places).sum() / total


def moved(kernels: Tensor, down: int, right: int) -> Tensor:
    """Return float kernels ``(…, k, k)`` moved by whole pixels; what leaves the frame is lost."""
    size = kernels.shape[-1]
    padded = F.pad(kernels, (size, size, size, size))
    return padded[..., size - down : 2 * size - down, size - right : 2 * size - right]


def fitted(kernels: Tensor, size: int) -> Tensor:
    """Return float kernels ``(P, k, k)`` in a frame of another odd size: cut off or surrounded by zeros."""
    margin = (size - kernels.shape[-1]) // 2
    return F.pad(kernels, (margin, margin, margin, margin))


def enlarged(kernels: Tensor, ratio: float, size: int) -> Tensor:
    """Return float kernels ``(P, k, k)`` for a picture that is `ratio` times larger, in a frame of `size`, odd."""
    offsets = torch.arange(size, device=kernels.device) - size // 2
    places = offsets / (ratio * (kernels.shape[-1] / 2.0))  # a picture from -1 to 1, edges included
    columns = places.expand(size, size)
    grid = torch.stack([columns, columns.T], dim=-1).expand(len(kernels), -1, -1, -1)
    sampled = F.grid_sample(kernels[:, None], grid, mode="bicubic", padding_mode="zeros", align_corners=False)
    return normalised(sampled[:, 0])


def pyramid_sizes(size: int, smallest: int = 5) -> Sequence[tuple[int, float]]:
    """Return ``(kernel side, scale of the photo)`` from coarse to fine, √2 apart (Cho and Lee 2009, section 5)."""
    levels = [(size, 1.0)]
    while levels[-1][0] > smallest:
        scale = levels[-1][1] / 2.0**0.5
        levels.append((max(3, int(size * scale) | 1), scale))
    return levels[::-1]
