"""DnCNN (Zhang 2017, arXiv:1608.03981): seventeen convolutions that give the noise, blind to its strength.

Three things differ from the paper, for a processor without a graphics card: pixels are folded two by two into channels
(as by the same authors in FFDNet, arXiv:1710.04026), so that every convolution works on a quarter of the photo; instead
of batch normalisation the layers begin as the identity with some noise; and there are no biases, so that a photo with
twice the contrast and twice the noise comes out with twice the contrast, and strengths of noise that were never seen
are borne (Mohan 2020, arXiv:1906.05478). One network serves grey and colour.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from plugins.restoration.common.convolutions import convolution, near_identity

__all__ = ["ALIGN", "REACH", "DnCnn", "build"]

_WIDTH, _INNER = 64, 15
ALIGN = 2
"""Pixels that are folded together."""
REACH = ALIGN * (_INNER + 2) + ALIGN
"""Of the 34 pixels and those of its own block that a pixel looks."""


class DnCnn(nn.Module):
    """Find and take away the noise of photos of one or three channels."""

    def __init__(self) -> None:
        super().__init__()
        planes = 3 * ALIGN**2
        self.first = convolution(planes, _WIDTH, bias=False)
        self.inner = nn.ModuleList([near_identity(_WIDTH, bias=False) for _ in range(_INNER)])
        self.last = convolution(_WIDTH, planes, gain=0.1, bias=False)  # it begins with little noise found

    def noise(self, images: Tensor) -> Tensor:
        """Return the noise of photos ``(N, 1 or 3, H, W)``: the same shape, float32 (Zhang 2017, eq. 1)."""
        height, width = images.shape[-2:]
        colours = F.pad(images.expand(-1, 3, -1, -1), (0, -width % ALIGN, 0, -height % ALIGN), "replicate")
        features = F.relu(self.first(F.pixel_unshuffle(colours, ALIGN)))
        for layer in self.inner:
            features = F.relu(layer(features))
        found = F.pixel_shuffle(self.last(features).float(), ALIGN)[..., :height, :width]
        return found if images.shape[1] == 3 else found.mean(1, keepdim=True)

    def forward(self, images: Tensor) -> Tensor:
        """Return photos ``(N, 1 or 3, H, W)`` float32, nominally in [0, 1] and unclipped, less their noise."""
        return images - self.noise(images)


def build() -> DnCnn:
    """Return the network with random weights."""
    return DnCnn()
