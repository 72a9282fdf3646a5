"""The plain network that competes with BM3D (Burger 2012, doi:10.1109/CVPR.2012.6247952): a patch in, its middle out.

Overlapping middles are averaged under a Gaussian window (section 3). It is narrower than the paper's (four layers of
2047 units after a month on a graphics card); what it has beside it: photos come in units of their noise's standard
deviation, and patches less their mean, so that one network serves all strengths; and what a linear filter can do is
done by one that lies beside the layers.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["ALIGN", "MIDDLE", "PATCH", "REACH", "PatchMlp", "build"]

PATCH = 21
"""Pixels a side that the network sees."""
MIDDLE = 9
"""Pixels a side that it gives."""
ALIGN = 3
"""Pixels between neighbouring patches."""
_MARGIN = (PATCH - MIDDLE) // 2
_BEFORE = MIDDLE - ALIGN  # by which the first middles begin before the photo, so that all pixels lie in as many
REACH = 15
"""Of the 14 pixels that a pixel looks, up to whole steps."""
_UNITS, _HIDDEN = 640, 3
_INPUT_SCALE = 0.25  # of what the layers get: photos are several times stronger than their noise
_WINDOW = MIDDLE / 4.0  # standard deviation of the Gaussian by which middles are weighed, in pixels


class PatchMlp(nn.Module):
    """Denoise planes whose noise has the standard deviation 1."""

    def __init__(self) -> None:
        super().__init__()
        sizes = [PATCH**2, *[_UNITS] * _HIDDEN]
        hidden = [nn.Linear(a, b) for a, b in pairwise(sizes)]
        for layer in hidden:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
        self.hidden = nn.ModuleList(hidden)
        self.last = nn.Linear(_UNITS, MIDDLE**2)
        self.linear = nn.Linear(PATCH**2, MIDDLE**2, bias=False)
        with torch.no_grad():
            self.last.weight *= 0.1
            self.linear.weight *= 0.1

    def middles(self, patches: Tensor) -> Tensor:
        """Return the clean middles ``(P, MIDDLE²)`` of patches ``(P, PATCH²)``."""
        mean = patches.mean(1, keepdim=True)
        differences = patches - mean
        features = differences * _INPUT_SCALE
        for layer in self.hidden:
            features = F.relu(layer(features))
        found: Tensor = self.last(features) + self.linear(differences)
        return mean + found.float()

    def forward(self, planes: Tensor) -> Tensor:
        """Return clean planes for ``(N, 1, H, W)`` float32 whose noise has the standard deviation 1, of any size."""
        height, width = planes.shape[-2:]
        before = _BEFORE + _MARGIN
        more = [_MARGIN + _BEFORE + (-size % ALIGN) for size in (width, height)]
        padded = F.pad(planes, (before, more[0], before, more[1]), "replicate")
        count = len(planes)
        patches = F.unfold(padded, PATCH, stride=ALIGN).transpose(1, 2)
        middles = self.middles(patches.flatten(0, 1)).view(count, -1, MIDDLE**2).transpose(1, 2)
        tall, wide = (2 * _BEFORE + length + (-length % ALIGN) for length in (height, width))
        window = _window().to(middles)[:, None]
        total = F.fold(middles * window, (tall, wide), MIDDLE, stride=ALIGN)
        weight = F.fold(window.expand(1, -1, middles.shape[2]), (tall, wide), MIDDLE, stride=ALIGN)
        inner = (..., slice(_BEFORE, _BEFORE + height), slice(_BEFORE, _BEFORE + width))
        return (total / weight)[inner]


def _window() -> Tensor:
    """Return the weights of a middle's pixels, ``(MIDDLE²,)``."""
    line = torch.arange(MIDDLE) - (MIDDLE - 1) / 2.0
    bell = (-0.5 * (line / _WINDOW).square()).exp()
    return (bell[:, None] * bell).flatten()


def build() -> PatchMlp:
    """Return the network with random weights."""
    return PatchMlp()
