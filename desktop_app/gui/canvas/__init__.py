"""The canvas: photo, comparison and map in one widget, drawn from pyramids. Importing it imports no numpy."""

from desktop_app.gui.canvas.geometry import Rect, ViewState
from desktop_app.gui.canvas.scene import (
    MOST_BESIDE,
    CanvasScene,
    Compare,
    Guide,
    OverlayImage,
    PreviewPatch,
    ProbePoint,
    PyramidImage,
)
from desktop_app.gui.canvas.widget import Canvas, local_files

__all__ = [
    "MOST_BESIDE",
    "Canvas",
    "CanvasScene",
    "Compare",
    "Guide",
    "OverlayImage",
    "PreviewPatch",
    "ProbePoint",
    "PyramidImage",
    "Rect",
    "ViewState",
    "local_files",
]
