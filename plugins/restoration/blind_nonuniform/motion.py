"""One movement of the camera that explains the blur of all windows at once."""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api.numerics.blind import Turn
from desktop_app.api.numerics.kernel_estimation import (
    KernelEquations,
    centre_of_mass,
    cleaned,
    moved,
    normalised,
    solve_kernels,
)
from plugins.restoration.blind_nonuniform.poses import LocalKernels, View, displacements, roll_angles

_KERNEL_STEPS = 20  # of conjugate gradients, for the windows' kernels
_STEPS = 40  # of expectation maximisation
_WEAKEST = 0.03  # share of the most frequent pose, below which a pose is noise
_CALM = 1.0  # how much less likely a camera rolls so far that one pixel more shows in the corners
_COARSE = 0.3  # scale of the photo up to which its blur is the same everywhere, as good as


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
    """

    def __init__(self, view: View, centres: Tensor, max_roll: float, ridge: float) -> None:
        self._view, self._centres, self._ridge = view, centres, ridge
        self._rolls = roll_angles(view, max_roll)
        steps = torch.arange(len(self._rolls), device=centres.device) - len(self._rolls) // 2
        self._prior = torch.exp(-_CALM * steps.abs())  # windows that cannot tell a roll are to see none
        self._scale = 1.0
        self._shares: Tensor | None = None  # (rolls, side, side)
        self._map: LocalKernels | None = None

    def solve(self, equations: KernelEquations, turn: Turn) -> Tensor:
        """Return the windows' kernels ``(P, k, k)`` for the movement that fits their equations best."""
        side = equations.size
        if turn.is_first:
            self._scale = turn.scale
            self._map = LocalKernels.of(self._moves(self._centres * turn.scale, side), side)
        if turn.scale < _COARSE:
            return self._without_roll(equations)
        wanted = cleaned(solve_kernels(equations, self._ridge, _KERNEL_STEPS))
        begin = self._prior.repeat_interleave(side * side)
        shares = shares_of_poses(wanted, equations.strengths(), self._local, begin)
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

    def _moves(self, centres: Tensor, side: int) -> Tensor:
        return displacements(self._view.scaled(self._scale), self._rolls, side, centres)

    def centre(self, kernels: Tensor) -> Tensor:
        """Return the kernels after the middle of the movement was made the camera's place."""
        assert self._shares is not None
        down, right = (round(float(place)) for place in centre_of_mass(kernels.mean(0)))
        self._shares = moved(self._shares, -down, -right)
        return normalised(self._local.apply(self._shares.flatten()))

    def kernels_at(self, centres: Tensor, side: int) -> Tensor:
        """Return the kernels ``(Q, side, side)`` of the blur at places ``(Q, 2)``, in pixels from the centre."""
        assert self._shares is not None
        moves = self._moves(centres, self._shares.shape[-1])
        return normalised(LocalKernels.of(moves, side).apply(self._shares.flatten()))

    def roll_shares(self) -> list[tuple[float, float]]:
        """Return the share of time for every roll angle in degrees."""
        assert self._shares is not None
        amounts = self._shares.sum((-2, -1))
        degrees = torch.rad2deg(self._rolls)
        return list(zip(degrees.tolist(), (amounts / amounts.sum()).tolist(), strict=True))


def shares_of_poses(kernels: Tensor, strengths: Tensor, local: LocalKernels, begin: Tensor) -> Tensor:
    """Return the share of time ``(poses,)`` for every pose under which the windows' kernels are most likely.

    By expectation maximisation, as kernels are counts of light: its steps keep the shares positive, leave alone what
    the kernels do not tell, and hold on to nothing that an earlier turn believed.

    Parameters
    ----------
    kernels : Tensor
        ``(P, k, k)``, of each window by itself.
    strengths : Tensor
        ``(P, 1, 1)``, how much each window has to say.
    local : LocalKernels
        From shares to kernels.
    begin : Tensor
        ``(poses,)``, positive: how likely the poses are beforehand.
    """
    reachable = local.adjoint(strengths.expand_as(kernels)).clamp_min(1e-6)
    shares = begin / begin.sum()
    for _ in range(_STEPS):
        shares = shares * local.adjoint(strengths * kernels / (local.apply(shares) + 1e-6)) / reachable
    shares = torch.where(shares < _WEAKEST * shares.max(), 0.0, shares)
    return shares / shares.sum().clamp_min(1e-12)
