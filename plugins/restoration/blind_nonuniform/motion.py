"""One movement of the camera that explains the blur of all windows at once."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.numerics.blind import Turn
from desktop_app.numerics.kernel_estimation import (
    KernelEquations,
    centre_of_mass,
    cleaned,
    moved,
    normalised,
    solve_kernels,
)
from plugins.restoration.blind_nonuniform.poses import LocalKernels, View, displacements, roll_angles, rotations

_KERNEL_STEPS = 20  # of conjugate gradients, for the windows' kernels
_STEPS = 90  # of accelerated gradients, for the shares of time
_POWER_STEPS = 6  # for their length; the margin below makes up for what these leave
_MARGIN = 1.05
_WEAKEST = 0.1  # share of the most frequent pose, below which a pose is noise
_COARSE = 0.3  # scale of the photo up to which its blur is the same everywhere, as good as
_PLACES = 64  # whose kernels are made at once: for each there are as many numbers as poses


class Movement:
    """The share of time that the camera spent in each pose, found window by window of the photo.

    Parameters
    ----------
    view : View
        Of the photo.
    centres : Tensor
        ``(P, 2)``, x and y of the windows' centres, in pixels from the photo's.
    max_roll : float
        In degrees.
    ridge : float
        Keeps poses rare about which the edges say nothing.
    check : callable
        Called often; may raise to stop.
    """

    def __init__(self, view: View, centres: Tensor, max_roll: float, ridge: float, check: Callable[[], None]) -> None:
        self.view = view
        self._centres, self._ridge, self._check = centres, ridge, check
        self._rolls = roll_angles(view, max_roll)
        self._scale = 1.0
        self._shares: Tensor | None = None  # (rolls, side, side)
        self._map: LocalKernels | None = None

    def solve(self, equations: KernelEquations, turn: Turn) -> Tensor:
        """Return the windows' kernels ``(P, k, k)`` for the movement that fits their equations best."""
        side = equations.size
        if turn.is_first:
            self._scale = turn.scale
            poses = self._poses(side).flatten(0, 2)
            moves = displacements(self._seen, poses, self._centres * turn.scale)
            self._map = LocalKernels.of(moves, side)
        if turn.scale < _COARSE:
            return self._without_roll(equations)
        shares = shares_of_poses(equations, self._local, self._ridge, self._check)
        self._shares = shares.view(len(self._rolls), side, side)
        return self._local.apply(shares)

    @property
    def _local(self) -> LocalKernels:
        assert self._map is not None  # made in the first turn
        return self._map

    def _without_roll(self, equations: KernelEquations) -> Tensor:
        """Take one kernel for all windows, in as many poses of pitch and yaw."""
        count = len(equations.right)
        kernel = cleaned(solve_kernels(equations.summed(), self._ridge * count, _KERNEL_STEPS))
        self._shares = torch.cat([torch.zeros_like(kernel) for _ in self._rolls])
        self._shares[len(self._rolls) // 2] = kernel[0]
        return kernel.expand(count, -1, -1)

    @property
    def _seen(self) -> View:
        return self.view.scaled(self._scale)

    def _poses(self, side: int) -> Tensor:
        return rotations(self._seen, self._rolls.to(self._centres.device), side)

    def centre(self, kernels: Tensor) -> Tensor:
        """Return the kernels after the middle of the movement was made the camera's place."""
        assert self._shares is not None
        down, right = (round(float(place)) for place in centre_of_mass(kernels.mean(0)))
        self._shares = _upright(moved(self._shares, -down, -right))
        return normalised(self._local.apply(self._shares.flatten()))

    def kernels_at(self, centres: Tensor, side: int) -> Tensor:
        """Return the kernels ``(Q, side, side)`` of the blur at places ``(Q, 2)``, in pixels from the centre."""
        assert self._shares is not None
        used = self._shares > 0  # few of very many poses
        poses, shares = self._poses(self._shares.shape[-1])[used], self._shares[used]
        kernels = []
        for start in range(0, len(centres), _PLACES):
            self._check()
            moves = displacements(self._seen, poses, centres[start : start + _PLACES])
            kernels.append(LocalKernels.of(moves, side).apply(shares))
        return normalised(torch.cat(kernels))

    def roll_shares(self) -> list[tuple[float, float]]:
        """Return the share of time for every roll angle in degrees."""
        assert self._shares is not None
        amounts = self._shares.sum((-2, -1))
        degrees = torch.rad2deg(self._rolls)
        return list(zip(degrees.tolist(), (amounts / amounts.sum()).tolist(), strict=True))


def _upright(shares: Tensor) -> Tensor:
    """Return shares ``(rolls, side, side)`` turned by whole steps so that the mean roll is none.

    Edges fix a roll only up to a turn of the whole picture, as they fix a shift.
    """
    amounts, count = shares.sum((1, 2)), len(shares)
    steps = torch.arange(count, device=shares.device) - count // 2
    mean = round(float((amounts * steps).sum() / amounts.sum().clamp_min(1e-12)))
    return F.pad(shares, (0, 0, 0, 0, count, count))[count + mean : 2 * count + mean]


def shares_of_poses(
    equations: KernelEquations, local: LocalKernels, ridge: float, check: Callable[[], None]
) -> Tensor:
    """Return the share of time ``(poses,)`` for every pose with which all windows' equations are met best.

    Least squares over shares that are not negative (Whyte 2012, eq. 12), with a ridge on the windows' kernels, by
    accelerated projected gradients (Beck and Teboulle 2009, eq. 4.1 to 4.3, doi:10.1137/080716542). The windows are
    not asked one by one: most of them know only a part of their kernel.

    Parameters
    ----------
    equations : KernelEquations
        Of all windows.
    local : LocalKernels
        From shares to kernels.
    ridge : float
        Keeps poses rare about which the edges say nothing.
    check : callable
        Called in every step; may raise to stop.
    """

    def apply(shares: Tensor) -> Tensor:
        check()
        kernels = local.apply(shares)
        return local.adjoint(equations.apply(kernels) + ridge * kernels)

    right = local.adjoint(equations.right)
    step = 1.0 / (_MARGIN * _largest_eigenvalue(apply, torch.ones_like(right))).clamp_min(1e-12)
    shares = ahead = torch.zeros_like(right)
    momentum = 1.0
    for _ in range(_STEPS):
        better = (ahead - step * (apply(ahead) - right)).clamp_min_(0.0)
        before, momentum = momentum, (1.0 + sqrt(1.0 + 4.0 * momentum**2)) / 2.0
        ahead = better + (before - 1.0) / momentum * (better - shares)
        shares = better
    shares = torch.where(shares < _WEAKEST * shares.max(), 0.0, shares)
    return shares / shares.sum().clamp_min(1e-12)


def _largest_eigenvalue(apply: Callable[[Tensor], Tensor], start: Tensor) -> Tensor:
    vector = start
    for _ in range(_POWER_STEPS):
        vector = apply(vector / vector.square().sum().sqrt().clamp_min(1e-12))
    return vector.square().sum().sqrt()
