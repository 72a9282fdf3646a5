"""What the edges of the sharp picture are, guessed from a half-deblurred one: smoothed, sharpened, and selected."""

from __future__ import annotations

from math import exp, pi

import torch
from torch import Tensor

from desktop_app.numerics.differences import Gradients, gradients, gradients_adjoint
from desktop_app.numerics.filters import box_mean, gaussian_blur
from desktop_app.numerics.fourier import Frame

_RADIUS = 2  # of the bilateral filter, in pixels; Cho and Lee 2009, section 4.1
_SPATIAL = 2.0
_SHOCK_STEP = 0.5
_DIRECTIONS = 4
_FLAT = 0.04  # what the gradients along a flat window as wide as the kernel add up to at most


def bilateral(planes: Tensor, spread: float) -> Tensor:
    """Return planes ``(P, H, W)`` averaged over 5×5 pixels of like values, `spread` apart on average."""
    total, weights = planes.clone(), torch.ones_like(planes)
    reach = range(-_RADIUS, _RADIUS + 1)
    for down, right in ((d, r) for d in reach for r in reach if (d, r) != (0, 0)):
        there = planes.roll((down, right), (-2, -1))
        near = exp(-(down * down + right * right) / (2.0 * _SPATIAL**2))
        weight = (there - planes).square_().mul_(-0.5 / spread**2).exp_().mul_(near)
        total.addcmul_(weight, there)
        weights.add_(weight)
    return total.div_(weights)


def shocked(planes: Tensor) -> Tensor:
    """Return planes whose slopes are steeper, one step of the shock filter on (Cho and Lee 2009, eq. 4)."""
    smooth = gaussian_blur(planes, 1.0)
    bend = -gradients_adjoint(*gradients(smooth))
    right, down = gradients(planes)
    slope = torch.hypot(_limited(right, right.roll(1, -1)), _limited(down, down.roll(1, -2)))
    return planes - _SHOCK_STEP * bend.sign() * slope


def _limited(ahead: Tensor, behind: Tensor) -> Tensor:
    """Return the smaller of two slopes, zero where they disagree: without it the steps overshoot."""
    return torch.where(ahead * behind > 0, torch.minimum(ahead.abs(), behind.abs()), 0.0)


def usefulness(blurred: Tensor, size: int) -> Tensor:
    """Return 0 to 1 for every pixel: whether its window is an edge, or finer than the blur (Xu and Jia 2010, eq. 2).

    What is finer than the blur harms the kernel: its edges have run into each other.
    """
    horizontal, vertical = gradients(blurred)
    radius = size // 2
    net = torch.hypot(box_mean(horizontal, radius), box_mean(vertical, radius))
    gross = box_mean(torch.hypot(horizontal, vertical), radius)
    return net / (gross + _FLAT / size)


def selected(pair: Gradients, useful: Tensor, frame: Frame, share: float) -> Gradients:
    """Return the gradients with only the strongest left, `share` of the pixels of each direction at least."""
    horizontal, vertical = pair
    strength = torch.hypot(horizontal, vertical) * useful
    direction = (torch.atan2(vertical, horizontal) % pi).div_(pi / _DIRECTIONS).long().clamp_(max=_DIRECTIONS - 1)
    thresholds = [_threshold(frame.crop(s), frame.crop(d), share) for s, d in zip(strength, direction, strict=True)]
    keeps = strength >= torch.stack(thresholds)[:, None, None]
    return horizontal * keeps, vertical * keeps


def _threshold(strength: Tensor, direction: Tensor, share: float) -> Tensor:
    """Return the strength that enough pixels of every direction reach (Cho and Lee 2009, section 4.1)."""
    wanted = max(1, round(share * strength.numel()))
    groups = [strength[direction == index] for index in range(_DIRECTIONS)]
    reached = [group.topk(min(wanted, group.numel())).values[-1] for group in groups if group.numel()]
    return torch.stack(reached).min().clamp_min(1e-6)

