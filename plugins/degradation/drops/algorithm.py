"""Drops on the lens: y = (1 − m) x + m r, with the share m that a drop hides and what it shows instead, r.

The model is that of Qian 2018, eq. 1. A drop is a lens of its own: behind its outline it shows a wide part of the scene
upside down, the wider the nearer to its rim, out of focus as the glass is that it lies on.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, pi

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.api import Map, Result, Run
from desktop_app.numerics.filters import gaussian_blur
from plugins.degradation.drops.descriptor import DropsParams

_LEAST, _MOST = 0.5, 2.0  # radii over the usual one, evenly in their logarithm
_MEAN_SQUARE = 1.35  # of such radii, as (4 − ¼) / (2 ln 4)
_WAVES = ((2, 0.12), (3, 0.08), (4, 0.05))  # an outline's waves: how many around, how high over the radius
_SAG = 1.15  # a drop is higher than wide
_RIM = 1.5  # how much wider than in its middle a drop sees at its rim
_SHADE = 0.25  # share of its light that is lost at the rim
_EDGE = 0.7  # pixels over which a drop in focus ends


def run(images: Tensor, params: DropsParams, run: Run) -> Result:
    """Lay drops on photos ``(N, C, H, W)`` float32; the run's seeds decide where they are.

    The map tells how much of each pixel drops hide.
    """
    made, covers = [], []
    for image, generator in zip(images, run.generators(), strict=True):
        run.check()
        drops = _drawn(image.shape[-2:], params, generator)
        wet, cover = image.clone(), torch.zeros_like(image[0])
        scene = _scene(image, params) if drops else image
        for index, drop in enumerate(drops):
            if index % 16 == 0:
                run.check()
            _lay(wet, cover, scene, drop, params)
        made.append(wet)
        covers.append(cover)
    return Result(image=torch.stack(made), maps=[_map(torch.stack(covers))])


@dataclass(frozen=True)
class _Drop:
    top: float
    left: float
    radius: float
    phases: tuple[float, ...]
    heights: tuple[float, ...]

    def outline(self, down: Tensor, right: Tensor) -> Tensor:
        """Return how far pixels lie from the middle, over the outline in their direction: 1 is on it."""
        angle = torch.atan2(down, right)
        wave = sum(
            height * share * torch.cos(count * angle + phase)
            for (count, height), share, phase in zip(_WAVES, self.heights, self.phases, strict=True)
        )
        return (right.square() + (down / _SAG).square()).sqrt() / (self.radius * (1.0 + wave))


def _drawn(size: torch.Size, params: DropsParams, generator: torch.Generator) -> list[_Drop]:
    """Return drops, as many as cover the share of the photo that is asked for; a small photo gets one at least."""
    if params.cover == 0:
        return []
    height, width = size
    area = pi * _SAG * _MEAN_SQUARE * params.size**2
    mean = torch.tensor(params.cover / 100.0 * height * width / area)
    count = max(1, int(torch.poisson(mean, generator=generator)))
    rows = torch.rand((count, 3 + 2 * len(_WAVES)), generator=generator).tolist()
    drops = []
    for down, right, large, *shape in rows:
        radius = params.size * _LEAST * (_MOST / _LEAST) ** large
        phases, heights = shape[: len(_WAVES)], shape[len(_WAVES) :]
        drops.append(_Drop(down * height, right * width, radius, tuple(2 * pi * p for p in phases), tuple(heights)))
    return drops


def _scene(image: Tensor, params: DropsParams) -> Tensor:
    """Return what drops show ``(1, C, H, W)``: blurred by the focus, and by as much as it is squeezed."""
    return gaussian_blur(image[None], (1.0 + params.bend) * max(params.blur, 0.5))


def _lay(wet: Tensor, cover: Tensor, scene: Tensor, drop: _Drop, params: DropsParams) -> None:
    """Lay one drop on a photo ``(C, H, W)`` and on the plane of what is hidden, in place."""
    height, width = cover.shape
    soft = max(params.blur, _EDGE)
    reach = 1.3 * drop.radius * _SAG + 2.0 * soft
    top, left = max(ceil(drop.top - reach), 0), max(ceil(drop.left - reach), 0)
    bottom, end = min(ceil(drop.top + reach), height), min(ceil(drop.left + reach), width)
    if top >= bottom or left >= end:
        return
    down = (torch.arange(top, bottom, device=wet.device) - drop.top)[:, None].to(wet)
    right = (torch.arange(left, end, device=wet.device) - drop.left)[None].to(wet)
    far = drop.outline(down, right)
    hidden = ((1.0 - far) * drop.radius / (2.0 * soft) + 0.5).clamp(0.0, 1.0)
    hidden = hidden * hidden * (3.0 - 2.0 * hidden) * (params.opacity / 100.0)
    bend = -params.bend * (1.0 + (_RIM - 1.0) * far.clamp(max=1.5).square())
    rows, columns = (drop.top + bend * down).expand_as(far), (drop.left + bend * right).expand_as(far)
    grid = torch.stack([(2.0 * columns + 1.0) / width - 1.0, (2.0 * rows + 1.0) / height - 1.0], dim=-1)
    shown = F.grid_sample(scene, grid[None], padding_mode="reflection", align_corners=False)[0]
    shown = shown * (1.0 - _SHADE * far.clamp(max=1.0) ** 4) + params.brightness / 255.0
    part = (slice(top, bottom), slice(left, end))
    wet[(slice(None), *part)] = torch.lerp(wet[(slice(None), *part)], shown, hidden)
    cover[part] = torch.maximum(cover[part], hidden)


def _map(cover: Tensor) -> Map:
    return Map(
        name="drops", values=cover, kind="estimate", unit="share", colormap="viridis",
        meaning="How much of the scene at a pixel a drop hides; 1 is all of it.",
    )
