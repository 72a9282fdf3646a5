"""``lowlight.enlightengan``: brightening learnt from dark photos and well-lit ones, no two of the same scene.

After Jiang 2021 (arXiv:1906.06972): two critics, one of the whole crop and one of its patches, tell what is brightened
from what was well lit (section III-A, eqs. 1-5), and the features of a classifier, here one of our own, hold the scene
in place (section III-B, eq. 6). The dark photos are made by our own degradations from other photos than those that the
critics are shown as well lit.
"""

from __future__ import annotations

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

from desktop_app.api import bundled_network
from desktop_app.numerics.appearance import luminance
from plugins.classification.cifar10_resnet.network import Cifar10ResNet
from plugins.classification.cifar10_resnet.network import build as build_classifier
from plugins.restoration.enlightengan.network import PLANES, EnlightenNet, conditioned, look
from training.darkness import darkened
from training.lesson import Lesson, Pair
from training.optimisation import Schedule
from training.weights import read_half

__all__ = ["LESSON", "Enlightening", "critic", "loss", "pairs", "unpaired_loss"]

_PATCH, _PATCHES = 32, 4  # the side in pixels, and how many of each photo
_KEPT, _LEFT_ALONE = 1.0, 0.5  # weights of the features, and of well-lit photos that come back changed
_ALONE = 1  # well-lit photo of a batch that the network is given, too
_LIT = (0.38, 0.55)  # mean light that a darker photo is brought to before it passes for well lit
_SHRUNK = 4  # times, before the classifier looks
_SLOPE = 0.2
_CLASSIFIER = "cifar10_resnet"


def critic(widths: tuple[int, ...]) -> nn.Sequential:
    """Return a critic of patches: photos ``(N, 3, H, W)`` to a score for each place, ``(N, 1, h, w)``."""
    layers: list[nn.Module] = []
    for given, found in zip((3, *widths), widths, strict=False):
        layers += [nn.Conv2d(given, found, 4, stride=2, padding=1), nn.LeakyReLU(_SLOPE)]
    return nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 3, padding=1))


class Enlightening(nn.Module):
    """What is trained: the network, and its critics beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.network = EnlightenNet()
        self.whole = critic((32, 64, 96, 128))
        self.part = critic((32, 64, 96))


def pairs(clean: Tensor, generator: torch.Generator) -> Pair:
    """Return photos of which the first half is in the dark, told how the whole of each looks, and all of them well lit.

    The loss looks at the first half in the dark and at the second well lit: it never sees both of a scene.
    """
    lit, half = _well_lit(clean, generator), (len(clean) + 1) // 2
    given = torch.cat([darkened(clean[:half], generator), lit[half:]])
    places = torch.randint(1 << 16, (len(clean), _PATCHES, 2), generator=generator)
    return Pair(conditioned(given, look(given)), lit, {"places": places})


def loss(trained: Enlightening, pair: Pair) -> Tensor:
    """Return what network and critics lose, in one sum: neither's share reaches the other's weights."""
    half = (len(pair.given) + 1) // 2
    return unpaired_loss(trained, pair.given[:half], pair.given[half:], pair.extra["places"])


def unpaired_loss(trained: Enlightening, dark: Tensor, lit: Tensor, places: Tensor) -> Tensor:
    """Return the sum of all losses.

    Parameters
    ----------
    trained : Enlightening
        Network and critics.
    dark, lit : Tensor
        ``(N, 3 + 9, H, W)`` and ``(M, 3 + 9, H, W)`` of other scenes, as the network takes them.
    places : Tensor
        ``(N + M, patches, 2)`` whole numbers, by which the patches' places are drawn.
    """
    alone = lit[:_ALONE]
    answer: Tensor = trained.network(torch.cat([dark, alone]))
    bright, left = answer[: len(dark)], answer[len(dark) :]
    photos, lit = dark[:, :-PLANES], lit[:, :-PLANES]
    total: Tensor = _LEFT_ALONE * (left - alone[:, :-PLANES]).abs().mean()
    here, there = (_patches(images, places[: len(dark)]) for images in (bright, photos))
    for judge, found, real in ((trained.whole, bright, lit), (trained.part, here, _patches(lit, places[len(dark) :]))):
        frozen = {name: value.detach() for name, value in judge.named_parameters()}
        total = total + _relativistic(functional_call(judge, frozen, (real,)), functional_call(judge, frozen, (found,)))
        total = total + _relativistic(judge(found.detach()), judge(real))
    return total + _KEPT * (_differ(bright, photos) + _differ(here, there))


def _relativistic(worse: Tensor, better: Tensor) -> Tensor:
    """Return the relativistic average least-squares loss of those that are to be the better (eqs. 1-4)."""
    worse, better = worse.float(), better.float()
    return 0.5 * ((better - worse.mean() - 1.0).square().mean() + (worse - better.mean()).square().mean())


def _differ(found: Tensor, given: Tensor) -> Tensor:
    """Return how far the scene's features moved (eq. 6), whatever the light."""
    with torch.no_grad():
        before = _features(given)
    return (_features(found) - before).square().mean()


def _features(images: Tensor) -> Tensor:
    """Return early features of the classifier, each photo's as strong as any other's.

    Of photos made smaller: what of the dark is noise shall not be held in place with the scene.
    """
    small = F.avg_pool2d(images, _SHRUNK)
    spread = small.std((1, 2, 3), keepdim=True) + 0.01
    seen = F.gelu(_classifier().whiten((small - small.mean((1, 2, 3), keepdim=True)) / spread))
    seen = _classifier().stages[0](seen).float()
    return F.layer_norm(seen, seen.shape[1:])


@cache
def _classifier() -> Cifar10ResNet:
    network = build_classifier()
    _, files = bundled_network(_CLASSIFIER)
    read_half(network, files["weights"])
    return network.eval().requires_grad_(False)


def _patches(images: Tensor, places: Tensor) -> Tensor:
    """Return ``(N · patches, 3, 32, 32)`` of photos ``(N, 3, H, W)``."""
    free = places.new_tensor([side - _PATCH + 1 for side in images.shape[-2:]])
    corners = (places % free).tolist()
    return torch.stack([
        image[:, top : top + _PATCH, left : left + _PATCH]
        for image, each in zip(images, corners, strict=True) for top, left in each
    ])  # fmt: skip


def _well_lit(clean: Tensor, generator: torch.Generator) -> Tensor:
    """Return photos as they are, the dark ones among them brought up to a light that is drawn."""
    low, high = _LIT
    wanted = low + (high - low) * torch.rand(len(clean), 1, 1, 1, generator=generator)
    mean = luminance(clean).mean((1, 2, 3), keepdim=True).clamp(0.02, 0.98)
    return clean.clamp(min=0.0) ** (wanted.log() / mean.log()).clamp(0.4, 1.0)


def _shipped(trained: Enlightening) -> nn.Module:
    return trained.network


def _photo(pair: Pair) -> Tensor:
    return pair.given[:, :-PLANES]


def _brightened(network: EnlightenNet, pair: Pair) -> Tensor:
    found: Tensor = network(pair.given)
    return found


LESSON = Lesson(
    model="lowlight.enlightengan_net",
    what="Brightens dark photos, having learnt from dark and from well-lit photos of different scenes.",
    signature="An attention-guided U-net on blocks of 2 x 2 pixels. Input: N, C + 9, H, W with C 1 (grey) or 3 (RGB), "
    "any H and W, float32, sRGB as encoded, nominally in [0, 1]; the last nine planes are each one number: quantiles "
    "5, 25, 50, 75, 95 % of the whole photo's luminance, its mean red, green and blue, and 1 to soften noise or 0 not "
    "to. Output: N, C, H, W.",
    factory="plugins.restoration.enlightengan.network:build",
    pairs=pairs, loss=loss, restore=_brightened, baseline=_photo, network=Enlightening, shipped=_shipped,
    batch=12, crop=112, margin=24, schedule=Schedule(steps=1500, rate=4e-4, warmup=50, average=0.995, every=200),
    caveats=(
        "No pair of a dark and a well-lit photo was learnt from: how bright a scene should be is not known, and PSNR "
        "against one version of it says little.",
        "The dark photos were made from daylight ones. Lamps at night, their colours and their glare were hardly seen.",
    ),
)
