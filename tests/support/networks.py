"""The built-in networks, for tools that are called without a host."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path

from desktop_app.api import Model
from desktop_app.core.models.networks import ModelStore
from plugins import restoration

__all__ = ["BUILT_IN_NETWORKS"]


@dataclass(frozen=True)
class _BuiltIn:
    @cached_property
    def models(self) -> dict[str, Model]:
        """The networks of all restorations, by their ids."""
        files = sorted(Path(restoration.__path__[0]).glob("*/descriptor.py"))
        descriptors = [import_module(f"{restoration.__name__}.{file.parent.name}.descriptor") for file in files]
        found = [getattr(descriptor, "verilens_models", list)() for descriptor in descriptors]
        return {model.id: model for models in found for model in models}

    def model(self, model_id: str) -> Model:
        """Return a descriptor; fails where there is none."""
        return self.models[model_id]


BUILT_IN_NETWORKS = ModelStore(_BuiltIn())
