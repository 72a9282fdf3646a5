"""The last step of blind deblurring, and what a kernel promises of it."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from desktop_app.numerics.blurring import blurred
from desktop_app.numerics.deconvolution import SparsePrior, clipped_to_white, deconvolve_sparse
from desktop_app.numerics.differences import gradients
from desktop_app.numerics.kernels import trimmed

__all__ = ["ITERATIONS", "LEAST_ERROR", "energy", "sparse_prior", "with_grain"]

ITERATIONS = 12
"""Thirty gain a twentieth of a decibel."""
LEAST_ERROR = 1.5
"""By how many levels the best kernel that was found is off, as noise would be."""
_SLOPES = 6.0  # weight of the prior over the noise's variance, at which photos in [0, 1] come out best
_GRAIN = 0.5  # of the photo's own that is kept: without any, skin and walls look painted
_MOST_GRAIN = 2.5 / 255.0  # standard deviation of what counts as grain: stronger is noise, which nobody wants back
_NORMAL = 1.4826  # standard deviation of a Gaussian over its median size
_TAILS = 2.5  # standard deviations at which it is cut off: beyond lies what the kernel gets wrong


def sparse_prior(sigma: float, error: float) -> SparsePrior:
    """Return what sharp photos look like, weighed against noise of σ and a kernel's error, in 8-bit levels."""
    variance = (sigma**2 + error**2) / 255.0**2
    return SparsePrior(weight=_SLOPES * variance, exponent=0.8, bending=0.5, penalty=50.0)


def energy(plane: Tensor, kernel: Tensor, sigma: float, check: Callable[[], None]) -> float:
    """Return how steep and how ringing a plane ``(H, W)`` comes out that a kernel ``(k, k)`` sharpens.

    The mean of what the prior costs, a kernel's side from the border. A kernel that is wrong leaves ripples, which
    cost more than edges do; among kernels of about the same length the best has the least.
    """
    prior = sparse_prior(sigma, LEAST_ERROR)
    latent = deconvolve_sparse(plane, trimmed(kernel), prior, ITERATIONS, lambda _: check())
    rim = min(len(kernel) // 4, (min(plane.shape) - 2) // 2)
    horizontal, vertical = gradients(latent)
    steepness = horizontal.square().addcmul_(vertical, vertical)[rim : len(plane) - 1 - rim, rim : -1 - rim]
    return float(steepness.pow_(prior.exponent / 2.0).mean())


def with_grain(image: Tensor, restored: Tensor, kernel: Tensor, check: Callable[[], None]) -> Tensor:
    """Return a sharpened photo ``(C, H, W)`` with some of the grain that the given one has and no kernel explains.

    A prior takes grain for something to be smoothed, which was not asked for; it comes back weak and as it was, not
    sharpened. The kernel is ``(h, w)``.
    """
    left = image - blurred(restored[None], kernel, check)[0]
    for plane, given in zip(left, image, strict=True):
        check()
        spread = min(_NORMAL * float(plane.abs().median()), _MOST_GRAIN)
        plane.clamp_(-_TAILS * spread, _TAILS * spread)
        is_white = clipped_to_white(given)
        if is_white is not None:
            plane.masked_fill_(is_white, 0.0)
    return restored.add(left, alpha=_GRAIN)
