"""The network of underwater photos: what is to be done to the colours of each place.

Water is ``I = (J t + B (1 - t)) D`` with daylight D, veil B and transmission t that change slowly over a photo: what
undoes it is a matrix and a shift of the three colours that change slowly, too. They are found on a small copy of the
whole photo and applied to the photo as it is, so that detail stays and the photo's size does not matter.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from plugins.restoration.common.whole_photo import WholePhotoUnet

__all__ = ["UnderwaterNet", "build"]


class UnderwaterNet(WholePhotoUnet):
    """Take water away from photos ``(N, 1 or 3, H, W)``; before any training they come back as they were."""

    def __init__(self) -> None:
        super().__init__(outputs=12)  # by rows, a 3×3 matrix less one, then a shift

    def forward(self, images: Tensor) -> Tensor:
        """Return the photos without water, float32; values may lie outside [0, 1]."""
        colours, given = super().forward(images), images.expand(-1, 3, -1, -1)
        planes = []
        for row in range(3):  # one colour after the other: all twelve planes at once would need three times the memory
            own = torch.cat([colours[:, 3 * row : 3 * row + 3], colours[:, 9 + row : 10 + row]], dim=1)
            here = F.interpolate(own, images.shape[-2:], mode="bilinear", align_corners=False)
            planes.append(given[:, row] + (here[:, :3] * given).sum(1) + here[:, 3])
        cleared = torch.stack(planes, dim=1)
        return cleared.mean(1, keepdim=True) if images.shape[1] == 1 else cleared


def build() -> UnderwaterNet:
    """Return the network with random weights."""
    return UnderwaterNet()
