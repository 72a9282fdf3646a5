"""Changes inside a mask only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop_app.core.threats.bound import Bound, Scene

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Mask(Bound):
    """What the user painted: everything where it is 1, nothing where it is 0, a share between."""

    @property
    def words(self) -> str:
        """Where."""
        return "inside the mask"

    @property
    def size(self) -> float:
        """The whole of what other bounds allow."""
        return 1.0

    @property
    def unit(self) -> str:
        """Of the change."""
        return "share"

    def held(self, image: Tensor, scene: Scene) -> Tensor:
        """Return pictures ``(N, C, H, W)`` in [0, 1]: the originals outside the mask, and between on its edge."""
        import torch

        share = scene.mask
        if share is None:
            return image
        return torch.where(share < 1, scene.original + share * (image - scene.original), image)
