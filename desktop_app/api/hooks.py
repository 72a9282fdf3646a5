"""The two doors of a plugin: `verilens_tools` and `verilens_models`."""

from __future__ import annotations

from collections.abc import Callable

import pluggy

from desktop_app.api.descriptors import Model, Tool

__all__ = ["PROJECT", "hookimpl", "hookspec", "provides", "verilens_models", "verilens_tools"]

PROJECT = "verilens"

hookimpl = pluggy.HookimplMarker(PROJECT)
hookspec = pluggy.HookspecMarker(PROJECT)


@hookspec
def verilens_tools() -> list[Tool]:  # type: ignore[empty-body] # a specification has no body
    """Return the descriptors of the plugin's tools.

    Called after the window's first paint, and again only when the plugin changes: the answer is cached. It must not
    import torch nor an algorithm.
    """


@hookspec
def verilens_models() -> list[Model]:  # type: ignore[empty-body] # a specification has no body
    """Return the descriptors of the networks that the plugin brings, without loading a weight."""


def provides(*tools: Tool) -> Callable[[], list[Tool]]:
    """Return the hook of a plugin whose tools are known at once, for a descriptor to call `verilens_tools`.

    Examples
    --------
    >>> verilens_tools = provides(Tool(id="mine.invert", title="Invert", kind="restoration", version="1.0",
    ...                                summary="Turns light to dark.", algorithm="mine.algorithm:run"))
    >>> [tool.id for tool in verilens_tools()]
    ['mine.invert']
    """

    @hookimpl
    def verilens_tools() -> list[Tool]:
        return list(tools)

    return verilens_tools
