"""The trunk, before it a small network that recognises what is wrong with a photo and sets its tones.

What is wrong is read from pooled features of the photo. Haze, darkness and water first of all shift and stretch the
colours of the whole photo: a gain and a shift a channel undo that, so that the trunk is always given something like a
photo, and of all else nothing is changed by them. How likely each kind is then weighs the trunk's features before each
of its decoder's three linear steps, by one factor a channel and kind (as FiLM, Perez 2018, arXiv:1709.07871, without
its shifts, which the trunk has none of). For one kind these factors can be multiplied into the weights: what comes of
that is the trunk itself, from which a specialist starts.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from plugins.restoration.all_in_one.kinds import KINDS, OF_TONE
from plugins.restoration.common.unet import WIDTHS, RestorationUnet

__all__ = ["TONES", "AllInOne", "Recogniser", "build", "build_recogniser", "folded", "mixed"]

TONES = 6
"""A gain (its natural logarithm) and a shift for red, green and blue."""
_STEPS = {"coarse": "from_coarse.weight", "middle": "from_middle.weight", "fine": "head.weight"}
_RECOGNISER = (24, 48, 64, 96)  # channels at a half, a quarter, an eighth, a sixteenth
_HIDDEN = 96
_GAINS, _SHIFTS = (-1.0, 2.5), (-1.0, 1.0)  # of a photo that shows anything


class Recognition(nn.Module):
    """Say what is wrong with photos ``(N, 3, H, W)`` of even sides, and which tones undo it."""

    def __init__(self) -> None:
        super().__init__()
        before = (12, *_RECOGNISER[:-1])
        self.levels = nn.ModuleList(
            nn.Conv2d(given, found, 3, stride=1 if place == 0 else 2, padding=1)
            for place, (given, found) in enumerate(zip(before, _RECOGNISER, strict=True))
        )
        self.hidden = nn.Linear(2 * sum(_RECOGNISER), _HIDDEN)
        self.kinds = nn.Linear(_HIDDEN, len(KINDS))
        self.tones = nn.Linear(_HIDDEN, len(OF_TONE) * TONES)
        nn.init.zeros_(self.tones.weight)
        nn.init.zeros_(self.tones.bias)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits ``(N, kinds)``, and for each kind of `OF_TONE` its tones ``(N, kinds of tone, TONES)``."""
        features, pooled = F.pixel_unshuffle(images, 2), list[Tensor]()
        for level in self.levels:
            features = F.relu(level(features))
            whole = features.float()
            pooled += [whole.mean((2, 3)), (whole.var((2, 3), correction=0) + 1e-6).sqrt()]
        hidden = F.relu(self.hidden(torch.cat(pooled, dim=1)))
        return self.kinds(hidden).float(), self.tones(hidden).float().view(-1, len(OF_TONE), TONES)


class AllInOne(RestorationUnet):
    """Restore photos of any of the kinds of damage that it knows."""

    def __init__(self) -> None:
        super().__init__()
        self.recognition = Recognition()
        fine, middle, coarse = WIDTHS
        self.fine, self.middle, self.coarse = (nn.Parameter(torch.zeros(len(KINDS), n)) for n in (fine, middle, coarse))

    def recognised(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return what `Recognition` finds in photos ``(N, C, H, W)`` of any size with C 1 or 3."""
        height, width = images.shape[-2:]
        borders = (0, width % 2, 0, height % 2)
        found: tuple[Tensor, Tensor] = self.recognition(F.pad(images.expand(-1, 3, -1, -1), borders, "replicate"))
        return found

    def restored(self, images: Tensor, kinds: Tensor, tones: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance of photos.

        Parameters
        ----------
        images : Tensor
            ``(N, C, H, W)`` with C 1 or 3.
        kinds : Tensor
            How likely each of `KINDS` is, ``(N, kinds)``.
        tones : Tensor
            As `mixed` returns them, ``(N, TONES)``.
        """
        gain, shift = tones[:, :3, None, None].clamp(*_GAINS).exp(), tones[:, 3:, None, None].clamp(*_SHIFTS)
        if images.shape[1] == 1:
            gain, shift = gain.mean(1, keepdim=True), shift.mean(1, keepdim=True)
        toned = gain * images + shift
        fine, middle, coarse = self.encoded(toned)
        weighed = (1.0 + (kinds @ table)[:, :, None, None] for table in (self.coarse, self.middle, self.fine))
        middle = self.up_middle(middle + self.from_coarse(coarse * next(weighed)))
        found = self.up_fine(fine + self.from_middle(middle * next(weighed)))
        return self.in_photo(toned, found * next(weighed))

    def forward(self, conditioned: Tensor) -> Tensor:
        """Return mean, then deviation ``(N, 2 C, H, W)`` of photos ``(N, C, H, W)`` with C 1 or 3.

        Parameters
        ----------
        conditioned : Tensor
            Float32: the photos, nominally in [0, 1]; or ``(N, C + kinds + TONES, H, W)``, after each a plane for each
            of `KINDS` that says how likely it is and one for each tone. Where they are missing, both are recognised.
        """
        told = len(KINDS) + TONES
        if conditioned.shape[1] > told:
            images = conditioned[:, :-told]
            kinds, tones = conditioned[:, -told:-TONES, 0, 0], conditioned[:, -TONES:, 0, 0]
        else:
            images = conditioned
            logits, of_kinds = self.recognised(images)
            kinds = logits.softmax(1)
            tones = mixed(kinds, of_kinds)
        mean, log_variance = self.restored(images, kinds, tones)
        return torch.cat([mean, (0.5 * log_variance).exp()], dim=1)


class Recogniser(AllInOne):
    """The same network, asked what is wrong with photos."""

    def forward(self, images: Tensor) -> Tensor:
        """Return ``(N, kinds + kinds of tone · TONES)`` of photos: log-likelihoods, then the tones of each kind."""
        logits, tones = self.recognised(images)
        return torch.cat([logits.log_softmax(1), tones.flatten(1)], dim=1)


def mixed(kinds: Tensor, tones: Tensor) -> Tensor:
    """Return the tones ``(N, TONES)`` of photos: those of each kind of `OF_TONE` as far as it is likely."""
    places = [KINDS.index(kind) for kind in OF_TONE]
    return (kinds[:, places, None] * tones).sum(1)


def folded(state: Mapping[str, Tensor], kind: str) -> dict[str, Tensor]:
    """Return the weights of a trunk that does what the network with these weights does when it is told the kind.

    Its tones are left out: those of a kind of `OF_TONE` are the photo's, and no weights.
    """
    place, own = KINDS.index(kind), dict(state)
    for level, name in _STEPS.items():
        factor = 1.0 + own.pop(level)[place].float()
        weight = own[name].float()
        # of a transposed convolution the first axis is the input's, of a convolution the second
        own[name] = weight * (factor[:, None, None, None] if name != "head.weight" else factor[None, :, None, None])
    return {name: value for name, value in own.items() if not name.startswith("recognition")}


def build() -> AllInOne:
    """Return the network with random weights."""
    return AllInOne()


def build_recogniser() -> Recogniser:
    """Return the network that says what is wrong, with random weights."""
    return Recogniser()
