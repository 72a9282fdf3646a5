"""Iterative back-projection: what the result lacks when made small again is enlarged and added.

Inverts ``y = D·M ⊗ x``, where D·M is bicubic shrinking, as in `degrade.downsample`; noise is taken for the photo.
"""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.resize import downsample_bicubic, upsample_bicubic
from plugins.restoration.back_projection.descriptor import BackProjectionParams


def run(images: Tensor, params: BackProjectionParams, run: Run) -> Result:
    """Enlarge photos, the channels one by one.

    Photos are ``(N, C, H, W)`` float32; overshoot beside edges is kept.
    """
    planes = images.flatten(0, 1)
    enlarged = torch.stack([_enlarge(plane, params, run, index / len(planes)) for index, plane in enumerate(planes)])
    return Result(image=enlarged.view(*images.shape[:2], *enlarged.shape[-2:]))


def _enlarge(plane: Tensor, params: BackProjectionParams, run: Run, done: float) -> Tensor:
    run.progress(done)
    larger = upsample_bicubic(plane, params.scale, run.check)
    for _ in range(params.iterations):
        run.check()
        missing = plane - downsample_bicubic(larger, params.scale)
        larger = larger + upsample_bicubic(missing, params.scale, run.check)  # Irani and Peleg 1991, eq. 2
    return larger
