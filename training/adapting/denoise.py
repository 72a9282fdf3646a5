"""The learnt denoiser on the user's own noisy photos, which nobody has clean: Neighbor2Neighbor.

Of each square of two by two pixels two neighbours are drawn, one for each of two small photos: the same scene with
other noise. The network learns to tell the second from the first (Huang 2021, arXiv:2101.02824, section 4); it cannot
tell noise that it does not see, so that what it learns to tell is the scene. Grain of several pixels is the same in
both neighbours, and is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from desktop_app.api import bundled_network
from desktop_app.numerics.grain import grain_variance
from desktop_app.numerics.noise import estimate_sigma
from plugins.restoration.deep.network import BlindDenoiser
from training.adapting.photos import Own, Seen
from training.adapting.tuning import Comparison, Tuning
from training.chance import drawn_by
from training.photos import crops
from training.weights import read_half

__all__ = ["Denoising", "neighbour_loss", "neighbours", "notes_on_grain"]

_FOLDER, _ARCHITECTURE = "denoise_deep", "denoise.deep_blind"
_SCENE = 2.0  # weight of the term that makes up for neighbours' not being the same pixel (gamma, section 4.2)
_LOOKS, _SIDE = 4, 384  # held-out photos of the curve, and the side of the middle that is looked at
_SHOWN = 420  # pixels a side of what the sheet shows, as large as its pictures
_SURE = 1.0  # standard errors by which the mean must have fallen
_NOTICEABLE = 1e-3  # share of the mean square by which it must have fallen: less is rounding
_KINDS = ((0, 1), (1, 0), (0, 2), (2, 0), (1, 3), (3, 1), (2, 3), (3, 2))
"""Pairs of pixels of a square that share a side, as places in it."""


class Denoiser(nn.Module):
    """What is trained: the network alone, by the name under which all recipes of tuning keep it."""

    def __init__(self) -> None:
        super().__init__()
        self.network = BlindDenoiser(dropout=0.0)


@dataclass(frozen=True)
class Denoising:
    """The recipe.

    Parameters
    ----------
    noisy : Own
        The user's photos.
    batch : int
        Crops of a batch.
    crop : int
        Their side in pixels, a multiple of 16.
    """

    noisy: Own
    schedule: Tuning
    batch: int = 6
    crop: int = 128
    name: str = "adapt"
    architecture: str = _ARCHITECTURE

    @cached_property
    def options(self) -> Mapping[str, Any]:
        """What else decides the result."""
        start = bundled_network(_FOLDER)[1]["sha256"]
        return {"batch": self.batch, "crop": self.crop, "start": start, "photos": [self.noisy.digest]}

    @property
    def shown(self) -> Sequence[Seen]:
        """The middles of held-out photos, pixel for pixel: made smaller, noise would not show."""
        return [Seen(one.name, _middle_of(one.pixels, _SHOWN)) for one in self.noisy.held]

    def network(self) -> Denoiser:
        """Return the bundled network."""
        trained = Denoiser()
        read_half(trained.network, bundled_network(_FOLDER)[1]["weights"])
        return trained

    def loss(self, network: Denoiser, step: int) -> Tensor:
        """Return the loss of one batch."""
        generator = drawn_by(self.schedule.seed, step)
        noisy = crops([one.pixels for one in self.noisy.learnt], self.batch, self.crop, generator)
        kinds = _drawn(noisy, generator)
        device = next(network.parameters()).device
        with torch.autocast(device.type, torch.bfloat16):
            return neighbour_loss(network.network, noisy.to(device), kinds.to(device))

    def held_out(self, network: Denoiser) -> Mapping[str, float]:
        """Return by how many levels the network errs in telling a pixel from its neighbours, their noise included."""
        errors = self._errors(network, self.noisy.held[:_LOOKS])
        return {"neighbours": 255.0 * sqrt(sum(errors) / len(errors))}

    def applied(self, network: BlindDenoiser, photo: Tensor) -> Tensor:
        """Return a denoised photo."""
        device = next(network.parameters()).device
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
            found: Tensor = network(photo.to(device)).float().cpu()
        return found

    def compared(self, before: Denoiser, after: Denoiser) -> Comparison:
        """Compare both by how well they tell neighbours in held-out photos: noise is part of it, but the same for both.

        The mean of the differences has to be below zero by more than its standard error, and by more than rounding.
        """
        old, new = (self._errors(one, self.noisy.held) for one in (before, after))
        changes = torch.tensor(new, dtype=torch.float64) - torch.tensor(old, dtype=torch.float64)
        error = float(changes.std()) / sqrt(len(changes))
        fallen = -float(changes.mean())
        is_better = fallen > _SURE * error and fallen > _NOTICEABLE * sum(old) / len(old)
        fell = int((changes < 0).sum())
        levels = [255.0 * sqrt(sum(errors) / len(errors)) for errors in (old, new)]
        sentence = (
            f"On {len(changes)} photos that were held out, the network errs by {levels[1]:.3f} levels in telling a "
            f"pixel from its neighbours, noise included; it was {levels[0]:.3f}. It errs less in {fell} of them."
        )
        if is_better:
            sentence += (
                f" By chance alone about one network in {_by_chance(len(changes))} that is no better would look so on "
                "as many photos: more photos make it surer."
            )
        return Comparison(is_better, sentence, {"levels, noise included": (levels[0], levels[1])})

    def use(self, model: str) -> str:
        """Return the command that uses a model of the store."""
        return f"verilens apply restore.model PHOTO --model {model} -o RESULT"

    def _errors(self, network: Denoiser, photos: Sequence[Seen]) -> list[float]:
        """Return the mean squared error of telling neighbours, photo by photo."""
        found = []
        for place, one in enumerate(photos):
            part = _middle_of(one.pixels, _SIDE)[None].float() / 255.0
            first, second = neighbours(part, _drawn(part, drawn_by(place)))
            told = self.applied(network.network, first)
            found.append(float((told - second).square().mean()))
        return found


def _by_chance(count: int) -> int:
    """Return in how many cases one mean of `count` normal differences lies a standard error below zero by chance.

    One-sided, by Student's distribution with count - 1 degrees of freedom: 25% of two, 21% of three, 18% of six, 16% of
    many.
    """
    return 4 if count <= 2 else 5 if count < 7 else 6


def notes_on_grain(noisy: Own) -> list[str]:
    """Return a sentence where most of the photos have grain that this way of learning cannot take away."""
    photos = [_middle_of(one.pixels, _SIDE).float() / 255.0 for one in (*noisy.learnt, *noisy.held)]
    coarse = 0
    for photo in photos:
        white = (estimate_sigma(photo) / 255.0) ** 2
        coarse += grain_variance(photo, white, lambda: None) > white
    if 2 * coarse <= len(photos):
        return []
    return [f"In {coarse} of {len(photos)} photos the grain is coarser than a pixel. Neighbours share it, so that most "
            "of it is kept: make such photos smaller first (enhance.resize, 50 %), and adapt to those."]


def _middle_of(photo: Tensor, side: int) -> Tensor:
    top, left = (max(0, (length - side) // 2) for length in photo.shape[1:])
    return photo[:, top : top + side, left : left + side]


def neighbour_loss(network: BlindDenoiser, noisy: Tensor, kinds: Tensor) -> Tensor:
    """Return the loss of photos ``(N, C, H, W)`` (Huang 2021, eqs. 7-9), with the pairs that `kinds` say."""
    first, second = neighbours(noisy, kinds)
    with torch.no_grad():
        scene = network(noisy)
    told = network(first)
    apart = told - second
    between, beside = neighbours(scene, kinds)
    total: Tensor = apart.square().mean() + _SCENE * (apart - (between - beside)).square().mean()
    return total


def neighbours(photos: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor]:
    """Return two photos of half the size, of neighbouring pixels.

    Parameters
    ----------
    photos : Tensor
        ``(N, C, H, W)``; an odd last row or column is left out.
    kinds : Tensor
        ``(N, 1, H // 2, W // 2)`` int64, of each square a place in the eight pairs that share a side.
    """
    height, width = (side // 2 * 2 for side in photos.shape[-2:])
    squares = F.pixel_unshuffle(photos[..., :height, :width].transpose(0, 1).reshape(-1, 1, height, width), 2)
    squares = squares.reshape(photos.shape[1], len(photos), 4, height // 2, width // 2).transpose(0, 1)
    pairs = torch.tensor(_KINDS, device=photos.device)[kinds]
    first, second = (
        squares.gather(2, pairs[..., place][:, :, None].expand(-1, photos.shape[1], -1, -1, -1))[:, :, 0]
        for place in (0, 1)
    )
    return first, second


def _drawn(photos: Tensor, generator: torch.Generator) -> Tensor:
    height, width = (side // 2 for side in photos.shape[-2:])
    return torch.randint(len(_KINDS), (len(photos), 1, height, width), generator=generator)
