"""How steep the edges of a photo are, direction by direction: a shake leaves those along its way steep, no others.

In a sharp photo a strong edge rises within two pixels, whichever way it runs. That needs no texture as a spectrum does:
a smooth car before a smooth road has edges, too. After Marziliano et al. 2002 (doi:10.1109/ICIP.2002.1038902), with the
slope instead of the width, and the worst direction instead of the mean.
"""

from __future__ import annotations

from math import pi

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.numerics.filters import gaussian_blur

__all__ = ["edge_steepness"]

_SMOOTHED = 0.7  # pixels, against grain
_REACH = 8  # pixels on either side of an edge in which it rises
_DIRECTIONS = 8
_SHARE = 0.1  # of the pixels, those with the largest slopes: where edges may be
_LEAST_SLOPE = 1.0 / 255.0
_LEAST_RISE = 20.0 / 255.0
_STRONG = 0.4  # of the rise of the photo's strongest edges: faint ones may be anything
_STEEPEST = 0.9  # quantile of a direction's edges: some of a sharp photo are out of focus
_ENOUGH = 50  # edges for a direction to count


def edge_steepness(plane: Tensor) -> float:
    """Return the share of their rise that edges make in one pixel, in the direction where it is least.

    About 0.5 in a sharp photo, 0.1 to 0.3 in one that is shaken or out of focus, 1 where there are too few edges.

    Parameters
    ----------
    plane : Tensor
        ``(H, W)`` float32, of a part of a photo up to about a megapixel.
    """
    if min(plane.shape) <= 2 * (_REACH + 1):
        return 1.0
    smooth = gaussian_blur(plane[None, None], _SMOOTHED)[0, 0]
    places, normals = _candidates(smooth)
    if len(places) < _ENOUGH:
        return 1.0
    profiles = _across(smooth, places, normals)
    steps, rises = profiles.diff(dim=1), profiles.amax(1) - profiles.amin(1)
    slopes = steps[:, _REACH - 1 : _REACH + 1].amax(1)
    is_edge = (slopes >= steps.abs().amax(1)) & (rises > max(_LEAST_RISE, _STRONG * float(rises.quantile(0.99))))
    angles = torch.atan2(normals[:, 0], normals[:, 1]) % pi
    sectors = (angles * (_DIRECTIONS / pi)).round().long() % _DIRECTIONS
    shares = [(slopes / rises)[is_edge & (sectors == sector)] for sector in range(_DIRECTIONS)]
    return min((float(share.quantile(_STEEPEST)) for share in shares if len(share) >= _ENOUGH), default=1.0)


def _candidates(smooth: Tensor) -> tuple[Tensor, Tensor]:
    """Return rows and columns of the largest slopes ``(n, 2)``, and which way is upwards there ``(n, 2)``."""
    rim = _REACH + 1
    down = (smooth[2:, 1:-1] - smooth[:-2, 1:-1])[rim - 1 : 1 - rim, rim - 1 : 1 - rim] / 2.0
    right = (smooth[1:-1, 2:] - smooth[1:-1, :-2])[rim - 1 : 1 - rim, rim - 1 : 1 - rim] / 2.0
    slope = torch.hypot(down, right)
    thinned = slope.flatten()[:: max(1, slope.numel() // 65536)]
    places = (slope > max(float(thinned.quantile(1.0 - _SHARE)), _LEAST_SLOPE)).nonzero()
    rows, columns = places.T
    normals = torch.stack((down[rows, columns], right[rows, columns]), 1) / slope[rows, columns, None]
    return places + rim, normals


def _across(smooth: Tensor, places: Tensor, normals: Tensor) -> Tensor:
    """Return how bright it is along a line across each edge ``(n, 2 reach + 1)``, a pixel from value to value."""
    along = torch.arange(-float(_REACH), _REACH + 1.0, device=smooth.device)
    points = places[:, None] + normals[:, None] * along[:, None]
    size = torch.tensor(smooth.shape, dtype=smooth.dtype, device=smooth.device)
    grid = (points / (size - 1.0) * 2.0 - 1.0).flip(-1)
    return F.grid_sample(smooth[None, None], grid[None], align_corners=True)[0, 0]
