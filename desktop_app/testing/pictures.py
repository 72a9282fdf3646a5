"""Pictures that trouble tools, made from sums of waves and seeded noise: no file is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from desktop_app.api import InputSpec
from desktop_app.core.models.loaded_classifier import LoadedClassifier

_MISTAKEN = 8  # of so many photos one is taken for another class
SHAPES = {
    "grey": (1, 24, 31), "colour": (3, 31, 24), "one pixel": (3, 1, 1), "a row": (1, 1, 19), "a column": (3, 19, 1),
    "two pixels": (1, 2, 1),
}
"""``(C, H, W)`` by name: odd sizes and degenerate ones."""


def textured(channels: int, height: int, width: int, seed: int = 0) -> Tensor:
    """Return a picture ``(1, C, H, W)`` of waves, an edge and some noise, within [0.1, 0.9]."""
    rows = torch.linspace(0.0, 1.0, height)[:, None]
    columns = torch.linspace(0.0, 1.0, width)[None, :]
    planes = torch.stack([torch.sin(7.0 * rows + c) * torch.cos(9.0 * columns - c) for c in range(channels)])
    noise = torch.randn(planes.shape, generator=torch.Generator().manual_seed(seed))
    return (0.5 + 0.2 * planes + 0.1 * (columns > 0.6) + 0.04 * noise).clamp(0.1, 0.9)[None]

CALIBRATION = (512, 1601)
"""Photos, and shares of values missed by growing intervals: what ``verilens evaluate`` writes as calibration.tif."""


def troublesome() -> dict[str, Tensor]:
    """Return pictures ``(1, C, H, W)`` by name: odd and degenerate sizes, flat ones, one with values outside [0, 1]."""
    return {**within_range(), "values outside [0, 1]": textured(3, 16, 21) * 1.6 - 0.3}


def within_range() -> dict[str, Tensor]:
    """Return the pictures ``(1, C, H, W)`` of `troublesome` whose values are in [0, 1]."""
    pictures = {name: textured(*shape) for name, shape in SHAPES.items()}
    pictures["flat black"] = torch.zeros(1, 3, 17, 13)
    pictures["flat white"] = torch.ones(1, 1, 17, 13)
    return pictures


def further_inputs(
    specs: tuple[InputSpec, ...], images: Tensor, classifiers: Sequence[LoadedClassifier] = ()
) -> Mapping[str, Tensor]:
    """Return something fit for each named input of a tool with its classifiers, for ``(N, C, H, W)`` float32.

    What a classifier answered is left out where there is none.
    """
    fit = [spec for spec in specs if classifiers or spec.kind != "answers"]
    return {spec.name: _input(spec, images, classifiers) for spec in fit}


def answers_of(model: LoadedClassifier, count: int = 256) -> Tensor:
    """Return a table ``(count, …)`` float32 of a classifier's answers to pictures of waves, of which one in 8 is wrong.

    Of answers that are never wrong nobody could learn how far to trust them.
    """
    photos = torch.cat([textured(3, 12, 12, seed).roll(seed, -1) for seed in range(count)])
    seen = model.look(photos.to(next(model.network.parameters()).device))
    classes = seen.logits.argmax(1)
    classes[:: _MISTAKEN] = (classes[:: _MISTAKEN] + 1) % seen.logits.shape[1]
    return seen.rows(classes)


def _input(spec: InputSpec, images: Tensor, classifiers: Sequence[LoadedClassifier]) -> Tensor:
    n, _, height, width = images.shape
    if spec.kind == "answers":
        return answers_of(classifiers[0]).to(images.device).expand(n, 1, -1, -1).contiguous()
    if spec.kind in ("reference", "image"):
        return images.clone()
    if spec.kind == "kernel":
        kernel = images.new_zeros(n, 1, 5, 5)
        kernel[:, :, 2, 1:4] = 1.0 / 3.0
        return kernel
    if spec.kind == "calibration":
        shares = torch.linspace(1.0, 0.0, CALIBRATION[1], device=images.device) ** 8
        return shares.expand(n, 1, *CALIBRATION).contiguous()
    ramp = torch.linspace(0.0, 1.0, width, device=images.device).expand(n, 1, height, width)
    return (ramp > 0.5).float() if spec.kind == "mask" else ramp.clone()
