"""Frosted glass: every pixel is exchanged with a random neighbour, between two Gaussian blurs.

The benchmark's text has pixels change places. Its published code goes through the photo from the lower right, and lays
over each pixel a neighbour as it is by then, itself perhaps exchanged before: what was there is lost. Figures that are
called ImageNet-C come from that code, which `copy` does to the letter; it is a little stronger. In `swap`, pixels that
lie two distances apart change places at once: their partners cannot meet, and every pixel has its turn in each pass.
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
    exchanged = _swapped if params.exchange == "swap" else _copied
    for index, generator in enumerate(run.generators()):
        order = torch.arange(images.shape[2] * images.shape[3]).view(images.shape[2:])
        for done in range(params.passes):
            run.progress(done / params.passes)
            order = exchanged(order, params.distance, generator, run)
        source = order.flatten().to(images.device)
        mixed[index] = soft[index].flatten(1)[:, source].view(images.shape[1:])
    run.check()
    return Result(image=gaussian_blur(mixed, params.spread))


def _copied(order: Tensor, far: int, generator: torch.Generator, run: Run) -> Tensor:
    """Return where each pixel ``(H, W)`` comes from after one pass from the lower right.

    A pixel whose neighbour had its turn before takes what that one took: the way there is doubled until all are at
    pixels that had not had theirs.
    """
    height, width = order.shape
    rows, columns = (torch.arange(far + 1, max(far + 1, size - far + 1)) for size in (height, width))
    here = rows[:, None] * width + columns
    there = _neighbours(rows, columns, width, far, generator)
    count = height * width
    is_done = torch.zeros(count, dtype=torch.bool)
    is_done[here.flatten()] = True
    # Behind the pixels as they become stand those as they were, which lead to themselves.
    way = torch.arange(2 * count)
    way[:count] += count
    way[here] = torch.where(is_done[there] & (there > here), there, there + count)
    while True:
        run.check()
        further = way[way]
        if further.equal(way):
            return order.flatten()[way[:count] - count].view(order.shape)
        way = further


def _swapped(order: Tensor, far: int, generator: torch.Generator, run: Run) -> Tensor:
    """Return where each pixel ``(H, W)`` comes from after one pass of changing places."""
    width = order.shape[1]
    flat = order.flatten()
    for turn in reversed(range(4 * far * far)):
        run.check()
        row, column = divmod(turn, 2 * far)
        rows, columns = (
            torch.arange(far + 1 + offset, max(far + 1 + offset, size - far + 1), 2 * far)
            for offset, size in zip((row, column), order.shape, strict=True)
        )
        here = rows[:, None] * width + columns
        there = _neighbours(rows, columns, width, far, generator)
        flat[here], flat[there] = flat[there], flat[here]
    return flat.view(order.shape)


def _neighbours(rows: Tensor, columns: Tensor, width: int, far: int, generator: torch.Generator) -> Tensor:
    """Return a pixel up to `far` above and left of each of these, or fewer than `far` below and right of it."""
    shape = (len(rows), len(columns))
    down, right = (torch.randint(-far, far, shape, generator=generator) for _ in range(2))
    return (rows[:, None] + down) * width + columns + right
