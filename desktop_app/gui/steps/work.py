"""What the device worker does for the window: a step on the whole photo, a preview of what is seen. No Qt here."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from desktop_app.api.errors import ToolError
from desktop_app.core.steps.inputs import read_inputs, read_plane

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from desktop_app.api.descriptors import InputSpec
    from desktop_app.core.application import Application
    from desktop_app.core.document.document import Document
    from desktop_app.core.imaging.raster import Raster
    from desktop_app.core.jobs.control import JobControl
    from desktop_app.core.jobs.loaded import Sizes
    from desktop_app.core.jobs.preview import PreviewPlan, Region
    from desktop_app.core.steps.step import Step
    from desktop_app.gui.canvas import PreviewPatch, Rect
    from desktop_app.gui.documents.pictures import Picture

    Planes = NDArray[np.float32]


ROUGH = "preview (rough)"
"""What a draft is called, which a finer preview follows."""

_DRAFT_PIXELS = 1 << 17
_SOON_S = 0.1  # a preview that is there so soon needs no draft


@dataclass(frozen=True, eq=False)
class StepTask:
    """A step to be run: on which state of which document.

    ``begun_at`` is the state that was looked at when it was begun; empty before that.
    """

    document: Document
    parent: str
    step: Step
    title: str
    begun_at: str = ""


@dataclass(frozen=True, eq=False)
class PreviewTask:
    """A preview to be made of what is seen of a picture."""

    picture: Picture
    step: Step
    title: str
    view: Rect
    zoom: float


def run_preview(
    application: Application, task: PreviewTask, control: JobControl, draft: Callable[[PreviewPatch], None]
) -> PreviewPatch | None:
    """Run a tool on what is seen, at the screen's resolution; None where it gives no picture.

    Of a slow tool on a photo that is reduced anyway, `draft` is called first, with what it makes of a smaller one.

    Raises
    ------
    ToolError
        If a kernel, or parameters in pixels that move others, would have to be applied to a reduced photo.
    """
    from desktop_app.core.jobs.preview import plan_preview

    step = task.step
    tool, sizes = application.engine.sizes(step.request)
    if sizes.frame is not None:
        return _reframed_preview(application, task, sizes, control)
    size = (task.picture.raster.height, task.picture.raster.width)
    levels = len(task.picture.pyramid.levels)
    plan = plan_preview(size, whole_pixels(task.view), task.zoom, sizes.reach, levels, sizes.align)
    whole = read_inputs(step.inputs, tool)
    known = [given for given in tool.inputs if given.name in whole]
    area = None if step.area is None else read_plane(step.area)[None]
    icc = task.picture.icc

    def made(plan: PreviewPlan) -> PreviewPatch | None:
        inputs = {given.name: _cut_input(given, whole[given.name], plan) for given in known}
        mask = None if area is None else _cut_planes(area, plan)[0]
        photo = cut(task.picture, plan)
        outcome = application.engine.run(step.request, photo, inputs=inputs, mask=mask, icc=icc, control=control)
        return None if outcome.raster is None else _patch(outcome.raster, plan, sizes.scale, icc)

    seconds = application.engine.forecast(step.request, cut(task.picture, plan), icc).seconds
    if plan.is_reduced and (seconds is None or seconds > _SOON_S):
        smaller = task.zoom / 2 ** _halvings(plan.read)
        rough = plan_preview(size, whole_pixels(task.view), smaller, sizes.reach, levels, sizes.align)
        if rough.level > plan.level and (patch := made(rough)) is not None:
            draft(replace(patch, label=ROUGH))
    return made(plan)


def _halvings(region: Region) -> int:
    """Return how often a region is to be halved until it has no more pixels than a draft."""
    return max(0, math.ceil(math.log2(region.height * region.width / _DRAFT_PIXELS) / 2))


def _reframed_preview(
    application: Application, task: PreviewTask, sizes: Sizes, control: JobControl
) -> PreviewPatch | None:
    """Return the whole of a turned photo, reduced to about the window, about the photo's middle.

    Raises
    ------
    ToolError
        If its parameters are in pixels, so that they would mean something else on a reduced photo.
    """
    from desktop_app.core.jobs.preview import plan_preview
    from desktop_app.gui.canvas import PreviewPatch, Rect

    height, width = task.picture.raster.height, task.picture.raster.width
    plan = plan_preview((height, width), whole_pixels(task.view), task.zoom, None, len(task.picture.pyramid.levels))
    given, step = cut(task.picture, plan), 1 << plan.level
    tall, wide = sizes.extent(height, width)
    small = sizes.extent(given.height, given.width)
    if any(abs(one * step - other) > 2 * step for one, other in zip(small, (tall, wide), strict=True)):
        raise ToolError("expected a tool that does the same to a reduced photo, got one that counts pixels; apply it "
                        "to see it, Ctrl+Z takes it back")
    outcome = application.engine.run(task.step.request, given, icc=task.picture.icc, control=control)
    if outcome.raster is None:
        return None
    place = Rect((width - wide) / 2, (height - tall) / 2, wide, tall)
    return PreviewPatch(_seen(outcome.raster.pixels, task.picture.icc), place, plan.level > 0, is_whole=True)


def mixed_patch(before: Picture, after: Picture, strength: float, view: Rect, zoom: float) -> PreviewPatch:
    """Return what is seen of a step's result mixed with its input, at the screen's resolution."""
    from desktop_app.core.imaging.blend import blended
    from desktop_app.core.jobs.preview import plan_preview

    size, levels = (after.raster.height, after.raster.width), len(after.pyramid.levels)
    plan = plan_preview(size, whole_pixels(view), zoom, 0, levels)
    patch = _patch(blended(cut(before, plan), cut(after, plan), strength), plan, Fraction(1), after.icc)
    return replace(patch, is_reduced=False, label=f"strength {100 * strength:.0f} %")


def whole_pixels(view: Rect) -> Region:
    """Return the pixels that a view covers."""
    from desktop_app.core.jobs.preview import Region

    top, left = math.floor(view.top), math.floor(view.left)
    return Region(top, left, max(1, math.ceil(view.bottom) - top), max(1, math.ceil(view.right) - left))


def cut(picture: Picture, plan: PreviewPlan) -> Raster:
    """Return what the plan reads: of the photo itself at full size, else of its pyramid."""
    import numpy as np

    from desktop_app.core.imaging.raster import Raster

    pixels: NDArray[Any] = picture.pyramid.levels[plan.level] if plan.level else picture.raster.pixels
    return Raster(np.ascontiguousarray(_part(pixels, plan.read)))


def _part(pixels: NDArray[Any], region: Region) -> NDArray[Any]:
    """Return a region of ``(H, W, …)``."""
    return pixels[region.top : region.top + region.height, region.left : region.left + region.width]


def _cut_input(given: InputSpec, values: Planes, plan: PreviewPlan) -> Planes:
    if given.is_spatial:
        return _cut_planes(values, plan)
    if given.kind == "kernel" and plan.level:
        raise ToolError("expected 100% or more for a preview with a kernel, got a reduced photo; zoom in")
    return values


def _cut_planes(values: Planes, plan: PreviewPlan) -> Planes:
    import numpy as np

    step = 1 << plan.level
    reduced = values[:, ::step, ::step].transpose(1, 2, 0)
    part: Planes = np.ascontiguousarray(_part(reduced, plan.read).transpose(2, 0, 1))
    return part


def _patch(raster: Raster, plan: PreviewPlan, scale: Fraction, icc: bytes | None) -> PreviewPatch:
    """Return the part of the answer that is kept, in the colours of a screen."""
    from desktop_app.gui.canvas import PreviewPatch, Rect

    shown = Rect(plan.shown.left, plan.shown.top, plan.shown.width, plan.shown.height)
    return PreviewPatch(_seen(raster.pixels[plan.crop(scale)], icc), shown, plan.is_reduced)


def _seen(pixels: NDArray[Any], icc: bytes | None) -> NDArray[np.uint8]:
    """Return pixels ``(H, W, C)`` of any depth in the colours of a screen."""
    import numpy as np

    from desktop_app.core.imaging.pyramid import Pyramid, as_display, on_screen

    return on_screen(Pyramid((as_display(np.ascontiguousarray(pixels)),)), icc).levels[0]
