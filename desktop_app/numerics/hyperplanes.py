"""The nearest picture in [0, 1] on a hyperplane: where a classifier, if it were linear, would change its answer."""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.numerics.projections import Norm

__all__ = ["onto_plane"]

_TINY = 1e-20


def onto_plane(images: Tensor, normals: Tensor, rises: Tensor, norm: Norm) -> Tensor:
    """Return the least change ``(N, C, H, W)`` that makes a linear function rise, with pictures kept in [0, 1].

    Every value goes the same way for L∞, in proportion to its weight for L2, the heaviest first for L1, each until it
    is black or white (Croce, Hein 2020, arXiv:1907.02044, section 3.1; solved exactly by sorting). Where even all
    together cannot rise so far, all go as far as they can.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32 in [0, 1].
    normals : Tensor
        ``(N, C, H, W)``: the function's weights.
    rises : Tensor
        ``(N,)``: by how much it is to rise; below 0, to fall.
    norm : {"linf", "l2", "l1"}
        In which the change is to be small.

    Examples
    --------
    >>> onto_plane(torch.full((1, 1, 1, 2), 0.5), torch.tensor([[[[3.0, 4.0]]]]), torch.tensor([0.5]), "l2")
    tensor([[[[0.0600, 0.0800]]]])
    """
    values = images.flatten(1)
    weights = normals.flatten(1) * torch.where(rises < 0, -1.0, 1.0)[:, None]
    wanted, sizes = rises.abs()[:, None], weights.abs()
    room = torch.where(weights > 0, 1.0 - values, values).clamp_min(0.0) * (weights != 0)
    if norm == "l1":
        change = _heaviest_first(sizes, room, wanted)
    else:
        speed = torch.ones_like(sizes) if norm == "linf" else sizes
        change = torch.minimum(room, speed * _time(sizes * speed, room / speed.clamp_min(_TINY), wanted))
    return (change * weights.sign()).view_as(images)


def _time(gains: Tensor, ends: Tensor, wanted: Tensor) -> Tensor:
    """Return when ``(N, 1)`` sums of what grows at rates `gains` ``(N, D)``, each until its end, reach what is wanted.

    Between two ends the sum is a line; the one that is wanted lies in is found by sorting.
    """
    ends, order = ends.sort(dim=1)
    gains = gains.gather(1, order)
    done = (gains * ends).cumsum(1)
    rate = gains.flip(1).cumsum(1).flip(1)  # of all that have not come to their ends before
    reached = done - gains * ends + rate * ends  # the sum at each end
    place = (reached < wanted).sum(1, keepdim=True).clamp_max(gains.shape[1] - 1)
    before = (done - gains * ends).gather(1, place)
    time = (wanted - before) / rate.gather(1, place).clamp_min(_TINY)
    return torch.where(reached[:, -1:] < wanted, ends[:, -1:], time)


def _heaviest_first(sizes: Tensor, room: Tensor, wanted: Tensor) -> Tensor:
    sizes, order = sizes.sort(dim=1, descending=True)
    room = room.gather(1, order)
    rises = sizes * room
    missing = (wanted - (rises.cumsum(1) - rises)).clamp_min(0.0)
    change = torch.minimum(room, missing / sizes.clamp_min(_TINY))
    return torch.zeros_like(change).scatter(1, order, change)
