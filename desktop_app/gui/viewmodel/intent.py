"""What the form asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from desktop_app.gui.viewmodel.texts import is_made_here

if TYPE_CHECKING:
    from desktop_app.core.jobs.request import ToolRequest
    from desktop_app.core.plugins.entries import ToolEntry


PAINTED = ":painted"
"""In the place of a file: the mask on the photo, as it is when the step is applied."""


@dataclass(frozen=True)
class StepIntent:
    """A request with the files of its further inputs, by name; `PAINTED` stands for the mask on the photo."""

    request: ToolRequest
    inputs: Mapping[str, str] = field(default_factory=dict)


def painted_mask(tool: ToolEntry, inputs: Mapping[str, str]) -> str:
    """Return the file of the mask that was painted for a tool; empty for none, or one that the user chose."""
    masks = (inputs.get(given["name"], "") for given in tool.inputs if given["kind"] == "mask")
    return next((path for path in masks if is_made_here(path)), "")


def missing_inputs(tool: ToolEntry, inputs: Mapping[str, str]) -> str | None:
    """Return a sentence about the first required input without a file, or None."""
    for given in tool.inputs:
        if given["required"] and not inputs.get(given["name"]):
            if given["kind"] == "mask":
                return f"{tool.title}: expected a mask, got none; paint it on the photo (Ctrl+M), or choose a file"
            return f"{tool.title}: expected a file for “{given['name']}”, got none; choose one"
    return None
