"""How well each motion explains the dents in a photo's local spectra: what is known of blur without learning.

Through a motion of L pixels little light comes at frequencies k / L along it. Of windows larger than the network's the
logarithm of the power is compared with that of each motion, after whatever is smooth over the frequencies (the scene's
own slope and direction) has been taken out of both; see `desktop_app.numerics.blur_likelihood`, which does the same for
one kernel of a whole photo.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import degrees, pi
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.numerics.appearance import luminance
from desktop_app.numerics.fourier import gradient_power
from desktop_app.numerics.kernels import motion_kernel
from plugins.restoration.motion_field.network import CELL, candidates

__all__ = ["dents"]

_WINDOW = 80  # pixels a side: smaller ones smear the dents of long motions, in larger ones the motion changes
_MARGIN = (_WINDOW - CELL) // 2
_HIGHEST = 0.42  # cycles a pixel: beyond, JPEG and sharpening leave their own marks
_LOWEST = 1.5 / _WINDOW  # below, there is the window's own shape
_STRENGTHS = torch.logspace(-1.0, 4.0, 8)
"""Power of a sharp scene over its noise, at one cycle in six pixels: the likeliest of these is taken."""
_LEAKAGE = 1e-3  # share of the power that even a dent lets through
_SPREAD = pi**2 / 6.0  # variance of the logarithm of an exponentially distributed power
_ALIKE = 2.6  # frequencies of a tapered window that tell the same
_LEAST_NOISE = 1.0  # levels: what is fainter is rounding


class _Templates(NamedTuple):
    """What motions do to log-spectra: ``(strengths, M, F)``, without what is smooth; and what is smooth, ``(F, S)``."""

    places: Tensor
    smooth: Tensor
    shapes: Tensor


def dents(image: Tensor, sigma: float, check: Callable[[], None]) -> Tensor:
    """Return the log-likelihoods ``(M, rows, columns)`` of `candidates` for the cells of a photo ``(C, H, W)``.

    Up to a constant for each cell.

    Parameters
    ----------
    image : Tensor
        float32, nominally in [0, 1].
    sigma : float
        Noise in 8-bit levels.
    check : callable
        Called for each row of cells; may raise to stop.
    """
    plane = luminance(image[None])
    height, width = plane.shape[-2:]
    around = (_MARGIN, _MARGIN + -width % CELL, _MARGIN, _MARGIN + -height % CELL)
    rows = F.pad(plane, around, "replicate")[0, 0].unfold(0, _WINDOW, CELL)  # (rows, W', window)
    noise = (max(sigma, _LEAST_NOISE) / 255.0) ** 2
    found = []
    for row in rows:
        check()
        found.append(_of_windows(row.unfold(0, _WINDOW, CELL), noise))
    return torch.stack(found, dim=1)


def _of_windows(windows: Tensor, noise: float) -> Tensor:
    """Return the log-likelihoods ``(M, n)`` of motions in windows ``(n, side, side)``."""
    known = _templates()
    places, smooth = known.places.to(windows.device), known.smooth.to(windows)
    taper = _taper().to(windows)
    tapered = (windows - windows.mean((-2, -1), keepdim=True)) * taper
    power = torch.fft.rfft2(tapered).abs().square() / (noise * taper.square().sum())
    seen = _bent(power[:, places].add_(1.0).log_(), smooth)
    best = None
    for shapes in known.shapes.to(windows):
        near = 2.0 * seen @ shapes.T - shapes.square().sum(1)
        best = near if best is None else torch.maximum(best, near)
    assert best is not None  # there are eight strengths
    likely: Tensor = best.T / (2.0 * _SPREAD * _ALIKE)
    return likely


def _bent(spectra: Tensor, smooth: Tensor) -> Tensor:
    """Return log-spectra ``(…, F)`` without what is smooth in them."""
    return spectra - (spectra @ smooth) @ smooth.T


def _taper() -> Tensor:
    line = torch.hann_window(_WINDOW, periodic=False)
    return line[:, None] * line


@cache
def _templates() -> _Templates:
    down, across = torch.fft.fftfreq(_WINDOW)[:, None], torch.fft.rfftfreq(_WINDOW)[None]
    places = (torch.hypot(down, across) > _LOWEST) & (across < _HIGHEST) & (down.abs() < _HIGHEST)
    places &= (across > 0.0) | (down > 0.0)  # the others of this column are their mirror images
    steepness = gradient_power((_WINDOW, _WINDOW), torch.device("cpu"))[places]
    angle = torch.atan2(down.expand_as(places), across.expand_as(places))[places]
    height, turns = steepness.log(), [(2.0 * angle).cos(), (2.0 * angle).sin()]
    waves = [*turns, (4.0 * angle).cos(), (4.0 * angle).sin(), *(height * turn for turn in turns)]
    smooth = torch.linalg.qr(torch.stack([torch.ones_like(height), height, steepness, *waves], dim=1)).Q
    passed = torch.stack([_passed(length, angle)[places] for length, angle in candidates().tolist()]) + _LEAKAGE
    shapes = (_STRENGTHS[:, None, None] * (passed / steepness) + 1.0).log()
    return _Templates(places, smooth, _bent(shapes, smooth))


def _passed(length: float, angle: float) -> Tensor:
    """Return the share of power ``(side, side // 2 + 1)`` that a motion lets through, as a tapered window shows it.

    The taper smears the spectrum: it multiplies the autocorrelation by its own.
    """
    kernel = motion_kernel(length + 1.0, degrees(angle)) if length else torch.ones(1, 1)
    size = (2 * _WINDOW, 2 * _WINDOW)
    own = torch.fft.irfft2(torch.fft.rfft2(_taper(), s=size).abs().square())
    alike = torch.fft.irfft2(torch.fft.rfft2(kernel, s=size).abs().square())
    smeared: Tensor = torch.fft.rfft2(alike * own / own[0, 0]).real[::2, ::2].clamp_min(0.0)
    return smeared
