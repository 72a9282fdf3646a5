"""Deconvolution with the heavy-tailed gradients of natural photos, for a kernel that is known."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import torch
from torch import Tensor

from desktop_app.api.numerics.differences import gradients, gradients_adjoint
from desktop_app.api.numerics.fourier import Frame, gradient_power, transfer_function

_PENALTIES = tuple(sqrt(8.0) ** step for step in range(6))  # 1 to 181, as in Krishnan and Fergus 2009, section 3
_ROUNDS = 3  # of the fixed point; the error is then far below the penalty's own


def deconvolve_hyper_laplacian(
    blurred: Tensor, kernels: Tensor, weight: float, check: Callable[[], None], *, exponent: float = 2.0 / 3.0
) -> Tensor:
    """Return the planes x that minimise ``weight / 2 · ‖M ⊗ x - y‖² + Σ |∂x|^exponent``.

    The photo is continued to a torus without an edge, so that its borders do not ring.

    Parameters
    ----------
    blurred : Tensor
        ``(P, H, W)``, nominally in [0, 1].
    kernels : Tensor
        ``(P, k, k)`` or ``(1, k, k)``, odd, of sum one.
    weight : float
        How far the photo is trusted against the prior; more is sharper and noisier.
    check : callable
        Called often; may raise to stop.
    exponent : float
        Below 1; that of natural photos is between 0.5 and 0.8.

    References
    ----------
    Krishnan, Fergus 2009, Fast image deconvolution using hyper-Laplacian priors, eq. 3 to 5 and algorithm 1,
    https://papers.nips.cc/paper/3707
    """
    radius = kernels.shape[-1] // 2
    frame = Frame.around(blurred.shape[-2], blurred.shape[-1], (radius, radius))
    latent = frame.lay(blurred)
    data, power = _data_terms(latent, kernels, frame.size)
    steepness = gradient_power(frame.size, blurred.device)
    for penalty in _PENALTIES:
        check()
        edges = [shrink(plane, penalty, exponent) for plane in gradients(latent)]
        check()
        spectrum = torch.fft.rfft2(gradients_adjoint(edges[0], edges[1])).mul_(penalty / weight).add_(data)
        check()
        latent = torch.fft.irfft2(spectrum.div_(power + penalty / weight * steepness), s=frame.size)  # eq. 4
    return frame.crop(latent)


def _data_terms(planes: Tensor, kernels: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    transfer = transfer_function(kernels, size)
    return torch.fft.rfft2(planes).mul_(transfer.conj()), transfer.real.square() + transfer.imag.square()


def shrink(values: Tensor, penalty: float, exponent: float) -> Tensor:
    """Return what minimises ``|w|^exponent + penalty / 2 · (w - v)²`` for every value v.

    Zero below a threshold, else the fixed point of ``w = |v| - exponent / penalty · w^(exponent - 1)``.

    References
    ----------
    Zuo et al. 2013, A generalized iterated shrinkage algorithm for non-convex sparse coding, eq. 11 and algorithm 1,
    doi:10.1109/ICCV.2013.34
    """
    lowest = (2.0 * (1.0 - exponent) / penalty) ** (1.0 / (2.0 - exponent))
    threshold = lowest + exponent / penalty * lowest ** (exponent - 1.0)
    size = values.abs()
    shrunk = size.clamp_min(threshold)
    start = shrunk.clone()
    for _ in range(_ROUNDS):
        shrunk = torch.addcmul(start, shrunk.pow_(exponent - 1.0), shrunk.new_tensor(-exponent / penalty))
    return shrunk.mul_(size > threshold).copysign_(values)
