"""The network of ``underwater.deep``: all of Jerlov's waters, shallow and deep, near and far, and casts of colour."""

from __future__ import annotations

import torch
from torch import Tensor

from plugins.restoration.deep_underwater.network import UnderwaterNet
from training.damages import Dice, depth_map
from training.lesson import Lesson, Pair, root_mean_square
from training.noise import degraded
from training.optimisation import Schedule

__all__ = ["LESSON", "under_water"]

_WATERS = ("I", "IA", "IB", "II", "III", "1", "3", "5", "7", "9")
_MURKY = ("7", "9")  # of which two metres are like ten of the others
_SHOWS = 0.3  # share of the light that comes through, from which the scene shows
_DRY = 0.05  # share of photos without water: what needs nothing is to be left alone


def under_water(clean: Tensor, dice: Dice) -> tuple[Tensor, Tensor]:
    """Return one photo ``(1, 3, H, W)`` under water, and what is wanted of it: the photo, but where none of it shows.

    There the water stays: whoever looks into the open sea wants to see the sea.
    """
    seen, wanted = clean, clean
    if dice.between(0, 1) > _DRY:
        water = dice.one_of(*_WATERS)
        far = 0.3 if water in _MURKY else 1.0
        depth = {"depth": depth_map(clean, dice).clamp(0, 1)}
        params = {"water": water, "distance": far * dice.between(0.7, 5) ** 2, "veil": dice.between(80, 220)}
        dive = {"dive": far * dice.between(0, 8)}
        seen = _exposed(degraded("underwater", clean, {**params, **dive}, 0, depth), dice)
        flat = (torch.full_like(clean, value) for value in (0.0, 1.0))
        black, white = (degraded("underwater", one, {**params, "dive": 0.0}, 0, depth) for one in flat)
        shows = ((white - black).amax(1, keepdim=True) / _SHOWS).clamp(max=1.0)
        wanted = torch.lerp(seen, clean, shows * shows * (3.0 - 2.0 * shows))
    noisy = degraded("gaussian_noise", seen, {"sigma": dice.between(0.2, 4)}, dice.seed())
    return (noisy.clamp(0.0, 1.0) * 255.0).round() / 255.0, wanted


def _exposed(image: Tensor, dice: Dice) -> Tensor:
    """Return a photo as a camera takes it, which gives the light that is left its own balance and exposure."""
    gains = torch.tensor([dice.between(0.8, 1.25) for _ in range(3)]).view(1, 3, 1, 1)
    exposure = (dice.between(0.3, 0.7) / image.mean((2, 3)).amax().clamp(min=0.05)).clamp(1.0, 3.0)
    exposed: Tensor = image * gains * exposure
    return exposed


def _pairs(clean: Tensor, generator: torch.Generator) -> Pair:
    dice = Dice(generator)
    made = [under_water(one, dice) for one in torch.split(clean, 1)]
    return Pair(torch.cat([given for given, _ in made]), torch.cat([wanted for _, wanted in made]))


def _loss(network: UnderwaterNet, pair: Pair) -> Tensor:
    cleared: Tensor = network(pair.given)
    # the absolute error beside the squared one: colours that the water swallowed come out less grey
    return root_mean_square(cleared, pair.wanted) + 0.5 * (cleared - pair.wanted).abs().mean()


LESSON = Lesson(
    model="underwater.deep_net",
    what="Takes the water's colour and veil from a photo, by colours that it finds for each place from a look at the "
    "whole.",
    signature="A U-net of 0.2 M parameters on a copy of 128 x 128 pixels, with features of the whole photo at its "
    "bottom, that gives a matrix and a shift of the colours for each place, enlarged and applied to the photo. "
    "Input: N, C, H, W with C 1 (grey) or 3 (RGB), any H and W, float32, sRGB as encoded, nominally in [0, 1]. Output: "
    "the same shape.",
    factory="plugins.restoration.deep_underwater.network:build",
    pairs=_pairs, loss=_loss, batch=8, crop=160, margin=0,
    schedule=Schedule(steps=2000, rate=1e-3, warmup=60, average=0.99),
    caveats=(
        "The water is that of the program's own `degrade.underwater` over photos taken in air: no fish and no reef "
        "were among them, and what colour a thing had above water is guessed.",
        "Light that the water swallowed altogether does not come back: deep and murky photos stay pale or grey.",
    ),
)
