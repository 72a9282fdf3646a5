"""The network that tells how each part of a photo moved during the exposure, from local spectra.

A straight motion of L pixels leaves dents in the spectrum, across its direction and 1 / L apart. The photo is looked at
in windows around the middles of cells; the logarithm of each window's power over the noise's goes through layers that
also see the neighbouring cells, and out come the likelihoods of motions that differ by two pixels of length or by ten
degrees. Sun 2015 (arXiv:1503.00593, section 3.1) lets a network classify the windows' pixels into such motions; in the
spectrum the same is learnt from a hundredth of the photos, for it does not matter where in the window an edge is.
"""

from __future__ import annotations

from math import pi

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from desktop_app.numerics.appearance import luminance

__all__ = ["ANGLES", "CELL", "LENGTHS", "LONGEST", "REACH", "MotionNet", "build", "candidates", "doubled"]

CELL = 16
"""Side in pixels of the squares of which each gets one motion."""
LENGTHS = tuple(range(3, 26, 2))
"""In pixels, beside no motion at all."""
ANGLES = 18
"""Directions, ten degrees apart; a motion and its reverse are one."""
LONGEST = float(LENGTHS[-1])
_WINDOW = 48
REACH = (_WINDOW - CELL) // 2 + 2 * CELL
"""How many pixels beyond its cell an answer depends on."""
_NOISE = 1.0 / 255.0  # standard deviation of what is taken for nothing
_WIDTH = 160


def candidates() -> Tensor:
    """Return the motions ``(M, 2)`` float32 that are told apart: length in pixels, angle in radians; none is first."""
    angles = torch.arange(ANGLES) * (pi / ANGLES)
    grid = torch.cartesian_prod(torch.tensor(LENGTHS, dtype=torch.float32), angles)
    return torch.cat([torch.zeros(1, 2), grid])


def doubled(motions: Tensor) -> Tensor:
    """Return motions ``(…, 2)``, length and angle, as vectors of that length at twice the angle.

    A motion and its reverse, which blur alike, are one vector, and neighbouring motions are neighbours.
    """
    length, angle = motions.unbind(-1)
    return torch.stack([length * (2 * angle).cos(), length * (2 * angle).sin()], dim=-1)


class MotionNet(nn.Module):
    """Tell how likely each motion is in each cell of a photo."""

    hann: Tensor

    def __init__(self) -> None:
        super().__init__()
        line = torch.hann_window(_WINDOW, periodic=False)
        self.register_buffer("hann", line[:, None] * line, persistent=False)
        spectrum = _WINDOW * (_WINDOW // 2 + 1)
        self.seen = nn.Conv2d(spectrum, _WIDTH, 1)
        self.around = nn.ModuleList(nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1) for _ in range(2))
        self.told = nn.Conv2d(_WIDTH, len(LENGTHS) * ANGLES + 1, 1)

    def spectra(self, images: Tensor) -> Tensor:
        """Return local spectra ``(N, frequencies, rows, columns)`` of photos ``(N, C, H, W)``: a column each cell.

        The natural logarithm of power over that of noise of one level, where there is more, by a third.
        """
        plane = luminance(images)
        height, width = plane.shape[-2:]
        margin = (_WINDOW - CELL) // 2
        around = (margin, margin + -width % CELL, margin, margin + -height % CELL)
        windows = F.pad(plane, around, "replicate").unfold(2, _WINDOW, CELL).unfold(3, _WINDOW, CELL)[:, 0]
        windows = (windows - windows.mean((-2, -1), keepdim=True)) * self.hann
        power = torch.fft.rfft2(windows.float()).abs().square()
        noise = _NOISE**2 * self.hann.square().sum()
        found: Tensor = (power / noise + 1.0).log().flatten(3).permute(0, 3, 1, 2) / 3.0
        return found

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits ``(N, M, rows, columns)`` of `candidates` for the cells of photos ``(N, C, H, W)``."""
        features = F.gelu(self.seen(self.spectra(images)))
        for layer in self.around:
            features = features + F.gelu(layer(features))
        found: Tensor = self.told(features)
        return found


def build() -> MotionNet:
    """Return the network with random weights."""
    return MotionNet()
