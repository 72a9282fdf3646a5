"""The network of ``derain.raindrop``: where drops lie on the lens, and what is behind them."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.testing import call_tool
from plugins.degradation.drops.descriptor import verilens_tools
from plugins.restoration.raindrop.network import RaindropRemover
from training.damages import Dice
from training.lesson import LIKELIHOOD_OF_DECIBELS, Lesson, Pair, decibels
from training.noise import degraded
from training.orthogonal import OrthogonalSchedule

__all__ = ["LESSON", "wet"]

_DRY = 0.05  # share of photos with clean glass: what needs nothing is to be left alone
_COMPRESSED = 0.3
_ATTENTION = 0.5  # weight of where the drops are beside the picture's error
_DROPS = verilens_tools()[0]


def wet(clean: Tensor, dice: Dice) -> tuple[Tensor, Tensor]:
    """Return one photo ``(1, 3, H, W)`` behind drops, and how much of each pixel they hide ``(1, 1, H, W)``."""
    cover = 0.0 if dice.between(0, 1) < _DRY else dice.between(3, 25)
    made = call_tool(_DROPS, clean, {
        "cover": cover, "size": 4.0 * 8.0 ** dice.between(0, 1), "bend": dice.between(1, 6),
        "blur": dice.between(0.3, 5), "opacity": dice.between(60, 100), "brightness": dice.between(-20, 50),
    }, seeds=[dice.seed()])  # fmt: skip
    given = made.image
    assert given is not None  # a degradation gives a picture
    if dice.between(0, 1) < _COMPRESSED:
        given = degraded("jpeg", given, {"quality": int(dice.between(60, 96))}, dice.seed())
    return (given.clamp(0.0, 1.0) * 255.0).round() / 255.0, made.maps[0].values[:, None]


def _pairs(clean: Tensor, generator: torch.Generator) -> Pair:
    dice = Dice(generator)
    made = [wet(one, dice) for one in torch.split(clean, 1)]
    return Pair(torch.cat([given for given, _ in made]), clean, {"hidden": torch.cat([hidden for _, hidden in made])})


def _loss(network: RaindropRemover, pair: Pair) -> Tensor:
    mean, log_variance, logits = network.found(pair.given)
    squared = (mean - pair.wanted).detach().square()
    likelihood = 0.5 * (squared * (-log_variance).exp() + log_variance)
    attention = F.binary_cross_entropy_with_logits(logits, pair.extra["hidden"])
    return decibels(mean, pair.wanted) + LIKELIHOOD_OF_DECIBELS * likelihood.mean() + _ATTENTION * attention


LESSON = Lesson(
    model="derain.raindrop_net",
    what="Finds drops of water on the lens and puts what is likely to be behind them in their places, saying how far "
    "each value may be off.",
    signature="The trunk of the learnt restorers with a third head for where drops are. Input: N, C, H, W with C 1 "
    "(grey) or 3 (RGB), any H and W, float32, sRGB as encoded, nominally in [0, 1]. Output: N, 2 C + 1, H, W, mean, "
    "standard deviation, and the probability of a drop.",
    factory="plugins.restoration.raindrop.network:build",
    pairs=_pairs, loss=_loss, start="denoise_deep",
    schedule=OrthogonalSchedule(steps=1100, rate=5e-4, warmup=60, average=0.99),
    caveats=(
        "The drops are those of the program's own `degrade.drops`, which look like real ones and are not: trails of "
        "running water, merged drops and light from beyond the photo were not among them.",
        "Behind a drop of more than about 60 pixels across nothing is left to go by: what comes there is smooth.",
    ),
)
