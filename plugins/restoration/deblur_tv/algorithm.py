"""Deblurring by total variation: ``1/2 ‖M ⊗ x - y‖² + μ Σ |∇x|`` is minimised by alternating directions.

Inverts ``y = M ⊗ x + e`` with white noise e; μ is proportional to its variance (Rudin and Osher 1994). The data term
ends at the photo's border, so that what lies outside is found and not assumed (Almeida and Figueiredo 2013).
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.deconvolution import SparsePrior, deconvolve_sparse
from plugins.restoration.common.blurs import SolvedDeblurParams
from plugins.restoration.common.deblurring import deblur

_SLOPES = 14.0  # the inverse of the usual length of a photo's gradient, per pixel
_PENALTY = 300.0


def run(images: Tensor, params: SolvedDeblurParams, run: Run) -> Result:
    """Sharpen photos, the channels one by one.

    Photos are ``(N, C, H, W)`` float32, nominally in [0, 1]; values outside are kept.
    """

    def solve(plane: Tensor, kernel: Tensor, sigma: float, progress: Callable[[float], None]) -> Tensor:
        prior = SparsePrior(weight=params.strength * _SLOPES * (sigma / 255.0) ** 2, penalty=_PENALTY)
        return deconvolve_sparse(plane, kernel, prior, params.iterations, progress)

    return deblur(images, params, params.sigma, run, solve)
