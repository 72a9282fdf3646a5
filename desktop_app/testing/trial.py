"""One tool with one subject, ready to be called again and again by the checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from desktop_app.api import Result, Tool
from desktop_app.core.jobs.request import TargetSpec
from desktop_app.testing.pictures import further_inputs
from desktop_app.testing.running import Bench
from desktop_app.testing.subjects import BLUR, toy_classifier

if TYPE_CHECKING:
    from torch import Tensor

    from desktop_app.core.models.store import LoadedClassifier


@dataclass(frozen=True, eq=False)
class Trial:
    """A tool on the bench.

    Parameters
    ----------
    bench : Bench
        The tool and what it may call.
    subject : str or None
        ``"classifier"`` or ``"restoration"`` for a tool that questions one, else None.
    params : mapping
        Parameters that every call has.
    """

    bench: Bench
    subject: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    classifier: LoadedClassifier = field(default_factory=toy_classifier)

    @property
    def tool(self) -> Tool:
        """The tool at hand."""
        return self.bench.tool

    def call(self, images: Tensor, params: Mapping[str, Any] | None = None, **surroundings: Any) -> Result:
        """Call the tool on images ``(N, C, H, W)`` float32, with its subject and further inputs."""
        return self.bench.call(
            images, {**self.params, **(params or {})},
            model=self.classifier if self.subject == "classifier" else None,
            target=TargetSpec(BLUR.id) if self.subject == "restoration" else None,
            inputs=further_inputs(self.tool.inputs, images), **surroundings,
        )


def values_of(result: Result) -> dict[str, Tensor]:
    """Return a result's picture ``(N, C, H, W)`` and maps ``(N, 1, H, W)`` by name, float and detached."""
    named = {f"map {layer.name!r}": layer.values.detach() for layer in result.maps}
    return named if result.image is None else {"picture": result.image.detach(), **named}
