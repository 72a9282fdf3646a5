"""How far every pixel lies from a region."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["distance_to"]

_FIRST_GUESS = 16  # pixels; doubled until nothing lies farther


def distance_to(region: Tensor, check: Callable[[], None], limit: float | None = None) -> Tensor:
    """Return each pixel's Euclidean distance to the nearest pixel of a region, in pixels.

    Exact: distances along the columns first, then for every row the nearest of what its neighbours know (the
    separable lower envelope of Felzenszwalb, Huttenlocher 2012, doi:10.4086/toc.2012.v008a019, by brute force within
    the distance that is needed).

    Parameters
    ----------
    region : Tensor
        ``(..., H, W)`` bool; distances are 0 on it.
    check : callable
        Called often; may raise to stop.
    limit : float, optional
        Larger distances are not told apart: they all become this.

    Returns
    -------
    Tensor
        ``(..., H, W)`` float32. Without a single pixel of the region the limit, or the photo's diagonal.

    Examples
    --------
    >>> distance_to(torch.tensor([[True, False, False]]), lambda: None).tolist()
    [[0.0, 1.0, 2.0]]
    """
    height, width = region.shape[-2:]
    most = limit if limit is not None else float(height**2 + width**2) ** 0.5
    along = _along_columns(region, most).square()
    reach = min(_FIRST_GUESS, width - 1)
    while True:
        nearest = _across(along, reach, check)
        if reach >= min(width - 1, most) or float(nearest.max()) <= reach**2:
            return nearest.sqrt_().clamp_(max=most)
        reach = min(2 * reach, width - 1)


def _along_columns(region: Tensor, most: float) -> Tensor:
    height = region.shape[-2]
    place = torch.arange(height, device=region.device)[:, None].expand(region.shape)
    last = torch.where(region, place, -2 * height).cummax(-2).values
    following = torch.where(region, place, 3 * height).flip(-2).cummin(-2).values.flip(-2)
    distance = torch.minimum(place - last, following - place).float()
    return torch.where(distance < height, distance, torch.full_like(distance, most))


def _across(squares: Tensor, reach: int, check: Callable[[], None]) -> Tensor:
    nearest = squares.clone()
    width = squares.shape[-1]
    for step in range(1, reach + 1):
        check()
        left, right = nearest[..., : width - step], nearest[..., step:]
        torch.minimum(left, squares[..., step:] + float(step**2), out=left)
        torch.minimum(right, squares[..., : width - step] + float(step**2), out=right)
    return nearest
