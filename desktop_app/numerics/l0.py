"""Pictures with few edges: deconvolution that counts gradients instead of measuring them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from desktop_app.numerics.differences import Gradients, gradients, gradients_adjoint
from desktop_app.numerics.fourier import gradient_power, transfer_function

__all__ = ["deconvolve_l0", "strong_gradients"]

_GROWTH = 2.0  # of the penalty from step to step
_LARGEST_PENALTY = 1e5  # where what is left of the difference between gradients and edges is below a level


def deconvolve_l0(
    blurred: Tensor, kernels: Tensor, weight: float, check: Callable[[], None], *, growth: float = _GROWTH,
    pull: tuple[Tensor, float] | None = None,
) -> Tensor:
    """Return the planes x that minimise ``‖M ⊗ x - y‖² + weight · #{pixels with a gradient}``.

    By half-quadratic splitting: the gradient is replaced by a copy that is zero wherever it is weak, and the penalty on
    the difference of the two grows.

    Parameters
    ----------
    blurred : Tensor
        ``(P, H, W)``, periodic.
    kernels : Tensor
        ``(P, k, k)``, odd.
    weight : float
        Price of an edge; more leaves fewer and stronger ones.
    check : callable
        Called in every step; may raise to stop.
    growth : float
        Of the penalty from step to step; a larger one is faster and coarser.
    pull : tuple of Tensor and float, optional
        Planes ``(P, H, W)`` and the weight of the squared distance from them, added to what is minimised.

    References
    ----------
    Xu, Lu, Xu, Jia 2011, Image smoothing via L0 gradient minimization, doi:10.1145/2024156.2024208, algorithm 1; Pan,
    Hu, Su, Yang 2014, Deblurring text images via L0-regularized intensity and gradient prior,
    doi:10.1109/CVPR.2014.371, eq. 8 to 12
    """
    size = (blurred.shape[-2], blurred.shape[-1])
    transfer = transfer_function(kernels, size)
    data = transfer.conj() * torch.fft.rfft2(blurred)
    power = transfer.abs().square()
    if pull is not None:
        data = data + pull[1] * torch.fft.rfft2(pull[0])
        power = power + pull[1]
    steepness = gradient_power(size, blurred.device)
    latent, penalty = blurred, 2.0 * weight
    while penalty < _LARGEST_PENALTY:
        check()
        edges = torch.fft.rfft2(gradients_adjoint(*strong_gradients(latent, weight / penalty)))
        latent = torch.fft.irfft2((data + penalty * edges) / (power + penalty * steepness), s=size)
        penalty *= growth
    return latent


def strong_gradients(planes: Tensor, threshold: float) -> Gradients:
    """Return the gradients of float planes ``(P, H, W)``, zero where their square is below the threshold (eq. 12)."""
    horizontal, vertical = gradients(planes)
    is_edge = horizontal.square().addcmul_(vertical, vertical) >= threshold
    return horizontal.mul_(is_edge), vertical.mul_(is_edge)
