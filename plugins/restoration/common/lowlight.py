"""What brightening does with colours: none is pushed past white, and the dark's noise gets none."""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.numerics.appearance import luminance

_COLOURLESS = 6.0 / 255.0  # luminance at which half of a pixel's colour is taken for noise


def brightened(images: Tensor, gain: Tensor) -> Tensor:
    """Return photos multiplied by a gain, place by place.

    The gain is held back where a colour would pass 1. Colours of the darkest places, which are more noise than colour,
    turn paler, the more so the more they are brightened.

    Parameters
    ----------
    images : Tensor
        ``(..., C, H, W)`` float32, C 1 or 3, nominally in [0, 1].
    gain : Tensor
        ``(..., 1, H, W)``; 1 leaves a pixel as it is.
    """
    brightest = images.amax(-3, keepdim=True).clamp(min=1e-6)
    gain = gain.minimum(brightest.reciprocal().clamp(min=1.0).maximum(gain.clamp(max=1.0)))
    luma, bright = luminance(images), images * gain
    paler = (1.0 - gain.clamp(min=1.0).reciprocal()) * _COLOURLESS / (luma.clamp(min=0.0) + _COLOURLESS)
    return torch.addcmul(bright, paler, luma * gain - bright)
