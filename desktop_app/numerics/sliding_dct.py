"""Denoising of a plane by the cosine spectra of all its patches, in one or two stages."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from desktop_app.numerics.patches import restore_patches
from desktop_app.numerics.transforms import cosine_transform

__all__ = ["denoise_plane", "threshold_patches"]

_FIRST_SHARE = 0.4  # of the running time


def denoise_plane(
    plane: Tensor, patch: int, threshold: float, noise_std: float, told: Callable[[float], None]
) -> Tensor:
    """Return the plane denoised in two stages: what `threshold_patches` leaves is the guide of a Wiener filter.

    Parameters
    ----------
    plane : Tensor
        ``(1, H, W)`` float32.
    patch : int
        Side of the patches, in pixels.
    threshold : float
        Of the first stage, as a multiple of the noise.
    noise_std : float
        Standard deviation of the plane's noise, in its units.
    told : callable
        Hears how far the work is (0–1); may raise to stop.
    """
    guide = threshold_patches(plane, patch, threshold * noise_std, lambda done: told(_FIRST_SHARE * done))
    weigh = partial(_weigh, _basis(plane, patch), noise_std**2)
    both = torch.cat([plane, guide])
    return restore_patches(both, patch, weigh, told=lambda done: told(_FIRST_SHARE + (1.0 - _FIRST_SHARE) * done))[:1]


def threshold_patches(
    plane: Tensor, patch: int, threshold: float, told: Callable[[float], None]
) -> Tensor:
    """Return the plane without the weak frequencies of its patches; patches that needed few weigh more.

    Parameters
    ----------
    plane : Tensor
        ``(1, H, W)``.
    patch : int
        Side of the patches, in pixels.
    threshold : float
        Amplitude of the orthonormal spectrum below which a frequency is dropped, in the plane's units.
    told : callable
        Hears how far the work is (0–1); may raise to stop.
    """
    return restore_patches(plane, patch, partial(_keep_strong, _basis(plane, patch), threshold), told=told)


def _basis(plane: Tensor, patch: int) -> Tensor:
    cosine = cosine_transform(patch)
    return torch.kron(cosine, cosine).to(plane)


def _keep_strong(basis: Tensor, threshold: float, patches: Tensor) -> tuple[Tensor, Tensor]:
    spectra = patches @ basis.T
    kept = (spectra.abs() > threshold).to(spectra.dtype)
    kept[:, 0] = 1.0  # a patch keeps its mean
    return spectra.mul_(kept) @ basis, kept.sum(1).reciprocal_()


def _weigh(basis: Tensor, variance: float, patches: Tensor) -> tuple[Tensor, Tensor]:
    """Weigh the frequencies of the first half of each row by the power of the other half, which stays as it is."""
    noisy, guide = patches.chunk(2, 1)
    power = (guide @ basis.T).square_()
    shrinkage = power.div_(power + variance)
    shrinkage[:, 0] = 1.0
    filtered = (noisy @ basis.T).mul_(shrinkage) @ basis
    return torch.cat([filtered, guide], 1), shrinkage.square().sum(1).reciprocal_()
