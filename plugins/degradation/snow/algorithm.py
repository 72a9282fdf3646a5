"""Snow: a whitened scene with flakes added, y = (1 − w) x + w max(x, 1.5 l + 0.5) + s + s', with the scene's luma l.

The flakes s are noise, enlarged, cut off below a threshold, and blurred along their fall; s' is s turned by 180°.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.appearance import luminance
from desktop_app.numerics.blurring import blurred, streak_kernel
from desktop_app.numerics.noise_fields import uniform
from plugins.degradation.snow.descriptor import SnowParams

_SPREAD = 0.3  # standard deviation of the noise: the benchmark's at every severity
_FALL = (-135.0, -45.0)  # degrees between which a trail's direction is drawn


def run(images: Tensor, params: SnowParams, run: Run) -> Result:
    """Let it snow on photos.

    Photos are ``(N, C, H, W)`` float32. The run's seeds decide where flakes are, and which way they fall.
    """
    flakes = torch.stack([_flakes(images, params, generator, run) for generator in run.generators()])
    flakes = flakes + flakes.rot90(2, (2, 3))
    run.check()
    white = torch.maximum(images, luminance(images) * 1.5 + 0.5)
    return Result(image=torch.lerp(images, white, params.whitening / 100.0) + flakes)


def _flakes(images: Tensor, params: SnowParams, generator: torch.Generator, run: Run) -> Tensor:
    """Return the flakes ``(1, H, W)`` of one photo."""
    height, width = images.shape[-2:]
    coarse = [max(1, round(side / params.flake_size)) for side in (height, width)]
    noise = torch.randn((1, 1, *coarse), generator=generator) * _SPREAD + params.mean
    angle = float(uniform((1,), generator, *_FALL))
    run.check()
    layer = F.interpolate(noise.to(images.device), (height, width), mode="bilinear", align_corners=True)
    layer = torch.where(layer < params.threshold, torch.zeros_like(layer), layer.clamp(0.0, 1.0))
    return blurred(layer, streak_kernel(params.length, params.fade, angle), run.check)[0]
