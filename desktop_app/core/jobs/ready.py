"""A request before it runs: spelt out, and refused in a sentence where it does not fit its tool."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

from desktop_app.api.errors import InputMissingError, ParameterError, VerilensError
from desktop_app.core.jobs.devices import resolve_device
from desktop_app.core.jobs.fitting import with_network
from desktop_app.core.jobs.loaded import validate_params
from desktop_app.core.jobs.request import Subject, TargetSpec, ToolRequest, WantedPrecision
from desktop_app.core.jobs.tiling import tile_edge
from desktop_app.core.kinds import fits, traits_of
from desktop_app.core.texts import counted

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
    request = with_network(tool, request)
    params = validate_params(tool, request.params)
    subjects = _subjects(tool, request, tool_of)
    resolve_device(request.device)
    if request.tile != "auto":
        tile_edge(request.tile)
    if request.precision not in get_args(WantedPrecision):
        known = ", ".join(get_args(WantedPrecision))
        raise ParameterError(f"expected a precision out of {known}, got {request.precision!r}; change it")
    return replace(request, params=params.model_dump(mode="json"), subjects=subjects), params


def calls_of(
    request: ToolRequest, tool_of: Callable[[str], Tool], above: tuple[str, ...] = ()
) -> list[ToolRequest]:
    """Return what a request has other tools do: its targets, the tools that its parameters name, and what those call.

    A tool that is among those `above`, which led to it, is not followed again.

    Raises
    ------
    ParameterError
        If it does not fit its tool.
    """
    tool = tool_of(request.tool)
    params = validate_params(tool, with_network(tool, request).params)
    words = [value for name, value in params if isinstance(value, str) and "." in value and name != tool.network]
    named = [(target.tool, target.params) for target in request.targets]
    for word in words:
        with suppress(VerilensError, LookupError):  # a word with a dot that is no tool's id
            named.append((tool_of(word).id, {}))
    above = (*above, request.tool)
    found = [replace(request, tool=name, params=given, subjects=()) for name, given in named if name not in above]
    return [*found, *(deeper for one in found for deeper in calls_of(one, tool_of, above))]


def _subjects(tool: Tool, request: ToolRequest, tool_of: Callable[[str], Tool]) -> tuple[Subject, ...]:
    """Return the subjects, targets with every parameter spelt out, after refusing those that the tool does not take."""
    questioned = () if tool.network else request.models
    counts = {"classifier": len(questioned), "restoration": len(request.targets)}
    flags = {"classifier": "--model ID", "restoration": "--target TOOL"}
    for kind, count in counts.items():
        if count and not any(kind in form for form in tool.subjects):
            raise ParameterError(f"{tool.id}: expected no {kind}, got one; leave {flags[kind]} out")
    if tool.subjects and not any(fits(form, *counts.values()) for form in tool.subjects):
        wanted = " or ".join(f"a {form}" if not form.endswith("s") else form for form in tool.subjects)
        named = " and ".join(flags[kind] for kind in flags if any(kind in form for form in tool.subjects))
        got = " and ".join(counted(count, kind) for kind, count in counts.items() if count) or "none"
        fault = ParameterError if any(counts.values()) else InputMissingError
        raise fault(f"{tool.id}: expected {wanted} to question ({named}), got {got}; name what it takes")
    return tuple(_spelt(tool, one, tool_of) if isinstance(one, TargetSpec) else one for one in request.subjects)


def _spelt(tool: Tool, given: TargetSpec, tool_of: Callable[[str], Tool]) -> TargetSpec:
    target = tool_of(given.tool)
    needs_more = target.subjects or any(one.required for one in target.inputs)
    if not traits_of(target.kind).can_be_target or needs_more:
        got = f"got {target.id} ({target.kind})"
        raise ParameterError(f"{tool.id}: expected a restoration that needs a photo alone, {got}; choose another")
    return TargetSpec(target.id, validate_params(target, given.params).model_dump(mode="json"))
