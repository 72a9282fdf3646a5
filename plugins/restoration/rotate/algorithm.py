"""Turns and flips move pixels; a tilt reads the photo at x' = R(-angle) · x by cubic convolution.

Both are about the middle of the photo. What a tilt makes is kept within the values that were there: the cubic's
overshoot beside edges would be a halo.
"""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.limits import held_within
from desktop_app.numerics.tilting import tilted
from plugins.restoration.rotate.descriptor import RotateParams, frame

_QUARTERS = {"none": 0, "right": -1, "half": 2, "left": 1}
_SWAPPED = {"none": [], "left-right": [-1], "top-bottom": [-2]}


def run(images: Tensor, params: RotateParams, run: Run) -> Result:
    """Turn, flip, then tilt.

    Photos are ``(N, C, H, W)`` float32.
    """
    run.check()
    size = frame(params, (images.shape[-2], images.shape[-1]))
    turned = torch.rot90(images, _QUARTERS[params.turn], (-2, -1)).flip(_SWAPPED[params.flip]).contiguous()
    if params.angle == 0.0:
        return Result(image=turned)
    made = [_tilted(image, params, size, run) for image in turned]
    return Result(image=torch.stack(made))


def _tilted(image: Tensor, params: RotateParams, size: tuple[int, int], run: Run) -> Tensor:
    outside = {"black": 0.0, "white": 1.0}.get(params.corners)
    values, cover = tilted(image, params.angle, size, check=run.check)
    values = held_within(values, image)
    return values if outside is None else values * cover + outside * (1.0 - cover)
