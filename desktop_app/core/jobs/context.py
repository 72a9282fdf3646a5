"""The engine's side of `api.Run`: what a tool's function gets beside images and parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from desktop_app.api.errors import InputMissingError
from desktop_app.core.imaging.photo_space import SRGB_SPACE, PhotoSpace
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.request import TargetSpec
from desktop_app.core.threats.bound import Scene

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from desktop_app.api.results import Result
    from desktop_app.core.jobs.request import WantedPrecision
    from desktop_app.core.models.loaded_classifier import LoadedClassifier


class Caller(Protocol):
    """What a context needs of the engine: tools that call tools, and networks."""

    def call(
        self, context: RunContext, tool: str, images: Tensor, params: Mapping[str, Any],
        inputs: Mapping[str, Tensor],
    ) -> Result:
        """Run another tool inside the same job, on ``(N, C, H, W)`` float32 images and inputs."""

    def is_differentiable(self, tool: str, params: Mapping[str, Any]) -> bool:
        """Return whether gradients flow through a tool with these parameters."""

    def network(self, context: RunContext, model_id: str) -> nn.Module:
        """Return a network of the model store; the precision of each call is added to the context's."""

    def networks_of(self, context: RunContext, spec: TargetSpec) -> list[nn.Module]:
        """Return the networks that a restoration runs, as the model store has them."""


@dataclass(frozen=True, eq=False)
class BoundRestoration:
    """A restoration with its parameters, ready to be called inside a job; implements `api.Restoration`."""

    context: RunContext
    spec: TargetSpec

    @property
    def tool(self) -> str:
        """The tool's id."""
        return self.spec.tool

    @property
    def params(self) -> Mapping[str, Any]:
        """Its parameters."""
        return self.spec.params

    @property
    def networks(self) -> list[nn.Module]:
        """The networks that it runs."""
        return self.context.caller.networks_of(self.context, self.spec)

    @property
    def is_differentiable(self) -> bool:
        """Whether gradients flow through it, as its descriptor says."""
        return self.context.caller.is_differentiable(self.spec.tool, self.spec.params)

    def __call__(self, images: Tensor, seeds: Sequence[int] | None = None) -> Tensor:
        """Return the restored ``(N, C, H, W)`` float32 images."""
        result = self.context.call(self.spec.tool, images, self.spec.params, seeds=seeds)
        if result.image is None:
            got = f"got {self.spec.tool!r}, which gives none"
            raise InputMissingError(f"expected a target that gives a picture, {got}; choose a restoration")
        return result.image


@dataclass(frozen=True, eq=False)
class RunContext:
    """Implements `api.Run`; one per call of a tool's function.

    ``space`` is the one that the images' numbers are of: those that a tool is handed, and hands to others.
    """

    caller: Caller
    device: torch.device
    seeds: Sequence[int]
    control: JobControl = field(default_factory=JobControl)
    prepared: Any = None
    inputs: Mapping[str, Tensor] = field(default_factory=dict)
    mask: Tensor | None = None
    space: PhotoSpace = SRGB_SPACE
    models: tuple[LoadedClassifier, ...] = ()
    target_specs: tuple[TargetSpec, ...] = ()
    streams: list[torch.Generator] = field(default_factory=list)
    precision: WantedPrecision = "auto"
    precisions: set[str] = field(default_factory=set)

    @property
    def has_model(self) -> bool:
        """Whether a classifier was given."""
        return bool(self.models)

    @property
    def has_target(self) -> bool:
        """Whether a restoration was given."""
        return bool(self.target_specs)

    @property
    def model(self) -> LoadedClassifier:
        """The classifier in question, the first of several."""
        if not self.models:
            raise InputMissingError("expected a classifier to question, got none; choose one (--model ID)")
        return self.models[0]

    @property
    def target(self) -> BoundRestoration:
        """The restoration in question, the first of several."""
        if not self.target_specs:
            raise InputMissingError("expected a restoration to question, got none; choose one (--target TOOL)")
        return self.targets[0]

    @property
    def targets(self) -> tuple[BoundRestoration, ...]:
        """All restorations in question."""
        return tuple(BoundRestoration(self, spec) for spec in self.target_specs)

    def generators(self) -> list[torch.Generator]:
        """Return a fresh CPU generator per sample."""
        import torch

        return [torch.Generator().manual_seed(seed) for seed in self.seeds]

    def randn(self, images: Tensor) -> Tensor:
        """Return standard normal noise of the shape, dtype and device of the images."""
        import torch

        return self._draw(torch.randn, images)

    def rand(self, images: Tensor) -> Tensor:
        """Return uniform noise in [0, 1) of the shape, dtype and device of the images."""
        import torch

        return self._draw(torch.rand, images)

    def _draw(self, draw: Any, images: Tensor) -> Tensor:
        import torch

        if not self.streams:
            self.streams.extend(self.generators())
        if len(self.streams) != len(images):
            raise ValueError(f"expected noise for a batch of {len(self.streams)}, got one of {len(images)}")
        return torch.stack([draw(images.shape[1:], generator=stream) for stream in self.streams]).to(images.device)

    def progress(self, done: float, message: str = "", until: float | None = None) -> None:
        """Report progress; stops if cancelled."""
        self.control.progress(done, message, until)

    def check(self) -> None:
        """Stop here if cancelled."""
        self.control.check()

    def ends_early(self) -> bool:
        """Say that what there is would do, and return whether the user wants to end with it."""
        return self.control.ends_early()

    def call(
        self,
        tool: str,
        images: Tensor,
        params: Mapping[str, Any] | None = None,
        *,
        seeds: Sequence[int] | None = None,
        inputs: Mapping[str, Tensor] | None = None,
        mask: Tensor | None = None,
        is_behind: bool = False,
    ) -> Result:
        """Run another tool inside this job, on ``(N, C, H, W)`` float32 images and inputs, mask ``(N, 1, H, W)``."""
        child = replace(
            self, control=self.control.inner(), prepared=None, inputs={}, streams=[], mask=mask,
            target_specs=self.target_specs if is_behind else (),
            seeds=list(seeds) if seeds is not None else self.seeds,
        )
        return self.caller.call(child, tool, images, params or {}, inputs or {})

    def scene(self, original: Tensor, artifacts: Mapping[str, Tensor]) -> Scene:
        """Return what a judge looks at after a run on pictures ``(N, C, H, W)`` float32 that found artifacts."""
        return Scene(
            original=original, mask=self.mask, artifacts=artifacts, seeds=self.seeds,
            asked=sum(model.tally.asked for model in self.models), model=self.models[0] if self.models else None,
            call=lambda images, tool, params, seeds: BoundRestoration(self, TargetSpec(tool, params))(images, seeds),
        )

    def network(self, model_id: str) -> nn.Module:
        """Return a network of the model store on this device."""
        return self.caller.network(self, model_id)
