"""SRCNN (Dong 2014, arXiv:1501.00092): three convolutions, each of which is a step of sparse super-resolution.

The first describes patches, the second maps their descriptions to those of sharp patches, the third puts these
together.
Two things differ from the paper, for a processor without a graphics card: the enlarged photo is folded (see
`plugins.restoration.common.enlarging`), so that filters of 3 × 3 folded places see 6 × 6 to 12 × 12 pixels where the
paper's see 9 × 9; and the network gives what the enlargement lacks, as VDSR (Kim 2016, arXiv:1511.04587) does.
"""

from __future__ import annotations

from math import isqrt

import torch.nn.functional as F
from torch import Tensor, nn

from plugins.restoration.common.convolutions import convolution
from plugins.restoration.common.enlarging import SCALES, without_brightness

__all__ = ["REACH", "Srcnn", "build"]

REACH = 8
"""Pixels of the small photo that an enlarged pixel looks: three convolutions, brightness around, the bicubic's."""
_PATCHES, _MAPPED = 128, 64  # filters


class ThreeLayers(nn.Module):
    """What the enlargement by one scale lacks.

    Parameters
    ----------
    planes : int
        The scale squared.
    """

    def __init__(self, planes: int) -> None:
        super().__init__()
        self.extraction = convolution(planes, _PATCHES)
        self.mapping = convolution(_PATCHES, _MAPPED)
        self.reconstruction = convolution(_MAPPED, planes, gain=0.1)  # it begins near the bicubic enlargement

    def forward(self, planes: Tensor) -> Tensor:
        """Return what folded planes ``(N, s², h, w)`` lack (Dong 2014, eqs. 1 to 3)."""
        described = F.relu(self.extraction(without_brightness(planes)))
        found: Tensor = self.reconstruction(F.relu(self.mapping(described)))
        return found


class Srcnn(nn.Module):
    """Three layers for each scale, which the number of channels tells."""

    def __init__(self) -> None:
        super().__init__()
        self.scales = nn.ModuleDict({f"x{scale}": ThreeLayers(scale * scale) for scale in SCALES})

    def forward(self, planes: Tensor) -> Tensor:
        """Return what folded planes ``(N, s², h, w)``, nominally in [0, 1], lack: the same shape."""
        found: Tensor = self.scales[f"x{isqrt(planes.shape[1])}"](planes)
        return found


def build() -> Srcnn:
    """Return the network with random weights."""
    return Srcnn()
