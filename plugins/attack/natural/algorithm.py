"""The least of a degradation that changes an answer: strengths in turn, then halving between failure and success."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from plugins.attack.common.iterates import Best
from plugins.attack.common.losses import PRINTED, begun, margin, objective_of, targeted_margin
from plugins.attack.natural.descriptor import NaturalParams, Way

_HELD = (
    "none of these degradations changed the answer; that says nothing about changes made on purpose: attack.auto looks "
    "for those"
)

Tried = Callable[[int, Tensor, Tensor], tuple[Tensor, Tensor, Tensor]]
"""Of a way, samples ``(M,)`` and shares ``(M,)``: the pictures, their losses and how far the wish is met."""


def run(images: Tensor, params: NaturalParams, run: Run) -> Result:
    """Degrade photos ``(N, C, H, W)`` float32 in [0, 1] as little as changes the classifier's answer.

    Errors are those of `begun`.
    """
    (clean, goal), ways = begun(images, params, run), params.ways()
    loss = targeted_margin if goal.is_targeted else margin

    def tried(way: int, samples: Tensor, shares: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        made = torch.cat([_degraded(run, ways[way], clean, *one) for one in _alike(samples, shares)])
        if run.mask is not None:
            made = clean[samples] + run.mask[samples] * (made - clean[samples])
        return made, *objective_of(run.model, goal.of_some(samples), loss)(made)

    with torch.no_grad():
        best = Best.of(clean, objective_of(run.model, goal, loss))
        found = torch.zeros(len(clean), 2)
        for way in range(len(ways)):
            _go(way, len(ways), best, found, tried, params, run)
    return Result(image=best.images, artifacts={"degradation": found},
                  reports=[{"caveats": [] if is_met else [_HELD]} for is_met in best.is_found.tolist()])  # fmt: skip


def _alike(samples: Tensor, shares: Tensor) -> list[tuple[Tensor, float]]:
    """Return runs of samples with the same share, which one call can serve."""
    if bool((shares == shares[0]).all()):
        return [(samples, float(shares[0]))]
    return [(samples[index : index + 1], float(share)) for index, share in enumerate(shares)]


def _degraded(run: Run, way: Way, clean: Tensor, samples: Tensor, share: float) -> Tensor:
    tool, ends = way
    seeds = [run.seeds[place] for place in samples.tolist()]
    made = run.call(tool, clean[samples], along(ends, share), seeds=seeds).image
    assert made is not None  # the contract of a degradation
    return made.clamp(0.0, 1.0)


def along(ends: Mapping[str, tuple[float, float]], share: float) -> dict[str, Any]:
    """Return a tool's parameters at a share of the way from harmless to worst; whole numbers stay whole."""
    values = {name: low + share * (high - low) for name, (low, high) in ends.items()}
    return {name: round(value) if isinstance(ends[name][0], int) else value for name, value in values.items()}


def _go(way: int, count: int, best: Best, found: Tensor, tried: Tried, params: NaturalParams, run: Run) -> None:
    """Go along one way as far as it may be better than what was found: less where something was, else all of it."""
    most = params.percent / 100.0
    low = torch.zeros(len(found))
    high = torch.full((len(found),), torch.inf)
    for step in range(1, params.steps + 1):
        run.progress((way + 0.7 * step / params.steps) / count, f"degradation {way + 1} of {count}")
        share = most * step / params.steps
        succeeded = best.met.cpu() == PRINTED
        some = ((high == torch.inf) & ~(succeeded & (found[:, 1] <= share))).nonzero()[:, 0]
        if most == 0 or not len(some):
            break
        met = _kept(way, some, torch.full((len(some),), share), best, found, tried)
        high[some[met]], low[some[~met]] = share, share
    some = high.isfinite().nonzero()[:, 0]
    for halving in range(params.halvings if len(some) else 0):
        run.progress((way + 0.7 + 0.3 * halving / params.halvings) / count, f"degradation {way + 1} of {count}")
        middle = (low[some] + high[some]) / 2.0
        met = _kept(way, some, middle, best, found, tried)
        high[some], low[some] = torch.where(met, middle, high[some]), torch.where(met, low[some], middle)


def _kept(way: int, some: Tensor, shares: Tensor, best: Best, found: Tensor, tried: Tried) -> Tensor:
    """Try shares, keep what is better (success, then less of it; without success the larger loss); return successes."""
    where = some.to(best.images.device)
    made, losses, met = tried(way, where, shares)
    before, succeeds = best.met[where], met == PRINTED
    is_less = succeeds & (before == PRINTED) & (shares < found[some, 1]).to(where.device)
    is_better = (met > before) | is_less | (~succeeds & (met == before) & (losses > best.losses[where]))
    better = where[is_better]
    best.images[better], best.losses[better], best.met[better] = made[is_better], losses[is_better], met[is_better]
    chosen = is_better.cpu()
    found[some[chosen], 0], found[some[chosen], 1] = float(way), shares[chosen]
    return succeeds.cpu()
