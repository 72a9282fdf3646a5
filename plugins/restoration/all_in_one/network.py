"""The trunk, which recognises what is wrong with a photo and restores it accordingly.

What is wrong is read from the encoder's features; how likely each kind is then weighs the features before each of the
decoder's three linear steps, by one factor a channel and kind (as FiLM, Perez 2018, arXiv:1709.07871, without its
shifts, which the trunk has none of). For one kind these factors can be multiplied into the weights: what comes of that
is the trunk itself, from which a specialist starts.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from plugins.restoration.all_in_one.kinds import KINDS
from plugins.restoration.common.unet import WIDTHS, RestorationUnet

__all__ = ["AllInOne", "Recogniser", "build", "build_recogniser", "folded"]

_STEPS = {"coarse": "from_coarse.weight", "middle": "from_middle.weight", "fine": "head.weight"}
_HIDDEN = 64


class AllInOne(RestorationUnet):
    """Restore photos of any of the kinds of damage that it knows."""

    def __init__(self) -> None:
        super().__init__()
        fine, middle, coarse = WIDTHS
        pooled = 2 * (fine + middle + coarse)
        self.recogniser = nn.Sequential(nn.Linear(pooled, _HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, len(KINDS)))
        self.fine, self.middle, self.coarse = (nn.Parameter(torch.zeros(len(KINDS), n)) for n in (fine, middle, coarse))

    def recognised(self, features: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """Return how likely each kind of damage is, as logits ``(N, kinds)``, of what `encoded` found."""
        pooled = [part for level in features for part in (level.float().mean((2, 3)), level.float().abs().mean((2, 3)))]
        found: Tensor = self.recogniser(torch.cat(pooled, dim=1))
        return found

    def restored(
        self, images: Tensor, features: tuple[Tensor, Tensor, Tensor], kinds: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return mean and log variance, of `encoded` features and the kinds' probabilities ``(N, kinds)``."""
        fine, middle, coarse = features
        weighed = (1.0 + (kinds @ table)[:, :, None, None] for table in (self.coarse, self.middle, self.fine))
        middle = self.up_middle(middle + self.from_coarse(coarse * next(weighed)))
        found = self.up_fine(fine + self.from_middle(middle * next(weighed)))
        return self.in_photo(images, found * next(weighed))

    def forward(self, conditioned: Tensor) -> Tensor:
        """Return mean, then deviation ``(N, 2 C, H, W)`` of photos ``(N, C, H, W)`` with C 1 or 3.

        Parameters
        ----------
        conditioned : Tensor
            Float32: the photos, nominally in [0, 1]; or ``(N, C + kinds, H, W)``, after each a plane for each of
            `KINDS` that says how likely it is. Where they are missing, the kinds are recognised.
        """
        is_told = conditioned.shape[1] > len(KINDS)
        images = conditioned[:, : -len(KINDS)] if is_told else conditioned
        features = self.encoded(images)
        kinds = conditioned[:, -len(KINDS) :, 0, 0] if is_told else self.recognised(features).softmax(1)
        mean, log_variance = self.restored(images, features, kinds)
        return torch.cat([mean, (0.5 * log_variance).exp()], dim=1)


class Recogniser(AllInOne):
    """The same network, asked what is wrong with photos."""

    def forward(self, images: Tensor) -> Tensor:
        """Return how likely each of `KINDS` is, ``(N, kinds)``, of photos ``(N, C, H, W)`` with C 1 or 3."""
        return self.recognised(self.encoded(images)).softmax(1)


def folded(state: Mapping[str, Tensor], kind: str) -> dict[str, Tensor]:
    """Return the weights of a trunk that does what the network with these weights does when it is told the kind."""
    place, own = KINDS.index(kind), dict(state)
    for level, name in _STEPS.items():
        factor = 1.0 + own.pop(level)[place].float()
        weight = own[name].float()
        # of a transposed convolution the first axis is the input's, of a convolution the second
        own[name] = weight * (factor[:, None, None, None] if name != "head.weight" else factor[None, :, None, None])
    return {name: value for name, value in own.items() if not name.startswith("recogniser")}


def build() -> AllInOne:
    """Return the network with random weights."""
    return AllInOne()


def build_recogniser() -> Recogniser:
    """Return the network that says what is wrong, with random weights."""
    return Recogniser()
