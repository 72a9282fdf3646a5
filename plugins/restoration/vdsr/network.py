"""VDSR (Kim 2016, arXiv:1511.04587): twenty convolutions that serve all scales and give the enlargement's residual.

One thing differs from the paper, for a processor without a graphics card: the enlarged photo is folded (see
`plugins.restoration.common.enlarging`), so that the first and the last convolution are each scale's own; the eighteen
between are shared. They begin as the identity with some noise: twenty layers then learn from the first step on, without
the paper's high rates and clipped gradients.
"""

from __future__ import annotations

from math import isqrt

import torch.nn.functional as F
from torch import Tensor, nn

from plugins.restoration.common.convolutions import convolution, near_identity
from plugins.restoration.common.enlarging import SCALES, without_brightness

__all__ = ["REACH", "Vdsr", "build"]

_WIDTH, _SHARED = 64, 18
REACH = _SHARED + 2 + 5
"""Pixels of the small photo that an enlarged pixel looks: the convolutions, brightness around, the bicubic's."""


class Vdsr(nn.Module):
    """Find what the enlargement lacks; the number of channels tells the scale."""

    def __init__(self) -> None:
        super().__init__()
        self.entrances = nn.ModuleDict({f"x{s}": convolution(s * s, _WIDTH) for s in SCALES})
        self.shared = nn.ModuleList([near_identity(_WIDTH) for _ in range(_SHARED)])
        # It begins near the bicubic enlargement.
        self.exits = nn.ModuleDict({f"x{s}": convolution(_WIDTH, s * s, gain=0.1) for s in SCALES})

    def forward(self, planes: Tensor) -> Tensor:
        """Return what folded planes ``(N, s², h, w)``, nominally in [0, 1], lack: the same shape."""
        scale = f"x{isqrt(planes.shape[1])}"
        features = F.relu(self.entrances[scale](without_brightness(planes)))
        for layer in self.shared:
            features = F.relu(layer(features))
        found: Tensor = self.exits[scale](features)
        return found


def build() -> Vdsr:
    """Return the network with random weights."""
    return Vdsr()
