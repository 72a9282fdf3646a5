"""IMDN (Hui et al. 2019, arXiv:1909.11856): features are distilled step by step, and enlarged once at the end."""

from __future__ import annotations

from collections.abc import Mapping
from math import isqrt

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_SLOPE = 0.05  # of the leaky ReLU
_SHARE = 4  # a quarter of the channels is kept at every step (section 3.2)


class ContrastAttention(nn.Module):
    """Weigh channels ``(N, width, h, w)`` by their contrast: deviation plus mean over the photo (eq. 5)."""

    def __init__(self, width: int, narrow: int) -> None:
        super().__init__()
        self.conv_du = nn.Sequential(nn.Conv2d(width, narrow, 1), nn.ReLU(), nn.Conv2d(narrow, width, 1), nn.Sigmoid())

    def forward(self, features: Tensor) -> Tensor:
        """Return the weighed features."""
        mean = features.mean((2, 3), keepdim=True)
        contrast = (features - mean).square().mean((2, 3), keepdim=True).sqrt() + mean
        weighed: Tensor = features * self.conv_du(contrast)
        return weighed


class Distillation(nn.Module):
    """One block, ``(N, width, h, w)`` to the same shape: a quarter is kept at each of three steps (eq. 4)."""

    def __init__(self, width: int, narrow: int) -> None:
        super().__init__()
        self._kept = width // _SHARE
        rest = width - self._kept
        self.c1 = nn.Conv2d(width, width, 3, padding=1)
        self.c2 = nn.Conv2d(rest, width, 3, padding=1)
        self.c3 = nn.Conv2d(rest, width, 3, padding=1)
        self.c4 = nn.Conv2d(rest, self._kept, 3, padding=1)
        self.cca = ContrastAttention(width, narrow)
        self.c5 = nn.Conv2d(width, width, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Return the features with what was distilled of them."""
        rest, parts = features, []
        for convolution in (self.c1, self.c2, self.c3):
            found = F.leaky_relu(convolution(rest), _SLOPE)
            parts.append(found[:, : self._kept])
            rest = found[:, self._kept :]
        distilled: Tensor = self.c5(self.cca(torch.cat([*parts, self.c4(rest)], dim=1)))
        return features + distilled


class IMDN(nn.Module):
    """Enlarge colour photos ``(N, 3, H, W)``.

    Parameters
    ----------
    width : int
        Channels.
    narrow : int
        Channels within the attention.
    blocks : int
        How many blocks.
    scale : int
        Output size over input size.
    """

    def __init__(self, width: int, narrow: int, blocks: int, scale: int) -> None:
        super().__init__()
        self.scale = scale
        self.fea_conv = nn.Conv2d(3, width, 3, padding=1)
        self._names = [f"IMDB{number}" for number in range(1, blocks + 1)]
        for name in self._names:
            self.add_module(name, Distillation(width, narrow))
        self.c = nn.Sequential(nn.Conv2d(width * blocks, width, 1), nn.LeakyReLU(_SLOPE))
        self.LR_conv = nn.Conv2d(width, width, 3, padding=1)
        self.upsampler = nn.Sequential(nn.Conv2d(width, 3 * scale**2, 3, padding=1), nn.PixelShuffle(scale))

    def forward(self, images: Tensor) -> Tensor:
        """Return ``(N, 3, scale·H, scale·W)`` of photos in [0, 1] (section 3.1)."""
        shallow = self.fea_conv(images)
        features, found = shallow, []
        for name in self._names:
            features = self.get_submodule(name)(features)
            found.append(features)
        enlarged: Tensor = self.upsampler(self.LR_conv(self.c(torch.cat(found, dim=1))) + shallow)
        return enlarged


def build(state: Mapping[str, Tensor]) -> IMDN:
    """Return the network whose widths and scale are those of a state dict."""
    blocks = len({name.partition(".")[0] for name in state if name.startswith("IMDB")})
    width, narrow = state["fea_conv.weight"].shape[0], state["IMDB1.cca.conv_du.0.weight"].shape[0]
    return IMDN(width, narrow, blocks, isqrt(state["upsampler.0.weight"].shape[0] // 3))
