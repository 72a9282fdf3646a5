"""Haze: Koschmieder's model, I = J t + A (1 − t) with the transmission t = exp(−β d), on encoded values.

Published dehazing sets (RESIDE) are made on encoded values, and dehazing methods undo it there; light itself would want
linear values.
"""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from plugins.degradation.haze.descriptor import HazeParams


def run(images: Tensor, params: HazeParams, run: Run) -> Result:
    """Lay haze over photos; without a depth all of the photo is at distance 1.

    Photos are ``(N, C, H, W)`` float32. The run's input ``depth``, ``(N, 1, H, W)`` in [0, 1], if there is one.
    """
    run.check()
    depth = run.inputs["depth"][:, :1].clamp(min=0.0) if "depth" in run.inputs else images.new_ones(1, 1, 1, 1)
    transmission = torch.exp(-params.density * depth)
    light = _airlight(images, params)
    return Result(image=light + (images - light) * transmission)


def _airlight(images: Tensor, params: HazeParams) -> Tensor:
    tint = [0.0] if images.shape[1] == 1 else [params.warmth / 2.0, 0.0, -params.warmth / 2.0]
    return torch.tensor([(params.airlight + shift) / 255.0 for shift in tint]).to(images).view(1, -1, 1, 1)
