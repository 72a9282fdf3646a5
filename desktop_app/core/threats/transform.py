"""A photo in another pose: turned, moved and enlarged within bounds. The host makes the picture from the pose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop_app.api.errors import ToolError
from desktop_app.core.threats.bound import Bound, Figures, Scene

if TYPE_CHECKING:
    from torch import Tensor

POSE = "pose"
"""The artifact that an attack returns: ``(N, 4)`` degrees, pixels to the right and down, percent of growth."""


@dataclass(frozen=True)
class Transform(Bound):
    """At most so many degrees of turn, pixels of move along each side, and percent of growth or shrinking."""

    degrees: float = 0.0
    pixels: float = 0.0
    percent: float = 0.0

    @property
    def words(self) -> str:
        """Which poses."""
        said = {
            f"turned by up to {self.degrees:g}°": self.degrees, f"moved by up to {self.pixels:g} px": self.pixels,
            f"scaled by up to {self.percent:g} %": self.percent,
        }  # fmt: skip
        return " and ".join(words for words, most in said.items() if most) or "no other pose"

    @property
    def size(self) -> float:
        """The first bound that lets something move."""
        return next((most for most in (self.degrees, self.pixels, self.percent) if most), 0.0)

    @property
    def unit(self) -> str:
        """Of the size."""
        units = {"°": self.degrees, "px": self.pixels, "%": self.percent}
        return next((unit for unit, most in units.items() if most), "°")

    def held(self, image: Tensor, scene: Scene) -> Tensor:
        """Return the originals in the poses found, clipped to the bounds; what was drawn, ``(N, C, H, W)``, is dropped.

        All float32 in [0, 1].

        Raises
        ------
        ToolError
            If the attack gave no pose.
        """
        from desktop_app.numerics.warps import warped

        return warped(scene.original, self._poses(scene).to(image)).clamp(0.0, 1.0)

    def figures(self, image: Tensor, scene: Scene) -> Figures:
        """Return the pose of each picture ``(N, C, H, W)`` in [0, 1]; none where it is the photo itself."""
        is_moved = (image != scene.original).flatten(1).any(1).cpu()
        poses = self._poses(scene).cpu() * is_moved[:, None]
        return [dict(zip(("degrees", "right", "down", "percent"), pose, strict=True)) for pose in poses.tolist()]

    def _poses(self, scene: Scene) -> Tensor:
        found = scene.artifacts.get(POSE)
        if found is None or found.shape != (len(scene.original), 4):
            raise ToolError(
                f"expected the artifact {POSE!r} with a pose per photo, (N, 4), got "
                f"{'none' if found is None else tuple(found.shape)}; report this to the attack's author"
            )
        most = found.new_tensor([self.degrees, self.pixels, self.pixels, self.percent])
        return found.detach().clamp(-most, most)
