"""A camera's linear light made into a picture: white balance, exposure, and lights that roll off, not clip."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["automatic_exposure", "balance", "developed"]

_KNEE_ENCODED, _KNEE_LINEAR = 0.04045, 0.0031308
_WEIGHTS = (0.2126, 0.7152, 0.0722)  # of red, green and blue in a linear photo's luminance (BT.709)
_BRIGHT = 0.999  # of the values may be below white, where the exposure is found
_MOST_STOPS = 5.0
_SAMPLE = 1 << 20


def balance(warmth: float, tint: float) -> tuple[float, float, float]:
    """Return what red, green and blue are multiplied by: a grey keeps its luminance.

    Parameters
    ----------
    warmth : float
        In stops between red and blue; more is warmer.
    tint : float
        In stops between green and the other two; more is less green.
    """
    gains = (2.0 ** (warmth / 2 + tint / 3), 2.0 ** (-2 * tint / 3), 2.0 ** (-warmth / 2 + tint / 3))
    light = sum(weight * gain for weight, gain in zip(_WEIGHTS, gains, strict=True))
    red, green, blue = (gain / light for gain in gains)
    return red, green, blue


def automatic_exposure(image: Tensor) -> float:
    """Return the stops by which a photo ``(C, H, W)``, float sRGB, is brightened until a thousandth of it is white."""
    values = image.amax(0).flatten()
    values = values[:: max(1, values.numel() // _SAMPLE)].sort().values
    bright = _linear(values[round(_BRIGHT * (len(values) - 1))].clamp(min=1e-4))
    return float(torch.log2(1.0 / bright).clamp(-_MOST_STOPS, _MOST_STOPS))


def developed(images: Tensor, gains: tuple[float, float, float], stops: float, highlights: float) -> Tensor:
    """Return photos ``(..., C, H, W)``, float sRGB, whose light is balanced, brightened and rolled off.

    Parameters
    ----------
    gains : tuple of float
        Of red, green and blue; a grey photo has none.
    stops : float
        By how many factors of two the light is brightened.
    highlights : float
        From 0 to 1: from 1 − highlights / 2 on, light approaches white along a hyperbola whose slope begins with 1, so
        that what was brighter than white keeps its differences. 0 leaves it there.
    """
    light = _linear(images) * 2.0**stops
    if images.shape[-3] == 3:
        light = light * light.new_tensor(gains).view(3, 1, 1)
    if highlights > 0:
        knee = 1.0 - highlights / 2
        over = (light - knee).clamp(min=0.0)
        light = torch.where(light > knee, knee + (1.0 - knee) * over / (over + (1.0 - knee)), light)
    return _encoded(light)


def _linear(values: Tensor) -> Tensor:
    size = values.abs()
    curve = ((size.clamp(min=_KNEE_ENCODED) + 0.055) / 1.055) ** 2.4
    return values.sign() * torch.where(size <= _KNEE_ENCODED, size / 12.92, curve)


def _encoded(light: Tensor) -> Tensor:
    size = light.abs()
    curve = 1.055 * size.clamp(min=_KNEE_LINEAR) ** (1 / 2.4) - 0.055
    return light.sign() * torch.where(size <= _KNEE_LINEAR, size * 12.92, curve)
