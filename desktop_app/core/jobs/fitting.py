"""A tool that runs a network of the user's choice: what it reaches, scales and needs is that network's.

Where its usual network is one that only the tool knows how to call, another of the same architecture may stand in for
it, such as one that was adapted to the user's photos; the sizes are then the tool's own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from desktop_app.api.errors import InputMissingError, ParameterError
from desktop_app.core.jobs.request import ModelSpec, ToolRequest
from desktop_app.core.plugins.entries import architecture_of

if TYPE_CHECKING:
    from desktop_app.api.descriptors import Model, Tool
    from desktop_app.core.jobs.loaded import Sizes
    from desktop_app.core.plugins.entries import ModelEntry

MOST_PIXELS = 1 << 30
"""Of a picture that a tool may make: a gigapixel is 12 GB as float32 colour."""


class Describes(Protocol):
    """Where what is known of a network comes from: the model store."""

    def descriptor(self, model_id: str) -> Model | ModelEntry:
        """Return what is known of a model."""


def with_network(tool: Tool, request: ToolRequest) -> ToolRequest:
    """Return a request in which the network stands both where the tool reads it and where a record names it.

    Raises
    ------
    ParameterError
        If two different ones are named.
    """
    if not tool.network:
        return request
    named = request.models
    usual = _usual(tool)
    given = request.params.get(tool.network)
    if len(named) > 1 or (named and given and named[0] != given):
        got = ", ".join([*named, *([given] if given else [])])
        raise ParameterError(f"{tool.id}: expected one network, got {got}; name one")
    name = named[0] if named else given or usual
    if not name:
        return request
    others = tuple(one for one in request.subjects if not isinstance(one, ModelSpec))
    return replace(request, params={**request.params, tool.network: name}, subjects=(ModelSpec(name), *others))


def fitted(tool: Tool, params: Any, networks: Describes) -> Tool:
    """Return a tool with the sizes and needs of the network that its parameters name.

    Raises
    ------
    InputMissingError
        If they name none.
    ParameterError
        If there is no such network, or it restores nothing, or is no part of this tool.
    """
    if not tool.network:
        return tool
    name = getattr(params, tool.network)
    if not name:
        raise InputMissingError(f"{tool.id}: expected a network (--model ID), got none; choose one, or add one with "
                                "verilens models add FILE")
    found, usual = networks.descriptor(name), _usual(tool)
    if found.task == "network" and architecture_of(found) == usual:
        return tool
    if _is_part_of_tool(usual, networks):
        raise ParameterError(f"{tool.id}: expected {usual!r} or a network adapted from it, got {name!r} (a "
                             f"{found.task}); choose another (verilens models list)")
    if found.task != "restoration":
        raise ParameterError(f"{tool.id}: expected a network that restores, got {name!r} (a {found.task}); choose "
                             "another (verilens models list)")
    return replace(
        tool, reach=found.reach, align=found.multiple, scale=found.scale,
        memory=getattr(found, "memory", tool.memory), differentiable=getattr(found, "differentiable", True),
    )


def _is_part_of_tool(usual: str, networks: Describes) -> bool:
    try:
        return bool(usual) and networks.descriptor(usual).task == "network"
    except ParameterError:  # its plugin is not there: whoever chose another network needs it not
        return False


def _usual(tool: Tool) -> str:
    return str(tool.params.model_fields[tool.network].default) if tool.params else ""


def check_size(tool: Tool, height: int, width: int, sizes: Sizes) -> None:
    """Refuse a picture that would be too large to be held, before anything runs.

    Raises
    ------
    ParameterError
        If it would have more than `MOST_PIXELS`.
    """
    tall, wide = sizes.extent(height, width)
    if tall * wide > MOST_PIXELS and tall * wide > height * width:
        raise ParameterError(
            f"{tool.id}: expected a result of at most {MOST_PIXELS / 1e9:.1f} gigapixels, got {wide}×{tall} pixels "
            f"of {width}×{height}; crop the photo, or enlarge it less"
        )
