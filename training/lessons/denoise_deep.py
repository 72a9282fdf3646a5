"""``denoise.deep``: noise of every kind and strength, in grey and in colour, told or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import torch
from torch import Tensor

from desktop_app.numerics.appearance import luminance
from plugins.restoration.deep.network import DeepDenoiser
from training.lesson import LIKELIHOOD_OF_DECIBELS, Lesson, Pair, decibels, trunk_loss
from training.noise import UNTOLD, degraded, mixed_noise
from training.orthogonal import OrthogonalSchedule
from training.photos import recoloured

__all__ = ["LESSON", "pairs"]

_SIGHTS = (("grey25", 1, 25.0, True), ("grey25_blind", 1, 25.0, False), ("grey50", 1, 50.0, True),
           ("rgb25", 3, 25.0, True), ("rgb5", 3, 5.0, True))  # fmt: skip
"""Name of a held-out figure, channels, the noise's σ in levels, and whether it is told."""


def pairs(clean: Tensor, generator: torch.Generator) -> Pair:
    """Return photos with noise, all grey or all in colour by a toss, and its deviation where it is told."""
    is_grey = torch.rand((), generator=generator) < 0.5
    wanted = luminance(clean) if is_grey else recoloured(clean, generator)
    noisy = mixed_noise(wanted, generator)
    return Pair(noisy.images, wanted, {"noise_std": noisy.noise_std})


def figures(network: DeepDenoiser, photos: Sequence[Tensor]) -> Mapping[str, float]:
    """Return PSNR in dB under white noise: grey at σ 25 told, untold and at 50, colour at 25 and 5."""
    found: dict[str, list[float]] = {name: [] for name, *_ in _SIGHTS}
    device = next(network.parameters()).device
    for seed, photo in enumerate(photos):
        colour = photo[None].float() / 255.0
        for name, channels, sigma, is_told in _SIGHTS:
            image = luminance(colour) if channels == 1 else colour
            noisy = degraded("gaussian_noise", image, {"sigma": sigma}, seed)
            told = torch.full((1, 1, 1, 1), sigma / 255.0 if is_told else UNTOLD)
            with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
                mean, _ = network.moments(noisy.to(device), told.to(device))
            error = (mean.cpu().clamp(0, 1) - image).square().mean()
            found[name].append(float(-10.0 * error.log10()))
    return {name: sum(values) / len(values) for name, values in found.items()}


LESSON = Lesson(
    model="denoise.deep_unet",
    what="Gives the clean photo that is to be expected, and how far each value of it may be off.",
    signature="A U-net on blocks of 2 x 2 pixels with a mean and a variance head and channel dropout. Input: N, C + 1, "
    "H, W with C 1 (grey) or 3 (RGB), any H and W, float32, sRGB as encoded, nominally in [0, 1] and unclipped; the "
    "last plane is the noise's standard deviation in the same unit, negative where it is not known. Output: N, 2 C, H, "
    "W, mean and deviation.",
    factory="plugins.restoration.deep.network:build",
    pairs=pairs, loss=partial(trunk_loss, error=decibels, weight=LIKELIHOOD_OF_DECIBELS),
    figures=figures,
    restore=lambda network, pair: network.moments(pair.given, pair.extra["noise_std"])[0],
    schedule=OrthogonalSchedule(), batch=8, crop=96, margin=4, with_leaves=True,
    caveats=(
        "Trained on white Gaussian noise of 0 to 75 levels, photon noise, JPEG of quality 8 to 80, impulses. Coarse or "
        "correlated grain of developed camera files is none of these.",
        "One in nine of the pictures that it learnt from was made of leaves cut from the photos, in colours of their "
        "own: photos from JPEG files have no rich ones.",
        "The further photos are parts of 29 desktop backgrounds, two or three times smaller, of Debian's packages "
        "lomiri-wallpapers-16.04 and -20.04, mate-backgrounds, plasma-workspace-wallpapers, and palapeli-data.",
        "The standard deviation that it gives is what its training promised; it is not calibrated by itself.",
    ),
)  # fmt: skip
