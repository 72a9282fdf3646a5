"""A classifier behind a restoration, as one: an attack that is given both knows of the defence; so does its judge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING

from desktop_app.api.errors import ParameterError
from desktop_app.core.jobs.context import BoundRestoration, RunContext
from desktop_app.core.models.loaded_classifier import LoadedClassifier

if TYPE_CHECKING:
    from torch import Tensor

    from desktop_app.api.descriptors import Tool


@dataclass(frozen=True, eq=False, kw_only=True)
class Defended(LoadedClassifier):
    """What a classifier says of restored photos.

    Where the restoration has no gradients it stands for itself in the forward pass and for nothing in the backward one
    (BPDA: Athalye, Carlini, Wagner 2018, arXiv:1802.00420, section 4.1). One that works by chance draws anew for each
    question, the same for every photo, so that no answer depends on the photos beside it.
    """

    restoration: BoundRestoration
    has_gradients: bool
    turns: Iterator[int] = field(default_factory=count)

    @property
    def id(self) -> str:
        """Both, in words."""
        return f"{self.descriptor.id} behind {self.restoration.tool}"

    def __call__(self, images: Tensor) -> Tensor:
        """Return float32 logits ``(N, K)`` of what the restoration makes of photos ``(N, C, H, W)``.

        Raises
        ------
        ParameterError
            If gradients are wanted through a restoration that has none and changes the size.
        """
        import torch

        seeds = [next(self.turns)] * len(images)
        wants = torch.is_grad_enabled() and images.requires_grad
        if not wants or self.has_gradients:
            return super().__call__(self.restoration(images, seeds).clamp(0.0, 1.0))
        with torch.no_grad():
            restored = self.restoration(images.detach(), seeds)
        if restored.shape != images.shape:
            raise ParameterError(f"expected a restoration that keeps the photo's size, got {self.restoration.tool}; "
                                 "use one that does, or an attack by answers alone")
        return super().__call__((images + (restored - images).detach()).clamp(0.0, 1.0))


def behind(context: RunContext, tool_of: Callable[[str], Tool]) -> RunContext:
    """Return a context whose classifiers see what its restoration leaves, where it has both."""
    if not (context.models and context.target_specs):
        return context
    restoration = context.targets[0]
    models = tuple(
        Defended(
            descriptor=model.descriptor, network=model.network, is_differentiable=model.is_differentiable,
            tally=model.tally, restoration=restoration, has_gradients=tool_of(restoration.tool).differentiable,
        )
        for model in context.models
    )  # fmt: skip
    return replace(context, models=models)
