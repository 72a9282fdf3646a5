"""Spatter: drops cut out of smoothed noise; water adds light, y = x + m c, mud covers, y = (1 − m) x + m c."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.distances import distance_to
from desktop_app.numerics.filters import box_mean, gaussian_blur
from plugins.degradation.spatter.descriptor import SpatterParams
from plugins.degradation.spatter.edges import canny

_COLOURS = {"water": (175, 238, 238), "mud": (63, 42, 20)}
_RIM = 20.0  # pixels from its outline, within which a drop's surface is curved
_EDGES = (50.0, 150.0)  # slopes from which an edge may go on, and begins
_RELIEF = ((-2.0, -1.0, 0.0), (-1.0, 1.0, 1.0), (0.0, 1.0, 2.0))  # light from one side
_SOFT, _SOLID = 1.5, 0.8  # of mud: spread of its edge in pixels, and the cover below which it is wiped off


def run(images: Tensor, params: SpatterParams, run: Run) -> Result:
    """Spatter photos.

    Photos are ``(N, C, H, W)`` float32. The run's seeds decide where the drops are.
    """
    cover = torch.stack([_cover(images, params, generator, run) for generator in run.generators()])
    colour = torch.tensor(_COLOURS[params.kind]).to(images).div_(255.0).view(1, 3, 1, 1)
    if images.shape[1] == 1:
        colour = colour.mean(1, keepdim=True)
    run.check()
    return Result(image=images + cover * colour if params.kind == "water" else torch.lerp(images, colour, cover))


def _cover(images: Tensor, params: SpatterParams, generator: torch.Generator, run: Run) -> Tensor:
    """Return m ``(1, H, W)`` of one photo, from 0 to its strength."""
    run.check()
    noise = torch.randn((1, 1, *images.shape[-2:]), generator=generator).to(images.device)
    liquid = gaussian_blur(noise * params.spread + params.mean, params.size)
    wet = liquid >= params.threshold
    run.check()
    if params.kind == "mud":
        mud = gaussian_blur(wet.float(), _SOFT)
        return torch.where(mud < _SOLID, torch.zeros_like(mud), mud)[0] * (params.strength / 100.0)
    levels = torch.where(wet, liquid * 255.0, torch.zeros_like(liquid)).clamp_(0.0, 255.0).floor_()
    shine = levels * _relief(levels, run)
    return (shine / shine.amax().clamp(min=1e-6))[0] * (params.strength / 100.0)


def _relief(levels: Tensor, run: Run) -> Tensor:
    """Return how brightly the drops' surfaces shine, as if they rose from their outlines: 0 to 255."""
    outline = canny(levels, *_EDGES, run.check)
    far = distance_to(outline, run.check, _RIM) if bool(outline.any()) else torch.full_like(levels, _RIM)
    height = box_mean(far.clamp(max=_RIM), 1).floor_()
    run.check()
    kernel = torch.tensor(_RELIEF).to(levels)[None, None]
    lit = F.conv2d(F.pad(_equalised(height), (1, 1, 1, 1), mode="replicate"), kernel)
    return box_mean(lit.clamp_(0.0, 255.0), 1)


def _equalised(heights: Tensor) -> Tensor:
    """Return whole numbers with their ranks in place of their sizes, from 0 to 255."""
    counts = torch.bincount(heights.long().flatten(), minlength=1).float()
    ranks = counts.cumsum(0)
    lowest = ranks[heights.long().min()]
    scale = 255.0 / (ranks[-1] - lowest).clamp(min=1.0)
    return ((ranks - lowest) * scale).clamp_(min=0.0)[heights.long()]
