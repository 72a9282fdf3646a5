"""Blind deblurring with an L0 prior: inverts ``y = M ⊗ x + e``, M unknown and the same everywhere.

The guess of the sharp picture is unnatural: it has so few edges that only those remain that a blur has not destroyed.
Its edges and the photo's give the kernel; the price of an edge falls from turn to turn.
"""

from __future__ import annotations

from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.blind import Guess, Turn
from desktop_app.numerics.differences import Gradients, gradients
from desktop_app.numerics.l0 import deconvolve_l0
from plugins.restoration.common.blind_params import EdgePriceParams
from plugins.restoration.common.blind_restoration import restore_blindly

_DECAY = 1.1  # of the price from turn to turn
_LOWEST_PRICE = 1e-4


def run(images: Tensor, params: EdgePriceParams, run: Run) -> Result:
    """Deblur photos with kernels found in their luminance.

    Photos are ``(N, C, H, W)`` float32, C 1 or 3; values outside [0, 1] are kept.
    """
    return restore_blindly(images, params, run, lambda boldness: _guess_with(boldness * params.edge_price, run))


def _guess_with(edge_price: float, run: Run) -> Guess:
    def guess(turn: Turn) -> Gradients:
        price = max(edge_price / _DECAY**turn.number, _LOWEST_PRICE)
        return gradients(deconvolve_l0(turn.blurred, turn.kernels, price, run.check))  # Xu 2013, eq. 4 and 7

    return guess
