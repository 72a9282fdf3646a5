"""Fog: y = (x + c p) m / (m + c) with a cloud p from 0 to 1, and the photo's highest value m."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.noise_fields import plasma
from plugins.degradation.common.samples import each_sample
from plugins.degradation.fog.descriptor import FogParams

_DARKEST = 1e-3  # a photo without light has no highest value to keep


def run(images: Tensor, params: FogParams, run: Run) -> Result:
    """Lay fog over photos, drawn by midpoint displacement.

    Photos are ``(N, C, H, W)`` float32. The run's seeds decide the cloud; each of its octaves is moved by
    ``1 / softness²`` of the one before.
    """
    if params.thickness == 0:
        run.check()
        return Result(image=images.clone())
    return Result(image=each_sample(images, run, partial(_fogged, params=params, run=run)))


def _fogged(image: Tensor, generator: torch.Generator, params: FogParams, run: Run) -> Tensor:
    run.check()
    cloud = plasma(image.shape[1], image.shape[2], generator, decay=params.softness**2)[0].to(image.device)
    run.check()
    highest = float(image.amax().clamp(min=_DARKEST))
    return (image + params.thickness * cloud) * (highest / (highest + params.thickness))
