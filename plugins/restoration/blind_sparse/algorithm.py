"""Blind deblurring by normalised sparsity: inverts ``y = M ⊗ x + e``, M unknown and the same everywhere.

A blur makes the sum of all gradients smaller, and their norm smaller still: the ratio ``‖g‖₁ / ‖g‖₂`` is least for the
sharp picture, where the plain sum is least for a flat one. The picture is nothing but its gradients here.
"""

from __future__ import annotations

from math import sqrt

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.blind import Guess, Turn
from desktop_app.numerics.differences import Gradients, gradients
from desktop_app.numerics.fourier import transfer_function
from desktop_app.numerics.resize import resize_bicubic
from plugins.restoration.blind_sparse.descriptor import BlindSparseParams
from plugins.restoration.common.blind_restoration import restore_blindly

_STEPS_PER_NORM = 4  # of shrinkage, before ‖g‖₂ is taken anew: Krishnan 2011, algorithm 2

_BOLDNESS = (1.0, 0.8, 1.25, 1.6)  # it is quick, and particular about what an edge is


def run(images: Tensor, params: BlindSparseParams, run: Run) -> Result:
    """Deblur photos with kernels found in their luminance.

    Photos are ``(N, C, H, W)`` float32, C 1 or 3; values outside [0, 1] are kept.
    """
    return restore_blindly(images, params, run, lambda boldness: _guess_with(params, boldness, run), _BOLDNESS)


def _guess_with(params: BlindSparseParams, boldness: float, run: Run) -> Guess:
    """Return a guess that goes on from its last one."""
    last: list[Tensor] = []

    def guess(turn: Turn) -> Gradients:
        blurred = torch.stack(gradients(turn.blurred), dim=1)
        start = _grown(last[0], blurred, turn) if last else blurred
        sharp = sparse_gradients(start, blurred, turn, boldness * params.sparsity, params.steps, run)
        last[:] = [turn.frame.crop(sharp)]
        return sharp[:, 0], sharp[:, 1]

    return guess


def _grown(guess: Tensor, blurred: Tensor, turn: Turn) -> Tensor:
    """Return the guess at the size and in the frame of this turn; around the photo, the blurred gradients."""
    start = blurred.clone()
    turn.frame.crop(start).copy_(resize_bicubic(guess, (turn.frame.height, turn.frame.width)))
    return start


def sparse_gradients(
    start: Tensor, blurred: Tensor, turn: Turn, sparsity: float, steps: int, run: Run
) -> Tensor:
    """Return gradients g ``(P, 2, H, W)`` with a smaller ``‖M ⊗ g - ∂y‖² + λ ‖g‖₁ / ‖g‖₂`` (Krishnan 2011, eq. 3).

    By iterative shrinkage with ‖g‖₂ held for a few steps (algorithms 1 and 2). λ is stated through the threshold that
    it amounts to, in multiples of the photo's own gradients; small photos have fewer and stronger edges, and a higher
    threshold.
    """
    transfer = transfer_function(turn.kernels, turn.frame.size)[:, None]
    power, data = transfer.abs().square(), transfer.conj() * torch.fft.rfft2(blurred)
    usual = blurred.square().mean((1, 2, 3), keepdim=True).sqrt()
    threshold = sparsity * usual / sqrt(turn.scale)
    guess = start
    for step in range(steps):
        run.check()
        if step % _STEPS_PER_NORM == 0:
            gain = usual / guess.square().mean((1, 2, 3), keepdim=True).sqrt().clamp_min(1e-12)
        error = torch.fft.irfft2(power * torch.fft.rfft2(guess) - data, s=turn.frame.size)
        guess = _shrunk(guess - error, threshold * gain)
    return guess


def _shrunk(values: Tensor, threshold: Tensor) -> Tensor:
    return (values.abs() - threshold).clamp_min_(0.0).copysign_(values)
