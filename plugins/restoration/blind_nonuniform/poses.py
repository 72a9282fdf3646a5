"""How the camera was turned, and what each turn does to each part of the photo.

A turn by pitch θx, yaw θy and roll θz moves the image by the homography ``K R(θ) K⁻¹`` (Whyte 2012, eq. 2). Within a
small window that is a shift, so that a share of time for every pose gives every window a kernel of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, radians

import torch
from torch import Tensor

_MOST_ROLLS = 33  # of a grid: with more, the corners of a large photo are no sharper and the work has no end


@dataclass(frozen=True)
class View:
    """What a camera sees: size and focal length of the photo, in pixels."""

    height: int
    width: int
    focal: float

    @classmethod
    def of(cls, plane: Tensor, focal_length: float) -> View:
        """Return the view of a plane ``(H, W)``, the focal length in multiples of its longer side."""
        return cls(plane.shape[0], plane.shape[1], focal_length * max(plane.shape))

    @property
    def corner(self) -> float:
        """Distance from the centre to a corner, in pixels."""
        return float((self.height**2 + self.width**2) ** 0.5) / 2.0

    def scaled(self, scale: float) -> View:
        """Return the view of the photo made smaller."""
        return View(round(self.height * scale), round(self.width * scale), self.focal * scale)


def roll_angles(view: View, max_roll: float) -> Tensor:
    """Return roll angles in radians from -max to max, as far apart as moves a corner by about a pixel."""
    steps = min(ceil(view.corner * radians(max_roll)), _MOST_ROLLS // 2)
    return torch.linspace(-1.0, 1.0, 2 * steps + 1) * radians(max_roll) if steps else torch.zeros(1)


def rotations(view: View, rolls: Tensor, side: int) -> Tensor:
    """Return the matrices ``(R, side, side, 3, 3)`` of a grid of poses: roll, pitch and yaw.

    Parameters
    ----------
    view : View
        Of the photo.
    rolls : Tensor
        ``(R,)`` in radians.
    side : int
        Of the grid of pitch and yaw, odd; their steps move the photo's centre by one pixel.
    """
    tilts = torch.arctan((torch.arange(side, device=rolls.device) - side // 2) / view.focal)
    pitch, yaw = _about(tilts, 1, 2), _about(tilts, 0, 2)
    roll = _about(rolls, 1, 0)
    return yaw[None, None] @ pitch[None, :, None] @ roll[:, None, None]  # roll first, then pitch, then yaw


def displacements(view: View, poses: Tensor, centres: Tensor) -> Tensor:
    """Return how far each pose moves each place of the photo.

    Parameters
    ----------
    view : View
        Of the photo.
    poses : Tensor
        ``(M, 3, 3)``, as from `rotations`.
    centres : Tensor
        ``(P, 2)``, x and y of places, in pixels from the photo's centre.

    Returns
    -------
    Tensor
        ``(P, M, 2)``, right and down, in pixels.
    """
    turns = poses @ _rays(centres, view.focal).T  # (M, 3, P)
    moved = view.focal * turns[:, :2] / turns[:, 2:]
    return moved.permute(2, 0, 1) - centres[:, None]


def _rays(centres: Tensor, focal: float) -> Tensor:
    return torch.cat([centres / focal, torch.ones_like(centres[:, :1])], dim=1)


def _about(angles: Tensor, towards: int, from_axis: int) -> Tensor:
    """Return rotations that turn one axis by each angle towards another."""
    matrices = torch.eye(3, device=angles.device).repeat(len(angles), 1, 1)
    matrices[:, towards, towards] = matrices[:, from_axis, from_axis] = angles.cos()
    matrices[:, towards, from_axis] = angles.sin()
    matrices[:, from_axis, towards] = -angles.sin()
    return matrices


@dataclass(frozen=True)
class LocalKernels:
    """The linear map from a share of time for every pose to a kernel for every place.

    Parameters
    ----------
    index : Tensor
        ``(P, 4, poses)`` int64: the four pixels of the place's kernel that a pose falls between.
    weight : Tensor
        ``(P, 4, poses)``: what it adds to each; nothing where it falls outside.
    side : int
        Of the kernels, odd.
    """

    index: Tensor
    weight: Tensor
    side: int

    @classmethod
    def of(cls, moves: Tensor, side: int) -> LocalKernels:
        """Return the map for displacements ``(P, poses, 2)``."""
        places = moves + side // 2
        low = places.floor()
        share = places - low
        index, weight = [], []
        for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)):
            x, y = low[..., 0] + right, low[..., 1] + down
            part = (share[..., 0] if right else 1.0 - share[..., 0]) * (share[..., 1] if down else 1.0 - share[..., 1])
            is_inside = (x >= 0) & (x < side) & (y >= 0) & (y < side)
            index.append(torch.where(is_inside, y * side + x, 0.0).long())
            weight.append(torch.where(is_inside, part, 0.0))
        return cls(torch.stack(index, 1), torch.stack(weight, 1), side)

    def apply(self, shares: Tensor) -> Tensor:
        """Return kernels ``(P, side, side)`` for a share of time ``(poses,)``."""
        values = (self.weight * shares).flatten(1)
        kernels = values.new_zeros(len(values), self.side**2).scatter_add_(1, self.index.flatten(1), values)
        return kernels.view(-1, self.side, self.side)

    def adjoint(self, kernels: Tensor) -> Tensor:
        """Return ``(poses,)``: the transposed map, of kernels ``(P, side, side)``."""
        values = kernels.flatten(1).gather(1, self.index.flatten(1)).view(self.index.shape)
        return values.mul_(self.weight).sum((0, 1))
