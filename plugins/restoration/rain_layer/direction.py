"""Which way the rain falls: where thin bright lines carry most of their energy."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, radians, sin

import torch
from torch import Tensor

from desktop_app.numerics.filters import local_maximum, local_minimum

_CROP = 1024  # pixels: the middle of the photo tells
_LINE = 15.0  # pixels over which lines are averaged
_RADIUS = 3  # pixels: half the width of what counts as thin
_BRIGHTEST = 0.25  # so that a lamp does not outweigh the rain
_ANGLES = [2.5 * step for step in range(-18, 19)]


def rain_angle(plane: Tensor, check: Callable[[], None]) -> float:
    """Return the direction of the rain in degrees from straight down, positive to the right on its way down.

    Parameters
    ----------
    plane : Tensor
        ``(H, W)``, bright where it rains.
    check : callable
        Called between operations; it raises if the user cancelled.
    """
    top, left = (max(0, (size - _CROP) // 2) for size in plane.shape)
    middle = plane[top : top + _CROP, left : left + _CROP]
    columns = middle[:, None, None, :]  # every row by itself: only what is narrow from side to side is thin
    thin = (columns - local_maximum(local_minimum(columns, _RADIUS), _RADIUS))[:, 0, 0].clamp_(max=_BRIGHTEST)
    check()
    power = torch.fft.rfft2(thin - thin.mean()).abs().square()
    down = torch.fft.fftfreq(thin.shape[0], device=plane.device)[:, None]
    across = torch.fft.rfftfreq(thin.shape[1], device=plane.device)
    energies = []
    for angle in _ANGLES:
        check()
        along = across * sin(radians(angle)) + down * cos(radians(angle))
        energies.append(float((torch.sinc(along * _LINE).square() * power).sum()))
    best = max(energies)
    return min((angle for angle, energy in zip(_ANGLES, energies, strict=True) if energy == best), key=abs)
