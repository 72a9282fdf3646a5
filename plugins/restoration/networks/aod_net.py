"""AOD-Net (Li et al. 2017, doi:10.1109/ICCV.2017.511): one map K stands for transmission and airlight together."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class AODNet(nn.Module):
    """Clear colour photos ``(N, 3, H, W)`` of haze, with five small convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.e_conv1 = nn.Conv2d(3, 3, 1)
        self.e_conv2 = nn.Conv2d(3, 3, 3, padding=1)
        self.e_conv3 = nn.Conv2d(6, 3, 5, padding=2)
        self.e_conv4 = nn.Conv2d(6, 3, 7, padding=3)
        self.e_conv5 = nn.Conv2d(12, 3, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        """Return ``K · I − K + b`` with b = 1 of photos in [0, 1] (eq. 4)."""
        first = F.relu(self.e_conv1(images))
        second = F.relu(self.e_conv2(first))
        third = F.relu(self.e_conv3(torch.cat([first, second], dim=1)))
        fourth = F.relu(self.e_conv4(torch.cat([second, third], dim=1)))
        k = F.relu(self.e_conv5(torch.cat([first, second, third, fourth], dim=1)))
        return F.relu(k * images - k + 1.0)


def build(state: Mapping[str, Tensor]) -> AODNet:  # noqa: ARG001 - it comes in one size
    """Return the network with random weights."""
    return AODNet()
