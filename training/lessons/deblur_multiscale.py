"""``deblur.multiscale``: shakes of the hand, undone from coarse to fine."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from plugins.restoration.common.multiscale_unet import MultiscaleUnet
from training.lesson import LIKELIHOOD_OF_DECIBELS, Lesson, Pair, decibels
from training.orthogonal import OrthogonalSchedule
from training.shakes import shaken

__all__ = ["LESSON", "LONGEST", "loss", "pairs"]

LONGEST = 14.0
"""Extent of the longest shake in pixels."""
_COARSE = 0.3  # weight of a coarser scale's error beside the photo's own


def pairs(clean: Tensor, generator: torch.Generator) -> Pair:
    """Return shaken photos, each with a shake of its own."""
    return Pair(torch.cat([shaken(image, generator, LONGEST) for image in torch.split(clean, 1)]), clean)


def loss(network: MultiscaleUnet, pair: Pair) -> Tensor:
    """Return the error at every scale, and the likelihood of what is left at the photo's own."""
    *coarse, (mean, log_variance) = network.at_scales(pair.given)
    squared = (mean - pair.wanted).detach().square()
    likelihood = (0.5 * (squared * (-log_variance).exp() + log_variance)).mean()
    total = decibels(mean, pair.wanted) + LIKELIHOOD_OF_DECIBELS * likelihood
    for halvings, (found, _) in enumerate(reversed(coarse), 1):
        total = total + _COARSE * decibels(found, F.avg_pool2d(pair.wanted, 1 << halvings))
    return total


LESSON = Lesson(
    model="deblur.multiscale_net",
    what="Takes the blur of a shaken camera away, whatever its path and however it differs over the photo, and says "
    "how far each value may be off.",
    signature="The trunk of the learnt restorers at three scales, a quarter, a half and the whole of the photo's "
    "size, with the same weights at each; what the coarser scale found enters beside the photo. Input: N, C, H, W with "
    "C 1 (grey) or 3 (RGB), any H and W, float32, sRGB as encoded, nominally in [0, 1]. Output: N, 2 C, H, W, mean and "
    "standard deviation.",
    factory="plugins.restoration.common.multiscale_unet:build",
    pairs=pairs, loss=loss, start="denoise_deep", batch=4, crop=128, margin=16,
    schedule=OrthogonalSchedule(steps=1200, rate=1e-3, warmup=30, average=0.995, every=200),
    caveats=(
        f"Shakes of up to {LONGEST:.0f} pixels; longer ones are shortened at best: make the photo smaller first.",
        "A network of this size takes away a part of the blur. Where one kernel explains the whole photo, the blind "
        "methods that look for it are sharper.",
        "Two decibels above the blurred photo were aimed at, and 0.8 reached in 14,000 further steps, the last half of "
        "which gained next to nothing: more needs a larger network. Shakes of more than about ten pixels are hardly "
        "shortened.",
        "What moved before the camera was never shown to it, nor was a lens out of focus.",
    ),
)
