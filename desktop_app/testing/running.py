"""Direct calls of a tool on the CPU, through the host's own run context but without window, files or worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from desktop_app.api import Model, ParameterError, Result, Tool
from desktop_app.core.jobs.context import RunContext
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.defended import behind
from desktop_app.core.jobs.engine import Engine
from desktop_app.core.jobs.fitting import check_size
from desktop_app.core.jobs.hurry import in_a_hurry
from desktop_app.core.jobs.judge import held
from desktop_app.core.jobs.loaded import Function, LoadedTool, sizes_of, validate_params
from desktop_app.core.jobs.request import TargetSpec, WantedPrecision
from desktop_app.core.jobs.runner import run_tool
from desktop_app.core.jobs.source import TensorSource
from desktop_app.core.jobs.suppliers import Networks, ToolSource
from desktop_app.core.kinds import traits_of
from desktop_app.core.models.loaded_classifier import LoadedClassifier, Tally
from desktop_app.core.models.networks import flags_restored
from desktop_app.core.plugins.loading import load_function
from desktop_app.core.surroundings import surroundings_restored
from desktop_app.testing.subjects import BLUR, SOFTEN

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

Watching = Callable[["Tensor", Mapping[str, "Tensor"]], AbstractContextManager[None]]


@dataclass(frozen=True)
class NoNetworks:
    """A model store with nothing in it."""

    def classifier(
        self, model_id: str, device: torch.device, check: Callable[[], None] = lambda: None,  # noqa: ARG002 - the protocol's
    ) -> LoadedClassifier:
        """Refuse.

        Raises
        ------
        ParameterError
            Always.
        """
        raise ParameterError(f"expected no model store, got a call for {model_id!r}; give the bench your networks")

    def network(self, model_id: str, device: torch.device, check: Callable[[], None] = lambda: None) -> nn.Module:
        """Refuse, as `classifier` does."""
        return self.classifier(model_id, device, check).network

    def descriptor(self, model_id: str) -> Model:
        """Refuse, as `classifier` does."""
        raise ParameterError(f"expected no model store, got a call for {model_id!r}; give the bench your networks")


@dataclass(frozen=True)
class _Known:
    """The tool at hand and the kit's blur; all else from the source behind."""

    tools: Mapping[str, Tool]
    behind: ToolSource | None

    def tool(self, tool_id: str) -> Tool:
        if tool_id in self.tools:
            return self.tools[tool_id]
        if self.behind is None:
            known = ", ".join(self.tools)
            raise ParameterError(f"expected one of {known}, got {tool_id!r}; give the bench a source of tools")
        return self.behind.tool(tool_id)

    def plugin_of(self, tool_id: str) -> tuple[str, str]:
        return "testing", self.tool(tool_id).version


@dataclass(frozen=True)
class Bench:
    """Where a tool is tried: itself, and what it may call.

    Parameters
    ----------
    tool : Tool
        The tool at hand.
    tools : ToolSource, optional
        Where the other tools come from that it calls, such as a `PluginHost`; the kit's blur is always there.
    networks : Networks
        Where ``run.network`` finds models, such as a `ModelStore`.
    precision : {"float32", "bfloat16", "auto"}
        What those run in; with ``"auto"`` rounding may differ from machine to machine.
    """

    tool: Tool
    tools: ToolSource | None = None
    networks: Networks = field(default_factory=NoNetworks)
    precision: WantedPrecision = "float32"

    def call(
        self,
        images: Tensor,
        params: Mapping[str, Any] | None = None,
        *,
        seeds: Sequence[int] | None = None,
        models: Sequence[LoadedClassifier] = (),
        targets: Sequence[TargetSpec] = (),
        inputs: Mapping[str, Tensor] | None = None,
        control: JobControl | None = None,
        tile: int | None = None,
        watch: Watching | None = None,
        mask: Tensor | None = None,
        is_held: bool = False,
    ) -> Result:
        """Run the tool as the host would: parameters validated, `prepare` first, the result's shape checked.

        Parameters
        ----------
        images : Tensor
            ``(N, C, H, W)`` float32; handed to the tool as they are, not copied.
        params : mapping, optional
            Parameters by name.
        seeds : sequence of int, optional
            One per sample; 0, 1, 2 … by default.
        models, targets : sequence, optional
            The subjects of an attack or uncertainty tool; the models' tallies grow.
        inputs : mapping of str to Tensor, optional
            Further inputs by name.
        control : JobControl, optional
            For progress and cancelling.
        tile : int, optional
            Edge of tiles in pixels; whole by default.
        watch : callable, optional
            Gets images and inputs and returns a context, in which each of the tool's functions is called.
        mask : Tensor, optional
            Where an attack may change something, ``(N, 1, H, W)`` float32.
        is_held : bool
            Whether an attack's picture is held to its threat, as the host does before it is judged.

        Raises
        ------
        VerilensError
            As the host would.
        """
        known = {one.id: one for one in (BLUR, SOFTEN, self.tool)}
        engine = Engine(_Known(known, self.tools), self.networks)
        asked = tuple(replace(model, tally=Tally()) for model in models)
        context = RunContext(
            engine, images.device, list(range(len(images)) if seeds is None else seeds), control or JobControl(),
            inputs=inputs or {}, models=asked, mask=mask,
            target_specs=tuple(targets), precision=self.precision,
        )
        if traits_of(self.tool.kind).is_held_to_budget:
            context = behind(context, _Known(known, self.tools).tool)
        values = validate_params(self.tool, params or {})
        check_size(self.tool, images.shape[-2], images.shape[-1], sizes_of(self.tool, values))
        loaded = load(self.tool) if watch is None else _watched(load(self.tool), watch)
        with surroundings_restored(), ExitStack() as flags:
            for model, one in zip(models, asked, strict=True):
                flags.enter_context(flags_restored(model.network))
                flags.callback(model.tally.add, one.tally)
            held_to = traits_of(self.tool.kind).is_held_to_budget
            shape = images.shape[-2:]
            asking = in_a_hurry(context, *shape, is_exact=values.asks_exactly) if held_to else context
            result = run_tool(loaded, TensorSource(images), values, asking, tile)
            if not is_held:
                return result
            return replace(result, image=held(result, values, context.scene(images, result.artifacts), self.tool.id))


def load(tool: Tool) -> LoadedTool:
    """Return a tool with its functions imported.

    Raises
    ------
    PluginError
        If one cannot be.
    """
    return LoadedTool(tool, load_function(tool.algorithm), load_function(tool.prepare) if tool.prepare else None)


def call_tool(tool: Tool, images: Tensor, params: Mapping[str, Any] | None = None, **surroundings: Any) -> Result:
    """Call a tool directly on images ``(N, C, H, W)`` float32; what else it needs is as in `Bench.call`.

    Examples
    --------
    >>> import torch
    >>> from desktop_app.testing import BLUR, call_tool
    >>> call_tool(BLUR, torch.zeros(1, 3, 4, 5)).image.shape
    torch.Size([1, 3, 4, 5])
    """
    return Bench(tool).call(images, params, **surroundings)


def _watched(loaded: LoadedTool, watch: Watching) -> LoadedTool:
    """Return a tool whose functions are looked at while they run."""

    def around(function: Function) -> Function:
        def called(images: Tensor, params: Any, run: Any) -> Any:
            with watch(images, run.inputs):
                return function(images, params, run)

        return called

    prepare = around(loaded.prepare) if loaded.prepare else None
    return LoadedTool(loaded.tool, around(loaded.function), prepare)
