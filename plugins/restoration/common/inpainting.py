"""What methods that fill holes share: masks read and refused, holes taken one by one, a first smooth guess."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.api.errors import ParameterError
from desktop_app.api.results import Map, Result
from desktop_app.api.run import Run
from desktop_app.numerics.distances import distance_to
from desktop_app.numerics.strips import row_strips, rows_of

_LARGEST = 1 << 20  # pixels that are filled at once
_SEEN = 64  # pixels that a strip sees at least beyond its own
_RELAXATIONS = 8  # smoothing steps of a guess at each scale

Fill = Callable[[Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Hole:
    """One hole, or several that lie close together.

    Parameters
    ----------
    rows, columns : slice
        The part of the photo that is looked at: the hole with its surroundings.
    own : Tensor
        ``(h, w)`` bool within that part: the pixels of this hole, without those of other holes in view.
    """

    rows: slice
    columns: slice
    own: Tensor


def holes(mask: Tensor, margin: int, apart: int) -> Iterator[Hole]:
    """Yield the holes of a mask that can be filled independently of each other.

    Parameters
    ----------
    mask : Tensor
        ``(H, W)`` bool, true in the holes.
    margin : int
        How many pixels around a hole are looked at.
    apart : int
        Holes with at least twice this distance are taken apart; nearer ones may be taken together.
    """
    cells = F.max_pool2d(mask[None, None].float(), apart, ceil_mode=True)[0, 0] > 0
    labels = _labelled(cells)
    wide = labels.repeat_interleave(apart, 0).repeat_interleave(apart, 1)[: mask.shape[0], : mask.shape[1]]
    for label in sorted(set(labels[cells].tolist())):
        own = mask & (wide == label)
        rows, columns = (_span(own.any(1 - dim), margin) for dim in (0, 1))
        yield Hole(rows, columns, own[rows, columns])


def _labelled(cells: Tensor) -> Tensor:
    """Return a number for every connected group of cells, which is 0 outside; neighbours touch at corners, too."""
    labels = torch.where(cells, torch.arange(1.0, cells.numel() + 1.0, device=cells.device).view(cells.shape), 0.0)
    while True:
        grown = torch.where(cells, F.max_pool2d(labels[None, None], 3, 1, 1)[0, 0], labels)
        if grown.equal(labels):
            return labels
        labels = grown


def _span(line: Tensor, margin: int) -> slice:
    places = line.nonzero()
    return slice(max(int(places.min()) - margin, 0), min(int(places.max()) + 1 + margin, len(line)))


def inpainted(images: Tensor, run: Run, fill: Fill, *, margin: int, apart: int) -> Result:
    """Return photos whose holes are filled, and a map of how far each filled pixel lies from a known one.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)``; what the mask leaves out comes back exactly.
    run : Run
        Its input ``mask`` is white (above one half) in the holes.
    fill : callable
        Of a part of the photo ``(C, h, w)``, what is unknown in it ``(h, w)`` and the hole at hand ``(h, w)``; it
        returns the part, filled at least in the hole.
    margin, apart : int
        As in `holes`.

    Raises
    ------
    ParameterError
        If a mask leaves nothing to fill from.
    """
    masks = run.inputs["mask"].to(images.device).mean(1) > 0.5
    masks = masks.expand(len(images), -1, -1)
    filled = images.clone()
    distances = torch.zeros(masks.shape, device=images.device)
    for image, mask, distance in zip(filled, masks, distances, strict=True):
        run.check()
        if bool(mask.all()):
            raise ParameterError("expected a mask that leaves a part of the photo, got one that covers it; paint less")
        if bool(mask.any()):
            _fill_all(image, mask, distance, run, fill, margin, apart)
    guessed = Map(
        name="distance", values=distances, kind="uncertainty", unit="px",
        meaning="How far the pixel lies from the nearest one that was known: the farther, the freer the guess.",
    )
    return Result(image=filled, maps=[guessed])


def _fill_all(
    image: Tensor, mask: Tensor, distance: Tensor, run: Run, fill: Fill, margin: int, apart: int
) -> None:
    total, done = int(mask.sum()), 0
    for hole in holes(mask, max(margin, 1), apart):
        run.progress(done / total, "filling holes")
        part, unknown = image[:, hole.rows, hole.columns], mask[hole.rows, hole.columns]
        part[:, hole.own] = fill(part.clone(), unknown, hole.own)[:, hole.own]
        done += int(hole.own.sum())
    box = Hole(_span(mask.any(1), 1), _span(mask.any(0), 1), mask)
    distance[box.rows, box.columns] = distance_to(~mask[box.rows, box.columns], run.check)


def filled_in_strips(part: Tensor, unknown: Tensor, own: Tensor, fill: Fill, run: Run) -> Tensor:
    """Return a part of a photo whose hole is filled strip by strip where it is large, so that memory stays small.

    A strip sees twice as far beyond its own rows as the hole is deep: what lies farther hardly matters to a method
    that works from the rim inwards.

    Parameters
    ----------
    part : Tensor
        ``(C, h, w)``.
    unknown, own : Tensor
        As for `fill` of `inpainted`, which is called for every strip.
    fill : callable
        As for `inpainted`.
    run : Run
        Asked whether to stop.
    """
    height, width = own.shape
    if own.numel() <= _LARGEST:
        return fill(part, unknown, own)
    deep = float(distance_to(~own, run.check, float(height)).max())
    filled, seen = part.clone(), max(_SEEN, ceil(2.0 * deep))
    for strip in row_strips(height, rows_of(_LARGEST, width, seen), seen):
        if bool(own[strip.place].any()):
            solved = fill(part[:, strip.read].clone(), unknown[strip.read], own[strip.read])
            filled[:, strip.place] = solved[:, strip.core]
    return filled


def filled_smoothly(image: Tensor, unknown: Tensor, check: Callable[[], None]) -> Tensor:
    """Return a photo whose unknown pixels continue their surroundings smoothly: diffusion, from coarse to fine.

    Parameters
    ----------
    image : Tensor
        ``(C, H, W)``.
    unknown : Tensor
        ``(H, W)`` bool; with all unknown the photo comes back as it is.
    check : callable
        Called often; may raise to stop.
    """
    if bool(unknown.all()) or not bool(unknown.any()):
        return image.clone()
    known = (~unknown).to(image)
    if min(image.shape[1:]) == 1 or not bool(F.avg_pool2d(known[None], 2).eq(0).any()):
        start = _local_means(image, known)
    else:
        weight = F.avg_pool2d(known[None], 2, ceil_mode=True)[0]
        coarse = F.avg_pool2d((image * known)[None], 2, ceil_mode=True)[0] / weight.clamp(min=1e-9)
        smaller = filled_smoothly(coarse, weight == 0, check)
        start = F.interpolate(smaller[None], image.shape[1:], mode="bilinear", align_corners=False)[0]
    result = torch.where(unknown, start, image)
    for _ in range(_RELAXATIONS):
        check()
        padded = F.pad(result[None], (1, 1, 1, 1), mode="replicate")[0]
        mean = (padded[:, :-2, 1:-1] + padded[:, 2:, 1:-1] + padded[:, 1:-1, :-2] + padded[:, 1:-1, 2:]) / 4.0
        result = torch.where(unknown, mean, result)
    return result


def _local_means(image: Tensor, known: Tensor) -> Tensor:
    """Return the mean of the known pixels around each, in windows that grow until there is one."""
    reach, most = 1, max(image.shape[1:])
    while True:
        weight = _window_sum(known[None], reach)
        if bool((weight > 0.5).all()) or reach >= most:
            return _window_sum(image * known, reach) / weight.clamp(min=1e-9)
        reach *= 2


def _window_sum(planes: Tensor, reach: int) -> Tensor:
    size = 2 * reach + 1
    return F.avg_pool2d(planes[None], size, 1, reach, count_include_pad=True)[0] * size**2
