"""The network of ``dehaze.aod``: AOD-Net, with a look at the whole photo.

As published (Li et al. 2017, doi:10.1109/ICCV.2017.511), one map K stands for transmission and airlight together:
``J = K I − K + b`` with b = 1 (eq. 4), and five convolutions find it, each of which sees the earlier ones (figure 2).
Published, they see seven pixels far and cannot know how bright the haze is; here they are also given a few planes
from a small U-net over the whole photo and its darkest values, and are somewhat wider.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from plugins.restoration.common.whole_photo import WholePhotoUnet

__all__ = ["HazeNet", "build"]

_PLANES = 4  # from the whole photo
_WIDTH = 6  # channels of each convolution; 3 as published


class HazeNet(nn.Module):
    """Clear photos ``(N, 1 or 3, H, W)`` of haze; grey is taken for three equal channels."""

    def __init__(self) -> None:
        super().__init__()
        self.whole = WholePhotoUnet(_PLANES, sees_darkest=True)
        inputs, width = 3 + _PLANES, _WIDTH
        self.first = nn.Conv2d(inputs, width, 1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        self.third = nn.Conv2d(2 * width, width, 5, padding=2)
        self.fourth = nn.Conv2d(2 * width, width, 7, padding=3)
        self.fifth = nn.Conv2d(4 * width + _PLANES, 3, 3, padding=1)
        assert self.fifth.bias is not None
        with torch.no_grad():  # K = 1 gives the photo back: training begins about there
            self.fifth.weight.mul_(0.1)
            self.fifth.bias.fill_(1.0)

    def forward(self, images: Tensor) -> Tensor:
        """Return the clear photos, of the images' shape, float32; values may lie outside [0, 1]."""
        hazy = images.expand(-1, 3, -1, -1)
        planes = F.interpolate(self.whole(images), images.shape[-2:], mode="bilinear", align_corners=False)
        first = F.relu(self.first(torch.cat([hazy, planes], dim=1)))
        second = F.relu(self.second(first))
        third = F.relu(self.third(torch.cat([first, second], dim=1)))
        fourth = F.relu(self.fourth(torch.cat([second, third], dim=1)))
        k = F.relu(self.fifth(torch.cat([first, second, third, fourth, planes], dim=1))).float()
        cleared = k * hazy - k + 1.0
        return cleared.mean(1, keepdim=True) if images.shape[1] == 1 else cleared


def build() -> HazeNet:
    """Return the network with random weights."""
    return HazeNet()
