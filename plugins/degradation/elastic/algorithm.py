"""Elastic distortion: y(p) = x(A (p + d(p))) with a random affine map A and smoothed random displacements d.

The benchmark applies A and d one after the other; here the photo is interpolated once, and stays sharper.
"""

from __future__ import annotations

from functools import partial
from math import ceil

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.borders import pad_mirrored
from desktop_app.numerics.filters import enlarged_rows, gaussian_blur
from desktop_app.numerics.noise_fields import uniform
from desktop_app.numerics.strips import row_strips, rows_of
from plugins.degradation.common.samples import each_sample
from plugins.degradation.elastic.descriptor import ElasticParams

_STRIP = 1 << 18
_SMALL = 4.0  # standard deviation in pixels to which a wide Gaussian is reduced: enough to interpolate from


def run(images: Tensor, params: ElasticParams, run: Run) -> Result:
    """Bend photos; beyond the border they are mirrored.

    Photos are ``(N, C, H, W)`` float32. The run's seeds decide both.
    """
    return Result(image=each_sample(images, run, partial(_bent, params=params, run=run)))


def _bent(image: Tensor, generator: torch.Generator, params: ElasticParams, run: Run) -> Tensor:
    height, width = image.shape[1:]
    matrix = _affine(height, width, params.shear, generator).to(image)
    factor = max(1, int(params.smoothness / _SMALL))
    run.check()
    field = _displacements(height, width, factor, params, generator).to(image)
    bent = torch.empty_like(image)
    for strip in row_strips(height, rows_of(_STRIP, width)):
        run.progress(strip.place.start / height)
        moved = enlarged_rows(field, factor, strip.rows, width)[0]
        moved[0] += torch.arange(width, device=image.device)
        moved[1] += torch.arange(strip.rows.start, strip.rows.stop, device=image.device)[:, None]
        places = torch.einsum("ij,jhw->hwi", matrix[:, :2], moved) + matrix[:, 2]
        ends = places.new_tensor([max(width - 1, 1), max(height - 1, 1)])
        grid = places / ends * 2.0 - 1.0
        bent[:, strip.place] = F.grid_sample(image[None], grid[None], padding_mode="reflection", align_corners=True)[0]
    return bent


def _displacements(height: int, width: int, factor: int, params: ElasticParams, generator: torch.Generator) -> Tensor:
    """Return displacements ``(1, 2, h, w)`` to the right and below, of a photo that is `factor` times smaller.

    A mean of f² uniform numbers has 1/f of their deviation, and a Gaussian that is f times narrower.
    """
    rows, columns = -(-height // factor), -(-width // factor)
    white = uniform((1, 2, rows, columns), generator, -1.0, 1.0) / factor
    spread = params.smoothness / factor
    far = ceil(4.0 * spread)
    smooth = gaussian_blur(pad_mirrored(white, far, far, far, far), spread)
    return smooth[..., far : far + rows, far : far + columns] * params.strength


def _affine(height: int, width: int, shear: float, generator: torch.Generator) -> Tensor:
    """Return the map ``(2, 3)`` from places of the result to those of the photo, as (x, y)."""
    side = min(height, width) // 3
    moves = uniform((3, 2), generator, -shear, shear).double()
    if side == 0:
        return torch.eye(2, 3, dtype=torch.float64)
    middle = torch.tensor([width // 2, height // 2], dtype=torch.float64)
    corners = middle + side * torch.tensor([[1, 1], [1, -1], [-1, -1]], dtype=torch.float64)
    moved = torch.cat([corners + moves, torch.ones(3, 1, dtype=torch.float64)], 1)
    solution: Tensor = torch.linalg.lstsq(moved, corners).solution
    return solution.T
