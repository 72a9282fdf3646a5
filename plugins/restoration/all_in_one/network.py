"""What recognises the damage of a photo: the trunk's encoder, and how much of each of its features the photo has.

Much damage is the same all over the photo or nearly so: means and higher moments of small filters' answers tell it, as
they tell NIQE how good a photo is (Mittal 2013, doi:10.1109/LSP.2012.2227726). Those filters are of a network that
learnt to remove noise, blocks and specks, and are left as they are. Streaks and drops have a form, which moments do not
see: a few layers of its own look for them in the same features.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from plugins.restoration.all_in_one.kinds import KINDS
from plugins.restoration.common.unet import WIDTHS, RestorationUnet

__all__ = ["Recogniser", "build"]

_HIDDEN, _FORMS = 128, 64
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
        fine, middle, coarse = WIDTHS
        self.form_fine = nn.Conv2d(fine, _FORMS, 3, stride=2, padding=1)
        self.form_middle = nn.Conv2d(_FORMS + middle, _FORMS, 3, stride=2, padding=1)
        self.form_coarse = nn.Conv2d(_FORMS + coarse, _FORMS, 3, padding=1)
        self.form_last = nn.Conv2d(_FORMS, _FORMS, 3, stride=2, padding=1)
        self.forms = nn.Sequential(nn.LayerNorm(2 * _FORMS), nn.Linear(2 * _FORMS, len(KINDS)))

    def forward(self, images: Tensor) -> Tensor:
        """Return logits of `KINDS` ``(N, kinds)``.

        Parameters
        ----------
        images : Tensor
            ``(N, C, H, W)`` float32 with C 1 or 3, nominally in [0, 1], of any size.
        """
        levels = self.encoded(images)
        pooled = list[Tensor]()
        for features in levels:
            deviation, mean = torch.std_mean(features.float(), (2, 3), correction=0)
            # how many times as much tells more than how much more
            pooled += [mean, (deviation + _LEAST).log(), (_peak(features) + _LEAST).log()]
        found: Tensor = self.kinds(torch.cat(pooled, dim=1)).float() + self.forms(self._formed(*levels)).float()
        return found

    def _formed(self, fine: Tensor, middle: Tensor, coarse: Tensor) -> Tensor:
        """Return how much of each form a photo has, on average and where it has most of it, ``(N, 2·F)``."""
        found = F.relu(self.form_fine(fine))
        found = F.relu(self.form_middle(torch.cat([found, middle], dim=1)))
        found = F.relu(self.form_coarse(torch.cat([found, coarse], dim=1)))
        found = F.relu(self.form_last(found)).float()
        return torch.cat([found.mean((2, 3)), _peak(found)], dim=1)


def _peak(features: Tensor) -> Tensor:
    """Return the fourth root of the mean fourth power ``(N, C)``: a drop is seldom, but strong."""
    return features.float().pow(4).mean((2, 3)).add(1e-12).pow(0.25)


def build() -> Recogniser:
    """Return the network with random weights."""
    return Recogniser()
