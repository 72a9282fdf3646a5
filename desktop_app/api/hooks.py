"""The two doors of a plugin: `verilens_tools` and `verilens_models`."""

from __future__ import annotations

import pluggy

from desktop_app.api.descriptors import Model, Tool

__all__ = ["PROJECT", "hookimpl", "hookspec", "verilens_models", "verilens_tools"]

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
