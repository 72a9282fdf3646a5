"""One tool with one subject, ready to be called again and again by the checks."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from desktop_app.api import Cancelled, Result, Tool
from desktop_app.core.jobs.request import TargetSpec
from desktop_app.testing.pictures import further_inputs, textured
from desktop_app.testing.running import Bench
from desktop_app.testing.subjects import BLUR, SOFTEN, counted, toy_classifier
from desktop_app.testing.watching import Ledger, Watch, WatchedControl

if TYPE_CHECKING:
    from torch import Tensor

    from desktop_app.core.models.loaded_classifier import LoadedClassifier

LARGE = (3, 192, 256)
"""``(C, H, W)`` of the picture on which pace and memory are looked at."""

SEEDS = (7, 4001)
"""Of `Trial.plain` and `Trial.on_another`; nobody makes the one out of the other."""

LARGE_SECONDS = 0.5
"""Of work on it, after which a slow tool is stopped."""


@dataclass(frozen=True)
class Plain:
    """One call with nothing special, and all that was seen around it."""

    result: Result
    watch: Watch
    control: WatchedControl
    subject_changes: tuple[str, ...]
    unasked: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Trial:
    """A tool on the bench.

    Parameters
    ----------
    bench : Bench
        The tool and what it may call.
    subject : str or None
        Which of its forms of `Tool.subjects` is tried, for a tool that has some.
    params : mapping
        Parameters that every call has.
    chosen : tuple of TargetSpec
        The restorations in question where the kit's own will not do.
    models : tuple of LoadedClassifier
        Likewise the classifiers.
    """

    bench: Bench
    subject: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    chosen: tuple[TargetSpec, ...] = ()
    models: tuple[LoadedClassifier, ...] = ()

    @property
    def tool(self) -> Tool:
        """The tool at hand."""
        return self.bench.tool

    @cached_property
    def classifiers(self) -> tuple[LoadedClassifier, ...]:
        """The classifiers in question: one, two that differ where several may be named, or none."""
        count = self._count("classifier")
        return self.models[:count] or tuple(toy_classifier(seed=seed) for seed in range(count))

    @cached_property
    def targets(self) -> tuple[TargetSpec, ...]:
        """The restorations in question: one, two that differ where several may be named, or none."""
        return (self.chosen or (TargetSpec(BLUR.id), TargetSpec(SOFTEN.id)))[: self._count("restoration")]

    def _count(self, kind: str) -> int:
        parts = (self.subject or "").split("+")
        return 2 if f"{kind}s" in parts else int(kind in parts)

    @cached_property
    def picture(self) -> Tensor:
        """The picture of the plain call, ``(1, 3, 23, 29)`` float32."""
        return textured(3, 23, 29)

    @cached_property
    def another(self) -> Tensor:
        """Another, ``(1, 3, 23, 29)`` float32."""
        return textured(3, 23, 29, seed=1).flip(-1)

    @cached_property
    def plain(self) -> Plain:
        """A call on `picture` with the first of `SEEDS`, at which many checks look."""
        from torch import nn

        watch, control, module = Watch(), WatchedControl(), nn.ModuleList(one.network for one in self.classifiers)
        before = {name: value.clone() for name, value in module.state_dict().items()}
        control.begin()
        with counted() as asked:
            result = self.call(self.picture, seeds=SEEDS[:1], watch=watch, control=control)
        control.end()
        changed = [name for name, value in module.state_dict().items() if not value.equal(before[name])]
        hooked = [name for name, part in module.named_modules() if part._forward_hooks or part._forward_pre_hooks]
        tallies = [one.tally for one in self.classifiers]
        unasked = [f"model {index}" for index, one in enumerate(tallies, 1) if not (one.asked or one.is_open)]
        unasked += [one.tool for one in self.targets if one.tool in (BLUR.id, SOFTEN.id) and one.tool not in asked]
        return Plain(result, watch, control, (*changed, *(f"hooks of {name}" for name in hooked)), tuple(unasked))

    @cached_property
    def on_another(self) -> Result:
        """The result on `another` with the second of `SEEDS`; called after `plain`."""
        assert self.plain
        return self.call(self.another, seeds=SEEDS[1:])

    @cached_property
    def large(self) -> tuple[WatchedControl, int, int]:
        """A call on a larger picture, stopped if it is long: its control, peak bytes of tensors, bytes of the photo."""
        images, control = textured(*LARGE), WatchedControl(seconds=LARGE_SECONDS)
        control.begin()
        with Ledger() as ledger, suppress(Cancelled):  # by the control, which has seen enough
            self.call(images, control=control)
        control.end()
        return control, ledger.peak, images.nbytes

    def call(self, images: Tensor, params: Mapping[str, Any] | None = None, **surroundings: Any) -> Result:
        """Call the tool on a copy of images ``(N, C, H, W)`` float32, with its subject and further inputs.

        Where `inputs` is among the surroundings, they are the further inputs instead.
        """
        inputs = surroundings.pop("inputs", None)
        if inputs is None:
            inputs = further_inputs(self.tool.inputs, images, self.classifiers)
        return self.bench.call(
            images.clone(), {**self.params, **(params or {})},
            models=self.classifiers, targets=self.targets,
            inputs=inputs, **surroundings,
        )


def values_of(result: Result) -> dict[str, Tensor]:
    """Return a result's picture ``(N, C, H, W)`` and maps ``(N, 1, H, W)`` by name, float and detached."""
    named = {f"map {layer.name!r}": layer.values.detach() for layer in result.maps}
    return named if result.image is None else {"picture": result.image.detach(), **named}
