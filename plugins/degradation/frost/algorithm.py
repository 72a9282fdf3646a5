"""Frost: y = a x + b f with a layer f of ice, from 0 to 1.

The benchmark lays a random part of one of five photos of frost over the picture. Here the ice is drawn: needles that
grow from random points along the six directions of its lattice, on a crust that is denser in patches. Its light and
its contrast are those of the benchmark's photos, measured on parts of 224 × 224 pixels: their means lie between 0.44
and 0.81 of white, 0.64 in the middle, with a standard deviation of 0.09 inside each. A figure found with it is near
ImageNet-C's, but not ImageNet-C's own: the ice is another, and the report says so.
"""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.blurring import blurred, streak_kernel
from desktop_app.numerics.noise_fields import plasma, uniform
from plugins.degradation.frost.descriptor import FrostParams

_DIRECTIONS = 6
_TINT = (0.89, 1.02, 1.09)  # ice scatters blue more
_LIGHT = (0.46, 0.82)  # of the frozen window, from photo to photo
_CONTRAST = 0.33
_CAVEAT = "ImageNet-C lays photos of frost over the picture; this ice is drawn, as bright and as rough as they are"


def run(images: Tensor, params: FrostParams, run: Run) -> Result:
    """Look at photos through ice.

    Photos are ``(N, C, H, W)`` float32. The run's seeds decide the ice.
    """
    ice = torch.stack([_layer(images, params, generator, run) for generator in run.generators()])
    tint = torch.tensor(_TINT if images.shape[1] == 3 else [1.0]).to(images).view(1, -1, 1, 1)
    run.check()
    layer = (ice * tint).clamp_(0.0, 1.0)
    made = images * (params.photo / 100.0) + layer * (params.frost / 100.0)
    return Result(image=made, reports=[{"caveats": [_CAVEAT]} for _ in images])


def _layer(images: Tensor, params: FrostParams, generator: torch.Generator, run: Run) -> Tensor:
    """Return the frozen window ``(1, H, W)``: ice on glass that is lit from behind."""
    light = float(uniform((1,), generator, *_LIGHT))
    ice = _ice(images, params, generator, run)
    return light + _CONTRAST * (ice - ice.mean())


def _ice(images: Tensor, params: FrostParams, generator: torch.Generator, run: Run) -> Tensor:
    """Return the layer of ice ``(1, H, W)``, from 0 to 1."""
    height, width = images.shape[-2:]
    crust = plasma(height, width, generator, decay=2.2).to(images.device)
    grain = plasma(height, width, generator, decay=1.35).to(images.device)
    density = ((crust - 0.25) / 0.5).clamp_(0.0, 1.0)
    needles = _needles(density, params.crystal, generator, run)
    ridges = (1.0 - (2.0 * grain - 1.0).abs() * 3.0).clamp_(min=0.0)
    ice = density * (0.25 + 0.3 * grain) + 0.8 * needles + 0.35 * ridges * density
    return ice.clamp_(0.0, 1.0)[0]


def _needles(density: Tensor, length: float, generator: torch.Generator, run: Run) -> Tensor:
    """Return needles of all directions, the more the denser; the lattice is turned at random."""
    turn = float(uniform((1,), generator, 0.0, 360.0 / _DIRECTIONS))
    needles = torch.zeros_like(density)
    for index in range(_DIRECTIONS):
        run.check()
        drawn = torch.rand(density.shape, generator=generator).to(density.device)
        chance = density * (1.5 / length) * 0.25
        seeds = torch.where(drawn < chance, 0.4 + 0.6 * drawn / chance.clamp(min=1e-9), torch.zeros_like(drawn))
        kernel = streak_kernel(length, length / 2.0, turn + index * 360.0 / _DIRECTIONS)
        needles = torch.maximum(needles, blurred(seeds, kernel / kernel.max(), run.check))
    return needles.clamp_(0.0, 1.0)
