"""PReNet (Ren et al. 2019, arXiv:1901.09221): one small network with a memory, applied to its own result six times."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_STAGES = 6
_BLOCKS = 5  # residual blocks a stage, in PReNet_r all with the same weights


def _convolution(inputs: int, outputs: int, *after: nn.Module) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1), *after)


class PReNet(nn.Module):
    """Take rain streaks out of colour photos ``(N, 3, H, W)``.

    Parameters
    ----------
    width : int
        Channels.
    shared : bool
        Whether all residual blocks of a stage share their weights (PReNet_r).
    """

    def __init__(self, width: int, shared: bool) -> None:
        super().__init__()
        self._width = width
        self.conv0 = _convolution(6, width, nn.ReLU())
        for gate in "ifgo":
            after = nn.Tanh() if gate == "g" else nn.Sigmoid()
            self.add_module(f"conv_{gate}", _convolution(2 * width, width, after))
        self._blocks = ["res_conv1"] * _BLOCKS if shared else [f"res_conv{n}" for n in range(1, _BLOCKS + 1)]
        for name in set(self._blocks):
            second = _convolution(width, width, nn.ReLU())
            self.add_module(name, nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), *second))
        self.conv = _convolution(width, 3)

    def forward(self, images: Tensor) -> Tensor:
        """Return the photos in [0, 1] without rain (eq. 4 and 5)."""
        estimate, size = images, images.shape[-2:]
        memory = hidden = images.new_zeros(len(images), self._width, *size)
        for _ in range(_STAGES):
            seen = torch.cat([self.conv0(torch.cat([images, estimate], dim=1)), hidden], dim=1)
            let_in, kept, new, out = (self.get_submodule(f"conv_{gate}")(seen) for gate in "ifgo")
            memory = kept * memory + let_in * new
            hidden = out * memory.tanh()
            features = hidden
            for name in self._blocks:
                features = F.relu(self.get_submodule(name)(features) + features)
            estimate = images + self.conv(features)
        return estimate


def build(state: Mapping[str, Tensor]) -> PReNet:
    """Return the network whose width, and whether it is recursive, are those of a state dict."""
    return PReNet(state["conv0.0.weight"].shape[0], shared="res_conv2.0.weight" not in state)
