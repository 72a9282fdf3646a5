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
    from desktop_app.gui.documents.picture import Picture

    Planes = NDArray[np.float32]
    Given = str | NDArray[np.uint8]  # the file of an input, or a painted mask (H, W), 255 inside


@dataclass(frozen=True, eq=False)
class StepTask:
    """A step to be run: on which state of which document, with what, and inside which mask (255) only.

    ``begun_at`` is the state that was looked at when it was begun; empty before that.
    """

    document: Document
    parent: str
    request: ToolRequest
    title: str
    inputs: Mapping[str, Given] = field(default_factory=dict)
    area: NDArray[np.uint8] | None = None
    begun_at: str = ""


@dataclass(frozen=True, eq=False)
class PreviewTask:
    """A preview to be made of what is seen of a picture."""

    picture: Picture
    request: ToolRequest
    title: str
    view: Rect
    zoom: float
    inputs: Mapping[str, Given] = field(default_factory=dict)
    area: NDArray[np.uint8] | None = None


def run_step(
    engine: Engine, task: StepTask, folder: Path, control: JobControl, notice: Callable[[str], None]
) -> Outcome:
    """Run a step on the whole photo, with a sentence first where memory is short; painted masks go to a folder."""
    raster = task.document.raster(task.parent)
    forecast = engine.forecast(task.request, raster)
    if forecast.is_short:
        notice(forecast.sentence)
    exact_16 = task.document.states[task.document.root].depth != "32f"
    inputs = read_inputs(task.inputs)
    area = None if task.area is None else _shares(task.area)
    outcome = engine.run(task.request, raster, inputs=inputs, mask=area, control=control, exact_16=exact_16)
    # The engine sees arrays only; the record names their files, so that the step can be changed and done again.
    if area is not None:
        inputs = {**inputs, AREA: area[None]}
    artifacts = {**outcome.artifacts, **as_artifacts(inputs)}
    return replace(outcome, record=replace(outcome.record, inputs=files_of(task, folder)), artifacts=artifacts)


def files_of(task: StepTask, folder: Path) -> dict[str, str]:
    """Return the files of a step's inputs by name; masks that were painted are written to some first."""
    inputs = {**task.inputs, **({AREA: task.area} if task.area is not None else {})}
    return {name: given if isinstance(given, str) else str(keep_mask(given, folder)) for name, given in inputs.items()}


def _shares(mask: NDArray[np.uint8]) -> NDArray[np.float32]:
    import numpy as np

    shares: NDArray[np.float32] = mask.astype(np.float32) / np.float32(255)
    return shares


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
    whole = read_inputs(task.inputs)
    known = [given for given in tool.inputs if given.name in whole]
    inputs = {given.name: _cut_input(given.is_spatial, whole[given.name], plan) for given in known}
    mask = None if task.area is None else _cut_input(True, _shares(task.area)[None], plan)[0]
    outcome = engine.run(task.request, cut(task.picture, plan), inputs=inputs, mask=mask, control=control)
    return None if outcome.raster is None else _patch(outcome.raster, plan)


def read_inputs(inputs: Mapping[str, Given]) -> dict[str, Planes]:
    """Return a tool's further inputs as ``(C, H, W)`` float32, read from their files or as they were painted."""
    from desktop_app.core.imaging.files import open_photo

    return {
        name: open_photo(Path(given)).raster.planes() if isinstance(given, str) else _shares(given)[None]
        for name, given in inputs.items()
    }


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
