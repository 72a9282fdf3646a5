"""MCUNet (Lin et al. 2020, arXiv:2007.10319), the one of 320 KB: inverted residuals found by search."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from desktop_app.numerics.preparation import Prepared, Preprocessing

_STRIDES = (1, 2, 1, 1, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1)
"""Of the published network's blocks: the one thing that shapes of weights do not tell."""

_SIDE = 176  # pixels


def _convolution(weight: Tensor, stride: int, name: str, is_active: bool = True) -> nn.Sequential:
    """Return convolution, batch norm and ReLU6 with the sizes of a weight; with a group for each channel if thin."""
    outputs, inputs, size, _ = weight.shape
    groups = outputs if inputs == 1 else 1
    layer = nn.Sequential()
    layer.add_module("conv", nn.Conv2d(inputs * groups, outputs, size, stride, size // 2, groups=groups, bias=False))
    layer.add_module("bn", nn.BatchNorm2d(outputs))
    if is_active:
        layer.add_module(f"{name}_act", nn.ReLU6())
    return layer


class Inverted(nn.Module):
    """Widened, filtered channel by channel, narrowed; added to what came in where the sizes allow for it."""

    def __init__(self, state: Mapping[str, Tensor], prefix: str, stride: int) -> None:
        super().__init__()
        self.mobile_inverted_conv = nn.Sequential()
        for name in ("inverted_bottleneck", "depth_conv", "point_linear"):
            weight = state.get(f"{prefix}.mobile_inverted_conv.{name}.conv.weight")
            if weight is not None:
                step = stride if name == "depth_conv" else 1
                self.mobile_inverted_conv.add_module(name, _convolution(weight, step, name, name != "point_linear"))
        first, last = (state.get(f"{prefix}.mobile_inverted_conv.{name}.conv.weight") for name in (
            "inverted_bottleneck", "point_linear"))
        self._is_added = stride == 1 and first is not None and last is not None and first.shape[1] == last.shape[0]

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's output."""
        found: Tensor = self.mobile_inverted_conv(x)
        return x + found if self._is_added else found


class MCUNet(nn.Module):
    """A first convolution, eighteen blocks, a mean and a linear layer.

    Parameters
    ----------
    state : mapping of str to Tensor
        Float weights of any shape by name, for the sizes.
    """

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.first_conv = _convolution(state["first_conv.conv.weight"], 2, "first")
        self.blocks = nn.Sequential(*(
            Inverted(state, f"blocks.{number}", stride) for number, stride in enumerate(_STRIDES)
        ))
        self.classifier = nn.Sequential()
        classes, width = state["classifier.linear.weight"].shape
        self.classifier.add_module("linear", nn.Linear(width, classes))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits ``(N, K)`` of normalised photos."""
        logits: Tensor = self.classifier(self.blocks(self.first_conv(x)).mean((2, 3)))
        return logits


def build(state: Mapping[str, Tensor]) -> Prepared:
    """Return the network with the sizes of a state dict, for photos of 176 pixels in [-1, 1]."""
    how = Preprocessing(size=_SIDE, crop=0.875, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    return Prepared(MCUNet(state), how)
