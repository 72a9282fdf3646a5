"""Low light: y = (Poisson(n·2^EV·x) + e) / n in linear light, e ~ N(0, r²), with n electrons at white."""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.noise_fields import poisson
from plugins.degradation.common.samples import each_sample
from plugins.degradation.low_light.descriptor import LowLightParams


def run(images: Tensor, params: LowLightParams, run: Run) -> Result:
    """Expose photos in linear light again; read noise may fall below black, and is kept.

    Photos are ``(N, C, H, W)`` float32, linear. The run's seeds decide the noise.
    """
    scale = params.full_well * 2.0**params.exposure

    def exposed(image: Tensor, generator: torch.Generator) -> Tensor:
        return _expose(image * scale, params.read_noise, generator, run)

    return Result(image=each_sample(images, run, exposed).div_(params.full_well))


def _expose(electrons: Tensor, read_noise: float, generator: torch.Generator, run: Run) -> Tensor:
    counted = poisson(electrons, generator, run.check)
    run.check()
    noise = torch.randn(electrons.shape, generator=generator).to(electrons.device)
    return counted.add_(noise, alpha=read_noise)
