"""Brightness: V + c in hue, saturation and value, where V is the largest channel."""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from plugins.degradation.brightness.descriptor import BrightnessParams


def run(images: Tensor, params: BrightnessParams, run: Run) -> Result:
    """Shift the value of photos; hue and saturation stay.

    A new value with the old hue and saturation is every channel times the same factor. The value stops at black and at
    white, but a photo that was brighter than white already is not made darker; black has no hue and turns grey.

    Photos are ``(N, C, H, W)`` float32.
    """
    run.check()
    if params.shift == 0:
        return Result(image=images.clone())
    value = images.amax(1, keepdim=True)
    target = (value + params.shift / 255.0).clamp_(min=0.0)
    target = torch.minimum(target, value.clamp(min=1.0)) if params.shift > 0 else torch.minimum(target, value)
    is_coloured = value > 0.0
    factor = target / torch.where(is_coloured, value, torch.ones_like(value))
    return Result(image=torch.where(is_coloured, images * factor, target.expand_as(images)))
