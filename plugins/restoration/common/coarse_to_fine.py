"""What the tools of the multiscale network share: its scales, one after the other, each in pieces."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.api import Result, Run
from plugins.restoration.common.learnt import doubt
from plugins.restoration.common.pieces import in_pieces
from plugins.restoration.common.unet import ALIGN, REACH

__all__ = ["SCALES", "sharpened_at_scales"]

SCALES = 3
"""Each half the size of the next."""


def sharpened_at_scales(images: Tensor, strength: float, run: Run, network: str) -> Result:
    """Sharpen photos by a network that takes each scale with what the coarser one found.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32 with C 1 or 3, nominally in [0, 1]; values outside are kept.
    strength : float
        In per cent of what the network changed.
    run : Run
        Of the tool that lists the network among its models.
    network : str
        The id of a network that maps a photo at one scale and its guide, ``(N, 2 C, H, W)``, to as many: mean and
        standard deviation of the error.
    """
    body, multiple = run.network(network), ALIGN << (SCALES - 1)
    height, width = images.shape[-2:]
    pyramid = [F.pad(images, (0, -width % multiple, 0, -height % multiple), "replicate")]
    for _ in range(SCALES - 1):
        pyramid.append(F.avg_pool2d(pyramid[-1], 2))
    areas, mean, deviation = [level[0, 0].numel() for level in pyramid], pyramid[-1], pyramid[-1]
    done = 0
    for level, area in zip(reversed(pyramid), reversed(areas), strict=True):
        guide = mean if mean is level else F.interpolate(mean, scale_factor=2, mode="bilinear", align_corners=False)
        run.progress(done / sum(areas), "sharpening")
        found = in_pieces(body, torch.cat([level, guide], dim=1), REACH, ALIGN, run.check)
        mean, deviation = found.chunk(2, dim=1)
        done += area
    mean, deviation = mean[..., :height, :width], deviation[..., :height, :width]
    return Result(image=images + (strength / 100.0) * (mean - images), maps=[doubt(deviation)])
