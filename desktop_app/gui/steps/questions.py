"""The question that needs no form: what a classifier sees in the shown state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop_app.core.jobs.request import ModelSpec, ToolRequest
from desktop_app.core.steps.step import Step
from desktop_app.core.steps.whom import classifiers
from desktop_app.gui.steps.work import StepTask

if TYPE_CHECKING:
    from desktop_app.core.document.document import Document
    from desktop_app.core.plugins.entries import Snapshot

CONFIDENCE = "uncertainty.confidence"


def confidence_task(document: Document, snapshot: Snapshot, device: str, chosen: str | None) -> StepTask | None:
    """Return the step that asks what a model sees in the shown state; None where no tool or no classifier is there.

    Parameters
    ----------
    document : Document
        Whose shown state is asked about.
    snapshot : Snapshot
        The tools and models there are.
    device : str
        Where the model runs.
    chosen : str, optional
        The classifier that the user works with; the first that is installed where none is given.
    """
    tool, known = snapshot.tools_by_id.get(CONFIDENCE), [model.id for model in classifiers(snapshot)]
    if tool is None or not known:
        return None
    model = chosen if chosen in known else known[0]
    request = ToolRequest(CONFIDENCE, {}, 0, (ModelSpec(model),), device=device)
    return StepTask(document, document.cursor, Step(request, {}, None), tool.title)
