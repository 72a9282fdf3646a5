"""Small subjects for attacks and uncertainty tools: a classifier with dropout, and a blur."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from desktop_app.api import Model, Result, Tool
from desktop_app.core.models.loaded_classifier import LoadedClassifier

LABELS = ("sky", "sea", "sand", "stone")

_ASKED: set[str] = set()

BLUR = Tool(
    id="testing.blur",
    title="Blur",
    kind="restoration",
    summary="Averages each pixel with its eight neighbours.",
    version="1.0",
    algorithm="desktop_app.testing.subjects:blur",
    reach=1,
    differentiable=True,
)
"""The restoration that the kit has questioned where a tool asks for one."""


def blur(images: Tensor, _params: Any, run: Any) -> Result:
    """Average 3×3 neighbourhoods of images ``(N, C, H, W)`` float32; the border is repeated."""
    run.check()
    _ASKED.add(BLUR.id)
    return Result(image=_blurred(images))


def _blurred(images: Tensor) -> Tensor:
    return F.avg_pool2d(F.pad(images, (1, 1, 1, 1), mode="replicate"), 3, stride=1)


SOFTEN = replace(
    BLUR, id="testing.soften", title="Soften", summary="Goes half the way to what each pixel's eight neighbours say.",
    algorithm="desktop_app.testing.subjects:soften",
)  # fmt: skip
"""A second one, where a tool asks for several."""


def soften(images: Tensor, _params: Any, run: Any) -> Result:
    """Average images ``(N, C, H, W)`` float32 with what `blur` makes of them."""
    run.check()
    _ASKED.add(SOFTEN.id)
    return Result(image=0.5 * (images + _blurred(images)))


@contextmanager
def counted() -> Iterator[set[str]]:
    """Give a set of the ids of those of the kit's restorations that are asked meanwhile."""
    _ASKED.clear()
    yield _ASKED


class ToyNet(nn.Module):
    """A smooth network for photos of any size, with batch norm and two kinds of dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.drop_channels = nn.Dropout2d(0.2)
        self.drop = nn.Dropout(0.2)
        self.head = nn.Linear(8, len(LABELS))

    def forward(self, images: Tensor) -> Tensor:
        """Return logits ``(N, 4)`` of photos ``(N, 1 or 3, H, W)`` in [0, 1]."""
        colour = images.expand(-1, 3, -1, -1)
        features = self.drop_channels(F.gelu(self.norm(self.features(2.0 * colour - 1.0))))
        logits: Tensor = self.head(self.drop(features.mean((2, 3)))) * 4.0
        return logits


def toy_classifier(module: nn.Module | None = None, seed: int = 0, classes: int = len(LABELS)) -> LoadedClassifier:
    """Return a classifier of four classes with fixed random weights, frozen and in eval mode.

    Parameters
    ----------
    module : Module, optional
        Another network to be asked in its place.
    seed : int
        Of the weights.
    classes : int
        Of how many that other network has logits, where they are not four.
    """
    if module is None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            module = ToyNet()
    descriptor = Model(
        id="testing.toy", title="Toy", task="classifier", builder="desktop_app.testing.subjects:ToyNet",
        weights=Path("none"), sha256="0" * 64, labels=LABELS[:classes],
    )
    return LoadedClassifier(descriptor, module.requires_grad_(False).eval())
