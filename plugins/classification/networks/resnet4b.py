"""The small residual network without batch norm that verification tools are tried on (Wang et al. 2021)."""

from __future__ import annotations

from collections.abc import Mapping

import torch.nn.functional as F
from torch import Tensor, nn

from desktop_app.numerics.preparation import Prepared, Preprocessing
from plugins.classification.networks.cifar_resnet import CIFAR10

_MEAN, _STD = (0.4914, 0.4822, 0.4465), (0.2471, 0.2435, 0.2616)


class Block(nn.Module):
    """Two 3×3 convolutions beside a 1×1 one where the size changes."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride)) if stride > 1 else nn.Sequential()

    def forward(self, x: Tensor) -> Tensor:
        """Return ``(N, outputs, H / stride, W / stride)``."""
        return F.relu(self.conv2(F.relu(self.conv1(x))) + self.shortcut(x))


class ResNet4b(nn.Module):
    """Four blocks and two dense layers, for 32×32 pixels.

    Parameters
    ----------
    width : int
        Channels of the first convolution.
    classes : int
        Outputs.
    """

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        wide = 2 * width
        self.conv1 = nn.Conv2d(3, width, 3, 2, padding=1)
        self.layer1 = nn.Sequential(Block(width, wide, 2), Block(wide, wide, 1))
        self.layer2 = nn.Sequential(Block(wide, wide, 2), Block(wide, wide, 1))
        self.linear1 = nn.Linear(16 * wide, 100)
        self.linear2 = nn.Linear(100, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits ``(N, classes)`` of normalised photos."""
        features = self.layer2(self.layer1(F.relu(self.conv1(x))))
        logits: Tensor = self.linear2(F.relu(self.linear1(features.flatten(1))))
        return logits


def build(state: Mapping[str, Tensor]) -> Prepared:
    """Return the network as wide as a state dict, for photos normalised as CIFAR-10's."""
    classes = state["linear2.weight"].shape[0]
    labels = CIFAR10 if classes == len(CIFAR10) else ()
    how = Preprocessing(size=32, mean=_MEAN, std=_STD)
    return Prepared(ResNet4b(state["conv1.weight"].shape[0], classes), how, labels)
