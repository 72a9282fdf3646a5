"""Scene, view and window size as one frozen value; each wish of the user makes a new one. Without Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from desktop_app.gui.canvas import geometry
from desktop_app.gui.canvas.geometry import NOWHERE, Rect, Size, ViewState
from desktop_app.gui.canvas.resolve import Frame, lens_of, pane_at, pane_size, resolve, split_at, split_x
from desktop_app.gui.canvas.scene import CanvasScene, Loupe, ProbePoint


@dataclass(frozen=True)
class Stage:
    """What is shown, from where, on how many device pixels. Coordinates are device pixels of the widget."""

    scene: CanvasScene = field(default_factory=CanvasScene)
    view: ViewState = field(default_factory=lambda: ViewState(is_fit=True))
    size: Size = (1, 1)
    loupe: Loupe | None = None
    lens_side: int = 0

    @property
    def image(self) -> Size | None:
        """The photo's size, if there is one."""
        return self.scene.after.size if self.scene.after is not None else None

    @property
    def pane(self) -> Size:
        """How much room one picture has."""
        return pane_size(self.scene, self.size)

    def frame(self) -> Frame:
        """Return what to draw."""
        frame = resolve(self.scene, self.view, self.size)
        if self.loupe is None:
            return frame
        return replace(frame, lens=lens_of(self.scene, self.view, self.size, self.loupe, self.lens_side))

    def with_loupe(self, loupe: Loupe | None, side: int) -> Stage:
        """Hold a loupe of a side, in device pixels, over the photo; None for none."""
        return replace(self, loupe=loupe, lens_side=side)

    def with_scene(self, scene: CanvasScene) -> Stage:
        """Show a scene: a photo of the same shape keeps the view, another is fitted."""
        new = replace(self, scene=scene)
        if new.image is None or new.image == self.image:
            return new if new.pane == self.pane else new._resized()
        if self.image is None:
            return new.fitted()
        return replace(new, view=geometry.carry_over(self.view, self.image, new.image, new.pane))

    def with_size(self, size: Size) -> Stage:
        """Take another size: fit again, or keep the middle."""
        return replace(self, size=size)._resized()

    def _resized(self) -> Stage:
        return replace(self, view=geometry.resize(self.view, self.image, self.pane)) if self.image else self

    def with_view(self, view: ViewState) -> Stage:
        """Show a part of the photo, kept within it and within the limits of zoom."""
        return replace(self, view=geometry.settle(view, self.image, self.pane) if self.image else view)

    def fitted(self) -> Stage:
        """Show the whole photo."""
        return replace(self, view=geometry.fit(self.image, self.pane)) if self.image else self

    def zoomed(self, zoom: float, at: tuple[float, float] | None = None) -> Stage:
        """Zoom with the image point at ``at`` (the pane's middle where None) held still."""
        if self.image is None:
            return self
        x, y = at or (self.pane[0] / 2, self.pane[1] / 2)
        pane = pane_at(self.scene, self.size, x, y)
        x, y = x - pane.left, y - pane.top
        return replace(self, view=geometry.zoom_at(self.view, zoom, (x, y), self.image, self.pane))

    def nearer(self) -> Stage:
        """Zoom in by a factor of √2."""
        return self.zoomed(self.view.zoom * 2**0.5)

    def farther(self) -> Stage:
        """Zoom out by a factor of √2."""
        return self.zoomed(self.view.zoom / 2**0.5)

    def panned(self, dx: float, dy: float) -> Stage:
        """Move the photo right and down."""
        return replace(self, view=geometry.pan(self.view, dx, dy, self.image, self.pane)) if self.image else self

    def with_split(self, position: float) -> Stage:
        """Put the split at a share of the visible width, in [0, 1]."""
        return replace(self, scene=replace(self.scene, split=min(max(position, 0.0), 1.0)))

    def split_column(self) -> int | None:
        """Return the column of the split line, or None where there is none."""
        return split_x(self.scene, self.view, self.size) if self.scene.mode == "split" else None

    def with_split_at(self, x: float) -> Stage:
        """Put the split at a column."""
        return self.with_split(split_at(self.scene, self.view, self.size, x))

    def is_on_split(self, x: float, y: float, reach: float, grip: float) -> bool:
        """Whether a point takes hold of the split: within ``reach`` of the line or ``grip`` of its middle."""
        column = self.split_column()
        if column is None:
            return False
        return abs(x - column) <= reach or math.hypot(x - column, y - self.size[1] / 2) <= grip

    def photo_point(self, x: float, y: float) -> tuple[float, float] | None:
        """Return the point of the photo that is drawn at a place, also beside the photo; None without one."""
        pane = pane_at(self.scene, self.size, x, y)
        return geometry.image_point(self.view, pane, x, y) if self.image is not None else None

    def pixel_at(self, x: float, y: float) -> ProbePoint | None:
        """Return the image pixel that is drawn at a point, or None beside the photo."""
        if self.image is None:
            return None
        pane = pane_at(self.scene, self.size, x, y)
        column, row = geometry.image_point(self.view, pane, x, y)
        is_inside = Rect(0, 0, *self.image).contains(column, row) and pane.contains(x, y)
        return ProbePoint(math.floor(column), math.floor(row)) if is_inside else None

    def visible_region(self) -> Rect:
        """Return the part of the photo that is seen, in whole image pixels; of no size without a photo."""
        if self.image is None:
            return NOWHERE
        return geometry.visible_region(self.view, Rect(0, 0, *self.pane), self.image)
