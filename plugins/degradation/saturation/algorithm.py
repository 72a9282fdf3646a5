"""Saturation: a·S + b in hue, saturation and value."""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from plugins.degradation.saturation.descriptor import SaturationParams

_GREYEST = 1e-6  # what differs less has no hue


def run(images: Tensor, params: SaturationParams, run: Run) -> Result:
    """Change the saturation of photos; hue and value stay. Grey photos stay as they are.

    With value V and saturation S each channel is ``V (1 - S d)``, where d says how far it lies below V, from 0 to 1:
    a new saturation leaves V and d alone. What is grey has the hue of red, as in the benchmark.

    Photos are ``(N, C, H, W)`` float32.
    """
    run.check()
    if images.shape[1] == 1 or (params.factor, params.shift) == (1.0, 0.0):
        return Result(image=images.clone())
    value = images.amax(1, keepdim=True)
    span = value - images.amin(1, keepdim=True)
    is_coloured = span > _GREYEST
    depth = torch.where(is_coloured, (value - images) / span.clamp(min=_GREYEST), _red(images))
    saturation = span / value.clamp(min=_GREYEST)
    wanted = (saturation * params.factor + params.shift / 100.0).clamp_(0.0, 1.0)
    changed = value * (1.0 - wanted * depth)
    return Result(image=torch.where(value > _GREYEST, changed, images))


def _red(images: Tensor) -> Tensor:
    return torch.tensor([0.0, 1.0, 1.0], dtype=images.dtype, device=images.device).view(1, 3, 1, 1)
