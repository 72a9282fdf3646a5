"""The network of the learnt curves: a small one that looks at a small photo and gives eight curves for each place.

Written from Guo 2020 (arXiv:2001.06826, section 3.2): seven convolutions, those of the second half look at those of the
first once more, a sigmoid at the end, since a brightener has nothing to darken. It looks at how dark each place is, and
pixels are folded four by four, so that each place sees further: a curve that suits it depends on what surrounds it.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["ITERATIONS", "MOST", "CurveNet", "bent", "build"]

ITERATIONS = 8
"""How often a curve is applied: a parabola bends little, eight of them much."""
MOST = 0.6  # of a: eight curves lift what is almost black by (1 + a)⁸ times, here 43; at 1 they would find noise
_WIDTH = 32
_GENTLE = -2.0  # what goes into the sigmoid at first: hardly any curve
_FOLD = 4  # pixels a side that share one place of the curves


def bent(images: Tensor, curves: Tensor) -> Tensor:
    """Return photos whose tones were bent by the light-enhancement curve, ``x + a x (1 - x)`` (eq. 3), time and again.

    Black stays black, white stays white, no tone overtakes another. What lies outside [0, 1] is moved by nothing.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32, C 1 or 3.
    curves : Tensor
        ``(N, 8 C, H, W)`` in [-1, 1]: a for each iteration and channel; negative ones darken.
    """
    inside = images.clamp(0.0, 1.0)
    tones = inside
    for bend in curves.chunk(ITERATIONS, dim=1):
        tones = tones + bend * tones * (1.0 - tones)
    return images + (tones - inside)


class CurveNet(nn.Module):
    """Find curves for small photos: ``(N, 1 or 3, h, w)`` float32 in [0, 1] to ``(N, 24, h, w)`` in [0, 0.6]."""

    def __init__(self) -> None:
        super().__init__()
        given, twice = 3 * _FOLD**2, 2 * _WIDTH
        widths = [given, _WIDTH, _WIDTH, _WIDTH, twice, twice, twice, 3 * ITERATIONS]
        self.layers = nn.ModuleList(
            nn.Conv2d(first, min(second, _WIDTH), 3, padding=1) for first, second in pairwise(widths)
        )
        nn.init.constant_(self.get_parameter("layers.6.bias"), _GENTLE)

    def forward(self, images: Tensor) -> Tensor:
        """Return the curves; a grey photo is taken for three equal channels."""
        height, width = images.shape[-2:]
        darkness = 1.0 - images.expand(-1, 3, -1, -1).clamp(min=1e-4).sqrt()
        padded = F.pad(darkness, (0, -width % _FOLD, 0, -height % _FOLD), "replicate")
        first, second, third, fourth, fifth, sixth, last = self.layers
        one = F.relu(first(F.pixel_unshuffle(padded, _FOLD)))
        two = F.relu(second(one))
        three = F.relu(third(two))
        found = F.relu(fourth(three))
        found = F.relu(fifth(torch.cat([found, three], dim=1)))
        found = F.relu(sixth(torch.cat([found, two], dim=1)))
        curves = MOST * last(torch.cat([found, one], dim=1)).float().sigmoid()
        return F.interpolate(curves, padded.shape[-2:], mode="bilinear", align_corners=False)[..., :height, :width]


def build() -> CurveNet:
    """Return the network with random weights."""
    return CurveNet()
