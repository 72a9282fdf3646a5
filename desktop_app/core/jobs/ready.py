"""A request before it runs: spelt out, and refused in a sentence where it does not fit its tool."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

from desktop_app.api.errors import InputMissingError, ParameterError
from desktop_app.core.jobs.devices import resolve_device
from desktop_app.core.jobs.loaded import validate_params
from desktop_app.core.jobs.request import TargetSpec, ToolRequest, WantedPrecision
from desktop_app.core.jobs.tiling import tile_edge
from desktop_app.core.kinds import traits_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from desktop_app.api.descriptors import Tool


def spelt_out(tool: Tool, request: ToolRequest, tool_of: Callable[[str], Tool]) -> tuple[ToolRequest, Any]:
    """Return a request with every parameter and its target's, and the parameters as an instance of their class.

    Raises
    ------
    VerilensError
        If parameters, subjects, device, tile or precision do not fit.
    """
    params = validate_params(tool, request.params)
    target = _target(tool, request, tool_of)
    resolve_device(request.device)
    if request.tile != "auto":
        tile_edge(request.tile)
    if request.precision not in get_args(WantedPrecision):
        known = ", ".join(get_args(WantedPrecision))
        raise ParameterError(f"expected a precision out of {known}, got {request.precision!r}; change it")
    return replace(request, params=params.model_dump(mode="json"), target=target), params


def _target(tool: Tool, request: ToolRequest, tool_of: Callable[[str], Tool]) -> TargetSpec | None:
    """Return the target with every parameter spelt out, after refusing subjects that the tool does not take."""
    given = {"classifier": request.model is not None, "restoration": request.target is not None}
    flags = {"classifier": "--model ID", "restoration": "--target TOOL"}
    for subject, is_given in given.items():
        if is_given and subject not in tool.subjects:
            raise ParameterError(f"{tool.id}: expected no {subject}, got one; leave {flags[subject]} out")
    if tool.subjects and not any(given.values()):
        wanted = " or ".join(f"a {subject} ({flags[subject]})" for subject in tool.subjects)
        raise InputMissingError(f"{tool.id}: expected {wanted} to question, got none; choose one")
    if request.target is None:
        return None
    target = tool_of(request.target.tool)
    needs_more = target.subjects or any(given.required for given in target.inputs)
    if not traits_of(target.kind).can_be_target or needs_more:
        got = f"got {target.id} ({target.kind})"
        raise ParameterError(f"{tool.id}: expected a restoration that needs a photo alone, {got}; choose another")
    return TargetSpec(target.id, validate_params(target, request.target.params).model_dump(mode="json"))
