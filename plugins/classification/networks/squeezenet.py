"""SqueezeNet 1.1 (Iandola et al. 2016, arXiv:1602.07360) under the names that Caffe's file gives its layers."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from desktop_app.numerics.preparation import Prepared, Preprocessing

_POOLED_BEFORE = (2, 4, 6)  # fire modules before which the picture is halved
_HOW = Preprocessing(size=227, crop=227 / 256, span=255.0, mean=(104.0, 117.0, 123.0), is_bgr=True)


class SqueezeNet(nn.Module):
    """Eight fire modules: squeezed by 1×1 convolutions, widened by 1×1 and 3×3 ones side by side.

    Parameters
    ----------
    state : mapping of str to Tensor
        Float weights ``(out, in, h, w)`` by name, for the sizes.
    """

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        super().__init__()
        for name, weight in state.items():
            layer, _, part = name.rpartition(".")
            if part == "weight":
                outputs, inputs, size, _ = weight.shape
                self.add_module(layer, nn.Conv2d(inputs, outputs, size, 2 if layer == "conv1" else 1, padding=(
                    1 if layer.endswith("expand3x3") else 0)))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits ``(N, K)`` of prepared photos."""
        x = F.relu(self._layer("conv1", x))
        for number in range(2, 10):
            if number in _POOLED_BEFORE:
                x = F.max_pool2d(x, 3, 2, ceil_mode=True)
            squeezed = F.relu(self._layer(f"fire{number}/squeeze1x1", x))
            wide = [self._layer(f"fire{number}/expand{size}", squeezed) for size in ("1x1", "3x3")]
            x = F.relu(torch.cat(wide, dim=1))
        return F.relu(self._layer("conv10", x)).mean((2, 3))

    def _layer(self, name: str, x: Tensor) -> Tensor:
        answer: Tensor = self._modules[name](x)  # type: ignore[misc] # every layer is there
        return answer


def build(state: Mapping[str, Tensor]) -> Prepared:
    """Return the network with the sizes of a state dict, for photos as Caffe wants them."""
    return Prepared(SqueezeNet(state), _HOW)
