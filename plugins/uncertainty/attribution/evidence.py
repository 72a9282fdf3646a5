"""Four ways to say how much each pixel counts for a class, each written from its paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from desktop_app.api import ToolError
from plugins.uncertainty.attribution.descriptor import AttributionParams

__all__ = ["METHODS", "Question"]

_GREY = 0.5


@dataclass(frozen=True, eq=False)
class Question:
    """A network, and for each of N photos the class ``(N,)`` int64 whose logit is explained.

    `check` is called between passes; `offsets` are ``(N, 2)`` float32 in [0, 1): where the grid of hidden parts begins.
    """

    network: nn.Module
    classes: Tensor
    params: AttributionParams
    check: Callable[[], None]
    offsets: Tensor

    def logits(self, photos: Tensor) -> Tensor:
        """Return each photo's logit of its class, ``(N,)``."""
        own: Tensor = self.network(photos).float().gather(1, self.classes[:, None])[:, 0]
        return own

    def slopes(self, photos: Tensor) -> Tensor:
        """Return how that logit changes with each value, ``(N, C, H, W)``."""
        self.check()
        with torch.enable_grad():
            leaf = photos.detach().requires_grad_(True)
            (found,) = torch.autograd.grad(self.logits(leaf).sum(), leaf)
        return found


def gradients(question: Question, photos: Tensor) -> Tensor:
    """Return the slope's length at each pixel, ``(N, H, W)`` in logits a level (Simonyan 2014, section 3.1)."""
    return question.slopes(photos).square().sum(1).sqrt() / 255.0


def integrated(question: Question, photos: Tensor) -> Tensor:
    """Return what each pixel adds on the straight way from grey, ``(N, H, W)`` in logits (Sundararajan 2017, eq. 3)."""
    steps = question.params.steps
    way = photos - _GREY
    total = torch.zeros_like(photos)
    for index in range(steps):
        total += question.slopes(_GREY + way * (index + 0.5) / steps) / steps
    return (way * total).sum(1)


def occlusion(question: Question, photos: Tensor) -> Tensor:
    """Return what hiding the part around each pixel takes from the logit, ``(N, H, W)`` (Zeiler, Fergus 2014, 4.2)."""
    parts, (height, width) = question.params.parts, photos.shape[-2:]
    rows, columns = (_cells(size, parts, question.offsets[:, axis]) for axis, size in enumerate((height, width)))
    whole = question.logits(photos)
    found = torch.zeros_like(photos[:, 0])
    for row in range(parts + 1):
        for column in range(parts + 1):
            question.check()
            hidden = (rows == row)[:, :, None] & (columns == column)[:, None, :]
            if not bool(hidden.any()):
                continue
            drop = whole - question.logits(torch.where(hidden[:, None], torch.full_like(photos, _GREY), photos))
            found += hidden * drop[:, None, None]
    return found


def _cells(size: int, parts: int, offsets: Tensor) -> Tensor:
    """Return the part in which each row or column lies, ``(N, size)``, of a grid that begins by `offsets` earlier."""
    places = torch.arange(size, device=offsets.device) * (parts / size)
    return (places + offsets[:, None]).floor()


def gradcam(question: Question, photos: Tensor) -> Tensor:
    """Return what speaks for the class in the last convolution, ``(N, H, W)`` (Selvaraju 2017, eqs. 1 and 2).

    Raises
    ------
    ToolError
        If the network has no convolution.
    """
    layers = [part for part in question.network.modules() if isinstance(part, nn.Conv2d)]
    if not layers:
        raise ToolError("expected a network with convolutions for gradcam, got one without; choose another method")
    held: list[Tensor] = []
    handle = layers[-1].register_forward_hook(lambda _, __, output: held.append(output))
    try:
        question.check()
        with torch.enable_grad():
            leaf = photos.detach().requires_grad_(True)
            logits = question.logits(leaf).sum()
            (slope,) = torch.autograd.grad(logits, held[-1])
    finally:
        handle.remove()
    found = (slope.mean((2, 3), keepdim=True) * held[-1].detach()).sum(1, keepdim=True).relu()
    return F.interpolate(found.float(), photos.shape[-2:], mode="bilinear", align_corners=False)[:, 0]


METHODS: dict[str, tuple[Callable[[Question, Tensor], Tensor], str, str]] = {
    "gradients": (gradients, "logits/level", "How much the answer would change with this pixel."),
    "integrated": (integrated, "logits", "How much this pixel adds to the answer, compared with grey."),
    "occlusion": (occlusion, "logits", "How much the answer loses when the part around this pixel is hidden."),
    "gradcam": (gradcam, "1", "How much the last convolution finds here that speaks for the answer."),
}
"""Each with the unit of its map, and what a high value means."""
