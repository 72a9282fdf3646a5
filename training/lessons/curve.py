"""``lowlight.curve``: curves learnt from photos alone, by what a good photo is like (Guo 2020, arXiv:2001.06826).

No photo tells how another should look. Four losses (section 3.3) say what is wanted: the light of the scene's parts is
neither too low nor too high (eq. 5), parts that differ go on to differ as much (eq. 4), no colour gains on the others
(eq. 6), and neighbouring places have almost the same curves (eq. 7). A fifth is ours: the channels' curves are about
the same, or a sunset would be taken for a cast.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from plugins.restoration.curve.network import ITERATIONS, CurveNet, bent
from training.darkness import darkened
from training.lesson import Lesson, Pair
from training.optimisation import Schedule

__all__ = [
    "LESSON", "colour_constancy", "exposure", "loss", "pairs", "smoothness", "spatial_consistency", "togetherness",
]  # fmt: skip

_LIGHT = 0.5  # the mean that a region of the photo should have
_REGION, _PART = 32, 4  # pixels of a side: of a region that is exposed, and of a part that is compared with the next
_EXPOSED, _COLOURS, _SMOOTH, _APART = 2.0, 0.5, 200.0, 20.0  # weights beside the spatial consistency's 1


def pairs(clean: Tensor, generator: torch.Generator) -> Pair:
    """Return photos in the dark and as they were; the loss looks at the former only."""
    return Pair(darkened(clean, generator), clean)


def loss(network: CurveNet, pair: Pair) -> Tensor:
    """Return what the four losses say of brightened photos."""
    curves = network(pair.given)
    bright = bent(pair.given, curves)
    return (
        spatial_consistency(bright, pair.given) + _EXPOSED * exposure(bright) + _COLOURS * colour_constancy(bright)
        + _SMOOTH * smoothness(curves) + _APART * togetherness(curves)
    )  # fmt: skip


def spatial_consistency(bright: Tensor, given: Tensor) -> Tensor:
    """Return how much the differences between neighbouring parts changed (eq. 4)."""
    after, before = (F.avg_pool2d(images.mean(1, keepdim=True), _PART) for images in (bright, given))
    changes = [(after.diff(dim=dim).abs() - before.diff(dim=dim).abs()).square().mean() for dim in (-2, -1)]
    return 2.0 * (changes[0] + changes[1])


def exposure(bright: Tensor) -> Tensor:
    """Return how far the mean light of regions is from what it should be (eq. 5)."""
    return (F.avg_pool2d(bright.mean(1, keepdim=True), _REGION) - _LIGHT).abs().mean()


def colour_constancy(bright: Tensor) -> Tensor:
    """Return how far the mean colours of each photo are from grey (eq. 6)."""
    red, green, blue = bright.mean((2, 3)).unbind(1)
    return ((red - green).square() + (red - blue).square() + (green - blue).square()).mean()


def smoothness(curves: Tensor) -> Tensor:
    """Return how much the curves change from pixel to pixel (eq. 7)."""
    return (curves.diff(dim=-1).abs().mean() + curves.diff(dim=-2).abs().mean()).square()


def togetherness(curves: Tensor) -> Tensor:
    """Return how far the three channels' curves are from their mean: a scene's own colours are no cast."""
    channels = curves.view(len(curves), ITERATIONS, 3, *curves.shape[-2:])
    return (channels - channels.mean(2, keepdim=True)).square().mean()


def _brightened(network: CurveNet, pair: Pair) -> Tensor:
    return bent(pair.given, network(pair.given))


LESSON = Lesson(
    model="lowlight.curve_net",
    what="Finds the curves that bring light into a dark photo, having learnt from no well-lit one.",
    signature="Seven convolutions. Input: N, C, h, w with C 1 (grey) or 3 (RGB), float32, sRGB as encoded, in [0, 1], "
    "of about 128 to 256 pixels. Output: N, 24, h, w in [0, 0.6]: eight curves for each channel.",
    factory="plugins.restoration.curve.network:build",
    pairs=pairs, loss=loss, restore=_brightened, batch=8, crop=128,
    schedule=Schedule(steps=400, rate=1e-3, warmup=20, average=0.98, every=200),
    caveats=(
        "Noise is brightened with the photo.",
        "A scene that is meant to be dark, or of one colour, is taken for a fault of the light.",
    ),
)
