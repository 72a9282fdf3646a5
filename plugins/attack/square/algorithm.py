"""The square attack in L∞ (Andriushchenko 2020, algorithms 1 and 2): stripes first, then ever smaller squares.

Photos that are fooled leave the batch; each draws from a generator of its own.
"""

from __future__ import annotations

from math import sqrt

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.projections import within
from plugins.attack.common.iterates import Best
from plugins.attack.common.losses import Goal, Objective, margin, objective_of, targeted_margin
from plugins.attack.square.descriptor import SquareParams

# After which share of 10,000 queries the squares' share of the photo is halved (section 4.1).
_HALVINGS = (0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8)


def run(images: Tensor, params: SquareParams, run: Run) -> Result:
    """Move photos ``(N, C, H, W)`` float32 in [0, 1] within their budget, by answers alone.

    Raises
    ------
    ParameterError
        If the model has no such class.
    """
    clean, draws = images.detach().clamp(0.0, 1.0), run.generators()
    goal = Goal.of(run.model, clean, params)
    radius = params.eps / 255.0
    with torch.no_grad():
        best = Best.of(clean, _objective(run, goal))
        asked = torch.ones(len(clean), dtype=torch.int64)
        for query in range(1, params.queries):
            run.progress(query / params.queries, f"query {query} of {params.queries}")
            some = best.unfinished
            if not len(some):
                break
            tried = torch.stack([
                _stripes(clean[index], radius, draws[index]) if query == 1
                else _with_square(best.images[index], clean[index], radius, draws[index], _share(query, params))
                for index in some.tolist()
            ])  # fmt: skip
            tried = within(tried, clean[some], "linf", radius)
            best.keep(tried, *_objective(run, goal.of_some(some))(tried), some)
            asked[some.cpu()] += 1
    return Result(image=best.images, reports=[{"queries": count} for count in asked.tolist()])


def _objective(run: Run, goal: Goal) -> Objective:
    return objective_of(run.model, goal, targeted_margin if goal.is_targeted else margin)


def _share(query: int, params: SquareParams) -> float:
    done = query / params.queries
    return params.start_size / 2.0 ** sum(done > halving for halving in _HALVINGS)


def _signs(shape: tuple[int, ...], draw: torch.Generator, like: Tensor) -> Tensor:
    return (2.0 * torch.randint(2, shape, generator=draw) - 1.0).to(like)


def _stripes(clean: Tensor, radius: float, draw: torch.Generator) -> Tensor:
    """Return a photo ``(C, H, W)`` with vertical stripes a pixel wide."""
    channels, _, width = clean.shape
    return clean + radius * _signs((channels, 1, width), draw, clean)


def _with_square(image: Tensor, clean: Tensor, radius: float, draw: torch.Generator, share: float) -> Tensor:
    """Return the best photo so far ``(C, H, W)`` with one more square of one colour, moved from the clean photo."""
    channels, height, width = clean.shape
    side = max(1, min(round(sqrt(share * height * width)), height - 1, width - 1))
    top, left = (int(torch.randint(length - side + 1, (1,), generator=draw)) for length in (height, width))
    place = (slice(None), slice(top, top + side), slice(left, left + side))
    moved = image.clone()
    moved[place] = clean[place] + radius * _signs((channels, 1, 1), draw, clean)
    return moved
