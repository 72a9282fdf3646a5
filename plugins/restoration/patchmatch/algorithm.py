"""Inpainting with patches: every patch of the filled photo is to look like one of the photo's known patches.

The forward model is y = m·x: pixels are lost where the mask m is 0. Wexler, Shechtman and Irani (2007) minimise the
distance of all patches over the hole to their nearest known ones by turns: find those (by PatchMatch, Barnes 2009),
then let them vote for the pixels under them; from coarse scales to fine ones, so that large structures come first.
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
_ALIKE = 0.75  # quantile of the distances that counts as alike: Wexler 2007, section 3.2


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
    field, level = None, None
    image = finest.image
    scales = _scales(finest, params.patch_size, run)
    is_sharp = params.votes == "best" or (params.votes == "automatic" and len(scales) > 1)
    for scale in scales:
        image = filled_smoothly(scale.image, scale.unknown, run.check)
        finer = make_level(image, scale.unknown, scale.hole, params.patch_size)
        if finer is None:
            continue
        field = enlarged(level, field, finer) if level is not None and field is not None else None
        rounds = params.rounds if field is None or scale is not finest else -(-params.rounds // 2)
        level, field = _completed(_Task(finer, scale.hole, is_sharp, run), field, rounds)
        image = level.image
    return image


@dataclass(frozen=True)
class _Task:
    """A scale to be filled, its hole ``(h, w)``, and whether the best patch alone decides."""

    level: Level
    hole: Tensor
    is_sharp: bool
    run: Run

    def voted(self, level: Level, field: Field, trust: Tensor) -> Level:
        """Return the level with its hole filled by votes."""
        self.run.check()
        vote = _best if self.is_sharp else _mean
        return replace(level, image=torch.where(self.hole, vote(level, field, trust, self.run), level.image))


def _completed(task: _Task, field: Field | None, rounds: int) -> tuple[Level, Field]:
    """Return the level with its hole filled, and where its patches come from."""
    level, check = task.level, task.run.check
    if field is None and task.is_sharp:
        level = replace(level, image=peeled(level, task.hole, check))
    table = table_of(level, task.run)
    depth = distance_to(~task.hole, check).clamp_(max=_DEEPEST).flatten()[level.targets]
    trust = _CONFIDENCE**-depth
    if field is not None:
        level = task.voted(level, field, trust)
    for _ in range(rounds):
        field = nearest(level, table, field, task.run)
        level = task.voted(level, field, trust)
    assert field is not None  # there is at least one round
    return level, field


def _mean(level: Level, field: Field, trust: Tensor, run: Run) -> Tensor:
    """Return the photo as all patches over each pixel say on average: Wexler 2007, eq. 5."""
    alike = 2.0 * float(field.costs.kthvalue(max(1, int(_ALIKE * len(field.costs)))).values)
    weights = trust * torch.exp(-field.costs / max(alike, 1e-9)).clamp_(min=1e-12)
    flat = level.image.flatten(1)
    total, weight = torch.zeros_like(flat), torch.zeros_like(flat[:1])
    for offset in level.offsets.tolist():
        run.check()
        total[:, level.targets + offset] += weights * flat[:, field.origins + offset]
        weight[:, level.targets + offset] += weights
    return torch.where(weight > 0, total / weight.clamp(min=1e-30), flat).view_as(level.image)


def _best(level: Level, field: Field, trust: Tensor, run: Run) -> Tensor:
    """Return the photo as, of the patches over each pixel, the most alike near the rim says."""
    flat = level.image.flatten(1)
    result, doubts = flat.clone(), field.costs / trust
    least = torch.full_like(flat[0], torch.inf)
    for offset in level.offsets.tolist():
        run.check()
        places = level.targets + offset
        surer = (doubts < least[places]).nonzero()[:, 0]
        least[places[surer]] = doubts[surer]
        result[:, places[surer]] = flat[:, field.origins[surer] + offset]
    return result.view_as(level.image)
