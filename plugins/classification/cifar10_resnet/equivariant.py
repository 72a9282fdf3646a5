"""A residual network that answers the same for a photo turned by quarters: what it need not learn, it knows.

Cohen and Welling 2016, "Group equivariant convolutional networks", arXiv:1602.07576, for the group p4 of shifts and
quarter turns: every filter is applied in four orientations, and features turn with the photo until the last layer
takes the largest of all orientations and places.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from plugins.classification.cifar10_resnet.network import LABELS, TenThings

__all__ = ["EquivariantNet", "TurningConvolution", "build_equivariant"]

_TURNS = 4
_WIDTHS = (8, 24, 48)
"""Features after each stage; each has four orientations."""
_LOGIT_SCALE = 1 / 9


class TurningConvolution(nn.Module):
    """A 3 x 3 convolution of features with orientations, ``(N, 4·I, H, W)`` to ``(N, 4·O, H, W)`` (eq. 11).

    Channels are ordered by orientation, then by feature: turned by a quarter, features turn as pictures do, and their
    four orientations move on by one.

    Parameters
    ----------
    inputs, outputs : int
        Numbers of features.
    is_first : bool
        Takes a picture of ``inputs`` channels, which have no orientation (eq. 10).
    """

    def __init__(self, inputs: int, outputs: int, is_first: bool = False) -> None:
        super().__init__()
        self.is_first = is_first
        turns = 1 if is_first else _TURNS
        self.weight = nn.Parameter(torch.empty(outputs, turns * inputs, 3, 3))
        nn.init.kaiming_normal_(self.weight, nonlinearity="relu")

    def kernels(self) -> Tensor:
        """Return the filters in all orientations, ``(4·O, 4·I, 3, 3)``, or ``(4·O, I, 3, 3)`` of the first layer."""
        outputs = len(self.weight)
        turned = []
        for turn in range(_TURNS):
            kernel = torch.rot90(self.weight, turn, (2, 3))
            if not self.is_first:
                kernel = kernel.view(outputs, _TURNS, -1, 3, 3).roll(turn, 1).flatten(1, 2)
            turned.append(kernel)
        return torch.cat(turned)

    def forward(self, x: Tensor) -> Tensor:
        """Apply it; beyond the border there are zeros."""
        return F.conv2d(x, self.kernels(), padding=1)


class _TurningNorm(nn.BatchNorm2d):
    """Batch norm that all orientations of a feature share, without a gain."""

    def __init__(self, features: int) -> None:
        super().__init__(features, momentum=0.2)
        self.weight.requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        rows = x.permute(0, 2, 3, 1)
        normed = super().forward(rows.reshape(-1, self.num_features, 1, 1))
        return normed.reshape(rows.shape).permute(0, 3, 1, 2)


class _TurningStage(nn.Module):
    """Widen and halve the picture, then add a two-convolution residual, as the plain net's stages do."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.widen, self.norm = TurningConvolution(inputs, outputs), _TurningNorm(outputs)
        self.first, self.first_norm = TurningConvolution(outputs, outputs), _TurningNorm(outputs)
        self.second, self.second_norm = TurningConvolution(outputs, outputs), _TurningNorm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        trunk = F.relu(self.norm(F.max_pool2d(self.widen(x), 2)))
        branch = F.relu(self.first_norm(self.first(trunk)))
        return F.relu(trunk + self.second_norm(self.second(branch)))


class EquivariantNet(TenThings):
    """Says which of ten things a photo shows, whichever of its sides is up.

    Parameters
    ----------
    widths : sequence of int
        Features after each stage.

    Examples
    --------
    >>> import torch
    >>> build_equivariant().eval()(torch.rand(2, 1, 48, 80)).shape
    torch.Size([2, 10])
    """

    def __init__(self, widths: Sequence[int] = _WIDTHS) -> None:
        super().__init__(_LOGIT_SCALE)
        self.lift, self.lift_norm = TurningConvolution(3, widths[0], is_first=True), _TurningNorm(widths[0])
        inputs = (widths[0], *widths[:-1])
        self.stages = nn.Sequential(*(_TurningStage(i, o) for i, o in zip(inputs, widths, strict=True)))
        self.head = nn.Linear(widths[-1], len(LABELS), bias=False)
        nn.init.normal_(self.head.weight, std=widths[-1] ** -0.5)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits ``(N, 10)`` of photos ``(N, C, H, W)`` in [0, 1]; see `preprocess`."""
        features = self.stages(F.relu(self.lift_norm(self.lift(self.preprocess(x)))))
        features = features.unflatten(1, (_TURNS, -1)).amax(dim=(1, 3, 4))
        logits: Tensor = self.head(features) * self.logit_scale
        return logits


def build_equivariant() -> EquivariantNet:
    """Return the network with fresh weights, in train mode."""
    return EquivariantNet()
