"""Salt-and-pepper noise: y is 0 or 1 with probability p, else x."""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from plugins.degradation.impulse_noise.descriptor import ImpulseNoiseParams


def run(images: Tensor, params: ImpulseNoiseParams, run: Run) -> Result:
    """Replace values of photos by black or white.

    Photos are ``(N, C, H, W)`` float32. The run's seeds decide which.
    """
    run.check()
    lost = params.amount / 100.0
    chance = run.rand(images[:, :1] if params.colour == "grey" else images)
    noisy = torch.where(chance < lost, torch.zeros_like(images), images)
    return Result(image=noisy.masked_fill_((chance < lost * params.salt / 100.0).expand_as(noisy), 1.0))
