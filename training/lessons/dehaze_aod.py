"""The network of ``dehaze.aod``: haze of many densities and lights over scenes of made-up depth.

Learnt as published (Li et al. 2017, doi:10.1109/ICCV.2017.511): mean squared error against the clear photo.
"""

from __future__ import annotations

import torch
from torch import Tensor

from plugins.restoration.aod.network import HazeNet
from training.damages import Dice, depth_map, furnished
from training.lesson import Lesson, Pair, root_mean_square
from training.noise import degraded
from training.orthogonal import OrthogonalSchedule

__all__ = ["LESSON", "hazy"]

_ROOMS = 0.5  # share of the photos whose depth is a room's


def hazy(clean: Tensor, depth: Tensor, dice: Dice) -> Tensor:
    """Return one photo ``(1, 3, H, W)`` in haze, from hardly any to thick, by its depth ``(1, 1, H, W)`` in [0, 1]."""
    params = {
        "density": dice.between(0.1, 3.0), "airlight": dice.between(170, 255), "warmth": dice.between(-12, 12),
    }  # fmt: skip
    made = degraded("haze", clean, params, dice.seed(), {"depth": depth})
    return (made.clamp(0.0, 1.0) * 255.0).round() / 255.0


def _pairs(clean: Tensor, generator: torch.Generator) -> Pair:
    dice = Dice(generator)
    lit = [_in_other_light(photo, dice) for photo in torch.split(clean, 1)]
    scenes = [_scene(photo, things, dice) for photo, things in zip(lit, [*lit[1:], lit[0].flip(3)], strict=True)]
    return Pair(torch.cat([hazy(*scene, dice) for scene in scenes]), torch.cat([picture for picture, _ in scenes]))


def _scene(photo: Tensor, things: Tensor, dice: Dice) -> tuple[Tensor, Tensor]:
    """Return a picture and its depth: a landscape, or a room with parts of another photo in it."""
    if dice.between(0, 1) < _ROOMS:
        return furnished(photo, things, dice)
    return photo, depth_map(photo, dice).clamp(0, 1)


def _in_other_light(photo: Tensor, dice: Dice) -> Tensor:
    """Return a photo ``(1, 3, H, W)`` brighter or darker and paler or not, as rooms and other cameras have it."""
    grey = photo.mean(1, keepdim=True)
    paler = (grey + dice.between(0.4, 1.3) * (photo - grey)).clamp(0.0, 1.0)
    return paler.pow(2.0 ** dice.between(-0.8, 0.8))


def _loss(network: HazeNet, pair: Pair) -> Tensor:
    return root_mean_square(network(pair.given), pair.wanted)


LESSON = Lesson(
    model="dehaze.aod_own",
    what="Takes haze from a photo by one map K in place of transmission and airlight: `K I - K + 1`.",
    signature="AOD-Net's five convolutions, of six channels, beside four planes from a small U-net over a copy of the "
    "whole photo of 128 x 128 pixels and the darkest values there. Input: N, C, H, W with C 1 (grey) or 3 (RGB), any H "
    "and W, float32, sRGB as encoded, nominally in [0, 1]. Output: the same shape.",
    factory="plugins.restoration.aod.network:build",
    pairs=_pairs, loss=_loss, batch=6, crop=288, margin=0,
    schedule=OrthogonalSchedule(steps=4000, rate=2e-3, warmup=50, average=0.995),
    caveats=(
        "The depth of the photos it learnt from is made up: hills, a ground that leads away, some of the light; or "
        "walls, with parts of other photos before them.",
        "A white wall nearby looks like haze to it, and is darkened.",
    ),
)
