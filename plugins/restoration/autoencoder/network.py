"""The natural idea: an autoencoder that regresses clean photos from noisy ones, without any way around its code.

Each 4 × 4 pixels become 128 numbers, which see what is around them; from these numbers alone the clean pixels are made
(denoising autoencoders: Vincent 2008, doi:10.1145/1390156.1390294; convolutional ones for photos: Jain, Seung 2008;
deeper ones: Xie 2012). No biases, so that strengths of noise that were never seen are borne (Mohan 2020,
arXiv:1906.05478); one network serves grey and colour, and all strengths.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from plugins.restoration.common.convolutions import convolution, near_identity

__all__ = ["ALIGN", "REACH", "Autoencoder", "build"]

_FOLD = 2
_WIDTH, _CODE = 64, 128
_DEEP = 4  # layers between the codes' first guess and what they become
ALIGN = 4
"""Pixels a side that share a code."""
REACH = 32
"""More than the 30 pixels that a pixel looks, up to whole codes."""


class Autoencoder(nn.Module):
    """Encode noisy photos of one or three channels, and decode clean ones."""

    def __init__(self) -> None:
        super().__init__()
        planes = 3 * _FOLD**2
        self.encoder = nn.ModuleList([
            convolution(planes, _WIDTH, bias=False),
            near_identity(_WIDTH, bias=False),
            nn.Conv2d(_WIDTH, _CODE, 2, stride=2, bias=False),
            *(near_identity(_CODE, bias=False) for _ in range(_DEEP)),
        ])  # fmt: skip
        self.decoder = nn.ModuleList([
            nn.ConvTranspose2d(_CODE, _WIDTH, 2, stride=2, bias=False),
            near_identity(_WIDTH, bias=False),
        ])
        self.last = convolution(_WIDTH, planes, gain=0.5, bias=False)

    def forward(self, images: Tensor) -> Tensor:
        """Return clean photos for noisy ones ``(N, 1 or 3, H, W)`` float32, nominally in [0, 1] and unclipped."""
        height, width = images.shape[-2:]
        features = F.pad(images.expand(-1, 3, -1, -1), (0, -width % ALIGN, 0, -height % ALIGN), "replicate")
        features = F.pixel_unshuffle(features, _FOLD)
        for layer in (*self.encoder, *self.decoder):
            features = F.relu(layer(features))
        found = F.pixel_shuffle(self.last(features).float(), _FOLD)[..., :height, :width]
        return found if images.shape[1] == 3 else found.mean(1, keepdim=True)


def build() -> Autoencoder:
    """Return the network with random weights."""
    return Autoencoder()
