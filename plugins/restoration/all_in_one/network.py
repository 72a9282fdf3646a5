"""What recognises the damage of a photo: the trunk's encoder, and how much of each of its features the photo has.

Damage is local, and the same all over the photo or nearly so: means and higher moments of small filters' answers tell
it, as they tell NIQE how good a photo is (Mittal 2013, doi:10.1109/LSP.2012.2227726). The filters are those of one
that learnt to remove noise, blocks and specks, and are left as they are.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from plugins.restoration.all_in_one.kinds import KINDS
from plugins.restoration.common.unet import WIDTHS, RestorationUnet

__all__ = ["Recogniser", "build"]

_HIDDEN = 128
_LEAST = 1e-3  # of an answer that counts
_STATISTICS = 3
_DECODER = ("from_coarse", "up_middle", "from_middle", "up_fine", "head")


class Recogniser(RestorationUnet):
    """Say what is wrong with photos."""

    def __init__(self) -> None:
        super().__init__()
        for name in _DECODER:
            delattr(self, name)
        del self.log_variance
        self.requires_grad_(False)
        pooled = _STATISTICS * sum(WIDTHS)
        self.kinds = nn.Sequential(
            nn.LayerNorm(pooled), nn.Linear(pooled, _HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, len(KINDS))
        )

    def forward(self, images: Tensor) -> Tensor:
        """Return logits of `KINDS` ``(N, kinds)``.

        Parameters
        ----------
        images : Tensor
            ``(N, C, H, W)`` float32 with C 1 or 3, nominally in [0, 1], of any size.
        """
        pooled = list[Tensor]()
        for features in self.encoded(images):
            deviation, mean = torch.std_mean(features.float(), (2, 3), correction=0)
            peaks = features.float().pow(4).mean((2, 3)).add(1e-12).pow(0.25)  # a drop is seldom, but strong
            # how many times as much tells more than how much more
            pooled += [mean, (deviation + _LEAST).log(), (peaks + _LEAST).log()]
        found: Tensor = self.kinds(torch.cat(pooled, dim=1)).float()
        return found


def build() -> Recogniser:
    """Return the network with random weights."""
    return Recogniser()
