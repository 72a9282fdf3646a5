"""What the engine wants of those that bring it tools and networks: plugin host and model store, as it sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import torch
    from torch import nn

    from desktop_app.api.descriptors import Model, Tool
    from desktop_app.core.models.loaded_classifier import LoadedClassifier
    from desktop_app.core.plugins.entries import ModelEntry


class ToolSource(Protocol):
    """Where tools come from: the plugin host."""

    def tool(self, tool_id: str) -> Tool:
        """Return a tool's descriptor."""

    def plugin_of(self, tool_id: str) -> tuple[str, str]:
        """Return name and version of the plugin that brings a tool."""


def plugin_name(tools: ToolSource, tool_id: str) -> str:
    """Return name and version of the plugin that brings a tool, as messages have it."""
    return " ".join(tools.plugin_of(tool_id)).rstrip()  # one of the user's folder has no version


class Guard(Protocol):
    """What stands around code of third parties: the plugin guard."""

    def importing(self, tool_id: str, check: Callable[[], None] = ...) -> AbstractContextManager[None]:
        """Return a context for the import of a tool's algorithm; `check` is called while that is tried."""

    def running(self, tool_id: str) -> AbstractContextManager[None]:
        """Return a context for a run of it."""


class Networks(Protocol):
    """Where networks come from: the model store."""

    def classifier(self, model_id: str, device: torch.device, check: Callable[[], None] = ...) -> LoadedClassifier:
        """Return a classifier on a device; `check` is called while it is loaded."""

    def descriptor(self, model_id: str) -> Model | ModelEntry:
        """Return what is known of a model."""

    def network(self, model_id: str, device: torch.device, check: Callable[[], None] = ...) -> nn.Module:
        """Return a network on a device; `check` is called while it is loaded."""
