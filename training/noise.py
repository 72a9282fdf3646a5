"""Noise to learn from, made by the project's own degradation tools, one photo at a time with a seed of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Tool
from desktop_app.testing import call_tool

__all__ = ["UNTOLD", "Noisy", "degraded", "mixed_noise"]


@dataclass(frozen=True)
class Noisy:
    """Photos ``(N, C, H, W)`` float32, unclipped, and their noise's standard deviation ``(N, 1, 1, 1)`` or `UNTOLD`."""

    images: Tensor
    noise_std: Tensor


@cache
def _tool(method: str) -> Tool:
    found: list[Tool] = import_module(f"plugins.degradation.{method}.descriptor").verilens_tools()
    return found[0]


def degraded(
    method: str, image: Tensor, params: Mapping[str, Any], seed: int, inputs: Mapping[str, Tensor] | None = None
) -> Tensor:
    """Return one photo ``(1, C, H, W)`` after ``degrade.<method>``, with its further inputs ``(1, 1, H, W)``."""
    result = call_tool(_tool(method), image, params, seeds=[seed], inputs=inputs).image
    if result is None:
        raise ValueError(f"expected a degradation that gives a picture, got degrade.{method}; name another")
    return result


Draw = Callable[[], float]
UNTOLD = -1.0
"""Stands for a standard deviation that the network has to find itself."""


def _gaussian(image: Tensor, draw: Draw, seed: int) -> tuple[Tensor, float]:
    # A tenth is as good as clean: what needs nothing is to be left alone. Of the rest, somewhat more is weak noise.
    sigma = 2.0 * draw() if draw() < 0.1 else 75.0 * draw() ** 1.25
    is_told = draw() < 0.75
    return degraded("gaussian_noise", image, {"sigma": sigma}, seed), sigma / 255.0 if is_told else UNTOLD


def _photons(image: Tensor, draw: Draw, seed: int) -> tuple[Tensor, float]:
    counted = degraded("poisson_noise", image, {"photons": 10.0 ** (0.7 + 2.3 * draw())}, seed)
    read = degraded("gaussian_noise", counted, {"sigma": 10.0 * draw()}, seed + 1)
    return read, UNTOLD


def _jpeg(image: Tensor, draw: Draw, seed: int) -> tuple[Tensor, float]:
    if draw() < 0.3:  # noise that was there when the camera compressed
        image = degraded("gaussian_noise", image, {"sigma": 15.0 * draw()}, seed)
    return degraded("jpeg", image, {"quality": int(8 + 72 * draw())}, seed), UNTOLD


def _impulses(image: Tensor, draw: Draw, seed: int) -> tuple[Tensor, float]:
    hit = degraded("impulse_noise", image, {"amount": 1.0 + 24.0 * draw()}, seed)
    return degraded("gaussian_noise", hit, {"sigma": 10.0 * draw()}, seed + 1), UNTOLD


_SHARES = ((0.66, _gaussian), (0.80, _photons), (0.94, _jpeg), (1.0, _impulses))


def mixed_noise(images: Tensor, generator: torch.Generator) -> Noisy:
    """Return photos ``(N, C, H, W)``, each with a kind and a strength of noise that are drawn for it."""

    def draw() -> float:
        return float(torch.rand((), generator=generator))

    found, told = [], []
    for image in torch.split(images, 1):
        share, seed = draw(), int(torch.randint(1 << 31, (1,), generator=generator))
        kind = next(kind for limit, kind in _SHARES if share <= limit)
        noisy, noise_std = kind(image, draw, seed)
        found.append(noisy)
        told.append(noise_std)
    return Noisy(torch.cat(found), torch.tensor(told).view(-1, 1, 1, 1))
