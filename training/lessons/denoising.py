"""What the lecture's denoisers are taught: photos with white Gaussian noise, unclipped, of a strength drawn for each.

Half of the batches are grey. The figures are PSNR of held-out photos at single strengths, in grey and in colour.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from desktop_app.numerics.appearance import luminance
from desktop_app.numerics.opponent import from_opponent, to_opponent
from plugins.restoration.mlp.network import MIDDLE, PATCH, PatchMlp
from training.damages import Dice
from training.lesson import Lesson, Pair, root_mean_square
from training.noise import degraded
from training.optimisation import Schedule
from training.orthogonal import OrthogonalSchedule
from training.photos import recoloured

__all__ = ["AUTOENCODER", "DNCNN", "MLP", "noisy"]

_STRONGEST = 55.0  # levels, as DnCNN-B (Zhang 2017, section IV.A)
_FAINTEST, _STRONGEST_TOLD = 5.0, 75.0
_BETWEEN = 5  # pixels between the patches of a crop that the plain network learns from
Restore = Callable[[nn.Module, Pair], Tensor]


def noisy(clean: Tensor, sigmas: Sequence[float], dice: Dice) -> Pair:
    """Return photos ``(N, C, H, W)`` with noise of a standard deviation each, in levels; told in ``extra``."""
    made = [degraded("gaussian_noise", image, {"sigma": sigma}, dice.seed())
            for image, sigma in zip(torch.split(clean, 1), sigmas, strict=True)]
    return Pair(torch.cat(made), clean, {"noise_std": torch.tensor(sigmas).view(-1, 1, 1, 1) / 255.0})


def _pairs(clean: Tensor, generator: torch.Generator) -> Pair:
    dice = Dice(generator)
    photos = luminance(clean) if dice.between(0, 1) < 0.5 else recoloured(clean, generator)
    return noisy(photos, [dice.between(0, _STRONGEST) for _ in photos], dice)


def _planes(clean: Tensor, generator: torch.Generator) -> Pair:
    """Return planes: luma, or one of an opponent space, as the tool works in."""
    dice = Dice(generator)
    plane = int(dice.between(0, 6))
    chosen = to_opponent(recoloured(clean, generator))[:, plane : plane + 1] if plane < 3 else luminance(clean)
    return noisy(chosen, [_FAINTEST * (_STRONGEST_TOLD / _FAINTEST) ** dice.between(0, 1) for _ in clean], dice)


def _loss(network: nn.Module, pair: Pair) -> Tensor:
    return root_mean_square(network(pair.given), pair.wanted)


def _patch_loss(network: PatchMlp, pair: Pair) -> Tensor:
    """Return the error of the middles of patches all over the crops, in units of the noise."""
    margin = (PATCH - MIDDLE) // 2
    given, wanted = (picture / pair.extra["noise_std"] for picture in (pair.given, pair.wanted))
    patches = nn.functional.unfold(given, PATCH, stride=_BETWEEN).transpose(1, 2)
    inner = wanted[..., margin : wanted.shape[-2] - margin, margin : wanted.shape[-1] - margin]
    middles = nn.functional.unfold(inner, MIDDLE, stride=_BETWEEN).transpose(1, 2)
    found = network.middles(patches.flatten(0, 1)).view(middles.shape)
    loss: Tensor = (found - middles).square().mean((1, 2)).add(1e-8).sqrt().mean()
    return loss


def _restored(network: nn.Module, pair: Pair) -> Tensor:
    found: Tensor = network(pair.given)
    return found


def _restored_planes(network: nn.Module, pair: Pair) -> Tensor:
    """Return grey or colour photos denoised plane by plane, told the noise."""
    noise_std = pair.extra["noise_std"]
    planes = [noise_std * network(plane[:, None] / noise_std) for plane in to_opponent(pair.given).unbind(1)]
    return from_opponent(torch.cat(planes, 1))


def _figures(restore: Restore, network: nn.Module, photos: Sequence[Tensor]) -> Mapping[str, float]:
    """Return PSNR in dB, clipped to [0, 1], of photos ``(3, H, W)`` uint8 by channels and the noise's levels."""
    found: dict[str, list[float]] = {}
    device = next(network.parameters()).device
    for place, photo in enumerate(photos):
        colour = photo[None].float() / 255.0
        for name, image, sigma in (
            ("grey15", luminance(colour), 15.0), ("grey25", luminance(colour), 25.0),
            ("grey50", luminance(colour), 50.0), ("rgb25", colour, 25.0),
        ):  # fmt: skip
            pair = noisy(image, [sigma], Dice(torch.Generator().manual_seed(place))).on(device)
            with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
                picture = restore(network, pair).float().clamp(0.0, 1.0)
            found.setdefault(name, []).append(float(-10.0 * (picture - pair.wanted).square().mean().log10()))
    return {name: sum(values) / len(values) for name, values in found.items()}


_CAVEATS = (
    "White Gaussian noise, unclipped, on photos that were clean: coarse grain, JPEG's blocks and "
    "noise that was clipped at black and white are none of it.",
    "Strict repetition (weaves, bricks) is better served by denoise.bm3d, which finds the same patch again.",
)
_SIGNATURE = (
    "No biases. Input: N, C, H, W with C 1 (grey) or 3 (RGB), any H and W, float32, sRGB as encoded, nominally in "
    "[0, 1] and unclipped. Output: the same shape, without the noise."
)
DNCNN = Lesson(
    model="denoise.dncnn_net",
    what="Finds the noise of a photo, blind to its strength, and takes it away.",
    signature="Seventeen convolutions of 3 x 3 with 64 filters between them, on blocks of 2 x 2 pixels; what they give "
    f"is the noise. {_SIGNATURE}",
    factory="plugins.restoration.dncnn.network:build",
    pairs=_pairs, loss=_loss, restore=_restored, figures=partial(_figures, _restored),
    batch=8, crop=64, margin=0, caveats=_CAVEATS,
    schedule=OrthogonalSchedule(steps=2000, rate=1e-3, warmup=100, average=0.995, every=1000),
)
AUTOENCODER = Lesson(
    model="denoise.autoencoder_net",
    what="Encodes a noisy photo, blind to the noise's strength, and decodes a clean one.",
    signature="An autoencoder: 128 numbers for each 4 x 4 pixels, found by seven convolutions, from which three more "
    f"make the clean photo; nothing goes around them. {_SIGNATURE}",
    factory="plugins.restoration.autoencoder.network:build",
    pairs=_pairs, loss=_loss, restore=_restored, figures=partial(_figures, _restored),
    batch=8, crop=64, margin=0, caveats=_CAVEATS,
    schedule=OrthogonalSchedule(steps=2400, rate=1e-3, warmup=100, average=0.995, every=1200),
)
MLP = Lesson(
    model="denoise.mlp_net",
    what="Denoises planes patch by patch with fully connected layers; overlapping middles are averaged.",
    signature=f"Three layers of 640 units from {PATCH} x {PATCH} pixels to their {MIDDLE} x {MIDDLE} in the middle, "
    "and a linear filter beside them. Input: N, 1, H, W, a plane in units of its noise's standard deviation, float32, "
    "any H and W. Output: the same shape and unit, without the noise.",
    factory="plugins.restoration.mlp.network:build",
    pairs=_planes, loss=_patch_loss, restore=_restored_planes, figures=partial(_figures, _restored_planes),
    batch=16, crop=71, margin=0, caveats=_CAVEATS,
    schedule=Schedule(steps=2400, rate=1e-3, warmup=100, average=0.995, every=1200),
)
