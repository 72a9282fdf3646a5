"""Photon noise: y = Poisson(x·n) / n with n photons at white; its mean is x, its variance x / n."""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.noise_fields import poisson
from plugins.degradation.common.samples import each_sample
from plugins.degradation.poisson_noise.descriptor import PoissonNoiseParams


def run(images: Tensor, params: PoissonNoiseParams, run: Run) -> Result:
    """Count the photons of photos; values above 1 are kept, negative ones have no photons.

    Photos are ``(N, C, H, W)`` float32. The run's seeds decide the counts.
    """

    def counted(image: Tensor, generator: torch.Generator) -> Tensor:
        return poisson(image * params.photons, generator, run.check).div_(params.photons)

    return Result(image=each_sample(images, run, counted))
