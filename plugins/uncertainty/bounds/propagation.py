"""Bounds on every step of a network within a box around a photo: by intervals, and by linear functions of the photo.

Intervals (Gowal 2018, section 3) carry a centre and a width through each step. Linear bounds (CROWN: Zhang 2018,
theorem 3.2) go back from a unit to the photo: a ReLU whose input may have either sign lies below the chord between the
ends of its interval, and above 0 or its input, whichever is nearer; what is left at the photo has its least value at a
corner of the box.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from plugins.uncertainty.bounds.tape import Step

__all__ = ["Box", "Network"]

Box = tuple[Tensor, Tensor]
"""The lowest and the highest values, ``(1, …)`` each."""

_NUMBERS = 1 << 22  # coefficients that are carried at a time


@dataclass(frozen=True, eq=False)
class Network:
    """The steps of a network, and what stops the work on them."""

    steps: list[Step]
    check: Callable[[], None]

    def by_intervals(self, box: Box) -> list[Box]:
        """Return bounds on each step, ``(1, *shape)`` float32, by intervals alone."""
        found = [box]
        for step in self.steps[1:]:
            found.append(_interval(step, [found[place] for place in step.sources]))
        return found

    def by_lines(self, box: Box) -> list[Box]:
        """Return bounds on each step: those by intervals, narrowed by lines where a ReLU's input has either sign."""
        found, bent = [box], {step.sources[0] for step in self.steps if step.is_relu}
        for place, step in enumerate(self.steps[1:], 1):
            low, high = _interval(step, [found[source] for source in step.sources])
            found.append((low, high))
            open_units = ((low < 0.0) & (high > 0.0)).flatten().nonzero()[:, 0]
            if place in bent and len(open_units) and self._lines_help(place):
                low, high = low.clone().flatten(), high.clone().flatten()
                for some in torch.split(open_units, self._together):
                    rows = torch.zeros(len(some), low.numel(), device=low.device)
                    rows[torch.arange(len(some)), some] = 1.0
                    rows = rows.view(-1, *step.shape)
                    low[some] = low[some].maximum(self.least(rows, place, found))
                    high[some] = high[some].minimum(-self.least(-rows, place, found))
                found[place] = (low.view(1, *step.shape), high.view(1, *step.shape))
        return found

    def least(self, rows: Tensor, place: int, bounds: list[Box]) -> Tensor:
        """Return what sums ``(R,)`` of a step's units, weighed by rows ``(R, *shape)``, are not below."""
        weights, constant = {place: rows}, torch.zeros(len(rows), device=rows.device)
        for at in range(place, 0, -1):
            own = weights.pop(at, None)
            if own is None:
                continue
            self.check()
            step = self.steps[at]
            back, added = _bent_back(own, *bounds[step.sources[0]]) if step.is_relu else _affine_back(step, own, self)
            constant = constant + added
            for source, part in zip(step.sources, back, strict=True):
                weights[source] = weights[source] + part if source in weights else part
        low, high = bounds[0]
        at_photo = weights.pop(0, torch.zeros_like(low))
        corner = at_photo.clamp_min(0.0) * low + at_photo.clamp_max(0.0) * high
        return constant + corner.flatten(1).sum(1)

    @property
    def _together(self) -> int:
        return max(1, _NUMBERS // max(torch.Size(step.shape).numel() for step in self.steps))

    def _lines_help(self, place: int) -> bool:
        """Return whether there is a ReLU before a step: without one, intervals through one layer are exact."""
        return any(self.steps[at].is_relu for at in self._before(place))

    def _before(self, place: int) -> Iterator[int]:
        waiting, seen = [place], set()
        while waiting:
            at = waiting.pop()
            if at not in seen:
                seen.add(at)
                yield at
                waiting += self.steps[at].sources


def _interval(step: Step, boxes: list[Box]) -> Box:
    if step.is_relu:
        low, high = boxes[0]
        return low.clamp_min(0.0), high.clamp_min(0.0)
    middle = step.function(*((low + high) / 2.0 for low, high in boxes))
    width = step.magnitude(*((high - low) / 2.0 for low, high in boxes))
    return middle - width, middle + width


def _bent_back(rows: Tensor, low: Tensor, high: Tensor) -> tuple[list[Tensor], Tensor]:
    """Return rows before a ReLU whose sum is not above that after it, and what is to be added."""
    is_open = (low < 0.0) & (high > 0.0)
    chord = torch.where(is_open, high / (high - low).clamp_min(torch.finfo(low.dtype).tiny), (low >= 0.0).to(low))
    below = torch.where(is_open, (high > -low).to(low), chord)
    falling = rows.clamp_max(0.0)
    back = rows.clamp_min(0.0) * below + falling * chord
    return [back], (falling * torch.where(is_open, -chord * low, 0.0)).flatten(1).sum(1)


def _affine_back(step: Step, rows: Tensor, network: Network) -> tuple[list[Tensor], Tensor]:
    """Return rows before an affine step, by its transpose, and its constant's part."""
    with torch.enable_grad():
        leaves = [
            torch.zeros(len(rows), *network.steps[source].shape, device=rows.device, requires_grad=True)
            for source in step.sources
        ]
        given = step.function(*leaves)
        back = torch.autograd.grad(given, leaves, rows)
    return list(back), (given.detach() * rows).flatten(1).sum(1)
