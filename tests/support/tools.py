"""The built-in tools, for those that call others and are called without a host."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib import import_module

from desktop_app.api import Tool
from desktop_app.core.plugins.discovery import installed
from desktop_app.core.plugins.entries import BUILT_IN

__all__ = ["BUILT_IN_TOOLS", "built_in_tools"]


def built_in_tools() -> list[Tool]:
    """Return every built-in tool's descriptor."""
    modules = [import_module(one.module) for one in installed() if one.distribution == BUILT_IN]
    return [tool for module in modules if hasattr(module, "verilens_tools") for tool in module.verilens_tools()]


@dataclass(frozen=True)
class _BuiltIn:
    @cached_property
    def _by_id(self) -> dict[str, Tool]:
        return {tool.id: tool for tool in built_in_tools()}

    def tool(self, tool_id: str) -> Tool:
        """Return a descriptor; fails where there is none."""
        return self._by_id[tool_id]

    def plugin_of(self, tool_id: str) -> tuple[str, str]:
        """Return a plugin that brings the tool, and its version."""
        return "built-in", self.tool(tool_id).version


BUILT_IN_TOOLS = _BuiltIn()
"""A source of tools (see `desktop_app.testing.running.Bench`)."""
