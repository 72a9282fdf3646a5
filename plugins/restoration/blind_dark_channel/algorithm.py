"""Blind deblurring with a dark channel prior: inverts ``y = M ⊗ x + e``, M unknown and the same everywhere.

Almost every neighbourhood of a sharp photo has a pixel close to black; a blur mixes it with lighter ones. The guess of
the sharp picture has few edges and few neighbourhoods without black: it minimises
``‖M ⊗ x - y‖² + price · ‖∇x‖₀ + price' · ‖D(x)‖₀`` (Pan 2016, eq. 9), D the smallest value around each pixel.
"""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.blind import Guess, Turn
from desktop_app.numerics.differences import Gradients, gradients
from desktop_app.numerics.filters import local_maximum, local_minimum
from desktop_app.numerics.l0 import deconvolve_l0
from plugins.restoration.blind_dark_channel.descriptor import BlindDarkChannelParams
from plugins.restoration.common.blind_restoration import restore_blindly
from plugins.restoration.common.few_edges import price_at

_FIRST_THRESHOLD = 0.1  # squared value below which a shadow is taken for black at first
_LARGEST_PULL = 8.0  # of the dark pixels: Pan 2016, algorithm 2
_GROWTH = 4.0  # of both penalties: half as many steps as with Pan's 2, for kernels that are as good


def run(images: Tensor, params: BlindDarkChannelParams, run: Run) -> Result:
    """Deblur photos with kernels found in their luminance.

    Photos are ``(N, C, H, W)`` float32, C 1 or 3; values outside [0, 1] are kept.
    """
    return restore_blindly(images, params, run, lambda boldness: _guess_with(params, boldness, run))


def _guess_with(params: BlindDarkChannelParams, boldness: float, run: Run) -> Guess:
    def guess(turn: Turn) -> Gradients:
        edge, dark = (price_at(turn, boldness * price) for price in (params.edge_price, params.darkness_price))
        latent, penalty = turn.blurred, dark / _FIRST_THRESHOLD
        while penalty < _LARGEST_PULL:
            pull = (with_black_shadows(latent, dark / penalty, params.window // 2), penalty)
            latent = deconvolve_l0(turn.blurred, turn.kernels, edge, run.check, growth=_GROWTH, pull=pull)
            penalty *= _GROWTH
        return gradients(latent)

    return guess


def with_black_shadows(planes: Tensor, threshold: float, radius: int) -> Tensor:
    """Return planes in which a neighbourhood's darkest pixel is black if its square is below the threshold.

    The pixels that are somebody's darkest are those that opening leaves as they are (Pan 2016, eq. 13 and section 4.2).
    """
    opened = local_maximum(local_minimum(planes, radius), radius)
    is_black = (opened >= planes) & (planes.square() < threshold)
    return torch.where(is_black, 0.0, planes)
