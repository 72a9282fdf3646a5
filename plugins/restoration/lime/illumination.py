"""The illumination map: smooth within objects, with their outlines (Guo 2017, section II).

Minimises ``‖T̂ - T‖² + α ‖W ∘ ∇T‖₁`` over T, with T̂ the brightest colour of each pixel, by the augmented Lagrangian
with two FFTs a step (Algorithm 1). The photo is taken to go on periodically: where its opposite borders differ, the
weight W is small.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from desktop_app.numerics.filters import gaussian_blur

_STEPS = 30
_PENALTY, _GROWTH = 1.0, 1.2  # μ and ρ: slow enough for outlines to stay, fast enough for texture to go
_TEXTURE_SIGMA = 2.0  # pixels, of the window that tells texture from outline
_OUTLINE, _FLAT = 0.02, 0.001  # slopes per pixel: that of weight 1, and that below which all is flat


def illumination_map(brightest: Tensor, smoothness: float, progress: Callable[[float], None]) -> Tensor:
    """Return the refined illumination.

    Parameters
    ----------
    brightest : Tensor
        T̂, ``(H, W)``.
    smoothness : float
        α; 0 returns T̂.
    progress : callable
        Called with the share done before every step.

    Returns
    -------
    Tensor
        T, ``(H, W)``.
    """
    if smoothness == 0 or brightest.numel() == 1:
        return brightest
    weights = outline_weights(brightest).mul_(smoothness)
    spectrum = _laplacian_spectrum(brightest)
    split, multiplier = torch.zeros_like(weights), torch.zeros_like(weights)
    light, penalty = brightest, _PENALTY
    for step in range(_STEPS):
        progress(step / _STEPS)
        # Algorithm 1, step 3: the T that fits T̂ and whose gradient fits G
        right = brightest * 2.0 + _divergence(split * penalty - multiplier)
        light = torch.fft.irfft2(torch.fft.rfft2(right).div_(spectrum * penalty + 2.0), s=brightest.shape)
        # Step 4: G is the gradient, shrunk
        slope = _gradient(light)
        target = slope + multiplier / penalty
        split = target.sign() * (target.abs() - weights / penalty).clamp_(min=0.0)
        multiplier += penalty * (slope - split)  # step 5
        penalty *= _GROWTH
    return light


def outline_weights(brightest: Tensor) -> Tensor:
    """Return W ``(2, H, W)``: small on outlines, large on texture, whose slopes cancel in a window.

    Guo 2017, section II-C, strategy III; scaled so that α means the same for any unit of light.
    """
    return _OUTLINE / gaussian_blur(_gradient(brightest), _TEXTURE_SIGMA).abs_().add_(_FLAT)


def _gradient(plane: Tensor) -> Tensor:
    return torch.stack([plane.roll(-1, 0) - plane, plane.roll(-1, 1) - plane])


def _divergence(field: Tensor) -> Tensor:
    """Return the adjoint of `_gradient`."""
    return (field[0].roll(1, 0) - field[0]).add_(field[1].roll(1, 1) - field[1])


def _laplacian_spectrum(plane: Tensor) -> Tensor:
    """Return the eigenvalues of the gradient's normal operator, ``(H, W/2 + 1)``."""
    height, width = plane.shape
    rows = torch.fft.fftfreq(height, device=plane.device, dtype=plane.dtype)
    columns = torch.fft.rfftfreq(width, device=plane.device, dtype=plane.dtype)
    return 4.0 - 2.0 * torch.cos(2.0 * torch.pi * rows)[:, None] - 2.0 * torch.cos(2.0 * torch.pi * columns)
