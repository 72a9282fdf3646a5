"""Photon noise: y = Poisson(x·n) / n with n photons at white; its mean is x, its variance x / n."""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.noise_fields import poisson
from plugins.degradation.poisson_noise.descriptor import PoissonNoiseParams


def run(images: Tensor, params: PoissonNoiseParams, run: Run) -> Result:
    """Count the photons of photos ``(N, C, H, W)``; values above 1 are kept, negative ones have no photons.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32.
    params : PoissonNoiseParams
        Photons at white.
    run : Run
        Its seeds decide the counts.
    """
    counted = [
        poisson(image * params.photons, generator, run.check).div_(params.photons)
        for image, generator in zip(images, run.generators(), strict=True)
    ]
    return Result(image=torch.stack(counted))
