"""``deblur.dcnn``: the denoising part, after deconvolution with kernels of every kind."""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.numerics.appearance import luminance
from desktop_app.numerics.kernels import defocus_kernel, gaussian_kernel, motion_kernel
from desktop_app.numerics.shakes import path_kernel, random_path
from plugins.restoration.dcnn.filters import deconvolved
from plugins.restoration.dcnn.network import AfterDeconvolution
from plugins.restoration.dcnn.tuning import exercise
from training.damages import Dice
from training.lesson import LIKELIHOOD, Lesson, Pair, root_mean_square
from training.optimisation import Schedule
from training.photos import recoloured

__all__ = ["LESSON", "any_kernel", "loss", "pairs"]

_LEAST_NOISE, _MOST_NOISE = 0.3, 6.0  # levels
_GREY = 0.4  # share of the photos


def any_kernel(dice: Dice) -> Tensor:
    """Return the kernel ``(h, w)`` of a shake, a straight motion, a lens out of focus or a soft one."""
    match dice.one_of("shake", "shake", "motion", "defocus", "gaussian"):
        case "shake":
            return path_kernel(random_path(dice.between(3.0, 24.0), dice.generator))
        case "motion":
            return motion_kernel(dice.between(3.0, 24.0), dice.between(-90.0, 90.0))
        case "defocus":
            return defocus_kernel(dice.between(1.0, 6.0))
        case _:
            return gaussian_kernel(dice.between(0.7, 3.0))


def pairs(clean: Tensor, generator: torch.Generator) -> Pair:
    """Return photos blurred by a known kernel, noisy, and deconvolved, as the network takes them.

    Four in ten are grey, three equal channels with the same noise in each; the others have colours of any strength.
    """
    dice, given, wanted = Dice(generator), [], []
    for image in torch.split(clean, 1):
        kernel = any_kernel(dice)
        sigma = _LEAST_NOISE * (_MOST_NOISE / _LEAST_NOISE) ** dice.between(0, 1)
        is_grey = dice.between(0, 1) < _GREY
        photo = luminance(image) if is_grey else recoloured(image, generator)
        noise = torch.randn(photo.shape, generator=generator)
        found = exercise(photo, kernel, sigma, noise, _deconvolved)
        given.append(found[:, [0, 0, 0, 1, 1, 1, 2]] if is_grey else found)
        wanted.append(photo.expand(-1, 3, -1, -1))
    return Pair(torch.cat(given), torch.cat(wanted))


def _deconvolved(plane: Tensor, kernel: Tensor, sigma: float) -> Tensor:
    return deconvolved(plane, kernel, sigma, "exact", lambda _: None)


def loss(network: AfterDeconvolution, pair: Pair) -> Tensor:
    """Return the error, and the variance's likelihood of what is left."""
    mean, deviation = network(pair.given).float().chunk(2, dim=1)
    variance = deviation.square()
    likelihood: Tensor = 0.5 * ((mean - pair.wanted).detach().square() / variance + variance.log()).mean()
    return root_mean_square(mean, pair.wanted) + LIKELIHOOD * likelihood


def _wiener(pair: Pair) -> Tensor:
    return pair.given[:, : pair.wanted.shape[1]]


LESSON = Lesson(
    model="deblur.dcnn_net",
    what="Takes noise and ripples out of a photo that was deconvolved with a known kernel, and says how far each value "
    "may be off. What is given in the figures is the deconvolution alone: Wiener's filter.",
    signature="The trunk of the learnt restorers with a second picture beside the first. Input: N, 2 C + 1, H, W with "
    "C 1 (grey) or 3 (RGB), any H and W: the deconvolved photo, the blurred one, and the deviation of its noise; "
    "float32, sRGB as encoded, nominally in [0, 1]. Output: N, 2 C, H, W, mean and standard deviation.",
    factory="plugins.restoration.dcnn.network:build",
    pairs=pairs, loss=loss, baseline=_wiener, start="denoise_deep", batch=8, crop=96, margin=16,
    schedule=Schedule(steps=600, rate=6e-4, warmup=20, average=0.98, every=300),
    caveats=(
        "The kernel has to be right: of a wrong one it leaves the echoes.",
        "Kernels of up to 24 pixels and noise of up to 6 levels; beyond it goes by what it knows of these.",
    ),
)
