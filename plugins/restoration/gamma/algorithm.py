"""Gamma correction: a power curve, with a straight toe near black.

Inverts ``y = x^γ``, the photo of a scene that was rendered too dark. The power's slope at black is infinite; below six
levels the curve is a line, so that black stays black, noise about it is not torn apart, and gradients are finite.
"""

from __future__ import annotations

from math import log

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.appearance import luminance
from plugins.restoration.common.lowlight import brightened
from plugins.restoration.gamma.descriptor import GammaParams

_TOE = 6.0 / 255.0
_MIDDLE_GREY = 0.5
_MILDEST, _STRONGEST = 1.0, 2.2  # of what is chosen automatically: a night stays dark, a bright day as it is


def prepare(images: Tensor, params: GammaParams, run: Run) -> list[float]:
    """Return each photo's gamma: as given, else what takes its median luminance to middle grey."""
    run.check()
    if params.gamma is not None:
        return [params.gamma] * len(images)
    return [_automatic(luminance(image.detach())) for image in images]


def _automatic(luma: Tensor) -> float:
    values = luma.flatten()
    step = max(1, values.numel() >> 20)  # a million samples tell the median as well as all
    middle = float(values[::step].median().clamp(1e-4, 0.99))
    return min(max(log(middle) / log(_MIDDLE_GREY), _MILDEST), _STRONGEST)


def run(images: Tensor, params: GammaParams, run: Run) -> Result:
    """Brighten photos.

    Photos are ``(N, C, H, W)`` float32, nominally in [0, 1]; values above go on along the curve, those below along its
    toe.
    """
    restored = []
    for image, gamma in zip(images, run.prepared, strict=True):
        run.check()
        restored.append(_brightened(image, 1.0 / gamma, params.keep_colours))
    return Result(image=torch.stack(restored), reports=[{"gamma": round(gamma, 4)} for gamma in run.prepared])


def _brightened(image: Tensor, exponent: float, keeps_colours: bool) -> Tensor:
    if exponent == 1.0:
        return image.clone()
    if not keeps_colours or image.shape[0] == 1:
        return curve(image, exponent)
    luma = luminance(image).clamp(min=_TOE)
    return brightened(image, curve(luma, exponent) / luma)


def curve(values: Tensor, exponent: float) -> Tensor:
    """Return ``values ** exponent``, with a straight line from the toe down."""
    return torch.where(values < _TOE, values * _TOE ** (exponent - 1.0), values.clamp(min=_TOE) ** exponent)
