"""Inpainting with patches: every patch of the filled photo is to look like one of the photo's known patches.

The forward model is y = m·x: pixels are lost where the mask m is 0. Wexler, Shechtman and Irani (2007) minimise the
distance of all patches over the hole to their nearest known ones by turns: find those (by PatchMatch, Barnes 2009),
then let them vote for the pixels under them; from coarse scales to fine ones, so that large structures come first.
The coarsest is begun twice, with what is laid on from the rim (Newson 2017) and with a smooth guess, which stays where
its patches fit clearly better: beside things that are much alike, the former may grow a piece of another one.
At the end patches vote for differences between neighbouring pixels, too, and the fill is the one that has these: then
colours meet at the rim, and between patches from places that are lit differently (Darabi 2012).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.distances import distance_to
from plugins.restoration.common.inpainting import filled_smoothly, inpainted
from plugins.restoration.patchmatch.descriptor import PatchMatchParams
from plugins.restoration.patchmatch.field import Field, Level, enlarged, make_level, nearest, table_of
from plugins.restoration.patchmatch.peel import peeled
from plugins.restoration.patchmatch.screened import differences, screened

_CONFIDENCE = 1.3  # per pixel of distance from the known by which votes weigh less: Wexler 2007, section 3.2
_SHALLOW = 1.5  # patches: no deeper is the hole at the coarsest scale
_DEEPEST = 150.0  # pixels beyond which they do so no more, and float32 still holds them
_TOLERANCES = {"mean": 10.0, "best": 0.0}  # distances, relative to a pixel's surest patch, at which votes weigh 1/e
_DEEP = 4.0  # the same where a hole is deeper than the coarsest patches: sharper
_EXACT = 0.05  # of the median distance: as good as none
_MEETING = 1e-3  # weight of colours against differences: they meet over thirty pixels, and traces at the rim stay there
_RIM = (0.03, 4.0)  # the same of known colours beside it: at least, and where half of what is left there is no grain
_CLEARLY = 0.8  # of the distance: a smooth start has less of it by itself, where there is nothing to repeat
_SMOOTH = 0.2  # share of the smooth guess in the fill: what was invented is half as wrong where it is a little calmer


def run(images: Tensor, params: PatchMatchParams, run: Run) -> Result:
    """Fill the holes of photos; all other pixels stay exactly as they are.

    Photos are ``(N, C, H, W)`` float32. The run's input ``mask`` is white where the photo is to be filled. A photo that
    has no patch which is wholly known near a hole has it filled smoothly.
    """

    def fill(part: Tensor, unknown: Tensor, own: Tensor) -> Tensor:
        return _filled(_Scale(part, unknown, own), params, run)

    return inpainted(images, run, fill, margin=params.search, apart=max(32, params.search // 2))


@dataclass(frozen=True)
class _Scale:
    """The photo ``(C, h, w)`` at one scale, what is unknown in it, and the hole at hand, ``(h, w)`` bool."""

    image: Tensor
    unknown: Tensor
    hole: Tensor

    def halved(self) -> _Scale:
        """Return the next coarser scale: what is known is averaged, what is less than half known is lost."""
        known = (~self.unknown).to(self.image)
        weight = F.avg_pool2d(known[None], 2, ceil_mode=True)
        image = F.avg_pool2d(self.image * known, 2, ceil_mode=True) / weight.clamp(min=1e-9)
        lost = weight[0] < 0.5
        hole = F.max_pool2d(self.hole[None].to(self.image), 2, ceil_mode=True)[0] > 0
        return _Scale(image, lost, hole & lost)


def _scales(scale: _Scale, size: int, run: Run) -> list[_Scale]:
    """Return the scales from the coarsest on, at which the hole is no deeper than a patch."""
    scales = [scale]
    while min(scale.hole.shape) >= 4 * size and float(distance_to(~scale.hole, run.check).max()) > _SHALLOW * size:
        scale = scale.halved()
        scales.insert(0, scale)
    return scales


def _filled(finest: _Scale, params: PatchMatchParams, run: Run) -> Tensor:
    task: _Task | None = None
    field: Field | None = None
    scales = _scales(finest, params.patch_size, run)
    tolerance = _TOLERANCES.get(params.votes, _TOLERANCES["mean"] if len(scales) == 1 else _DEEP)
    for scale in scales:
        smooth = filled_smoothly(scale.image, scale.unknown, run.check)
        finer = make_level(smooth, scale.unknown, scale.hole, params.patch_size)
        if finer is None:
            continue
        coarser = task
        task = _Task(finer, scale.hole, tolerance, run)
        if coarser is None or field is None:
            task, field = _begun(task, params.rounds, has_choice=scale is not finest)
            continue
        rounds = params.rounds if scale is not finest else -(-params.rounds // 2)
        task, field = _completed(task, enlarged(coarser.level, field, finer), rounds)
    if task is None or field is None:
        return smooth
    return task.level.image if params.votes == "best" else torch.lerp(_met(task, field), smooth, _SMOOTH)


@dataclass(frozen=True)
class _Task:
    """A scale to be filled, its hole ``(h, w)``, and how far a vote may be from the surest."""

    level: Level
    hole: Tensor
    tolerance: float
    run: Run

    def trust(self) -> Tensor:
        """Return how much each target's patch is believed, ``(P,)``: the deeper it lies, the less of it was known."""
        depth = distance_to(~self.hole, self.run.check).clamp_(max=_DEEPEST).flatten()[self.level.targets]
        return _CONFIDENCE**-depth


def _begun(task: _Task, rounds: int, *, has_choice: bool) -> tuple[_Task, Field]:
    """Return the coarsest scale completed, from whichever of two first guesses the patches fit better.

    What is laid on from the rim goes on with the structures there, but where much the same stands beside the hole it
    may grow into a piece of another such thing, which nothing then joins. The smooth guess has none of it.
    """
    laid_on = replace(task.level, image=peeled(task.level, task.hole, task.run.check))
    best = _completed(replace(task, level=laid_on), None, rounds)
    if has_choice:
        calm = _completed(task, None, rounds)
        if float(calm[1].costs.mean()) < _CLEARLY * float(best[1].costs.mean()):
            return calm
    return best


def _completed(task: _Task, field: Field | None, rounds: int) -> tuple[_Task, Field]:
    """Return the scale with its hole filled, and where its patches come from."""
    table, trust = table_of(task.level, task.run), task.trust()
    for turn in range(rounds + 1):
        if turn or field is None:
            field = nearest(task.level, table, field, task.run)
        image = task.level.image
        filled = torch.where(task.hole, _voted(image, field, trust, task, task.level.offsets), image)
        task = replace(task, level=replace(task.level, image=filled))
    assert field is not None  # there is at least one round
    return task, field


def _met(task: _Task, field: Field) -> Tensor:
    """Return the photo ``(C, H, W)`` with a fill that has the differences its patches have, so that colours meet."""
    image, trust = task.level.image, task.trust()
    reach = int(len(task.level.offsets) ** 0.5) // 2
    square = task.level.offsets.view(2 * reach + 1, -1)
    parts = (square, square[:, :-1], square[:-1])  # differences within a patch: beyond may be another thing
    colours, across, down = (
        _voted(planes, field, trust, task, part.flatten())
        for planes, part in zip((image, *differences(image)), parts, strict=True)
    )
    near = (F.max_pool2d(task.hole.to(image)[None], 2 * reach + 1, 1, reach)[0] > 0) & ~task.level.unknown
    rim = _structure((image - colours) * near)
    weights = torch.where(task.hole, _MEETING, near * max(_RIM[0], _RIM[1] * rim / (1.0 - rim)))
    met = screened(torch.where(task.hole, colours, image), (across, down), weights, task.run.check)
    return torch.where(task.hole, met, image)


def _structure(left: Tensor) -> float:
    """Return the share of what patches leave of known colours ``(C, H, W)``, 0 elsewhere, that is no grain.

    Grain of neighbours is unlike; it is the rim's own, and is not to spread into the fill.
    """
    shared = (left[:, 1:] * left[:, :-1]).sum() + (left[..., 1:] * left[..., :-1]).sum()
    return min(max(float(shared) / max(2.0 * float(left.square().sum()), 1e-30), 0.0), 0.9)


def _voted(planes: Tensor, field: Field, trust: Tensor, task: _Task, offsets: Tensor) -> Tensor:
    """Return planes ``(n, H, W)`` as the patches over each pixel say: those nearly as alike as the surest, on average.

    Wexler 2007, eq. 5, with the spread of the weights from the pixel's own surest patch. A patch speaks of its pixels
    at the offsets.
    """
    level = task.level
    size = int(len(level.offsets) ** 0.5)
    doubts = field.costs / trust + _EXACT * float(field.costs.median()) + torch.finfo(trust.dtype).tiny
    flat = planes.flatten(1)
    least = torch.full_like(flat[0], torch.inf).index_put_((level.targets,), doubts)
    least = -F.max_pool2d(-least.view(1, *level.unknown.shape), size, 1, size // 2).flatten()
    total, weight = torch.zeros_like(flat), torch.zeros_like(flat[:1])
    for offset in offsets.tolist():
        task.run.check()
        places = level.targets + offset
        apart = doubts / least[places] - 1.0
        weights = torch.exp(-apart / task.tolerance) * trust if task.tolerance else (apart <= 0.0).to(trust)
        total[:, places] += weights * flat[:, field.origins + offset]
        weight[:, places] += weights
    return torch.where(weight > 0, total / weight.clamp(min=1e-30), flat).view_as(planes)
