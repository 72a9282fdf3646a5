"""What brightening does with colours: none is pushed past white, and the dark's noise gets none."""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.numerics.appearance import luminance
from desktop_app.numerics.filters import box_mean

_COLOURLESS = 6.0 / 255.0  # luminance at which half of a pixel's colour is taken for noise
_DARK = 20.0 / 255.0  # luminance below which a compressed photo's colours may reach below 0, and are cut off there
_SEEN = 2.0 / 255.0  # of the brightest colour: what is darker is black, and has lost nothing
_AROUND = 12  # pixels: JPEG keeps one colour for 16 of them
_TRUSTED, _LOST = 3.0 / 255.0, 12.0 / 255.0  # luminance at which half of a colour goes, where none is lost, and all are


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


def colour_lost(images: Tensor) -> Tensor:
    """Return which share of the dark pixels around each one has lost a colour, ``(N, 1, H, W)`` in [0, 1].

    JPEG keeps brightness finely and colours coarsely: what is almost black comes out with one colour below 0, mostly
    blue, which is cut off there. What is left of it has a hue that was never in front of the lens.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32 of the photo as it was read, C 1 or 3. Nothing is lost of a grey one.
    """
    with torch.no_grad():
        seen = (luminance(images) < _DARK) & (images.amax(-3, keepdim=True) >= _SEEN)
        lost = seen & (images.amin(-3, keepdim=True) <= 0.0)
        return box_mean(lost.float(), _AROUND) / box_mean(seen.float(), _AROUND).clamp(min=1e-3)


def without_false_colour(images: Tensor, bright: Tensor, lost: Tensor) -> Tensor:
    """Return brightened photos whose darkest places fade to grey, the more so the more they were brightened.

    Where JPEG took a colour from the dark, curves keep 0 at 0 and lift the two others: black turns olive.

    Parameters
    ----------
    images, bright : Tensor
        ``(N, C, H, W)`` float32, before and after.
    lost : Tensor
        ``(N, 1, H, W)``, as `colour_lost` gives it: where nothing is, only what is next to black fades.
    """
    dark, lit = luminance(images).clamp(min=0.0), luminance(bright)
    lifted = (lit - dark).clamp(min=0.0) / lit.clamp(min=1e-6)
    share = lifted / (1.0 + (dark / (_TRUSTED + _LOST * lost)).square())
    return torch.lerp(bright, lit.expand_as(bright), share)
