"""A small U-net that looks at the whole photo, for what changes slowly over it: haze, water, light.

It sees a copy of a fixed size, whatever the photo's, with the mean and the largest of its features at its bottom; what
it finds for each place is enlarged to the photo (as in Gharbi 2017, doi:10.1145/3072959.3073592, without its third,
luminance axis). Where a few pixels say more than the mean of many, as the darkest do of haze (He 2011,
doi:10.1109/TPAMI.2010.168), it is shown them beside the copy.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["WholePhotoUnet"]

_SIDE = 128  # pixels of the copy
_WIDTHS = (16, 32, 48, 64)  # channels at a half, a quarter, an eighth, a sixteenth of the copy
_MEAN, _DEVIATION = 0.45, 0.25  # of photos, by which the copy is centred


def _convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    # zeros around the copy would tint a photo's borders: what lies beyond is taken to go on
    convolution = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, padding_mode="replicate")
    return nn.Sequential(convolution, nn.ReLU())


class WholePhotoUnet(nn.Module):
    """Give some values for each place of a photo; before any training they are 0.

    Parameters
    ----------
    outputs : int
        How many values for each place.
    sees_darkest : bool
        Whether a fourth channel of the copy holds each place's darkest value of any pixel and colour, which a mean
        over large photos would hide.
    """

    def __init__(self, outputs: int, *, sees_darkest: bool = False) -> None:
        super().__init__()
        self.sees_darkest = sees_darkest
        sizes = (4 if sees_darkest else 3, *_WIDTHS)
        self.down = nn.ModuleList(
            nn.Sequential(_convolution(before, after, stride=2), _convolution(after, after))
            for before, after in pairwise(sizes)
        )
        coarsest = _WIDTHS[-1]
        self.whole = nn.Sequential(nn.Linear(2 * coarsest, 64), nn.ReLU(), nn.Linear(64, coarsest))
        self.bottom = _convolution(coarsest, coarsest)
        self.up = nn.ModuleList(
            _convolution(coarse + fine, fine) for fine, coarse in pairwise(_WIDTHS[1:])
        )
        self.head = nn.Conv2d(_WIDTHS[1], outputs, 3, padding=1, padding_mode="replicate")
        nn.init.zeros_(self.head.weight)
        assert self.head.bias is not None
        nn.init.zeros_(self.head.bias)

    def forward(self, images: Tensor) -> Tensor:
        """Return ``(N, outputs, 32, 32)`` float32 of photos ``(N, 1 or 3, H, W)``; grey is three equal channels."""
        bounded = images.expand(-1, 3, -1, -1).clamp(-0.5, 1.5)
        small = F.adaptive_avg_pool2d(bounded, _SIDE)
        if self.sees_darkest:
            small = torch.cat([small, -F.adaptive_max_pool2d(-bounded.amin(1, keepdim=True), _SIDE)], dim=1)
        features, levels = (small - _MEAN) / _DEVIATION, []
        for step in self.down:
            features = step(features)
            levels.append(features)
        pooled = torch.cat([features.mean((2, 3)), features.amax((2, 3))], dim=1)
        features = self.bottom(features + self.whole(pooled)[:, :, None, None])
        for step, finer in zip(reversed(self.up), reversed(levels[1:-1]), strict=True):
            features = step(torch.cat([F.interpolate(features, scale_factor=2.0), finer], dim=1))
        found: Tensor = self.head(features).float()
        return found
