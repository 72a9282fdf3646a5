"""Photos turned, enlarged and moved by a little, differentiable in how far; what comes in at the border is mirrored."""

from __future__ import annotations

from math import pi

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["warped"]


def warped(images: Tensor, poses: Tensor) -> Tensor:
    """Return photos ``(N, C, H, W)`` float32 in other poses, sampled bilinearly around their centre.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32.
    poses : Tensor
        ``(N, 4)`` float32: degrees anticlockwise, pixels to the right, pixels down, and percent by which the content
        grows. A pose of zeros returns the photo itself.
    """
    _, _, height, width = images.shape
    angle, scale = poses[:, 0] * (pi / 180.0), 1.0 + poses[:, 3] / 100.0
    cosine, sine = angle.cos() / scale, angle.sin() / scale
    right, down = poses[:, 1], poses[:, 2]
    # where an output pixel looks: move back, turn back, shrink; in units of half the sides, as grid_sample has them
    rows = [
        [cosine, -sine * (height / width), -(cosine * right - sine * down) * (2.0 / width)],
        [sine * (width / height), cosine, -(sine * right + cosine * down) * (2.0 / height)],
    ]
    matrices = torch.stack([torch.stack(row, dim=1) for row in rows], dim=1)
    grid = F.affine_grid(matrices, list(images.shape), align_corners=False)
    moved = F.grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
    return torch.where((poses == 0).all(1)[:, None, None, None], images, moved)
