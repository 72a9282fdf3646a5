"""A number of answers that an attack may have of its model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop_app.api.errors import ToolError
from desktop_app.core.threats.bound import Bound, Figures, Scene

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Queries(Bound):
    """At most so many answers about a photo; what gradients are of counts as one, too."""

    most: int

    @property
    def words(self) -> str:
        """How often."""
        return f"{self.most} queries"

    @property
    def size(self) -> float:
        """How often a photo may be asked about."""
        return float(self.most)

    @property
    def unit(self) -> str:
        """Of the size."""
        return "queries"

    def figures(self, image: Tensor, scene: Scene) -> Figures:
        """Refuse an attack that has asked more often about pictures ``(N, C, H, W)`` float32, all of them together."""
        if scene.asked > self.most * len(image):
            raise ToolError(
                f"expected at most {self.most} queries a photo, got {scene.asked} for {len(image)}; report this to the "
                "attack's author"
            )
        return super().figures(image, scene)
