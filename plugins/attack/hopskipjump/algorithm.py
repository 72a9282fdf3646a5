"""HopSkipJump (Chen, Jordan, Wainwright 2020, algorithm 2): to the border, along its slope by answers, and back.

It needs to know which class is first, and nothing else. Each photo draws from a generator of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.projections import distances_of, lengths, onto_linf
from plugins.attack.common.boundary import Sees, masked, outset, result_of, seeing
from plugins.attack.common.losses import begun
from plugins.attack.hopskipjump.descriptor import HopskipjumpParams

_FIRST_DRAWS = 100  # for the slope's first estimate; they grow as the root of the round
_STARTS = 50  # random pictures that are tried
_CHUNK = 64  # pictures of a photo that the model is asked about at a time
_FIRST_PROBE = 0.1
_HALVINGS = 12
_LONGEST = 20  # halvings of a step
_ROUND = _HALVINGS + 2  # answers of a round beside those for its slope, if its first steps stay outside
_FEWEST = 20  # answers from which a slope is worth a round
_NO_START = "no random picture is read as wanted: give one as the input 'start'"


def run(images: Tensor, params: HopskipjumpParams, run: Run) -> Result:
    """Move photos ``(N, C, H, W)`` float32 in [0, 1] to a near point where the model answers otherwise.

    Errors are those of `begun`.
    """
    clean, goal = begun(images, params, run)
    asked = torch.full((len(clean),), 1 if goal.is_targeted or params.true_class is not None else 2)
    walk = _Walk(run, clean, seeing(run.model, goal), params, run.generators(), asked)
    nearest = outset(clean, walk.sees)
    some = (nearest.sizes > 0).nonzero()[:, 0]
    points, some = walk.started(some)
    points = walk.to_border(points, some)
    nearest.keep(points, walk.far(points, some), torch.ones_like(some, dtype=torch.bool), some)
    turn = 0
    while len(some):
        stays = walk.left(some) >= _ROUND + _FEWEST
        points, some = points[stays], some[stays]
        if not len(some):
            break
        turn += 1
        run.progress(min(1.0, float(walk.asked[some.cpu()].min()) / params.queries), f"round {turn}")
        points = walk.on(points, some, turn)
        nearest.keep(points, walk.far(points, some), torch.ones_like(some, dtype=torch.bool), some)
    told = zip(walk.asked.tolist(), nearest.is_found.tolist(), strict=True)
    more: list[dict[str, Any]] = [
        {"queries": int(count), "caveats": [] if is_found else [_NO_START]} for count, is_found in told
    ]
    return result_of(clean, nearest, params.norm, params.eps, more)


@dataclass(frozen=True, eq=False)
class _Walk:
    """What all steps of one call share; ``asked`` counts answers about each photo, ``(N,)`` int64 on the CPU."""

    run: Run
    clean: Tensor
    sees: Sees
    params: HopskipjumpParams
    draws: list[torch.Generator]
    asked: Tensor

    def left(self, some: Tensor) -> Tensor:
        """Return how many answers samples ``(M,)`` may still have, ``(M,)``."""
        return self.params.queries - self.asked[some.cpu()].to(some.device)

    def ask(self, points: Tensor, some: Tensor) -> Tensor:
        """Return whether points ``(M, C, H, W)`` of samples ``(M,)`` are read as wanted, ``(M,)`` bool.

        One about which nothing may be asked any more counts as not; a sample that stands there several times has as
        many answers left.
        """
        self.run.check()
        there, is_asked = torch.zeros_like(some, dtype=torch.bool), self.left(some) > 0
        self.asked.index_add_(0, some[is_asked].cpu(), torch.ones(int(is_asked.sum()), dtype=torch.int64))
        if bool(is_asked.any()):
            there[is_asked] = self.sees(points[is_asked], some[is_asked])
        return there

    def far(self, points: Tensor, some: Tensor) -> Tensor:
        """Return the distances of points from their photos, ``(M,)``."""
        return distances_of(points - self.clean[some], self.params.norm)

    def started(self, some: Tensor) -> tuple[Tensor, Tensor]:
        """Return points read as wanted, given or drawn at random, and the samples that have one."""
        is_given = "start" in self.run.inputs
        points = self.run.inputs["start"].clamp(0.0, 1.0)[some] if is_given else self._random(some, 0)
        there = torch.zeros(len(some), dtype=torch.bool, device=some.device)
        for turn in range(_STARTS):
            left = (~there).nonzero()[:, 0]
            if not len(left):
                break
            there[left] = self.ask(points[left], some[left])
            left = (~there).nonzero()[:, 0]
            points[left] = self._random(some[left], turn + 1)
        return points[there], some[there]

    def _random(self, some: Tensor, turn: int) -> Tensor:
        """Return noise, one colour, or noise in the corners of the colour cube, in turn."""
        channels, *size = self.clean.shape[1:]
        shape = (channels, 1, 1) if turn % 3 == 1 else (channels, *size)
        drawn = [torch.rand(shape, generator=self.draws[place]).expand(channels, *size) for place in some.tolist()]
        drawn = [one.round() for one in drawn] if turn % 3 == 2 else drawn
        clean = self.clean[some]
        return clean + masked(torch.stack(drawn).to(clean) - clean, self.run, some) if drawn else clean

    def between(self, points: Tensor, some: Tensor, share: Tensor) -> Tensor:
        """Return points moved towards their photos: to a share ``(M,)`` of the distance, in the norm's own way."""
        delta, clean = points - self.clean[some], self.clean[some]
        if self.params.norm == "l2":
            return clean + share.view(-1, 1, 1, 1) * delta
        return clean + onto_linf(delta, (share * self.far(points, some)).view(-1, 1, 1, 1))

    def to_border(self, points: Tensor, some: Tensor) -> Tensor:
        """Return points ``(M, C, H, W)`` brought back towards their photos as far as the answer stays."""
        low, high = torch.zeros(len(some), device=points.device), torch.ones(len(some), device=points.device)
        for _ in range(_HALVINGS if len(some) else 0):
            middle = (low + high) / 2.0
            there = self.ask(self.between(points, some, middle), some)
            high, low = torch.where(there, middle, high), torch.where(there, low, middle)
        return self.between(points, some, high)

    def on(self, points: Tensor, some: Tensor, turn: int) -> Tensor:
        """Return the points after one round: a slope, a step along it that stays outside, and back to the border."""
        far = self.far(points, some)
        count = self.clean[0].numel()
        # section 3.2: δ of the probes falls with the distance and the number of values
        probe = far / sqrt(count) if self.params.norm == "l2" else far
        probe = torch.full_like(far, _FIRST_PROBE) if turn == 1 else probe
        slope = self._slope(points, some, probe, round(_FIRST_DRAWS * sqrt(turn)))
        slope = slope.sign() if self.params.norm == "linf" else slope / lengths(slope).clamp_min(1e-12)
        size = far / sqrt(turn)
        moved, there = points.clone(), torch.zeros(len(some), dtype=torch.bool, device=points.device)
        for _ in range(_LONGEST):
            left = (~there).nonzero()[:, 0]
            if not len(left):
                break
            tried = (points[left] + size[left].view(-1, 1, 1, 1) * slope[left]).clamp(0.0, 1.0)
            goes = self.ask(tried, some[left])
            moved[left[goes]], there[left[goes]] = tried[goes], True
            size = size / 2.0
        return self.to_border(moved, some)

    def _slope(self, points: Tensor, some: Tensor, probe: Tensor, count: int) -> Tensor:
        """Return in which direction the answer stays as wanted, ``(M, C, H, W)``: eq. 16, from `count` probes each.

        From fewer, where a photo has no answers left for so many.
        """
        total, signs, signed = torch.zeros_like(points), torch.zeros_like(probe), torch.zeros_like(points)
        counts = (self.left(some) - _ROUND).clamp_max(count)
        for first in range(0, count, _CHUNK):
            many = min(_CHUNK, count - first)
            # the draws of a photo lie together, so that they do not depend on the photos beside it
            noise = torch.stack([torch.randn((many, *points.shape[1:]), generator=self.draws[place]) for place in
                                 some.tolist()]).to(points)  # fmt: skip
            noise = noise if self.run.mask is None else noise * (self.run.mask[some, None] > 0)
            noise = noise / noise.flatten(2).norm(dim=2).clamp_min(1e-12)[:, :, None, None, None]
            tried = (points[:, None] + probe.view(-1, 1, 1, 1, 1) * noise).clamp(0.0, 1.0)
            is_tried = first + torch.arange(many, device=points.device) < counts[:, None]
            change = (tried - points[:, None]) / probe.view(-1, 1, 1, 1, 1) * is_tried[:, :, None, None, None]
            sign = torch.zeros_like(is_tried, dtype=points.dtype)
            met = self.ask(tried[is_tried], some[:, None].expand_as(is_tried)[is_tried])
            sign[is_tried] = 2.0 * met.to(points) - 1.0
            total, signed = total + change.sum(1), signed + (sign[:, :, None, None, None] * change).sum(1)
            signs = signs + sign.sum(1)
        mean = (signs / counts).view(-1, 1, 1, 1)
        return torch.where(mean.abs() < 1.0, signed - mean * total, signed)
