"""Camera shake to learn from: smooth random paths, the same all over the photo or with a roll, and what cameras add."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.core.imaging.colour import linear_to_srgb, srgb_to_linear
from desktop_app.numerics.blurring import blurred
from desktop_app.numerics.shakes import averaged, displaced, path_kernel, random_path
from training.damages import Dice
from training.noise import degraded

__all__ = ["photographed", "shaken"]

_SHORTEST = 2.0  # pixels
_SHARP, _LINEAR, _ROLLED, _COMPRESSED = 0.05, 0.3, 0.5, 0.3  # shares of the photos
_MOST_NOISE = 2.5  # levels
_LEAST_QUALITY, _BEST_QUALITY = 70, 96  # of JPEG


def shaken(image: Tensor, generator: torch.Generator, longest: float) -> Tensor:
    """Return a photo ``(1, C, H, W)`` in [0, 1] as it comes out of a camera that shook, with slight noise or JPEG.

    Half of the shakes roll the camera about a point in or beside the photo, so that every place has a kernel of its
    own; three in ten happen in linear light; one in twenty is none, so that sharp photos are left alone.

    Parameters
    ----------
    image : Tensor
        Sharp.
    generator : torch.Generator
        Where chance comes from.
    longest : float
        Extent of the longest shake in pixels; the shortest have two, lengths between are equally likely.
    """
    dice = Dice(generator)
    if dice.between(0, 1) < _SHARP:
        return photographed(image, dice)
    extent = dice.between(_SHORTEST, longest)
    expose = _rolled(image, extent, dice) if dice.between(0, 1) < _ROLLED else _moved(extent, dice)
    if dice.between(0, 1) < _LINEAR:
        return photographed(linear_to_srgb(expose(srgb_to_linear(image)).clamp(0.0, 1.0)), dice)
    return photographed(expose(image), dice)


def _moved(extent: float, dice: Dice) -> Callable[[Tensor], Tensor]:
    kernel = path_kernel(random_path(extent, dice.generator))
    return lambda light: blurred(light, kernel, lambda: None)


def _rolled(image: Tensor, extent: float, dice: Dice) -> Callable[[Tensor], Tensor]:
    """The roll moves what lies a photo's longer side from the point as far as the shift, at most."""
    height, width = image.shape[-2:]
    path = random_path(extent, dice.generator, dimensions=3)
    moments = F.interpolate(path.T[None], max(8, ceil(extent)), mode="linear", align_corners=True)[0].T
    centre = (height * dice.between(-1.0, 2.0), width * dice.between(-1.0, 2.0))
    roll = moments[:, 2] * dice.between(0.2, 1.0) / max(height, width)
    moves = displaced(moments[:, :2], roll, centre, (height, width))
    return lambda light: averaged(light, moves - moves.mean((0, 1, 2)))


def photographed(image: Tensor, dice: Dice) -> Tensor:
    """Return a photo ``(1, C, H, W)`` with the slight noise or the JPEG of a camera."""
    noisy = degraded("gaussian_noise", image, {"sigma": dice.between(0.0, _MOST_NOISE)}, dice.seed())
    if dice.between(0, 1) < _COMPRESSED:
        quality = int(dice.between(_LEAST_QUALITY, _BEST_QUALITY))
        return degraded("jpeg", noisy.clamp(0.0, 1.0), {"quality": quality}, dice.seed())
    return noisy
