"""``deblur.motion_field``: which way, and how far, each part of a photo moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, pi

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.numerics.appearance import luminance
from desktop_app.numerics.shakes import averaged
from plugins.restoration.motion_field.network import CELL, LONGEST, MotionNet, candidates
from plugins.restoration.motion_field.sharpening import sharpened_by
from plugins.restoration.motion_field.smoothing import field_of
from training.chance import drawn_by
from training.damages import Dice
from training.lesson import Lesson, Pair
from training.optimisation import Schedule
from training.shakes import photographed

__all__ = ["LESSON", "loss", "moved", "pairs"]

_TOLERANCE = 1.5  # pixels, by which a motion shares its likelihood with its neighbours
_VARYING, _STILL = 0.6, 0.08  # shares of the photos
_SMOOTHNESS, _NOISE = 0.03, 2.0  # as of the tool; levels
_ITERATIONS = 4  # of the deconvolution, for the held-out figure: the tool takes three times as many


def moved(image: Tensor, dice: Dice, longest: float = LONGEST) -> tuple[Tensor, Tensor]:
    """Return a photo ``(1, C, H, W)`` after a straight motion of each pixel, and these motions ``(1, 2, H, W)``.

    To the right and down, over the whole exposure, in pixels; they change linearly over the photo, as under a roll, a
    zoom or a shear, and are at most `longest` pixels long.
    """
    height, width = image.shape[-2:]
    angle, length = dice.between(0.0, 2 * pi), longest * (0.0 if dice.between(0, 1) < _STILL else dice.between(0, 1))
    field = length * torch.tensor([angle, angle - pi / 2]).cos()[:, None, None].expand(2, height, width)
    if dice.between(0, 1) < _VARYING:
        places = torch.stack(torch.meshgrid(
            torch.linspace(-1.0, 1.0, height), torch.linspace(-1.0, 1.0, width), indexing="ij"
        ))
        slopes = torch.randn(2, 2, generator=dice.generator) * (0.4 * longest * dice.between(0, 1))
        field = field + torch.einsum("vp,phw->vhw", slopes, places)
    field = field * (longest / field.norm(dim=0).max().clamp_min(longest))
    moments = max(2, ceil(float(field.norm(dim=0).max())) + 1)
    times = torch.linspace(-0.5, 0.5, moments)[:, None, None, None]
    return averaged(image, times * field.permute(1, 2, 0)), field[None]


def pairs(clean: Tensor, generator: torch.Generator) -> Pair:
    """Return the luminance of photos whose parts moved, and the motions as ``extra``."""
    dice, given, motions = Dice(generator), [], []
    for image in torch.split(luminance(clean), 1):
        photo, field = moved(image, dice)
        given.append(photographed(photo, dice))
        motions.append(field)
    return Pair(torch.cat(given), luminance(clean), {"motion": torch.cat(motions)})


def loss(network: MotionNet, pair: Pair) -> Tensor:
    """Return the cross-entropy of the motions' likelihoods; near ones count as right by their nearness."""
    logits = network(pair.given)
    return F.cross_entropy(logits, _shares(pair.extra["motion"]))


def _shares(motion: Tensor) -> Tensor:
    """Return what share ``(N, M, rows, columns)`` each candidate has of the motion in the middle of each cell."""
    right, down = motion[..., CELL // 2 :: CELL, CELL // 2 :: CELL].unbind(1)
    length, angle = torch.hypot(right, down), torch.atan2(-down, right)
    known = candidates().to(motion)[:, :, None, None]
    longer = length[:, None] - known[:, 0]
    turn = (angle[:, None] - known[:, 1] + pi / 2) % pi - pi / 2
    aside = torch.minimum(length[:, None], known[:, 0]) * turn
    return (-0.5 * (longer.square() + aside.square()) / _TOLERANCE**2).softmax(1)


def restore(network: MotionNet, pair: Pair) -> Tensor:
    """Return held-out photos ``(1, 1, H, W)`` sharpened by the motions that the network tells."""
    return sharpened_by(pair.given[0].float(), _field(network, pair), _NOISE, lambda _: None, _ITERATIONS)[None]


def _field(network: MotionNet, pair: Pair) -> Tensor:
    given = pair.given.float()
    return field_of(given[0], network(given)[0].float(), _NOISE, _SMOOTHNESS, lambda: None)


def figures(network: MotionNet, photos: Sequence[Tensor]) -> Mapping[str, float]:
    """Return how far the told motions are off on held-out photos: the median over the cells, in pixels."""
    errors = []
    for place, photo in enumerate(photos):
        pair = pairs(photo[None].float() / 255.0, drawn_by(place))
        with torch.inference_mode():
            field = _field(network, pair)
        true = pair.extra["motion"][0, :, CELL // 2 :: CELL, CELL // 2 :: CELL]
        told = torch.stack([field[..., 0] * field[..., 1].cos(), -field[..., 0] * field[..., 1].sin()])
        told = told[:, : true.shape[1], : true.shape[2]]
        errors.append(torch.minimum((told - true).norm(dim=0), (told + true).norm(dim=0)).flatten())
    return {"motion_error": float(torch.cat(errors).median())}


LESSON = Lesson(
    model="deblur.motion_net",
    what="Tells which way, and how far, each part of a photo moved during the exposure.",
    signature="Spectra of windows of 48 x 48 pixels, and layers over the grid of their middles, 16 pixels apart. "
    "Input: N, C, H, W with C 1 (grey) or 3 (RGB), any H and W, float32, sRGB as encoded, nominally in [0, 1]. "
    "Output: N, 217, H / 16, W / 16, logits of the motions: none, then twelve lengths of 3 to 25 pixels by eighteen "
    "directions.",
    factory="plugins.restoration.motion_field.network:build",
    pairs=pairs, loss=loss, restore=restore, figures=figures, is_exact=True, batch=8, crop=128, margin=16,
    schedule=Schedule(steps=2500, rate=1.5e-3, warmup=30, average=0.99, every=1250),
    caveats=(
        f"Straight motions of up to {LONGEST:.0f} pixels: of a hand that turned back it tells the longest stretch.",
        "Where there is no texture it goes by the neighbours; where the photo is out of focus it tells a short motion.",
        "Alone it is off by two pixels and more; the figures are with the dents of the spectrum and one movement for "
        "the whole photo beside it, as in the tool. Motions of three pixels and less are left.",
        "Eight parts of BSD68 that moved by up to 16 pixels, differently from place to place: 24.2 dB before, 26.2 "
        "after; deblur.blind_nonuniform, aligned, 25.0. Five gained 2.6 to 5 dB, one stayed, two lost 1.1 and 0.5.",
    ),
)
