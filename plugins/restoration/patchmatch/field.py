"""The nearest-neighbour field: for every patch over a hole, the most alike patch of what is known."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log2, sqrt

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.api import Run

_DIMENSIONS = 20  # principal components that patches are compared in
_NEARNESS = 0.01  # by which each squared pixel of a patch at the photo's other end counts as further off
_SAMPLES = 20_000  # patches that the components are learnt from
_EXHAUSTIVE = 4_000_000  # comparisons up to which every patch is compared with every other
_BATCH = 1 << 14  # patches that are held at a time
_HOPELESS = 1e6  # squared distance of an origin that was not searched for
_STEPS = 2  # of propagation and search in each round
_JUMPS = (1, 4, 16)  # pixels between patches that tell each other where they come from
_GOLDEN = (0.7548776662466927, 0.5698402909980532)  # the plane's low-discrepancy sequence (Roberts 2018)


@dataclass
class Level:
    """One scale of the photo, with places as indices into its flattened pixels.

    Parameters
    ----------
    image : Tensor
        ``(C, H, W)``; the hole's pixels change from round to round.
    unknown : Tensor
        ``(H, W)`` bool: what patches may not be taken from.
    targets : Tensor
        ``(P,)`` middles of the patches that overlap the hole.
    is_source : Tensor
        ``(H·W,)`` bool: middles of patches that are wholly known.
    offsets : Tensor
        ``(K,)`` from a patch's middle to its pixels.
    basis : Tensor
        ``(C·K, D)`` orthonormal.
    """

    image: Tensor
    unknown: Tensor
    targets: Tensor
    is_source: Tensor
    offsets: Tensor
    basis: Tensor

    @property
    def width(self) -> int:
        """Pixels of a row."""
        return self.image.shape[2]


def make_level(image: Tensor, unknown: Tensor, hole: Tensor, size: int) -> Level | None:
    """Return a scale ready to be searched; None where no patch is wholly known."""
    height, width = unknown.shape
    reach = size // 2
    inside = torch.zeros_like(unknown)
    inside[reach : height - reach, reach : width - reach] = True
    is_source = inside & ~_grown(unknown, reach)
    if min(height, width) < size or not bool(is_source.any()):
        return None
    targets = (inside & _grown(hole, reach)).flatten().nonzero()[:, 0]
    line = torch.arange(-reach, reach + 1, device=image.device)
    offsets = (line[:, None] * width + line).flatten()
    sources = is_source.flatten()
    return Level(image, unknown, targets, sources, offsets, _components(image, sources, offsets))


def _grown(region: Tensor, reach: int) -> Tensor:
    return F.max_pool2d(region[None, None].float(), 2 * reach + 1, 1, reach)[0, 0] > 0


def _components(image: Tensor, sources: Tensor, offsets: Tensor) -> Tensor:
    places = sources.nonzero()[:, 0]
    places = places[:: max(1, len(places) // _SAMPLES)]
    patches = patches_at(image, places, offsets)
    patches = patches - patches.mean(0)
    vectors: Tensor = torch.linalg.eigh((patches.T @ patches).cpu().double())[1]
    return vectors[:, -_DIMENSIONS:].to(image)


def patches_at(image: Tensor, places: Tensor, offsets: Tensor) -> Tensor:
    """Return the patches around places ``(P,)`` as rows ``(P, C·K)``."""
    return image.flatten(1)[:, places[:, None] + offsets].transpose(0, 1).flatten(1)


def features(level: Level, places: Tensor, run: Run) -> Tensor:
    """Return the principal components of patches, and where they lie, ``(P, D + 2)``."""
    components = level.image.new_empty(len(places), level.basis.shape[1])
    for start in range(0, len(places), _BATCH):
        run.check()
        part = places[start : start + _BATCH]
        components[start : start + _BATCH] = patches_at(level.image, part, level.offsets) @ level.basis
    return torch.cat((components, places_of(level, places)), 1)


def places_of(level: Level, places: Tensor) -> Tensor:
    """Return where patches lie ``(P, 2)``, in units in which distances compare with those of their pixels."""
    step = sqrt(_NEARNESS * len(level.basis)) / max(level.unknown.shape)
    return torch.stack((places // level.width, places % level.width), 1).to(level.image) * step


@dataclass
class Field:
    """Where each target's patch comes from ``(P,)``, and the squared distance between the two ``(P,)``."""

    origins: Tensor
    costs: Tensor


def table_of(level: Level, run: Run) -> Tensor:
    """Return the features of every patch that is known, ``(H·W, D + 2)``; zeros elsewhere."""
    places = level.is_source.nonzero()[:, 0]
    known = features(level, places, run)
    table = known.new_zeros(level.is_source.numel(), known.shape[1])
    table[places] = known
    return table


def nearest(level: Level, table: Tensor, field: Field | None, run: Run) -> Field:
    """Return where the targets' patches come from: exactly on a small scale, else better than before.

    Parameters
    ----------
    level : Level
        With what is thought to be in the hole so far.
    table : Tensor
        As `table_of` gives it.
    field : Field, optional
        What was known before.
    run : Run
        Asked whether to stop.
    """
    sources = level.is_source.nonzero()[:, 0]
    wanted = features(level, level.targets, run)
    if len(level.targets) * len(sources) <= _EXHAUSTIVE:
        return _compared(wanted, table, sources)
    if field is None:
        field = Field(sources[torch.arange(len(level.targets), device=table.device) % len(sources)], wanted[:, 0])
    field = Field(field.origins.clone(), (wanted - table[field.origins]).square().sum(1))
    for step in range(_STEPS):
        _propagate(level, table, field, wanted, run)
        for turn in range(ceil(log2(max(level.image.shape[1:])))):
            run.check()
            _offer(level, table, field, wanted, _scattered(level, field.origins, turn, step))
    return field


def _compared(wanted: Tensor, table: Tensor, sources: Tensor) -> Field:
    """Compare every target with every source."""
    offered = table[sources]
    distances = offered.square().sum(1) - 2.0 * wanted @ offered.T
    best = distances.min(1)
    return Field(sources[best.indices], (best.values + wanted.square().sum(1)).clamp_(min=0.0))


def _propagate(level: Level, table: Tensor, field: Field, wanted: Tensor, run: Run) -> None:
    """Let patches take what lies beside the origin of their neighbours: Barnes 2009, section 3.2, in jumps."""
    lookup = torch.full((len(table),), -1, dtype=torch.long, device=table.device)
    for jump in _JUMPS:
        for shift in (jump, -jump, jump * level.width, -jump * level.width):
            run.check()
            lookup[level.targets] = field.origins
            neighbours = lookup[(level.targets + shift).clamp_(0, len(lookup) - 1)]
            _offer(level, table, field, wanted, torch.where(neighbours >= 0, neighbours - shift, -1))


def enlarged(coarse: Level, field: Field, fine: Level) -> Field:
    """Return the field at twice the size; where it has no legal origin, some source."""
    lookup = torch.full((coarse.is_source.numel(),), -1, dtype=torch.long, device=field.origins.device)
    lookup[coarse.targets] = torch.arange(len(field.origins), device=lookup.device)
    rows, columns = fine.targets // fine.width, fine.targets % fine.width
    index = lookup[(rows // 2) * coarse.width + columns // 2]
    known = torch.where(index >= 0, field.origins[index], -1)
    origins = (2 * (known // coarse.width) + rows % 2) * fine.width + 2 * (known % coarse.width) + columns % 2
    fits = (known >= 0) & (2 * (known % coarse.width) + columns % 2 < fine.width) & (origins < fine.is_source.numel())
    fits &= fine.is_source[torch.where(fits, origins, 0)]
    sources = fine.is_source.nonzero()[:, 0]
    some = sources[torch.arange(len(origins), device=sources.device) * 7919 % len(sources)]
    return Field(torch.where(fits, origins, some), torch.where(fits, field.costs[index], _HOPELESS))


def _offer(level: Level, table: Tensor, field: Field, wanted: Tensor, candidates: Tensor) -> None:
    """Take the candidates that are sources and more alike."""
    legal = (candidates >= 0) & (candidates < len(table))
    legal &= level.is_source[candidates.clamp(0, len(table) - 1)]
    chosen = legal.nonzero()[:, 0]
    costs = (wanted[chosen] - table[candidates[chosen]]).square().sum(1)
    better = costs < field.costs[chosen]
    field.origins[chosen[better]] = candidates[chosen[better]]
    field.costs[chosen[better]] = costs[better]


def _scattered(level: Level, origins: Tensor, turn: int, step: int) -> Tensor:
    """Return places around the origins, within half the distance at each turn; -1 beyond the photo."""
    height, width = level.unknown.shape
    order = torch.arange(len(origins), dtype=torch.float64) + 977.0 * (turn + 31.0 * step)
    radius = max(height, width) / 2.0**turn
    down, right = (
        ((order * share) % 1.0 * 2.0 - 1.0).mul_(radius).round_().long().to(origins.device) for share in _GOLDEN
    )
    rows, columns = origins // width + down, origins % width + right
    is_inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    return torch.where(is_inside, rows * width + columns, -1)
