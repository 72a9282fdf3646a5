"""What a classifier wants done to a photo, as part of the model, so that gradients and attacks go through it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["IMAGENET", "Prepared", "Preprocessing"]

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""Mean and standard deviation of ImageNet's training photos in [0, 1], channel by channel."""

_LEAST = 1e-12  # of a probability whose logarithm is taken


@dataclass(frozen=True, kw_only=True)
class Preprocessing:
    """How a photo in [0, 1] becomes what a network was trained on.

    Parameters
    ----------
    size : int, optional
        Height and width in pixels; None where the network takes any.
    crop : float
        The share of the shorter side that the square in the middle keeps; 0: the whole photo is squeezed instead.
    interpolation : str
        How it is resized.
    span : float
        What white is: 1 or 255.
    mean, std : tuple of float
        Taken off and divided by, in units of `span`, in the network's order of channels.
    is_bgr : bool
        Whether blue comes first.
    gives_probabilities : bool
        Whether the network ends in a softmax, whose logarithm serves as logits.
    """

    size: int | None = None
    crop: float = 0.0
    interpolation: Literal["bilinear", "bicubic"] = "bilinear"
    span: float = 1.0
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    is_bgr: bool = False
    gives_probabilities: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON-able mapping."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Preprocessing:
        """Read what `to_json` wrote."""
        fields: dict[str, Any] = {name: tuple(part) if isinstance(part, list) else part for name, part in value.items()}
        return cls(**fields)


class Prepared(nn.Module):
    """A classifier with its preprocessing inside: photos ``(N, C, H, W)`` in [0, 1] to logits ``(N, K)``.

    Parameters
    ----------
    network : nn.Module
        What files of weights are of.
    how : Preprocessing
        What it wants done to a photo.
    labels : sequence of str
        Its class names, where they are known.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, network: nn.Module, how: Preprocessing, labels: Sequence[str] = ()) -> None:
        super().__init__()
        self.network, self._how = network, how
        self.labels = tuple(labels)
        self.register_buffer("mean", torch.tensor(how.mean).view(1, -1, 1, 1))
        self.register_buffer("std", torch.tensor(how.std).view(1, -1, 1, 1))

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits ``(N, K)`` of photos ``(N, C, H, W)`` in [0, 1]; a grey one has three equal channels."""
        images = self._squared(images.expand(-1, 3, -1, -1))
        images = images.flip(1) if self._how.is_bgr else images
        answer: Tensor = self.network((images * self._how.span - self.mean) / self.std)
        answer = answer.flatten(1)
        return answer.clamp_min(_LEAST).log() if self._how.gives_probabilities else answer

    def _squared(self, images: Tensor) -> Tensor:
        side, (height, width) = self._how.size, images.shape[-2:]
        if side is None or (height, width) == (side, side):
            return images
        if not self._how.crop:
            return self._resized(images, side, side)
        shorter = round(side / self._how.crop)
        factor = shorter / min(height, width)
        images = self._resized(images, *(max(shorter, round(length * factor)) for length in (height, width)))
        top, left = ((length - side) // 2 for length in images.shape[-2:])
        return images[..., top : top + side, left : left + side]

    def _resized(self, images: Tensor, height: int, width: int) -> Tensor:
        return F.interpolate(images, (height, width), mode=self._how.interpolation, antialias=True)
