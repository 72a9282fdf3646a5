"""One tool on one photo, from request to finished step: the engine is synchronous and knows no window."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from desktop_app.api.errors import InputMissingError, ParameterError
from desktop_app.api.results import Result
from desktop_app.core.jobs.allocation import keep_freed_memory
from desktop_app.core.jobs.context import RunContext
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.devices import resolve_device
from desktop_app.core.jobs.fallback import Attempt, Place, with_fallback
from desktop_app.core.jobs.judge import judge
from desktop_app.core.jobs.memory import Forecast, forecast, free_bytes
from desktop_app.core.jobs.outcome import check_mask, outcome_of
from desktop_app.core.jobs.request import Outcome, StepRecord, TargetSpec, ToolRequest
from desktop_app.core.jobs.runner import LoadedTool, run_tool, validate_params
from desktop_app.core.jobs.source import RasterSource, TensorSource
from desktop_app.core.jobs.tiling import plan_tiles
from desktop_app.core.kinds import traits_of
from desktop_app.core.models.store import flags_restored
from desktop_app.core.plugins.loading import load_function

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from desktop_app.api.descriptors import Tool
    from desktop_app.core.imaging.raster import Raster
    from desktop_app.core.jobs.bodies import Choices
    from desktop_app.core.models.store import LoadedClassifier

    Planes = NDArray[np.float32]


class ToolSource(Protocol):
    """Where tools come from: the plugin host."""

    def tool(self, tool_id: str) -> Tool:
        """Return a tool's descriptor."""

    def plugin_of(self, tool_id: str) -> tuple[str, str]:
        """Return name and version of the plugin that brings a tool."""


class Networks(Protocol):
    """Where networks come from: the model store."""

    def classifier(self, model_id: str, device: torch.device) -> LoadedClassifier:
        """Return a classifier on a device."""

    def network(self, model_id: str, device: torch.device) -> nn.Module:
        """Return a network on a device."""


@dataclass(frozen=True, eq=False)
class _Job:
    """A request after every check, with what it runs on."""

    loaded: LoadedTool
    request: ToolRequest
    params: Any
    raster: Raster
    control: JobControl
    inputs: Mapping[str, Tensor] = field(default_factory=dict)

    @property
    def tool(self) -> Tool:
        """The descriptor."""
        return self.loaded.tool


@dataclass(frozen=True, eq=False)
class _Finished:
    """A result, the tool's own running time in seconds, and the precisions its networks ran in."""

    result: Result
    seconds: float
    precisions: frozenset[str]


class Engine:
    """Runs requests.

    Parameters
    ----------
    tools : ToolSource
        The plugin host.
    networks : Networks
        The model store.
    """

    def __init__(self, tools: ToolSource, networks: Networks) -> None:
        self._tools = tools
        self._networks = networks
        self._tile_that_fits: dict[tuple[str, str | None, str], int] = {}
        self._precisions: Choices = {}

    def run(
        self,
        request: ToolRequest,
        raster: Raster,
        *,
        inputs: Mapping[str, Planes] | None = None,
        mask: Planes | None = None,
        control: JobControl | None = None,
        exact_16: bool = True,
    ) -> Outcome:
        """Run one request on one picture.

        Parameters
        ----------
        request : ToolRequest
            The tool with all that decides its outcome.
        raster : Raster
            The picture; it is not changed.
        inputs : mapping of str to ndarray
            Further inputs, ``(C, h, w)`` float32.
        mask : ndarray, optional
            ``(H, W)`` float32 in [0, 1]: the step is applied where it is 1, and blended between.
        control : JobControl, optional
            Progress and cancellation.
        exact_16 : bool
            Whether values that lie in [0, 1] are kept as uint16 (the source has at most 16 bits).

        Raises
        ------
        VerilensError
            One sentence for the user, of the kind that the command line's exit code wants.
        """
        import torch

        keep_freed_memory()
        loaded = self.load(request.tool)
        params = validate_params(loaded.tool, request.params)
        target = self._target(loaded.tool, request)
        check_mask(loaded.tool.id, loaded.tool.scale_for(params), mask, raster)
        request = replace(request, params=params.model_dump(mode="json"), target=target)
        tensors = {name: torch.from_numpy(value)[None].float() for name, value in (inputs or {}).items()}
        job = _Job(loaded, request, params, raster, control or JobControl(), tensors)
        attempt = self._attempt(job)
        return outcome_of(self._record(job, attempt), attempt.value.result, raster, mask, exact_16=exact_16)

    def load(self, tool_id: str) -> LoadedTool:
        """Return a tool with its functions imported.

        Raises
        ------
        ParameterError
            If there is no such tool.
        PluginError
            If its algorithm cannot be imported.
        """
        tool = self._tools.tool(tool_id)
        return LoadedTool(tool, load_function(tool.algorithm), load_function(tool.prepare) if tool.prepare else None)

    def forecast(self, request: ToolRequest, raster: Raster) -> Forecast:
        """Return the memory that a request will need, before anything runs.

        Raises
        ------
        ParameterError
            If the request does not fit its tool.
        """
        tool = self._tools.tool(request.tool)
        shape = (1, raster.channels, raster.height, raster.width)
        return self._plan(tool, request, validate_params(tool, request.params), shape)

    def call(
        self, context: RunContext, tool: str, images: Tensor, params: Mapping[str, Any], inputs: Mapping[str, Tensor]
    ) -> Result:
        """Run a tool inside another's job: whole while gradients are wanted, else in tiles where memory asks for it."""
        import torch

        loaded = self.load(tool)
        values = validate_params(loaded.tool, params)
        request = ToolRequest(tool, params, device=str(context.device))
        keeps_gradients = torch.is_grad_enabled() and images.requires_grad
        edge = None if keeps_gradients else self._plan(loaded.tool, request, values, tuple(images.shape)).tile
        result = run_tool(loaded, TensorSource(images), values, replace(context, inputs=inputs), edge)
        return replace(result, image=result.image.to(images.device)) if result.image is not None else result

    def network(self, model_id: str, device: torch.device, used: set[str]) -> nn.Module:
        """Return a network of the model store that runs in the precision best for this device."""
        from desktop_app.core.jobs.bodies import NetworkBody

        return NetworkBody(model_id, self._networks.network(model_id, device), self._precisions, used)

    def _plan(self, tool: Tool, request: ToolRequest, params: Any, shape: tuple[int, ...]) -> Forecast:
        n, channels, height, width = shape
        device = resolve_device(request.device)
        known = self._tile_that_fits.get((tool.id, request.model, device.type))
        is_fixed = request.tile != "auto"
        return forecast(
            height, width, channels * n, reach=tool.reach_for(params), scale=tool.scale_for(params),
            memory=tool.memory, free=free_bytes(device), tile=_edge(request.tile) if is_fixed else known,
            is_tile_fixed=is_fixed or known is not None,
        )

    def _target(self, tool: Tool, request: ToolRequest) -> TargetSpec | None:
        """Return the target with every parameter spelt out, after refusing subjects that the tool does not take."""
        given = {"classifier": request.model is not None, "restoration": request.target is not None}
        flags = {"classifier": "--model ID", "restoration": "--target TOOL"}
        for subject, is_given in given.items():
            if is_given and subject not in tool.subjects:
                raise ParameterError(f"{tool.id}: expected no {subject}, got one; leave {flags[subject]} out")
        if tool.subjects and not any(given.values()):
            wanted = " or ".join(f"a {subject} ({flags[subject]})" for subject in tool.subjects)
            raise InputMissingError(f"{tool.id}: expected {wanted} to question, got none; choose one")
        if request.target is None:
            return None
        target = self._tools.tool(request.target.tool)
        needs_more = target.subjects or any(given.required for given in target.inputs)
        if not traits_of(target.kind).can_be_target or needs_more:
            got = f"got {target.id} ({target.kind})"
            raise ParameterError(f"{tool.id}: expected a restoration that needs a photo alone, {got}; choose another")
        return TargetSpec(target.id, validate_params(target, request.target.params).model_dump(mode="json"))

    def _attempt(self, job: _Job) -> Attempt[_Finished]:
        raster, tool = job.raster, job.tool
        plan = self._plan(tool, job.request, job.params, (1, raster.channels, raster.height, raster.width))
        attempt = with_fallback(
            lambda place: self._once(job, place), Place(resolve_device(job.request.device), plan.tile), tool=tool.id,
            height=raster.height, width=raster.width, can_cut=tool.reach_for(job.params) is not None,
        )
        if attempt.notes and attempt.place.tile is not None:
            self._tile_that_fits[tool.id, job.request.model, attempt.place.device.type] = attempt.place.tile
        return attempt

    def _once(self, job: _Job, place: Place) -> _Finished:
        """Run at one place; an attack's picture is judged after the clock has stopped."""
        import torch

        request, tool = job.request, job.tool
        source = RasterSource(job.raster, is_clipped=traits_of(tool.kind).is_held_to_budget)
        with ExitStack() as stack:
            model = self._networks.classifier(request.model, place.device) if request.model else None
            if model is not None:
                stack.enter_context(flags_restored(model.module))
            stack.enter_context(torch.enable_grad() if tool.subjects else torch.no_grad())
            context = RunContext(
                self, place.device, [request.seed], job.control, inputs=job.inputs, classifier=model,
                target_spec=request.target,
            )
            started = time.perf_counter()
            result = run_tool(job.loaded, source, job.params, context, place.tile)
            seconds = time.perf_counter() - started
        if traits_of(tool.kind).is_held_to_budget and result.image is not None:
            original = source.read(plan_tiles(job.raster.height, job.raster.width, None, 0)[0], place.device)
            verdict = judge(original, result.image, job.params, model, list(result.reports))
            maps = [*result.maps, verdict.perturbation]
            result = replace(result, image=verdict.image, reports=verdict.reports, maps=maps)
        return _Finished(result, seconds, frozenset(context.precisions))

    def _record(self, job: _Job, attempt: Attempt[_Finished]) -> StepRecord:
        import torch

        request, tool, place = job.request, job.tool, attempt.place
        plugin, version = self._tools.plugin_of(tool.id)
        model = self._networks.classifier(request.model, place.device) if request.model else None
        return StepRecord(
            tool=tool.id, kind=tool.kind, title=tool.title, plugin=plugin, plugin_version=version,
            params=request.params, seed=request.seed, model=request.model,
            model_sha256=model.descriptor.sha256 if model else None, target=request.target,
            inputs=dict.fromkeys(job.inputs, "given"), device=str(place.device),
            precision=" + ".join(sorted(attempt.value.precisions)) or "float32", tile=place.tile,
            torch=str(torch.__version__), seconds=attempt.value.seconds, notes=attempt.notes,
        )


def _edge(tile: str | int) -> int | None:
    """Return the tile edge that ``--tile none`` or ``--tile N`` means.

    Raises
    ------
    ParameterError
        If it is neither.
    """
    if tile == "none":
        return None
    if str(tile).isdigit() and int(tile) >= 16:
        return int(tile)
    raise ParameterError(f"expected a tile of auto, none or at least 16 pixels, got {tile!r}; change it")
