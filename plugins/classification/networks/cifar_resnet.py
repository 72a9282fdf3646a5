"""Residual networks for 32-pixel photos (He et al. 2016, section 4.2): shortcuts without parameters (option A)."""

from __future__ import annotations

from collections.abc import Mapping

import torch.nn.functional as F
from torch import Tensor, nn

from desktop_app.numerics.preparation import IMAGENET, Prepared, Preprocessing

CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
"""The classes of CIFAR-10 in their order."""


class Block(nn.Module):
    """Two 3×3 convolutions and a shortcut that drops every other pixel and fills up channels with zeros."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self._stride = 1 if inputs == outputs else 2
        self._added = (outputs - inputs) // 2
        self.conv1 = nn.Conv2d(inputs, outputs, 3, self._stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Return ``(N, outputs, H / stride, W / stride)``."""
        found = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        shortcut = F.pad(x[..., :: self._stride, :: self._stride], (0, 0, 0, 0, self._added, self._added))
        return F.relu(found + shortcut)


class CifarResNet(nn.Module):
    """Three stages of blocks, 16, 32 and 64 channels wide.

    Parameters
    ----------
    blocks : int
        Of each stage; the network is 6 n + 2 layers deep.
    classes : int
        Outputs.
    """

    def __init__(self, blocks: int, classes: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1, self.layer2, self.layer3 = (
            nn.Sequential(Block(inputs, outputs), *(Block(outputs, outputs) for _ in range(blocks - 1)))
            for inputs, outputs in ((16, 16), (16, 32), (32, 64))
        )
        self.linear = nn.Linear(64, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits ``(N, classes)`` of normalised photos."""
        features = self.layer3(self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x))))))
        logits: Tensor = self.linear(features.mean((2, 3)))
        return logits


def build(state: Mapping[str, Tensor]) -> Prepared:
    """Return the network as deep as a state dict, for photos normalised as ImageNet's."""
    blocks = len({name.split(".")[1] for name in state if name.startswith("layer1.")})
    classes = state["linear.weight"].shape[0]
    mean, std = IMAGENET
    labels = CIFAR10 if classes == len(CIFAR10) else ()
    return Prepared(CifarResNet(blocks, classes), Preprocessing(size=32, mean=mean, std=std), labels)
