"""``deblur.gan``: the multiscale network made to look sharp, by two critics and by what a classifier sees.

After DeblurGAN-v2 (Kupyn 2019, arXiv:1908.03826, sections 3.2 and 3.3): relativistic average least squares between
sharp and sharpened photos, one critic of large patches and one of small ones, beside the squared error and the distance
of a classifier's features; the classifier is one of our own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

from desktop_app.api import bundled_network
from desktop_app.core.lab.niqe import niqe
from plugins.classification.cifar10_resnet.network import Cifar10ResNet, build_small
from plugins.restoration.common.multiscale_unet import MultiscaleUnet
from plugins.restoration.gan.network import BorrowingUnet
from training.chance import drawn_by
from training.lesson import LIKELIHOOD, Lesson, Pair, root_mean_square
from training.lessons.deblur_multiscale import LONGEST
from training.lessons.deblur_multiscale import pairs as shaken_pairs
from training.optimisation import Schedule
from training.weights import read_half

__all__ = ["LESSON", "Sharpening", "critic", "grid", "loss", "naturalness", "pairs"]

_FEATURES, _CRITICS = 0.02, 0.02  # weights beside the root mean squared error
_GRID, _AREA = 2.0, 8  # weight of what repeats with the network's blocks of 2 x 2, and over how many pixels it is seen
_SHIFT = 4  # pixels up to which what critics see is shifted: the network's blocks of 2 x 2 lie nowhere in particular
_SLOPE = 0.2
_CLASSIFIER = "cifar10_robust"  # features that attacks cannot move are those that people see


def critic(widths: Sequence[int]) -> nn.Sequential:
    """Return a critic of patches: photos ``(N, 3, H, W)`` to a score for each place, ``(N, 1, h, w)``.

    It looks at every pixel before it takes strides.
    """
    first = widths[0]
    layers: list[nn.Module] = [nn.Conv2d(3, first, 3, padding=1), nn.LeakyReLU(_SLOPE)]
    for inputs, outputs in zip((first, *widths), widths, strict=False):
        layers += [nn.Conv2d(inputs, outputs, 4, stride=2, padding=1), nn.LeakyReLU(_SLOPE)]
    return nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 3, padding=1))


class Sharpening(nn.Module):
    """What is trained: the network, and its critics beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.network = BorrowingUnet()
        self.large, self.small = critic((32, 64, 96, 128)), critic((32, 64))


def pairs(clean: Tensor, generator: torch.Generator) -> Pair:
    """Return shaken photos, each with a shake of its own, and by how much what critics see of them is shifted."""
    shake = shaken_pairs(clean, generator)
    return replace(shake, extra={"shift": torch.randint(_SHIFT, (len(clean), 2), generator=generator)})


def loss(trained: Sharpening, pair: Pair) -> Tensor:
    """Return what network and critics lose, in one sum: neither's share reaches the other's weights."""
    found, log_variance = trained.network.moments(pair.given)
    squared = (found - pair.wanted).detach().square()
    likelihood = (0.5 * (squared * (-log_variance).exp() + log_variance)).mean()
    total = root_mean_square(found, pair.wanted) + LIKELIHOOD * likelihood
    total = total + _FEATURES * _differ(found, pair.wanted) + _GRID * grid(found - pair.wanted)
    real, made = _shifted(pair.wanted, pair.extra["shift"]), _shifted(found, pair.extra["shift"])
    for judge in (trained.large, trained.small):
        frozen = {name: value.detach() for name, value in judge.named_parameters()}
        sharp, sharpened = (functional_call(judge, frozen, (images,)) for images in (real, made))
        total = total + _CRITICS * _relativistic(sharp, sharpened)
        total = total + _relativistic(judge(made.detach()), judge(real))
    return total


def _shifted(images: Tensor, shift: Tensor) -> Tensor:
    """Return photos without as many of their first rows and columns as the first photo's ``shift`` ``(N, 2)`` says."""
    down, right = (int(number) for number in shift[0])
    return images[..., down:, right:]


def _relativistic(worse: Tensor, better: Tensor) -> Tensor:
    """Return the relativistic average least-squares loss of those that are to be the better (Kupyn 2019, eq. 2)."""
    worse, better = worse.float(), better.float()
    return 0.5 * ((better - worse.mean() - 1.0).square().mean() + (worse - better.mean() + 1.0).square().mean())


def grid(error: Tensor) -> Tensor:
    """Return how much of errors ``(N, C, H, W)`` alternates from pixel to pixel all over an area of 8 x 8 pixels.

    Critics that learn as fast as the network leave it the grid of its own blocks, 2 x 2 pixels that one place of its
    features makes: a photo's texture hardly ever keeps step with them.
    """
    down = 1.0 - 2.0 * (torch.arange(error.shape[-2], device=error.device) % 2)[:, None]
    right = 1.0 - 2.0 * (torch.arange(error.shape[-1], device=error.device) % 2)
    waves = [F.avg_pool2d(error.float() * wave, _AREA).abs().mean() for wave in (down, right, down * right)]
    return torch.stack(waves).sum()


def _differ(found: Tensor, wanted: Tensor) -> Tensor:
    with torch.no_grad():
        before = _features(wanted)
    moved = [(now - then).abs().mean() for now, then in zip(_features(found), before, strict=True)]
    return torch.stack(moved).sum()


def _features(images: Tensor) -> list[Tensor]:
    """Return the classifier's features at a half and a quarter of the photos' own size."""
    network = _classifier()
    seen = F.gelu(network.whiten((images - network.channel_mean) / network.channel_std))
    first = network.stages[0](seen)
    return [first.float(), network.stages[1](first).float()]


@cache
def _classifier() -> Cifar10ResNet:
    network = build_small()
    _, files = bundled_network(_CLASSIFIER)
    read_half(network, files["weights"])
    return network.eval().requires_grad_(False)


def naturalness(network: MultiscaleUnet, photos: Sequence[Tensor]) -> Mapping[str, float]:
    """Return NIQE of the held-out photos as they were shaken, and sharpened; lower is better."""
    device, found = next(network.parameters()).device, dict[str, list[float]](niqe_given=[], niqe_restored=[])
    for place, photo in enumerate(photos):
        pair = pairs(photo[None].float() / 255.0, drawn_by(place))
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
            restored = network.moments(pair.given.to(device))[0].cpu()
        for name, picture in (("niqe_given", pair.given), ("niqe_restored", restored)):
            found[name].append(niqe(picture[0].float().numpy()))
    return {name: sum(values) / len(values) for name, values in found.items()}


def _shipped(trained: nn.Module) -> nn.Module:
    return trained.network if isinstance(trained, Sharpening) else trained


LESSON = Lesson(
    model="deblur.gan_net",
    what="Takes the blur of a shaken camera away and makes the photo look sharp where it cannot know how it was.",
    signature="As deblur.multiscale's network, from which it starts and whose lowest level it borrows: N, C, H, W with "
    "C 1 (grey) or 3 (RGB), any H and W, float32, sRGB as encoded, nominally in [0, 1]; gives N, 2 C, H, W, mean and "
    "standard deviation.",
    factory="plugins.restoration.gan.network:build",
    pairs=pairs, loss=loss, network=Sharpening, shipped=_shipped, figures=naturalness,
    start="deblur_multiscale", batch=4, crop=128, margin=16,
    schedule=Schedule(steps=600, rate=3e-4, warmup=20, average=0.99, every=100),
    caveats=(
        f"Shakes of up to {LONGEST:.0f} pixels, as the network that it starts from.",
        "It is judged by looks: further from the truth in decibels than deblur.multiscale, and some of the texture "
        "that it shows was never there. Measure nothing in its pictures.",
        "What was learnt beside the critics alone was sharper still, and below the shaken photo in decibels (22.0): it "
        "is mixed with the weights that it came from. NIQE stays above the shaken photo's, too.",
    ),
)
