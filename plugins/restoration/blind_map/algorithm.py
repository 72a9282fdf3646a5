"""Blind deblurring with predicted edges: inverts ``y = M ⊗ x + e``, M unknown and the same everywhere.

A plain deconvolution with the kernel so far is soft, and rings. A bilateral filter takes the ringing away, a shock
filter makes steps of slopes, and the strongest of those are the sharp picture's edges, from which the next kernel
follows.
"""

from __future__ import annotations

from math import sqrt

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.blind import Guess, Turn
from desktop_app.numerics.differences import Gradients, gradients
from desktop_app.numerics.fourier import gradient_power, transfer_function
from plugins.restoration.blind_map.descriptor import BlindMapParams
from plugins.restoration.blind_map.edges import bilateral, selected, shocked, usefulness
from plugins.restoration.common.blind_restoration import restore_blindly

_LIKENESS = 0.1  # of values that the bilateral filter averages
_DECAY = 1.1  # by which more edges are let in from turn to turn
_LARGEST_SHARE = 0.25  # of all pixels that may be edges


def run(images: Tensor, params: BlindMapParams, run: Run) -> Result:
    """Deblur photos with kernels found in their luminance.

    Photos are ``(N, C, H, W)`` float32, C 1 or 3; values outside [0, 1] are kept.
    """
    return restore_blindly(images, params, run, lambda boldness: _guess_with(params, boldness, run))


def _guess_with(params: BlindMapParams, boldness: float, run: Run) -> Guess:
    def guess(turn: Turn) -> Gradients:
        run.check()
        sharper = shocked(bilateral(smooth_latent(turn, params.smoothness), _LIKENESS))
        run.check()
        size = turn.kernels.shape[-1]
        useful = usefulness(turn.blurred, size) if params.skip_fine_detail else torch.ones_like(sharper)
        return selected(gradients(sharper), useful, turn.frame, _share(turn, params.edge_share / boldness))

    return guess


def smooth_latent(turn: Turn, smoothness: float) -> Tensor:
    """Return the planes x that minimise ``‖M ⊗ x - y‖² + smoothness · ‖∇x‖²`` (Cho and Lee 2009, eq. 5 and 6)."""
    size = turn.frame.size
    transfer = transfer_function(turn.kernels, size)
    power = transfer.abs().square() + smoothness * gradient_power(size, turn.blurred.device)
    latent: Tensor = torch.fft.irfft2(transfer.conj() * torch.fft.rfft2(turn.blurred) / power, s=size)
    return latent


def _share(turn: Turn, edge_share: float) -> float:
    """Return the share of pixels that are edges of one direction: the more, the later."""
    side = sqrt(turn.frame.height * turn.frame.width)
    share = edge_share * turn.kernels.shape[-1] / side * _DECAY**turn.number
    return min(share, _LARGEST_SHARE) / 4.0
