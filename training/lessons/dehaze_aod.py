"""The network of ``dehaze.aod``: haze of many densities and lights over scenes of made-up depth.

Learnt as published (Li et al. 2017, doi:10.1109/ICCV.2017.511): mean squared error against the clear photo.
"""

from __future__ import annotations

import torch
from torch import Tensor

from plugins.restoration.aod.network import HazeNet
from training.damages import Dice, depth_map
from training.lesson import Lesson, Pair, root_mean_square
from training.noise import degraded
from training.optimisation import Schedule

__all__ = ["LESSON", "hazy"]


def hazy(clean: Tensor, dice: Dice) -> Tensor:
    """Return one photo ``(1, 3, H, W)`` in haze, from hardly any to thick."""
    params = {
        "density": dice.between(0.1, 2.0), "airlight": dice.between(170, 255), "warmth": dice.between(-12, 12),
    }  # fmt: skip
    made = degraded("haze", clean, params, dice.seed(), {"depth": depth_map(clean, dice).clamp(0, 1)})
    return (made.clamp(0.0, 1.0) * 255.0).round() / 255.0


def _pairs(clean: Tensor, generator: torch.Generator) -> Pair:
    dice = Dice(generator)
    return Pair(torch.cat([hazy(one, dice) for one in torch.split(clean, 1)]), clean)


def _loss(network: HazeNet, pair: Pair) -> Tensor:
    return root_mean_square(network(pair.given), pair.wanted)


LESSON = Lesson(
    model="dehaze.aod_own",
    what="Takes haze from a photo by one map K in place of transmission and airlight: `K I - K + 1`.",
    signature="AOD-Net's five convolutions, of six channels, beside four planes from a small U-net over a copy of the "
    "whole photo of 128 x 128 pixels. Input: N, C, H, W with C 1 (grey) or 3 (RGB), any H and W, float32, sRGB as "
    "encoded, nominally in [0, 1]. Output: the same shape.",
    factory="plugins.restoration.aod.network:build",
    pairs=_pairs, loss=_loss, batch=6, crop=160, margin=0,
    schedule=Schedule(steps=2200, rate=2e-3, warmup=50, average=0.99),
    caveats=(
        "The depth of the photos it learnt from is made up: hills, a ground that leads away, and some of the light.",
        "A white wall nearby looks like haze to it, and is darkened.",
    ),
)
