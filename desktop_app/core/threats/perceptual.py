"""A change that looks small: 1 − SSIM of the photo to the original is bounded, beside any bound on pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop_app.core.threats.bound import Bound, Figures, Scene

if TYPE_CHECKING:
    from torch import Tensor

_HALVINGS = 24


@dataclass(frozen=True)
class Perceptual(Bound):
    """At most so much of 1 − SSIM (structural similarity) per photo."""

    most: float

    @property
    def words(self) -> str:
        """How unlike."""
        return f"1 − SSIM of at most {self.most:g}"

    @property
    def size(self) -> float:
        """How unlike the photos may be."""
        return self.most

    @property
    def unit(self) -> str:
        """Of the size."""
        return "1 − SSIM"

    def held(self, image: Tensor, scene: Scene) -> Tensor:
        """Return pictures ``(N, C, H, W)`` in [0, 1], drawn back along the line to the originals where they must be."""
        import torch

        from desktop_app.numerics.similarity import dissimilarity

        original = scene.original
        is_far = dissimilarity(image, original) > self.most
        low = torch.zeros(len(image), 1, 1, 1, device=image.device)
        high = torch.ones_like(low)
        for _ in range(_HALVINGS if bool(is_far.any()) else 0):
            middle = (low + high) / 2.0
            is_near = (dissimilarity(original + middle * (image - original), original) <= self.most).view_as(low)
            low, high = torch.where(is_near, middle, low), torch.where(is_near, high, middle)
        return torch.where(is_far.view_as(low), original + low * (image - original), image)

    def figures(self, image: Tensor, scene: Scene) -> Figures:
        """Return how unlike each picture ``(N, C, H, W)`` in [0, 1] is to its original."""
        from desktop_app.numerics.similarity import dissimilarity

        return [{"dissimilarity": far} for far in dissimilarity(image, scene.original).clamp_min(0.0).tolist()]
