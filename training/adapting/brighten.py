"""``lowlight.enlightengan`` on the user's photos: dark ones and well-lit ones, no two of the same scene.

What the lecture calls a frustratingly easy adaptation: the network never needed pairs, so that it goes on learning from
whatever photos are there (Jiang 2021, arXiv:1906.06972, section IV-E).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil, isnan
from typing import Any

import torch
from torch import Tensor

from desktop_app.api import bundled_network
from desktop_app.api.errors import ParameterError
from desktop_app.core.lab.niqe import niqe
from desktop_app.numerics.filters import reduce
from plugins.restoration.enlightengan.network import EnlightenNet, conditioned, look
from training.adapting.photos import Own, Seen
from training.adapting.tuning import Comparison, Tuning
from training.chance import drawn_by
from training.lessons.enlightengan import Enlightening, unpaired_loss
from training.weights import read_half

__all__ = ["Brightening"]

_FOLDER, _ARCHITECTURE = "lowlight_enlightengan", "lowlight.enlightengan_net"
_PATCHES = 4
_LOOKS = 3  # held-out photos of the curve; the comparison looks at all
_SIDE = 512  # pixels of their longer side
_WORSE, _LEVELS = 0.02, 2.0  # what counts as a change: a share of NIQE, and levels of light
_SHARES = 5  # of the told numbers, those that are quantiles of light


@dataclass(frozen=True)
class Brightening:
    """The recipe.

    Parameters
    ----------
    dark, lit : Own
        The user's photos.
    batch : int
        Photos of a batch, half of them dark.
    crop : int
        Their side in pixels.
    """

    dark: Own
    lit: Own
    schedule: Tuning
    batch: int = 8
    crop: int = 112
    name: str = "adapt"
    architecture: str = _ARCHITECTURE

    @cached_property
    def options(self) -> Mapping[str, Any]:
        """What else decides the result."""
        start = bundled_network(_FOLDER)[1]["sha256"]
        photos = [self.dark.digest, self.lit.digest]
        return {"batch": self.batch, "crop": self.crop, "start": start, "photos": photos}

    @property
    def shown(self) -> Sequence[Seen]:
        """Held-out dark photos."""
        return self.dark.held

    def network(self) -> Enlightening:
        """Return the bundled network, and critics that have yet to learn."""
        trained = Enlightening()
        read_half(trained.network, bundled_network(_FOLDER)[1]["weights"])
        return trained

    def loss(self, network: Enlightening, step: int) -> Tensor:
        """Return the loss of one batch."""
        generator, half = drawn_by(self.schedule.seed, step), max(self.batch // 2, 1)
        dark, lit = (self._crops(photos.learnt, half, generator) for photos in (self.dark, self.lit))
        places = torch.randint(1 << 16, (2 * half, _PATCHES, 2), generator=generator)
        device = next(network.parameters()).device
        with torch.autocast(device.type, torch.bfloat16):
            return unpaired_loss(network, dark.to(device), lit.to(device), places.to(device))

    def held_out(self, network: Enlightening) -> Mapping[str, float]:
        """Return NIQE of brightened photos, and how far their light is from that of the well-lit ones, in levels."""
        found = self._figures(network.network, self.dark.held[:_LOOKS])
        return {"niqe": _mean([one[0] for one in found]), "light": self._off(found)}

    def applied(self, network: EnlightenNet, photo: Tensor) -> Tensor:
        """Return a brightened photo."""
        device = next(network.parameters()).device
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
            found: Tensor = network(conditioned(photo, look(photo)).to(device)).float().cpu()
        return found

    def compared(self, before: Enlightening, after: Enlightening) -> Comparison:
        """Compare both on all held-out dark photos: neither figure may get worse, and one has to get better."""
        rows = [self._figures(one.network, self.dark.held) for one in (before, after)]
        (old, new), (off_old, off_new) = ([_mean([one[0] for one in row]) for row in rows], map(self._off, rows))
        gained = [new < (1 - _WORSE) * old, off_new < off_old - _LEVELS]
        lost = [new > (1 + _WORSE) * old, off_new > off_old + _LEVELS]
        is_better = any(gained) and not any(lost)
        sentence = (
            f"On {len(self.dark.held)} dark photos that were held out, NIQE went from {old:.2f} to {new:.2f} (lower is "
            f"more natural), and the light is {off_new:.0f} levels from that of your well-lit photos; it was "
            f"{off_old:.0f}."
        )
        return Comparison(is_better, sentence, {"NIQE": (old, new), "levels from well-lit": (off_old, off_new)})

    def use(self, model: str) -> str:
        """Return the command that uses a model of the store."""
        return f"verilens apply lowlight.enlightengan PHOTO --model {model} -o RESULT"

    def _crops(self, photos: Sequence[Seen], count: int, generator: torch.Generator) -> Tensor:
        """Return crops ``(count, 3 + 9, side, side)``, told how the whole of their photos looks."""

        def draw(below: int) -> int:
            return int(torch.randint(below, (1,), generator=generator))

        found = []
        for _ in range(count):
            photo, told = photos[place := draw(len(photos))].pixels, self._looks(photos)[place]
            top, left = (draw(length - self.crop + 1) for length in photo.shape[1:])
            crop = photo[None, :, top : top + self.crop, left : left + self.crop].float() / 255.0
            found.append(conditioned(crop.flip(3) if draw(2) else crop, told))
        return torch.cat(found)

    def _looks(self, photos: Sequence[Seen]) -> Sequence[Tensor]:
        return self._told[0] if photos is self.dark.learnt else self._told[1]

    @cached_property
    def _told(self) -> tuple[list[Tensor], list[Tensor]]:
        dark, lit = ([look(one.pixels[None].float() / 255.0) for one in own.learnt] for own in (self.dark, self.lit))
        return dark, lit

    @cached_property
    def _wanted(self) -> Tensor:
        """The quantiles of light of the well-lit photos, on average."""
        return torch.cat(self._told[1])[:, :_SHARES].mean(0)

    def _off(self, rows: Sequence[tuple[float, Tensor]]) -> float:
        return 255.0 * float((torch.stack([one[1] for one in rows]).mean(0) - self._wanted).abs().mean())

    def _figures(self, network: EnlightenNet, photos: Sequence[Seen]) -> list[tuple[float, Tensor]]:
        """Return NIQE and quantiles of light of each photo after brightening."""
        found = []
        for one in photos:
            small = reduce(one.pixels[None].float() / 255.0, ceil(max(one.pixels.shape) / _SIDE))
            bright = self.applied(network, small).clamp(0.0, 1.0)
            found.append((_natural(bright), look(bright)[0, :_SHARES]))
        return found


def _natural(bright: Tensor) -> float:
    """Return NIQE of a photo ``(1, 3, H, W)``; NaN of one that is too small or flat to have any."""
    try:
        return niqe(bright[0].numpy())
    except ParameterError:
        return float("nan")


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not isnan(value)]
    return sum(known) / len(known) if known else float("nan")


