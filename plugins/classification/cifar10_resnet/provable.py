"""A small ReLU network, of nothing but convolutions and dense layers: its answers can be bounded, and so proved.

The network that Gowal et al. 2018 (arXiv:1810.12715, table 1) call small, with strides in place of pooling.
"""

from __future__ import annotations

from torch import Tensor, nn

from plugins.classification.cifar10_resnet.network import LABELS, TenThings

__all__ = ["ProvableNet", "build_provable"]

_CHANNELS, _DENSE = (16, 32), 128
_COARSE = 8 * 8  # pixels after two strides of 2


class ProvableNet(TenThings):
    """Says which of ten things a photo shows.

    Examples
    --------
    >>> import torch
    >>> build_provable().eval()(torch.rand(2, 1, 48, 80)).shape
    torch.Size([2, 10])
    """

    def __init__(self) -> None:
        super().__init__(1.0)
        first, second = _CHANNELS
        self.body = nn.Sequential(
            nn.Conv2d(3, first, 4, 2, 1), nn.ReLU(), nn.Conv2d(first, second, 4, 2, 1), nn.ReLU(), nn.Flatten(),
            nn.Linear(second * _COARSE, _DENSE), nn.ReLU(),
        )  # fmt: skip
        self.head = nn.Linear(_DENSE, len(LABELS))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits ``(N, 10)`` of photos ``(N, C, H, W)`` in [0, 1]."""
        logits: Tensor = self.head(self.body(self.preprocess(x))) * self.logit_scale
        return logits


def build_provable() -> ProvableNet:
    """Return the network with fresh weights; 0.27 million parameters, 0.9 million multiplications a photo."""
    return ProvableNet()
