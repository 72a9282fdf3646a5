"""The network of ``derain.progressive``: rain of every weight, length, slant and width, in clear air and in mist.

Every stage is held to the photo without rain, the last one most (Ren et al. 2019, arXiv:1901.09221, section 3.3, finds
one loss on the last stage as good; few steps learn faster from all of them).
"""

from __future__ import annotations

from math import cos, pi, sin

import torch
from torch import Tensor

from plugins.restoration.progressive_deraining.network import ProgressiveDerainer
from training.damages import Dice, downpour
from training.lesson import LIKELIHOOD_OF_DECIBELS, Lesson, Pair, decibels, root_mean_square
from training.noise import degraded
from training.orthogonal import OrthogonalSchedule

__all__ = ["LESSON", "rainy"]

_DRY = 0.15  # share of photos with hardly a streak: what needs nothing is to be left alone
_FENCED = 0.2  # share with bright bars or a lattice, which stay: they look like rain, but are evenly spaced
_MISTY = 0.3  # share with mist, which stays: rain that is too fine and far to be streaks
_POURING = 0.35  # share with short dense streaks of many sizes, as real rain has them
_UNCLIPPED = 0.1  # share that is not as a file of 8 bits: lights beyond white, no rounding
_COMPRESSED = 0.3
_OUTLIERS = 8.0  # weight of the root mean squared error: in decibels a fence that is taken for rain counts little
_BEFORE = 0.3  # weight of the stages but the last


def _rain(dice: Dice) -> dict[str, float]:
    """Return parameters of rain, from drizzle to downpour."""
    few = 0.02 if dice.between(0, 1) < _DRY else 1.0
    return {
        "amount": few * 0.5 * 40.0 ** dice.between(0, 1), "length": 6.0 * 12.0 ** dice.between(0, 1),
        "slant": dice.between(-50, 50), "brightness": dice.between(40, 230),
        "width": 0.2 + 1.6 * dice.between(0, 1) ** 2,
    }  # fmt: skip


def rainy(clean: Tensor, dice: Dice) -> tuple[Tensor, Tensor]:
    """Return one photo ``(1, 3, H, W)`` in the rain, and as it is without."""
    if dice.between(0, 1) < _MISTY:
        mist = {"density": dice.between(0.1, 1.0), "airlight": dice.between(140, 240)}
        clean = degraded("haze", clean, mist, dice.seed())
    if dice.between(0, 1) < _FENCED:
        clean = _fenced(clean, dice)
    if dice.between(0, 1) < _POURING:
        given, clean = downpour(clean, dice)
    else:
        given = degraded("rain", clean, _rain(dice), dice.seed())
    if dice.between(0, 1) < _UNCLIPPED:
        return given, clean
    if dice.between(0, 1) < _COMPRESSED:
        return degraded("jpeg", given, {"quality": int(dice.between(60, 96))}, dice.seed()), clean
    return (given.clamp(0.0, 1.0) * 255.0).round() / 255.0, clean


def _fenced(image: Tensor, dice: Dice) -> Tensor:
    """Return a photo ``(1, 3, H, W)`` with evenly spaced bars on one side of a line, or crossed ones."""
    height, width = image.shape[-2:]
    rows, columns = torch.arange(height)[:, None] - height / 2, torch.arange(width) - width / 2
    angle, spacing, thick = dice.between(0.0, pi), dice.between(5.0, 30.0), dice.between(1.0, 4.0)

    def bars(turned: float) -> Tensor:
        across = columns * cos(turned) + rows * sin(turned)
        return (0.5 * thick + 0.5 - ((across % spacing) - 0.5 * spacing).abs()).clamp(0.0, 1.0)

    seen = bars(angle)
    if dice.between(0, 1) < 0.6:
        seen = torch.maximum(seen, bars(angle + 0.5 * pi))
    edge = dice.between(0.0, 2.0 * pi)
    seen = seen * (columns * cos(edge) + rows * sin(edge) > dice.between(-0.5, 0.2) * min(height, width))
    return torch.lerp(image, torch.full((), dice.between(0.3, 1.0)), seen * dice.between(0.4, 1.0))


def _pairs(clean: Tensor, generator: torch.Generator) -> Pair:
    dice = Dice(generator)
    made = [rainy(one, dice) for one in torch.split(clean, 1)]
    return Pair(torch.cat([given for given, _ in made]), torch.cat([wanted for _, wanted in made]))


def _loss(network: ProgressiveDerainer, pair: Pair) -> Tensor:
    stages = network.stages(pair.given)
    *before, last = [
        decibels(mean, pair.wanted) + _OUTLIERS * root_mean_square(mean, pair.wanted) for mean, _ in stages
    ]
    mean, log_variance = stages[-1]
    squared = (mean - pair.wanted).detach().square()
    likelihood = 0.5 * (squared * (-log_variance).exp() + log_variance)
    return last + _BEFORE * torch.stack(before).mean() + LIKELIHOOD_OF_DECIBELS * likelihood.mean()


LESSON = Lesson(
    model="derain.progressive_net",
    what="Takes rain streaks out of a photo in stages, each of which sees what the one before made of it, and says how "
    "far each value may be off.",
    signature="The trunk of the learnt restorers with a memory of its finest features, applied three times with the "
    "same weights. Input: N, C, H, W with C 1 (grey) or 3 (RGB), any H and W, float32, sRGB as encoded, nominally in "
    "[0, 1]. Output: N, 2 C, H, W, mean and standard deviation.",
    factory="plugins.restoration.progressive_deraining.network:build",
    pairs=_pairs, loss=_loss, start="denoise_deep", batch=4, crop=64,
    schedule=OrthogonalSchedule(steps=1000, rate=5e-4, warmup=60, average=0.99),
    caveats=(
        "The rain is made by the program's own `degrade.rain`: straight streaks that are added to the photo, or "
        "several layers of short ones on a grey day. Splashes, drops on the lens and rain out of focus were not among "
        "them.",
        "Bars and lattices were laid on a fifth of the photos and stay. Needles and twigs that lie in all directions, "
        "glints and other short bright strokes may be taken for rain: use it where it rains.",
        "Mist was laid on a third of the photos and left there: rain that is too far to be streaks stays.",
    ),
)
