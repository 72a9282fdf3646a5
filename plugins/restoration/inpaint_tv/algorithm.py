"""Inpainting by total variation: of all photos that agree with y outside the holes, the one of least variation.

The forward model is y = m·x: pixels are lost where the mask m is 0, the others are exact. Chan and Shen's energy
(2001, eq. 2.5) without noise is min ∑ |∇u| with u = y where known. Of first order it fills with flat pieces; of second
order (Bredies, Kunisch, Pock 2010, eq. 3.5 for k = 2) it is min ∑ |∇u − w| + β |E w| over u and a field w of slopes
with the symmetrised gradient E, which continues shading. Both are saddle points that Chambolle and Pock's algorithm 1
finds. Colours vary together: |∇u| is the length of all channels' gradients. Below `softness` a length is squared
(Huber's norm, Chambolle and Pock 2011, section 6.2.3), so that shading does not turn into steps.
"""

from __future__ import annotations

from math import sqrt

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.api import Result, Run
from plugins.restoration.common.inpainting import filled_in_strips, filled_smoothly, inpainted
from plugins.restoration.inpaint_tv.descriptor import InpaintTvParams

_STEP = 1.0 / sqrt(12.0)  # τ = σ, τ σ ‖K‖² ≤ 1; ‖K‖² is 8 without slopes, at most 12 with them
_APART = 32  # pixels between holes that are solved apart; two would do, fewer and larger parts are faster
_SETTLED = 0.02 / 255.0  # mean change of a step at which the solver stops
_LOOK = 10  # steps between two looks at it


def run(images: Tensor, params: InpaintTvParams, run: Run) -> Result:
    """Fill the holes of photos; all other pixels stay exactly as they are.

    Photos are ``(N, C, H, W)`` float32. The run's input ``mask`` is white where the photo is to be filled.
    """

    def solve(start: Tensor, unknown: Tensor, own: Tensor) -> Tensor:  # noqa: ARG001 - all that is unknown is solved
        return _solve(start, unknown, params, run)

    def fill(part: Tensor, unknown: Tensor, own: Tensor) -> Tensor:
        start = filled_smoothly(part, unknown, run.check)
        return filled_in_strips(start, unknown, own, solve, run)

    return inpainted(images, run, fill, margin=1, apart=_APART)


def _solve(start: Tensor, unknown: Tensor, params: InpaintTvParams, run: Run) -> Tensor:
    """Return the optimum ``(C, h, w)``, or what is reached when it hardly moves or the iterations are used up."""
    state = _State(start, params)
    for step in range(1, params.steps + 1):
        run.check()
        state.ascend()
        before = state.image
        state.descend(torch.where(unknown, state.lower(), start))
        if step % _LOOK == 0 and float((state.image - before)[:, unknown].abs().mean()) < _SETTLED:
            break
    return state.image


class _State:
    """The iterates of one solve: the photo, its slopes, and the dual fields of both terms; ``(C, h, w)`` each."""

    def __init__(self, start: Tensor, params: InpaintTvParams) -> None:
        self.image, self.leading = start, start
        self._bending = params.bending if params.order == "second" else 0.0
        self._shrink = 1.0 / (1.0 + _STEP * params.softness / 255.0)
        zeros = torch.zeros_like
        self._steps = (zeros(start), zeros(start))
        self._slopes = (zeros(start), zeros(start))
        self._leading_slopes = self._slopes
        self._bends = (zeros(start), zeros(start), zeros(start))  # across, down, and both

    def ascend(self) -> None:
        """Move the dual fields along the gradients, and back into their balls, of all channels together."""
        (right, down), (across, along) = self._steps, self._leading_slopes
        right.add_(_right(self.leading) - across, alpha=_STEP)
        down.add_(_down(self.leading) - along, alpha=_STEP)
        length = (right.square().sum(0) + down.square().sum(0)).sqrt_().mul_(self._shrink)
        _scale(self._steps, self._shrink / length.clamp_(min=1.0))
        if self._bending:
            self._bend(across, along)

    def _bend(self, across: Tensor, along: Tensor) -> None:
        first, second, mixed = self._bends
        first.add_(_right(across), alpha=_STEP)
        second.add_(_down(along), alpha=_STEP)
        mixed.add_(_down(across) + _right(along), alpha=0.5 * _STEP)
        length = (first.square().sum(0) + second.square().sum(0) + 2.0 * mixed.square().sum(0)).sqrt_()
        _scale(self._bends, 1.0 / length.div_(self._bending).clamp_(min=1.0))

    def lower(self) -> Tensor:
        """Return the photo after a step down its energy."""
        right, down = self._steps
        return self.image - _STEP * (_right_adjoint(right) + _down_adjoint(down))

    def descend(self, image: Tensor) -> None:
        """Take a new photo, move the slopes, and look ahead of both."""
        self.leading = 2.0 * image - self.image
        self.image = image
        if self._bending:
            (right, down), (first, second, mixed) = self._steps, self._bends
            across = self._slopes[0] + _STEP * (right - _right_adjoint(first) - _down_adjoint(mixed))
            along = self._slopes[1] + _STEP * (down - _down_adjoint(second) - _right_adjoint(mixed))
            self._leading_slopes = (2.0 * across - self._slopes[0], 2.0 * along - self._slopes[1])
            self._slopes = (across, along)


def _scale(fields: tuple[Tensor, ...], factor: Tensor) -> None:
    for field in fields:
        field.mul_(factor)


def _right(image: Tensor) -> Tensor:
    """Return forward differences, none across the last column."""
    return F.pad(image[..., 1:] - image[..., :-1], (0, 1))


def _down(image: Tensor) -> Tensor:
    return F.pad(image[:, 1:] - image[:, :-1], (0, 0, 0, 1))


def _right_adjoint(field: Tensor) -> Tensor:
    inner = field[..., :-1]
    return F.pad(inner, (1, 0)) - F.pad(inner, (0, 1))


def _down_adjoint(field: Tensor) -> Tensor:
    inner = field[:, :-1]
    return F.pad(inner, (0, 0, 1, 0)) - F.pad(inner, (0, 0, 0, 1))
