"""Rain: y = x + r with a layer r of bright streaks, near and far."""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.blurring import blurred
from desktop_app.numerics.filters import gaussian_blur
from desktop_app.numerics.kernels import motion_kernel
from plugins.degradation.rain.descriptor import RainParams

_LAYERS = ((1.0, 1.0, 0.3), (0.5, 0.5, 0.7))  # near and far: length, light, share of the streaks
_DRIFT = 3.0  # degrees by which the far rain leans otherwise


def run(images: Tensor, params: RainParams, run: Run) -> Result:
    """Let it rain on photos.

    Photos are ``(N, C, H, W)`` float32. The run's seeds decide where they are.
    """
    if params.amount == 0 or params.brightness == 0:
        run.check()
        return Result(image=images.clone())
    return Result(image=images + torch.stack([_streaks(images, params, one, run) for one in run.generators()]))


def _streaks(images: Tensor, params: RainParams, generator: torch.Generator, run: Run) -> Tensor:
    """Return the layer of rain ``(1, H, W)``, at most as bright as asked for."""
    layer = images.new_zeros(1, 1, *images.shape[-2:])
    for index, (length, light, share) in enumerate(_LAYERS):
        run.check()
        chance = params.amount / 1000.0 * share
        drops = torch.rand(layer.shape, generator=generator).to(images.device)
        lit = (1.0 - drops / chance).clamp_(min=0.0).sqrt_()  # as many dim drops as bright ones, none of no light
        kernel = motion_kernel(max(1.0, length * params.length), 90.0 - params.slant + _DRIFT * index)
        layer = layer + blurred(lit, kernel / kernel.max(), run.check) * light
    run.check()
    thick = gaussian_blur(layer, params.width)[0]
    return thick.clamp_(0.0, 1.0) * (params.brightness / 255.0)
