"""Inpainting with patches: every patch of the filled photo is to look like one of the photo's known patches.

The forward model is y = m·x: pixels are lost where the mask m is 0. Wexler, Shechtman and Irani (2007) minimise the
distance of all patches over the hole to their nearest known ones by turns: find those (by PatchMatch, Barnes 2009),
then let them vote for the pixels under them; from coarse scales to fine ones, so that large structures come first.
The coarsest is begun twice, with what is laid on from the rim (Newson 2017) and with a smooth guess, which stays where
its patches fit clearly better: beside things that are much alike, the former may grow a piece of another one.
Near the rim, what the votes say of known pixels is compared with them, and the difference is carried on into the hole
like a membrane that hangs from its rim (Pérez, Gangnet, Blake 2003, eq. 4), so that colours meet there.
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

_CONFIDENCE = 1.3  # per pixel of distance from the known by which votes weigh less: Wexler 2007, section 3.2
_SHALLOW = 1.5  # patches: no deeper is the hole at the coarsest scale
_DEEPEST = 150.0  # pixels beyond which they do so no more, and float32 still holds them
_TOLERANCES = {"mean": 10.0, "best": 0.0}  # distances, relative to a pixel's surest patch, at which votes weigh 1/e
_DEEP = 4.0  # the same where a hole is deeper than the coarsest patches: sharper
_EXACT = 0.05  # of the median distance: as good as none
_FADES = 2.0  # patches of depth in which the membrane falls to 1/e: the rim may still hold a trace of what was removed
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
    level, field, voted = None, None, None
    scales = _scales(finest, params.patch_size, run)
    tolerance = _TOLERANCES.get(params.votes, _TOLERANCES["mean"] if len(scales) == 1 else _DEEP)
    for scale in scales:
        smooth = filled_smoothly(scale.image, scale.unknown, run.check)
        finer = make_level(smooth, scale.unknown, scale.hole, params.patch_size)
        if finer is None:
            continue
        task = _Task(finer, scale.hole, tolerance, run)
        if level is None or field is None:
            level, field, voted = _begun(task, params.rounds, has_choice=scale is not finest)
            continue
        rounds = params.rounds if scale is not finest else -(-params.rounds // 2)
        level, field, voted = _completed(task, enlarged(level, field, finer), rounds)
    if voted is None or level is None:
        return smooth
    if params.votes == "best":
        return level.image
    return _blended(finest, level, voted, smooth, run)


def _blended(scale: _Scale, level: Level, voted: Tensor, smooth: Tensor, run: Run) -> Tensor:
    """Return the photo with a fill whose colours meet those at the rim, a little calmer than its patches."""
    size = int(len(level.offsets) ** 0.5)
    seam = filled_smoothly(torch.where(scale.unknown, 0.0, scale.image - voted), scale.unknown, run.check)
    depth = distance_to(~scale.hole, run.check)
    blended = voted + seam * torch.exp(-depth / (_FADES * size))
    return torch.where(scale.hole, torch.lerp(blended, smooth, _SMOOTH), scale.image)


@dataclass(frozen=True)
class _Task:
    """A scale to be filled, its hole ``(h, w)``, and how far a vote may be from the surest."""

    level: Level
    hole: Tensor
    tolerance: float
    run: Run


def _begun(task: _Task, rounds: int, *, has_choice: bool) -> tuple[Level, Field, Tensor]:
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


def _completed(task: _Task, field: Field | None, rounds: int) -> tuple[Level, Field, Tensor]:
    """Return the level with its hole filled, where its patches come from, and what they say of all they cover."""
    level, check = task.level, task.run.check
    table = table_of(level, task.run)
    depth = distance_to(~task.hole, check).clamp_(max=_DEEPEST).flatten()[level.targets]
    trust = _CONFIDENCE**-depth
    for turn in range(rounds + 1):
        if turn or field is None:
            field = nearest(level, table, field, task.run)
        voted = _voted(level, field, trust, task)
        level = replace(level, image=torch.where(task.hole, voted, level.image))
    assert field is not None  # there is at least one round
    return level, field, voted


def _voted(level: Level, field: Field, trust: Tensor, task: _Task) -> Tensor:
    """Return the photo as the patches over each pixel say: those nearly as alike as the surest, on average.

    Wexler 2007, eq. 5, with the spread of the weights from the pixel's own surest patch.
    """
    size = int(len(level.offsets) ** 0.5)
    doubts = field.costs / trust + _EXACT * float(field.costs.median()) + torch.finfo(trust.dtype).tiny
    flat = level.image.flatten(1)
    least = torch.full_like(flat[0], torch.inf).index_put_((level.targets,), doubts)
    least = -F.max_pool2d(-least.view(1, *level.unknown.shape), size, 1, size // 2).flatten()
    total, weight = torch.zeros_like(flat), torch.zeros_like(flat[:1])
    for offset in level.offsets.tolist():
        task.run.check()
        places = level.targets + offset
        apart = doubts / least[places] - 1.0
        weights = torch.exp(-apart / task.tolerance) * trust if task.tolerance else (apart <= 0.0).to(trust)
        total[:, places] += weights * flat[:, field.origins + offset]
        weight[:, places] += weights
    return torch.where(weight > 0, total / weight.clamp(min=1e-30), flat).view_as(level.image)
