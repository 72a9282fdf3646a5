"""The attention-guided U-net of EnlightenGAN (Jiang 2021, arXiv:1906.06972, section III-C), written from the paper.

The light of each place, subtracted from one, is its attention: resized, it is multiplied on every feature map and on
what is added to the photo, so that dark places are changed and bright ones are left alone. Three things are our own:
pixels are folded two by two, as in the trunk of the other restorers; what is added is a mix of the photo, its square
root and two softened copies of that, whose shares the network finds for each place, so that black stays black, noise
can be smoothed, and no grid of its own gets into the picture; and eight numbers tell it how the whole photo looks, so
that the tiles of a large one agree.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from desktop_app.numerics.appearance import luminance
from desktop_app.numerics.filters import gaussian_blur

__all__ = [
    "ALIGN", "PLANES", "REACH", "TOLD", "EnlightenNet", "attention", "build", "conditioned", "look", "square_root",
]  # fmt: skip

WIDTHS = (32, 64, 96, 128)
"""Channels at a half, a quarter, an eighth and a sixteenth of the photo's resolution."""
ALIGN = 16
"""Height and width are padded to multiples of it: one folding, three halvings."""
REACH = 128
"""Of the 118 pixels that it looks, up to whole blocks."""
TOLD = 8
"""Numbers that say how the whole photo looks: five quantiles of its light, three mean colours."""
PLANES = TOLD + 1
"""Beside a photo's own: those numbers, and how far the softened copies are softened."""
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_THUMBNAIL = 64  # pixels a side, of what the numbers are taken from
_DARK = 1e-3  # where the square root sets in: near black it would be infinitely steep, and lift the noise
_SLOPE = 0.2  # of a leaky ReLU
_SOFT = (1.0, 2.5)  # standard deviations of the softened copies, in pixels


def attention(images: Tensor) -> Tensor:
    """Return ``1 - I`` ``(N, 1, H, W)`` of photos ``(N, C, H, W)``: 1 in the dark, 0 where all is white."""
    return 1.0 - luminance(images).clamp(0.0, 1.0)


def square_root(images: Tensor) -> Tensor:
    """Return the square root of photos, hardly steep in the black, where it is 0 as the photo is."""
    root: Tensor = (images.clamp(min=0.0) + _DARK).sqrt() - _DARK**0.5
    return root


def look(images: Tensor) -> Tensor:
    """Return how whole photos ``(N, C, H, W)`` look, as `TOLD` numbers ``(N, 8)`` in [0, 1]."""
    small = F.interpolate(
        images.expand(-1, 3, -1, -1).clamp(0.0, 1.0), (_THUMBNAIL, _THUMBNAIL), mode="bilinear", antialias=True
    ).clamp(0.0, 1.0)
    shares = torch.quantile(luminance(small).flatten(1), small.new_tensor(_QUANTILES), dim=1).T
    return torch.cat([shares, small.mean((2, 3))], dim=1)


def conditioned(images: Tensor, told: Tensor, softened: Tensor | None = None) -> Tensor:
    """Return photos with what the network is told as further planes, as it takes them.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)``.
    told : Tensor
        ``(N, 8)``, of `look`.
    softened : Tensor, optional
        ``(N, 1)`` in [0, 1], how far the softened copies are softened; as in training, wholly, when it is not given.
    """
    softened = torch.ones_like(told[:, :1]) if softened is None else softened
    planes = torch.cat([told, softened], dim=1)[..., None, None].expand(-1, -1, *images.shape[-2:])
    return torch.cat([images, planes], dim=1)


class _Block(nn.Module):
    """Two convolutions whose result is added, then the attention: ``(N, width, h, w)`` to the same shape."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, features: Tensor, heed: Tensor) -> Tensor:
        found: Tensor = self.second(F.leaky_relu(self.first(F.leaky_relu(features, _SLOPE)), _SLOPE))
        return (features + found) * heed


class EnlightenNet(nn.Module):
    """Brighten photos of one or three channels where they are dark."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(4 * 7, WIDTHS[0], 3, padding=1)
        self.told = nn.Sequential(nn.Linear(TOLD, 64), nn.LeakyReLU(_SLOPE), nn.Linear(64, sum(WIDTHS)))
        self.down = nn.ModuleList(_Block(width) for width in WIDTHS)
        steps = list(pairwise(WIDTHS))
        self.coarser = nn.ModuleList(nn.Conv2d(fine, coarse, 2, stride=2) for fine, coarse in steps)
        self.finer = nn.ModuleList(nn.Conv2d(coarse, fine, 1) for fine, coarse in steps)
        self.up = nn.ModuleList(_Block(width) for width in WIDTHS[:-1])
        self.head = nn.Conv2d(WIDTHS[0], 3 * (2 + len(_SOFT)), 3, padding=1)
        nn.init.zeros_(self.head.weight)  # training begins with the photo as it is
        if self.head.bias is not None:  # always: for the type checker
            nn.init.zeros_(self.head.bias)

    def forward(self, images: Tensor) -> Tensor:
        """Return brightened photos.

        Parameters
        ----------
        images : Tensor
            ``(N, C + 9, H, W)`` float32 with C 1 or 3, as `conditioned` makes them; any H and W.

        Returns
        -------
        Tensor
            ``(N, C, H, W)`` float32, not clipped.
        """
        photos, told, softened = images[:, :-PLANES], images[:, -PLANES:-1, 0, 0], images[:, -1:, :1, :1]
        height, width = photos.shape[-2:]
        # What lies below black keeps its distance from it: of no training photo, its share would turn it to light.
        seen = photos.clamp(min=0.0).expand(-1, 3, -1, -1)
        padded = F.pad(seen, (0, -width % ALIGN, 0, -height % ALIGN), "replicate")
        heed, root = attention(padded), square_root(padded)
        shares = _twice(self.head(self._features(padded, root, heed, told)).float())
        copies = (padded, root, *(root + softened * (gaussian_blur(root, sigma) - root) for sigma in _SOFT))
        mix = torch.stack(copies, dim=1) * shares.view(len(shares), len(copies), 3, *shares.shape[-2:])
        change = (heed * mix.sum(1))[..., :height, :width]
        return photos + (change if photos.shape[1] == 3 else change.mean(1, keepdim=True))

    def _features(self, padded: Tensor, root: Tensor, heed: Tensor, told: Tensor) -> Tensor:
        said = self.told((told + 0.01).log()).float()[..., None, None].split(WIDTHS, dim=1)
        levels = [F.avg_pool2d(heed, 2**power) for power in range(1, len(WIDTHS) + 1)]
        found = self.stem(F.pixel_unshuffle(torch.cat([padded, root, heed], dim=1), 2))
        kept = []
        for level, block in enumerate(self.down):
            found = block(found + said[level], levels[level])
            if level < len(self.coarser):
                kept.append(found)
                found = self.coarser[level](found)
        for level in reversed(range(len(self.up))):
            found = self.up[level](kept[level] + _twice(self.finer[level](found)), levels[level])
        return F.leaky_relu(found, _SLOPE)


def _twice(planes: Tensor) -> Tensor:
    return F.interpolate(planes, scale_factor=2.0, mode="bilinear", align_corners=False)


def build() -> EnlightenNet:
    """Return the network with random weights; untrained it gives the photo back."""
    return EnlightenNet()
