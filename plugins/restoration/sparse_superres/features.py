"""What a patch of a bicubically enlarged photo tells about the details that it lacks."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.numerics.borders import pad_mirrored
from desktop_app.numerics.resize import upsample_bicubic

PATCH = 3
"""Side of a patch, in pixels of the small photo; patches overlap by all but one of them."""
BORDER = 3
"""Pixels by which the small photo is continued: a patch and a derivative."""


def enlarged(plane: Tensor, scale: int) -> Tensor:
    """Return a plane ``(H, W)``, continued by `BORDER` and enlarged: ``(scale·(H + 6), scale·(W + 6))``."""
    return upsample_bicubic(pad_mirrored(plane[None], BORDER, BORDER, BORDER, BORDER), scale)[0]


def patch_features(rows: Tensor, scale: int) -> Tensor:
    """Return first and second differences of all patches, across and down (Zeyde 2010, section 4; Yang 2010, eq. 12).

    Parameters
    ----------
    rows : Tensor
        ``(scale·h, scale·w)`` of an enlarged plane. Differences reach one small pixel, so that patches begin at the
        second one.
    scale : int
        Pixels of the enlarged plane to one of the small photo.

    Returns
    -------
    Tensor
        ``((h - 4)·(w - 4), 4·(3·scale)²)``, row by row.
    """
    height, width = (size - 2 * scale for size in rows.shape)
    centre = rows[scale : scale + height, scale : scale + width]
    left, right = (rows[scale : scale + height, start : start + width] for start in (0, 2 * scale))
    above, below = (rows[start : start + height, scale : scale + width] for start in (0, 2 * scale))
    planes = [right - left, below - above, (right + left) / 2 - centre, (below + above) / 2 - centre]
    return F.unfold(torch.stack(planes)[None], PATCH * scale, stride=scale)[0].T


def put_together(patches: Tensor, height: int, width: int, scale: int) -> Tensor:
    """Return the average of overlapping large patches ``((height - 2)·(width - 2), (3·scale)²)``.

    Returns
    -------
    Tensor
        ``(scale·height, scale·width)``; all but its outer two small pixels are the average of nine patches.
    """
    size = (scale * height, scale * width)
    return F.fold(patches.T[None], size, PATCH * scale, stride=scale)[0, 0] / PATCH**2
