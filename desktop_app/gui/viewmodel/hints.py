"""Quiet hints beside Apply: what the history says against one more step of the kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_app.core.document.state import State
    from desktop_app.core.jobs.request import StepRecord
    from desktop_app.core.plugins.entries import ToolEntry

_ONCE = {
    "denoise": "was denoised already; a second pass mostly costs detail. Undo, and choose other parameters instead.",
    "deblur": "was deblurred already; a second pass mostly adds ringing. Undo, and choose other parameters instead.",
}
"""Tasks of which one step a history is enough, and what a second one costs."""


def repeated(states: Mapping[str, State], shown: str, tool: ToolEntry, tools: Mapping[str, ToolEntry]) -> str:
    """Return what to say where a tool does once more what a step on the way to the shown state did; else nothing.

    Parameters
    ----------
    states : mapping
        The visible states by id.
    shown : str
        The state that the tool would be applied to.
    tool : ToolEntry
        The tool of the form.
    tools : mapping
        Every known tool by id.
    """
    if tool.task not in _ONCE:
        return ""
    state: State | None = states.get(shown)
    while state is not None:
        done = tools.get(state.record.tool) if state.record is not None else None
        is_seen = state.pixels_of == state.id and _changed_pixels(state.record)
        if done is not None and done.task == tool.task and is_seen:
            return f"This photo {_ONCE[tool.task].replace(' already', f' already (“{state.title}”)', 1)}"
        state = states.get(state.parent or "")
    return ""


def _changed_pixels(record: StepRecord | None) -> bool:
    from desktop_app.core.steps.step import NO_CHANGE  # with numpy, which the window's first paint does without

    return record is not None and record.strength > 0 and NO_CHANGE not in record.notes
