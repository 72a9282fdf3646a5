"""Photos taken in the dark, made by the project's own degradations: too little light, uneven light, a flat curve."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.core.imaging.colour import linear_to_srgb, srgb_to_linear
from training.noise import Draw, degraded

__all__ = ["darkened"]

_WELL_LIT = 0.1  # share of photos that lack no light: what needs nothing is to be left alone
_GAMMA = 0.35  # share that is darkened by a curve, as by a camera or a screen, in place of the exposure
_UNEVEN = 0.5  # share in which the light falls unevenly: windows, lamps, back light
_JPEG = 0.4  # share that was compressed in the dark
_STOPS = 1.3  # standard deviation of the uneven light


def darkened(images: Tensor, generator: torch.Generator) -> Tensor:
    """Return photos ``(N, 3, H, W)`` float32 in [0, 1] as if taken in the dark, in the 256 levels of a file."""

    def draw() -> float:
        return float(torch.rand((), generator=generator))

    return torch.cat([_dark(image, generator, draw) for image in torch.split(images, 1)])


def _dark(image: Tensor, generator: torch.Generator, draw: Draw) -> Tensor:
    seed = int(torch.randint(1 << 31, (1,), generator=generator))
    if draw() < _UNEVEN:
        image = _unevenly_lit(image, generator)
    if draw() >= _WELL_LIT:
        image = _by_curve(image, draw, seed) if draw() < _GAMMA else _exposed(image, draw, seed)
    if draw() < _JPEG:
        image = degraded("jpeg", image, {"quality": int(70 + 28 * draw())}, seed)
    return (image.clamp(0.0, 1.0) * 255.0).round() / 255.0


def _unevenly_lit(image: Tensor, generator: torch.Generator) -> Tensor:
    """Return a photo with stops of light taken from places, none added."""
    stops = _STOPS * torch.randn(1, 1, 3, 3, generator=generator)
    field = F.interpolate(stops, image.shape[-2:], mode="bicubic", align_corners=True)
    return linear_to_srgb(srgb_to_linear(image) * 2.0 ** (field - field.amax()))


def _by_curve(image: Tensor, draw: Draw, seed: int) -> Tensor:
    dark = image.clamp(0.0, 1.0) ** (1.5 + 2.0 * draw())
    return degraded("gaussian_noise", dark, {"sigma": 3.0 * draw() ** 2}, seed)


def _exposed(image: Tensor, draw: Draw, seed: int) -> Tensor:
    light = {"exposure": -0.7 - 4.3 * draw(), "full_well": 10.0 ** (2.8 + 1.7 * draw()), "read_noise": 5.0 * draw()}
    return degraded("low_light", image, light, seed)
