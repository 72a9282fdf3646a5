"""Restoration by a network: one pass, and as much of it as is wanted."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from desktop_app.api import InputMissingError, Result, Run
from plugins.restoration.model.descriptor import ModelParams


def run(images: Tensor, params: ModelParams, run: Run) -> Result:
    """Restore photos ``(N, C, H, W)`` with C 1 or 3, float32, nominally in [0, 1]; values outside are kept.

    Raises
    ------
    InputMissingError
        If the network fills holes, and no mask says where they are.
    """
    network = run.network(params.network)
    run.progress(0.0, "restoring")
    given = images
    if getattr(network, "takes_mask", False):
        if "mask" not in run.inputs:
            raise InputMissingError(f"expected a mask that is white where {params.network} is to fill the photo, got "
                                    "none; give it")
        given = torch.cat([images, run.inputs["mask"].to(images)], dim=1)
    restored = network(given)
    if params.strength == 100.0:
        return Result(image=restored)
    before = images
    if restored.shape != images.shape:
        before = interpolate(images, restored.shape[-2:], mode="bicubic", align_corners=False)
    return Result(image=before + (params.strength / 100.0) * (restored - before))
