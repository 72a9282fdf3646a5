"""The L2 attack of Carlini and Wagner (2017, section VI-A): Adam on size plus a weight times what is missing.

Adam's steps shrink along half a wave of the cosine (Loshchilov, Hutter 2017, arXiv:1608.03983, eq. 5): at their full
length to the end they go to and fro over the border. Photos leave the batch when a weighing gets no further; what was
found is drawn back on the line to the photo.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import cos, pi

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.projections import distances_of
from plugins.attack.carlini_wagner.descriptor import CarliniWagnerParams
from plugins.attack.common.boundary import drawn_back, gaps, masked, outset, result_of, seeing
from plugins.attack.common.iterates import Nearest
from plugins.attack.common.losses import Goal, begun

_FIRST_WEIGHT = 0.1
_DECAYS = 0.9, 0.999  # of Adam's two means
_LEAST = 1e-8
_EDGE = 1.0 - 1e-6  # black and white, of which the inverse of tanh is infinite
_LOOKS = 10  # how often a weighing is asked whether it gets any further
_FURTHER = 0.9999
_HALVINGS = 10


def run(images: Tensor, params: CarliniWagnerParams, run: Run) -> Result:
    """Move photos ``(N, C, H, W)`` float32 in [0, 1] as little as fooling the model takes.

    Errors are those of `begun`.
    """
    clean, goal = begun(images, params, run)
    sees = seeing(run.model, goal)
    nearest = outset(clean, sees)
    some = (nearest.sizes > 0).nonzero()[:, 0]
    weights = torch.full((len(clean),), _FIRST_WEIGHT, device=clean.device)
    low, high = torch.zeros_like(weights), torch.full_like(weights, torch.inf)
    reached, course = clean.clone(), _Course(run, params)
    for _ in range(params.weighings if len(some) else 0):
        fools = _weighed(run, clean, some, goal, weights, params, nearest, course, reached)
        high = torch.where(fools, weights, high)
        low = torch.where(fools, low, weights)
        weights = torch.where(high.isinf(), 10.0 * weights, (low + high) / 2.0)
    found = drawn_back(clean, nearest, sees, _HALVINGS) if params.confidence == 0.0 else nearest
    found.images = torch.where(found.is_found.view(-1, 1, 1, 1), found.images, reached)
    return result_of(clean, found, params.norm, params.eps, [{} for _ in clean])


def _share(step: int, steps: int) -> float:
    return (1.0 + cos(pi * step / steps)) / 2.0


@dataclass
class _Course:
    """How far the attack is: a weighing is taken to last as many steps as those before it did, on average."""

    run: Run
    params: CarliniWagnerParams
    done: float = 0.0
    taken: list[int] = field(default_factory=list)

    def steps(self) -> Iterator[int]:
        """Count the steps of one more weighing, which may end early, and tell how far the whole is."""
        most, before = self.params.steps, len(self.taken)
        usual, start = sum(self.taken) / before if before else most, self.done
        later = usual * (self.params.weighings - before - 1)
        self.taken.append(0)
        for step in range(most):
            left = max(usual - step, min(_stretch(most), most - step)) + later
            self.done = start + (1.0 - start) * step / (step + left)
            self.run.progress(self.done, f"weighing {before + 1}, step {step}")
            self.taken[-1] = step + 1
            yield step


def _stretch(steps: int) -> int:
    """Return after how many steps a weighing is asked again whether it gets any further."""
    return max(1, steps // _LOOKS)


@dataclass
class _Adam:
    """The two running means of gradients of the samples that are left, ``(M, C, H, W)``."""

    first: Tensor
    second: Tensor
    count: int = 0

    def step(self, gradient: Tensor, size: float) -> Tensor:
        """Return how far to go (Kingma, Ba 2015, algorithm 1)."""
        self.count += 1
        slow, slower = _DECAYS
        self.first = slow * self.first + (1.0 - slow) * gradient
        self.second = slower * self.second + (1.0 - slower) * gradient.square()
        mean, square = self.first / (1.0 - slow**self.count), self.second / (1.0 - slower**self.count)
        return -size * mean / (square.sqrt() + _LEAST)

    def leave(self, stays: Tensor) -> None:
        """Let go of samples."""
        self.first, self.second = self.first[stays], self.second[stays]


def _weighed(
    run: Run, clean: Tensor, some: Tensor, goal: Goal, weights: Tensor, params: CarliniWagnerParams, nearest: Nearest,
    course: _Course, reached: Tensor,
) -> Tensor:  # fmt: skip
    """Minimise size plus weight times gap for samples ``(M,)``; return whether any of its photos fooled, ``(N,)``.

    How far those came goes into `reached`, ``(N, C, H, W)``.
    """
    found = torch.zeros(len(clean), dtype=torch.bool, device=clean.device)
    free = torch.atanh(_EDGE * (2.0 * clean[some] - 1.0))
    adam, last = _Adam(torch.zeros_like(free), torch.zeros_like(free)), torch.full_like(weights[some], torch.inf)
    sees = seeing(run.model, goal)
    for step in course.steps():
        with torch.enable_grad():
            leaf = free.detach().requires_grad_(True)
            moved = (leaf.tanh() / _EDGE + 1.0) / 2.0
            missing = (gaps(run.model(moved).float(), goal.of_some(some)) + params.confidence).clamp_min(0.0)
            losses = (moved - clean[some]).square().sum((1, 2, 3)) + weights[some] * missing
            (gradient,) = torch.autograd.grad(losses.sum(), leaf)
        moved, is_met = moved.detach().clamp(0.0, 1.0), missing.detach() <= 0.0
        if bool(is_met.any()):
            met = is_met.nonzero()[:, 0]
            sure = sees(moved[met], some[met]) if params.confidence == 0.0 else torch.ones_like(met, dtype=torch.bool)
            nearest.keep(moved[met], distances_of(moved[met] - clean[some[met]], "l2"), sure, some[met])
            found[some[met]] |= sure
        reached[some] = moved
        free = free + adam.step(masked(gradient, run, some), params.step_size * _share(step, params.steps))
        if (step + 1) % _stretch(params.steps) == 0:
            stays = losses.detach() < _FURTHER * last
            last, free, some = losses.detach()[stays], free[stays], some[stays]
            adam.leave(stays)
            if not len(some):
                break
    return found
