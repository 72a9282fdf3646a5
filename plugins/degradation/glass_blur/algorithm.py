"""Frosted glass: pixels change places with random neighbours, between two Gaussian blurs.

The benchmark swaps one pixel after the other. Here pixels that lie two distances apart swap at once: their partners
cannot meet, and every pixel still has its turn in each pass.
"""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.filters import gaussian_blur
from plugins.degradation.glass_blur.descriptor import GlassBlurParams


def run(images: Tensor, params: GlassBlurParams, run: Run) -> Result:
    """Look at photos through frosted glass; a strip along the border keeps its pixels.

    Photos are ``(N, C, H, W)`` float32. The run's seeds decide who changes places.
    """
    run.check()
    soft = gaussian_blur(images, params.spread)
    mixed = torch.empty_like(images)
    for index, generator in enumerate(run.generators()):
        order = _shuffled(images.shape[2], images.shape[3], params, generator, run).to(images.device)
        mixed[index] = soft[index].flatten(1)[:, order].view(images.shape[1:])
    run.check()
    return Result(image=gaussian_blur(mixed, params.spread))


def _shuffled(height: int, width: int, params: GlassBlurParams, generator: torch.Generator, run: Run) -> Tensor:
    """Return where each pixel comes from, ``(H·W,)``."""
    far = params.distance
    order = torch.arange(height * width)
    turns = [(row, column) for row in reversed(range(2 * far)) for column in reversed(range(2 * far))]
    for done in range(params.passes):
        for row, column in turns:
            run.progress(done / params.passes)
            _swap(order, _lattice(row, height, far), _lattice(column, width, far), width, far, generator)
    return order


def _lattice(offset: int, size: int, far: int) -> Tensor:
    """Return every second `far` of the lines that have `far` others on both sides."""
    first = far + 1 + offset
    return torch.arange(first, max(first, size - far), 2 * far)


def _swap(order: Tensor, rows: Tensor, columns: Tensor, width: int, far: int, generator: torch.Generator) -> None:
    shape = (len(rows), len(columns))
    down, right = (torch.randint(-far, far, shape, generator=generator) for _ in range(2))
    here = rows[:, None] * width + columns
    there = (rows[:, None] + down) * width + columns + right
    order[here], order[there] = order[there], order[here]
