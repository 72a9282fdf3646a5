"""One square of the photo, in which everything may change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop_app.api.errors import ToolError
from desktop_app.core.threats.bound import Bound, Figures, Scene

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Patch(Bound):
    """A square that covers at most `percent` of the photo, anywhere, or with its corner at a given place."""

    percent: float
    top: int | None = None
    left: int | None = None

    @property
    def words(self) -> str:
        """How large."""
        return f"a square of {self.percent:g} % of the photo"

    @property
    def size(self) -> float:
        """Its share of the photo."""
        return self.percent

    @property
    def unit(self) -> str:
        """Of the size."""
        return "%"

    def held(self, image: Tensor, scene: Scene) -> Tensor:
        """Return pictures ``(N, C, H, W)`` in [0, 1], changed in the square only where its place is given.

        Raises
        ------
        ToolError
            If one is changed in no such square, wherever it may lie.
        """
        height, width = image.shape[2:]
        side = self.side(height, width)
        if self.top is not None and self.left is not None:
            top, left = min(self.top, height - side), min(self.left, width - side)
            held = scene.original.clone()
            place = (..., slice(top, top + side), slice(left, left + side))
            held[place] = image[place]
            return held
        for spans in self._spans(image, scene):
            if any(span[1] - span[0] > side for span in spans):
                got = " × ".join(str(span[1] - span[0]) for span in spans)
                raise ToolError(f"expected changes in a square of {side} pixels, got {got}; report this to its author")
        return image

    def figures(self, image: Tensor, scene: Scene) -> Figures:
        """Return where the changes of each picture ``(N, C, H, W)`` in [0, 1] lie, in pixels."""
        return [
            {"top": rows[0], "left": columns[0], "height": rows[1] - rows[0], "width": columns[1] - columns[0]}
            for rows, columns in self._spans(image, scene)
        ]

    def side(self, height: int, width: int) -> int:
        """Return the square's side in pixels."""
        return min(int((self.percent / 100.0 * height * width) ** 0.5 + 1e-9), height, width)

    def _spans(self, image: Tensor, scene: Scene) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """Return the first changed row and the one behind the last, and the same of columns, per sample."""
        is_changed = (image != scene.original).any(1)
        found = []
        for one in is_changed:
            lines = [one.any(axis).nonzero()[:, 0].tolist() for axis in (1, 0)]
            rows, columns = ((line[0], line[-1] + 1) if line else (0, 0) for line in lines)
            found.append((rows, columns))
        return found
