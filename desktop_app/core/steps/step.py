"""One step: a request with its further inputs, run through the engine, and recorded so that it can be done again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from desktop_app.core.jobs.request import FULL_STRENGTH, Outcome, StepRecord, ToolRequest
from desktop_app.core.steps.inputs import AREA, as_artifacts, files_of, read_inputs, read_plane
from desktop_app.core.steps.owners import check_tables
from desktop_app.core.steps.sensor import raster_for
from desktop_app.core.steps.strength import at_strength

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.core.document.document import Document
    from desktop_app.core.imaging.raster import Raster
    from desktop_app.core.jobs.control import JobControl
    from desktop_app.core.steps.inputs import Given, Planes

NO_CHANGE = "No pixel was changed: the picture is as it was before this step."
_SAME = 2.0**-18  # a quarter of what 16 bits can tell apart
_ROWS = 256


@dataclass(frozen=True, eq=False)
class Step:
    """What is to be done to a photo.

    Parameters
    ----------
    request : ToolRequest
        The tool with its parameters, seed and subjects.
    inputs : mapping of str to Given
        The tool's further inputs by name.
    area : Given, optional
        The mask inside of which the tool is applied; without one, to the whole photo.
    strength : float
        How strongly the result is mixed with the photo, from 0 to 2; see `StepRecord`.
    """

    request: ToolRequest
    inputs: Mapping[str, Given] = field(default_factory=dict)
    area: Given | None = None
    strength: float = FULL_STRENGTH

    @property
    def given(self) -> dict[str, Given]:
        """All inputs by the names under which a record keeps them; the mask's is `AREA`."""
        return {**self.inputs, **({} if self.area is None else {AREA: self.area})}


def step_of(record: StepRecord, inputs: Mapping[str, Given] | None = None) -> Step:
    """Return the step that a record tells of, with these inputs (see `Step.given`) in the place of its files."""
    given = dict(record.inputs if inputs is None else inputs)
    area = given.pop(AREA, None)
    return Step(record.request(), given, area, record.strength)


def run_step(
    application: Application,
    step: Step,
    raster: Raster,
    *,
    icc: bytes | None = None,
    control: JobControl | None = None,
    exact_16: bool = True,
    notice: Callable[[str], None] = lambda _sentence: None,
) -> Outcome:
    """Do a step on a photo.

    Parameters
    ----------
    raster : Raster
        The photo; it is not changed.
    icc : bytes, optional
        The profile of its colours; without one they are sRGB's.
    control : JobControl, optional
        Progress and cancellation.
    exact_16 : bool
        Whether values that lie in [0, 1] are kept as uint16 (the source has at most 16 bits).
    notice : callable
        Gets a sentence before the tool runs where memory is short.

    Returns
    -------
    Outcome
        Its record names the inputs' files, its artifacts hold their values. Where no pixel was changed, a note says so.

    Raises
    ------
    VerilensError
        One sentence for the user.
    """
    outcome, kept = perform(application, step, raster, icc=icc, control=control, exact_16=exact_16, notice=notice)
    notes = (NO_CHANGE,) if outcome.raster is not None and _is_same(outcome.raster, raster) else ()
    record = replace(
        outcome.record, inputs=files_of(step.given, application.inputs), notes=(*outcome.record.notes, *notes)
    )
    return replace(outcome, record=record, artifacts={**outcome.artifacts, **as_artifacts(kept)})


def _is_same(one: Raster, other: Raster) -> bool:
    """Return whether two pictures have the same pixels, in whatever depth each is kept."""
    if one.pixels.shape != other.pixels.shape:
        return False
    strips = ((top, 0, min(_ROWS, one.height - top), one.width) for top in range(0, one.height, _ROWS))
    return all(float(abs(one.planes(*strip) - other.planes(*strip)).max()) <= _SAME for strip in strips)


def perform(
    application: Application,
    step: Step,
    raster: Raster,
    *,
    icc: bytes | None = None,
    control: JobControl | None = None,
    exact_16: bool = True,
    notice: Callable[[str], None] = lambda _sentence: None,
) -> tuple[Outcome, dict[str, Planes]]:
    """Do a step as `run_step` does; return what came of it, unrecorded, and inputs as read, ``(C, H, W)`` float32."""
    check_tables(application, step.request, step.inputs, raster)
    inputs = read_inputs(step.inputs, application.host.tool(step.request.tool))
    area = None if step.area is None else read_plane(step.area)
    forecast = application.engine.forecast(step.request, raster, icc)
    if forecast.is_short:
        notice(forecast.sentence)
    outcome = application.engine.run(
        step.request, raster, inputs=inputs, mask=area, icc=icc, control=control, exact_16=exact_16
    )
    if step.strength != FULL_STRENGTH:
        outcome = at_strength(outcome, raster, step.strength)
    return outcome, inputs if area is None else {**inputs, AREA: area[None]}


def run_on_state(
    application: Application,
    document: Document,
    state: str,
    step: Step,
    *,
    control: JobControl | None = None,
    notice: Callable[[str], None] = lambda _sentence: None,
) -> Outcome:
    """Do a step on a document's state, in the depth that its history keeps; what comes out is not yet committed."""
    exact_16 = document.states[document.root].depth != "32f"
    raster = raster_for(document, state, step.request)
    icc = document.metadata.icc
    return run_step(application, step, raster, icc=icc, control=control, exact_16=exact_16, notice=notice)


def size_after(application: Application, request: ToolRequest, raster: Raster) -> tuple[int, int]:
    """Return height and width in pixels of the picture that a request will make.

    Raises
    ------
    ParameterError
        If the request does not fit its tool.
    """
    return application.engine.sizes(request)[1].extent(raster.height, raster.width)
