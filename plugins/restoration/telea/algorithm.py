"""Inpainting from the rim: pixels are filled in the order of their distance T from what is known (Telea 2004).

The forward model is y = m·x: pixels are lost where the mask m is 0. Telea marches pixel by pixel; here distances are
known beforehand, and pixels of nearly the same distance, which hardly see each other, are filled at once. The gradient
that carries a neighbour's value on is trusted less the deeper the pixel lies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.distances import distance_to
from plugins.restoration.common.inpainting import filled_in_strips, inpainted
from plugins.restoration.telea.descriptor import TeleaParams

_LAYER = 0.5  # pixels of distance that are filled at once
_BATCH = 1 << 18  # neighbours that are held in memory at a time
_TRUSTED = 1.5  # distance in pixels at which a gradient counts for half: carried on in full, it runs away in wide holes
_LEAST = 1e-6  # weight of a neighbour beside the way in


def run(images: Tensor, params: TeleaParams, run: Run) -> Result:
    """Fill the holes of photos; all other pixels stay exactly as they are.

    Photos are ``(N, C, H, W)`` float32. The run's input ``mask`` is white where the photo is to be filled.
    """

    def march(part: Tensor, unknown: Tensor, own: Tensor) -> Tensor:
        return _march(part, unknown, own, params.radius, run)

    def fill(part: Tensor, unknown: Tensor, own: Tensor) -> Tensor:
        return filled_in_strips(part, unknown, own, march, run)

    margin = params.radius + 2
    return inpainted(images, run, fill, margin=margin, apart=max(32, margin))


@dataclass(frozen=True)
class _Front:
    """What is known so far, in a frame that is wide enough for every neighbour to lie in it."""

    image: Tensor  # (C, h, w)
    known: Tensor  # (h, w) float, 1 where there is a value
    distance: Tensor  # (h, w), T: negative in what was known from the beginning

    def around(self, places: Tensor, reach: int) -> tuple[_Front, Tensor]:
        """Return the part around places ``(P, 2)``, as views, and the places in it."""
        first = places.amin(0) - reach
        (top, left), (bottom, right) = first.tolist(), (places.amax(0) + reach + 1).tolist()
        area = (..., slice(top, bottom), slice(left, right))
        return _Front(self.image[area], self.known[area], self.distance[area]), places - first


def _march(part: Tensor, unknown: Tensor, own: Tensor, radius: int, run: Run) -> Tensor:
    signed = distance_to(~unknown, run.check) - distance_to(unknown, run.check, float(radius + 2))
    pad = (radius + 1,) * 4
    front = _Front(F.pad(part, pad), F.pad((~unknown).float(), pad), F.pad(signed[None], pad, mode="replicate")[0])
    for layer in _layers(F.pad(own, pad), front.distance):
        near, places = front.around(layer, radius + 1)
        gradients = torch.stack(_differences(near.image, near.known))
        slope = torch.stack(_differences(near.distance[None], torch.ones_like(near.known)))[:, 0]
        values = [_gathered(near, gradients, slope, some, radius) for some in _batches(places, radius, run)]
        rows, columns = places.T
        near.image[:, rows, columns] = torch.cat(values, 1)
        near.known[rows, columns] = 1.0
    return front.image[:, pad[0] : -pad[0], pad[0] : -pad[0]]


def _layers(own: Tensor, distance: Tensor) -> Iterator[Tensor]:
    """Yield the pixels ``(P, 2)`` that are filled at once, the nearest to the rim first."""
    places = own.nonzero()
    layer = (distance[own] / _LAYER).ceil().long()
    places = places[layer.argsort(stable=True)]
    ends = torch.bincount(layer).cumsum(0).tolist()
    yield from (places[start:end] for start, end in pairwise(ends) if end > start)


def _batches(places: Tensor, radius: int, run: Run) -> Iterator[Tensor]:
    count = max(1, _BATCH // radius**2)
    for start in range(0, len(places), count):
        run.check()
        yield places[start : start + count]


def _gathered(front: _Front, gradients: Tensor, slope: Tensor, places: Tensor, radius: int) -> Tensor:
    """Return the values ``(C, P)`` of pixels, from their known neighbours: Telea 2004, eq. 2 and 3."""
    offsets = _disc(radius).to(places.device)
    rows, columns = (places[:, None, :] + offsets).unbind(2)
    toward = -offsets.to(front.image)  # from the neighbour q to the pixel p
    length = toward.square().sum(1).sqrt()
    inward = slope[:, places[:, 0], places[:, 1]]
    along = (toward[:, 1] * inward[0, :, None] + toward[:, 0] * inward[1, :, None]).abs() / length
    level = (front.distance[rows, columns] - front.distance[places[:, 0], places[:, 1], None]).abs()
    weights = front.known[rows, columns] * along.clamp(min=_LEAST) / length.square() / (1.0 + level)
    share = weights / weights.sum(1, keepdim=True).clamp(min=1e-12)
    values = front.image[:, rows, columns]
    steps = gradients[0][:, rows, columns] * toward[:, 1] + gradients[1][:, rows, columns] * toward[:, 0]
    trust = 1.0 / (1.0 + front.distance[places[:, 0], places[:, 1], None] / _TRUSTED)
    return ((values + trust * steps) * share).sum(2)


def _disc(radius: int) -> Tensor:
    """Return the offsets ``(K, 2)`` within a radius, as (row, column), without the middle."""
    line = torch.arange(-radius, radius + 1)
    offsets = torch.cartesian_prod(line, line)
    squares = offsets.square().sum(1)
    return offsets[(squares > 0) & (squares <= radius**2)]


def _differences(planes: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """Return horizontal and vertical gradients: central where both neighbours are known, else to the one that is."""
    return _difference(planes, known, 2), _difference(planes, known, 1)


def _difference(planes: Tensor, known: Tensor, dim: int) -> Tensor:
    pad = (0, 1) if dim == 2 else (0, 0, 0, 1)
    both = known.narrow(dim - 1, 1, known.shape[dim - 1] - 1) * known.narrow(dim - 1, 0, known.shape[dim - 1] - 1)
    ahead = F.pad(planes.diff(dim=dim) * both, pad)
    can = F.pad(both, pad)
    return (ahead + ahead.roll(1, dim)) / (can + can.roll(1, dim - 1)).clamp(min=1.0)
