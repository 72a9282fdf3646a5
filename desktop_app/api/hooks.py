"""The two doors of a plugin: `verilens_tools` and `verilens_models`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

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


def provides(home: str, *tools: Tool) -> Callable[[], list[Tool]]:
    """Return the hook of a plugin whose tools are known at once, for a descriptor to call `verilens_tools`.

    Parameters
    ----------
    home : str
        The descriptor's ``__name__``: a tool's ``".module:function"`` lies beside it.
    *tools : Tool
        What the hook returns, functions named in full.

    Examples
    --------
    >>> verilens_tools = provides("mine.descriptor", Tool(
    ...     id="mine.invert", title="Invert", kind="restoration", version="1.0", summary="Turns light to dark.",
    ... ))
    >>> [tool.algorithm for tool in verilens_tools()]
    ['mine.algorithm:run']
    """
    package = home.rpartition(".")[0]

    def in_full(function: str) -> str:
        return package + function if function.startswith(".") else function

    named = [
        replace(tool, algorithm=in_full(tool.algorithm), prepare=tool.prepare and in_full(tool.prepare))
        for tool in tools
    ]

    @hookimpl
    def verilens_tools() -> list[Tool]:
        return list(named)

    return verilens_tools
