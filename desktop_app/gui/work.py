"""What the device worker does for the window: a step on the whole photo, a preview of what is seen. No Qt here."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app.api.errors import ToolError
from desktop_app.core.inputs import AREA, as_artifacts, keep_mask
from desktop_app.core.jobs.request import ToolRequest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from desktop_app.core.document.document import Document
    from desktop_app.core.imaging.raster import Raster
    from desktop_app.core.jobs.control import JobControl
    from desktop_app.core.jobs.engine import Engine
    from desktop_app.core.jobs.preview import PreviewPlan, Region
    from desktop_app.core.jobs.request import Outcome
    from desktop_app.core.plugins.host import PluginHost
    from desktop_app.gui.canvas import PreviewPatch, Rect
    from desktop_app.gui.picture import Picture

    Planes = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class StepTask:
    """A step to be run: on which state of which document, with what, and inside which mask (255) only."""

    document: Document
    parent: str
    request: ToolRequest
    title: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    area: NDArray[np.uint8] | None = None


@dataclass(frozen=True, eq=False)
class PreviewTask:
    """A preview to be made of what is seen of a picture."""

    picture: Picture
    request: ToolRequest
    title: str
    view: Rect
    zoom: float
    inputs: Mapping[str, str] = field(default_factory=dict)
    area: NDArray[np.uint8] | None = None


def run_step(engine: Engine, task: StepTask, control: JobControl, notice: Callable[[str], None]) -> Outcome:
    """Run a step on the whole photo, with a sentence first where memory is short."""
    raster = task.document.raster(task.parent)
    forecast = engine.forecast(task.request, raster)
    if forecast.is_short:
        notice(forecast.sentence)
    exact_16 = task.document.states[task.document.root].depth != "32f"
    inputs, area = read_inputs(task.inputs), _shares(task.area)
    outcome = engine.run(task.request, raster, inputs=inputs, mask=area, control=control, exact_16=exact_16)
    # The engine sees arrays only; the record names their files, so that the step can be changed and done again.
    files = dict(task.inputs)
    if area is not None and task.area is not None:
        files[AREA], inputs[AREA] = str(keep_mask(task.area)), area[None]
    artifacts = {**outcome.artifacts, **as_artifacts(inputs)}
    return replace(outcome, record=replace(outcome.record, inputs=files), artifacts=artifacts)


def _shares(mask: NDArray[np.uint8] | None) -> NDArray[np.float32] | None:
    import numpy as np

    return None if mask is None else mask.astype(np.float32) / np.float32(255)


def run_preview(engine: Engine, host: PluginHost, task: PreviewTask, control: JobControl) -> PreviewPatch | None:
    """Run a tool on what is seen, at the screen's resolution; None where it gives no picture.

    Raises
    ------
    ToolError
        If a kernel would have to be applied to a reduced photo.
    """
    from desktop_app.core.jobs.preview import plan_preview
    from desktop_app.core.jobs.runner import validate_params

    tool = host.tool(task.request.tool)
    size = (task.picture.raster.height, task.picture.raster.width)
    reach = tool.reach_for(validate_params(tool, task.request.params))
    plan = plan_preview(size, whole_pixels(task.view), task.zoom, reach, len(task.picture.pyramid.levels))
    inputs = {
        given.name: _cut_input(given.is_spatial, values, plan)
        for given in tool.inputs
        if (values := read_inputs(task.inputs).get(given.name)) is not None
    }
    whole = _shares(task.area)
    mask = None if whole is None else _cut_input(True, whole[None], plan)[0]
    outcome = engine.run(task.request, cut(task.picture, plan), inputs=inputs, mask=mask, control=control)
    return None if outcome.raster is None else _patch(outcome.raster, plan)


def read_inputs(paths: Mapping[str, str]) -> dict[str, Planes]:
    """Read a tool's further inputs from their files, as ``(C, H, W)`` float32."""
    from desktop_app.core.imaging.files import open_photo

    return {name: open_photo(Path(path)).raster.planes() for name, path in paths.items()}


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


def _cut_input(is_spatial: bool, values: Planes, plan: PreviewPlan) -> Planes:
    import numpy as np

    if not is_spatial:
        if plan.level:
            raise ToolError("expected 100% or more for a preview with a kernel, got a reduced photo; zoom in")
        return values
    step = 1 << plan.level
    reduced = values[:, ::step, ::step].transpose(1, 2, 0)
    part: Planes = np.ascontiguousarray(_part(reduced, plan.read).transpose(2, 0, 1))
    return part


def _patch(raster: Raster, plan: PreviewPlan) -> PreviewPatch:
    """Return the part that is kept; the answer's size is what was read times the tool's scale."""
    import numpy as np

    from desktop_app.core.imaging.pyramid import as_display
    from desktop_app.gui.canvas import PreviewPatch, Rect

    scale = Fraction(raster.height, plan.read.height)
    if scale < 1:  # of tools that see the whole: all of the answer is kept
        kept = raster.pixels
    else:
        times = int(scale)
        top, left = (plan.keep.top - plan.read.top) * times, (plan.keep.left - plan.read.left) * times
        kept = raster.pixels[top : top + plan.keep.height * times, left : left + plan.keep.width * times]
    shown = Rect(plan.shown.left, plan.shown.top, plan.shown.width, plan.shown.height)
    return PreviewPatch(np.ascontiguousarray(as_display(kept)), shown, plan.is_reduced)
