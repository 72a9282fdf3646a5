"""Camera shake as it may happen: smooth random paths of the hand, the kernels that they draw, and shaken photos.

A path is how far the picture has moved at each of T moments of the exposure. Everywhere the same it makes one kernel;
with a roll of the camera it makes another in every corner.
"""

from __future__ import annotations

from math import ceil

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.numerics.kernels import normalised

__all__ = ["averaged", "displaced", "path_kernel", "random_path"]

_MOMENTS = 64  # at which the Gaussian process is drawn; between them the hand is still smoother
_JITTER = 1e-5  # on the covariance's diagonal, for its square root to exist
_SHORTEST, _LONGEST = 0.12, 0.6  # of the exposure, over which the hand remembers where it was going


def random_path(extent: float, generator: torch.Generator, dimensions: int = 2) -> Tensor:
    """Return a smooth random path, ``(T, 2)`` or of so many dimensions, in pixels, its mean at zero.

    Each coordinate is a Gaussian process of the time with a squared exponential covariance, whose length is drawn:
    short ones turn often, long ones are nearly straight.

    Parameters
    ----------
    extent : float
        The larger of the first two coordinates' ranges, in pixels.
    generator : torch.Generator
        Where chance comes from.
    dimensions : int
        Two for a shift, more for what goes with it on the same scale.

    References
    ----------
    Schuler, Hirsch, Harmeling, Schölkopf 2016, Learning to deblur, section 4, arXiv:1406.7444
    """
    memory = _SHORTEST + (_LONGEST - _SHORTEST) * float(torch.rand((), generator=generator))
    times = torch.linspace(0.0, 1.0, _MOMENTS, dtype=torch.float64)
    covariance = (-0.5 * ((times[:, None] - times) / memory).square()).exp()
    covariance.diagonal().add_(_JITTER)
    drawn = torch.randn(_MOMENTS, dimensions, dtype=torch.float64, generator=generator)
    path: Tensor = torch.linalg.cholesky(covariance) @ drawn
    spans = path[:, :2].amax(0) - path[:, :2].amin(0)
    path = (path - path.mean(0)) * (extent / spans.max().clamp_min(1e-9))
    return path.float()


def _refined(path: Tensor, count: int) -> Tensor:
    """Return a path of `count` moments, evenly spread over the exposure, linear in between."""
    return F.interpolate(path.T[None], count, mode="linear", align_corners=True)[0].T


def path_kernel(path: Tensor) -> Tensor:
    """Return the kernel ``(k, k)`` float32 that a path ``(T, 2)``, to the right and down in pixels, draws.

    Each moment's light falls on the four pixels around its place, by its nearness to them.
    """
    reach = ceil(float(path.abs().max())) + 1
    places = _refined(path, max(_MOMENTS, 16 * reach)) + reach
    low = places.floor()
    share, side = places - low, 2 * reach + 1
    kernel = path.new_zeros(side * side)
    for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)):
        weight = (share[:, 0] if right else 1 - share[:, 0]) * (share[:, 1] if down else 1 - share[:, 1])
        kernel.index_add_(0, ((low[:, 1] + down) * side + low[:, 0] + right).long(), weight)
    return normalised(kernel.view(side, side))


def displaced(path: Tensor, roll: Tensor, centre: tuple[float, float], size: tuple[int, int]) -> Tensor:
    """Return how far each pixel is moved at each moment, ``(T, H, W, 2)`` to the right and down, in pixels.

    Parameters
    ----------
    path : Tensor
        ``(T, 2)``, the shift to the right and down.
    roll : Tensor
        ``(T,)``, by how many radians the picture is turned about the centre.
    centre : tuple of float
        Row and column about which it turns; it may lie outside the picture.
    size : tuple of int
        Height and width.
    """
    rows = torch.arange(size[0], dtype=torch.float32)[:, None] - centre[0]
    columns = torch.arange(size[1], dtype=torch.float32) - centre[1]
    cosine, sine = roll.cos()[:, None, None], roll.sin()[:, None, None]
    right = (cosine - 1) * columns - sine * rows + path[:, 0, None, None]
    down = sine * columns + (cosine - 1) * rows + path[:, 1, None, None]
    return torch.stack([right, down], dim=-1)


def averaged(image: Tensor, displacements: Tensor) -> Tensor:
    """Return a photo as it comes out of an exposure in which every pixel moved.

    Parameters
    ----------
    image : Tensor
        ``(1, C, H, W)`` float32; what comes in over its border is mirrored.
    displacements : Tensor
        ``(T, H, W, 2)`` to the right and down, in pixels: light that was at p arrives at p plus its displacement,
        where displacements change slowly over the photo.
    """
    height, width = image.shape[-2:]
    rows = torch.arange(height, dtype=torch.float32)[:, None].expand(height, width)
    columns = torch.arange(width, dtype=torch.float32).expand(height, width)
    scale = image.new_tensor([2.0 / width, 2.0 / height])
    at = torch.stack([columns, rows], dim=-1) + 0.5
    total = torch.zeros_like(image)
    for moved in displacements:
        grid = (at - moved) * scale - 1.0
        total += F.grid_sample(image, grid[None], "bilinear", "reflection", align_corners=False)
    return total / len(displacements)
