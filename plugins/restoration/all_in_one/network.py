"""What recognises the damage of a photo: few convolutions, and how much of each feature the photo has.

Damage is local, and the same all over the photo or nearly so: means and higher moments of small filters' answers tell
it, as they tell NIQE how good a photo is (Mittal 2013, doi:10.1109/LSP.2012.2227726); the filters are learnt.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from plugins.restoration.all_in_one.kinds import KINDS

__all__ = ["Recogniser", "build"]

_WIDTHS = (32, 48, 64, 96)  # channels at a half, a quarter, an eighth, a sixteenth
_HIDDEN = 96
_LEAST = 1e-3  # of an answer that counts


class Recogniser(nn.Module):
    """Say what is wrong with photos."""

    def __init__(self) -> None:
        super().__init__()
        self.levels = nn.ModuleList(
            nn.Conv2d(given, found, 3, stride=1 if place == 0 else 2, padding=1)
            for place, (given, found) in enumerate(zip((12, *_WIDTHS[:-1]), _WIDTHS, strict=True))
        )
        self.scale = nn.LayerNorm(3 * sum(_WIDTHS))
        self.hidden = nn.Linear(3 * sum(_WIDTHS), _HIDDEN)
        self.kinds = nn.Linear(_HIDDEN, len(KINDS))

    def forward(self, images: Tensor) -> Tensor:
        """Return logits of `KINDS` ``(N, kinds)``.

        Parameters
        ----------
        images : Tensor
            ``(N, C, H, W)`` float32 with C 1 or 3, nominally in [0, 1], of any size.
        """
        borders = (0, images.shape[-1] % 2, 0, images.shape[-2] % 2)
        features = F.pixel_unshuffle(F.pad(images.expand(-1, 3, -1, -1), borders, "replicate"), 2)
        pooled = list[Tensor]()
        for level in self.levels:
            features = F.relu(level(features))
            deviation, mean = torch.std_mean(features.float(), (2, 3), correction=0)
            peaks = features.float().pow(4).mean((2, 3)).add(1e-12).pow(0.25)  # a drop is seldom, but strong
            # how many times as much tells more than how much more
            pooled += [(statistic + _LEAST).log() for statistic in (mean, deviation, peaks)]
        found: Tensor = self.kinds(F.relu(self.hidden(self.scale(torch.cat(pooled, dim=1))))).float()
        return found


def build() -> Recogniser:
    """Return the network with random weights."""
    return Recogniser()
