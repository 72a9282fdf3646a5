"""The built-in networks, for tools that are called without a host."""

from __future__ import annotations

from dataclasses import dataclass

from desktop_app.api import Model
from desktop_app.core.models.networks import ModelStore
from plugins.restoration.deep.descriptor import verilens_models

__all__ = ["BUILT_IN_NETWORKS"]


@dataclass(frozen=True)
class _BuiltIn:
    models: tuple[Model, ...]

    def model(self, model_id: str) -> Model:
        """Return a descriptor; fails where there is none."""
        return next(model for model in self.models if model.id == model_id)


BUILT_IN_NETWORKS = ModelStore(_BuiltIn(tuple(verilens_models())))
