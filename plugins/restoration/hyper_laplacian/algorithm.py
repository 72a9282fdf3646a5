"""Deblurring with hyper-Laplacian priors: gradients of photos have heavier tails than Laplace's distribution.

Inverts ``y = M ⊗ x + e`` with white noise e: ``1/2 ‖M ⊗ x - y‖² + μ Σ |D x|^α`` is minimised (Krishnan and Fergus 2009,
eq. 2), alternately for the photo, in the Fourier domain (eq. 4), and for its differences, each on its own (eq. 5). As
in Levin 2007 second differences stand beside the first ones, which gains half a decibel. The data term ends at the
photo's border.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.deconvolution import SparsePrior, deconvolve_sparse
from plugins.restoration.common.deblurring import deblur
from plugins.restoration.hyper_laplacian.descriptor import HyperLaplacianParams

_SLOPES = 6.0  # μ / σ² at which the noise of photos in [0, 1] is in balance with their gradients


def run(images: Tensor, params: HyperLaplacianParams, run: Run) -> Result:
    """Sharpen photos, the channels one by one.

    Photos are ``(N, C, H, W)`` float32, nominally in [0, 1]; values outside are kept.
    """

    def solve(plane: Tensor, kernel: Tensor, sigma: float, progress: Callable[[float], None]) -> Tensor:
        prior = SparsePrior(
            weight=params.strength * _SLOPES * (sigma / 255.0) ** 2, exponent=params.exponent, bending=params.bending
        )
        return deconvolve_sparse(plane, kernel, prior, params.iterations, progress)

    return deblur(images, params, params.sigma, run, solve)
