"""One tool on photos, from request to finished steps: the engine is synchronous and knows no window."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any

from desktop_app.api.errors import ParameterError, PluginError, ToolError, VerilensError
from desktop_app.core.faults import is_out_of_memory, one_line
from desktop_app.core.jobs.allocation import keep_freed_memory
from desktop_app.core.jobs.choices import Choices, machine
from desktop_app.core.jobs.context import RunContext
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.defended import behind
from desktop_app.core.jobs.devices import resolve_device
from desktop_app.core.jobs.fallback import Attempt, Place, with_fallback
from desktop_app.core.jobs.fits import Fits
from desktop_app.core.jobs.fitting import check_size, fitted
from desktop_app.core.jobs.forecaster import Forecaster
from desktop_app.core.jobs.handed import space_for
from desktop_app.core.jobs.hurry import in_a_hurry
from desktop_app.core.jobs.judge import check_attribution, judged, masked
from desktop_app.core.jobs.loaded import LoadedTool, Sizes, sizes_of, validate_params
from desktop_app.core.jobs.memory import Forecast
from desktop_app.core.jobs.outcome import check_mask, outcome_of
from desktop_app.core.jobs.precision import RULE
from desktop_app.core.jobs.ready import spelt_out
from desktop_app.core.jobs.request import ModelSpec, Outcome, StepRecord, TargetSpec, ToolRequest
from desktop_app.core.jobs.runner import run_tool
from desktop_app.core.jobs.source import RasterSource, Source, TensorSource
from desktop_app.core.jobs.speeds import Speeds
from desktop_app.core.jobs.stack import STACK, Finished, Job, Sample, batched_inputs, batched_masks, by_form, windows
from desktop_app.core.jobs.suppliers import plugin_name
from desktop_app.core.jobs.tiling import plan_tiles
from desktop_app.core.jobs.transparency import alphas_of
from desktop_app.core.kinds import traits_of
from desktop_app.core.models.networks import flags_restored
from desktop_app.core.plugins.loading import load_function
from desktop_app.core.surroundings import surroundings_restored

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from desktop_app.api.descriptors import Tool
    from desktop_app.api.results import Result
    from desktop_app.core.imaging.raster import Raster
    from desktop_app.core.jobs.precision import Precision, Probe
    from desktop_app.core.jobs.suppliers import Guard, Networks, ToolSource

    Planes = NDArray[np.float32]


class Engine:
    """Runs requests.

    Parameters
    ----------
    tools : ToolSource
        The plugin host.
    networks : Networks
        The model store.
    cache : Path, optional
        The folder in which it is kept what was measured of networks; without one, for this engine's life only.
    guard : Guard, optional
        The plugin guard, which stands around code of third parties.
    """

    def __init__(
        self, tools: ToolSource, networks: Networks, cache: Path | None = None, guard: Guard | None = None
    ) -> None:
        self._tools = tools
        self._networks = networks
        self._guard = guard
        self._fits = Fits()
        self._speeds = Speeds(cache / "speeds.json" if cache else None)
        self._forecaster = Forecaster(tools, networks, self._fits, self._speeds)
        self._choices = Choices(cache / "precision" if cache else None)

    def run(
        self,
        request: ToolRequest,
        raster: Raster,
        *,
        inputs: Mapping[str, Planes] | None = None,
        mask: Planes | None = None,
        icc: bytes | None = None,
        control: JobControl | None = None,
        exact_16: bool = True,
    ) -> Outcome:
        """Run one request on one picture: a stack of one.

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
        icc : bytes, optional
            The profile of the picture's colours, and of the outcome's; without one they are sRGB's.
        control : JobControl, optional
            Progress and cancellation.
        exact_16 : bool
            Whether values that lie in [0, 1] are kept as uint16 (the source has at most 16 bits). Not an attack's:
            rounded they would be a picture that its threat may not hold, and that its model was not asked about.

        Raises
        ------
        VerilensError
            One sentence for the user, of the kind that the command line's exit code wants.
        """
        sample = Sample(raster, inputs=inputs or {}, mask=mask, icc=icc)
        (outcome,) = self.run_all(request, [sample], control=control, exact_16=exact_16)
        if isinstance(outcome, VerilensError):
            raise outcome
        return outcome

    def run_all(
        self,
        request: ToolRequest,
        samples: Iterable[Sample],
        *,
        control: JobControl | None = None,
        exact_16: bool = True,
        most: int = STACK,
        total: int | None = None,
    ) -> Iterator[Outcome | VerilensError]:
        """Run one request on many pictures, those of one size together, and yield what came of each, in their order.

        An outcome does not depend on the photos beside it. The fault of one photo stands in its place; the others go
        on.

        Parameters
        ----------
        request : ToolRequest
            The tool with all that decides its outcomes.
        samples : iterable of Sample
            The pictures; taken from a stream as they are needed.
        control : JobControl, optional
            Progress over all, and cancellation.
        exact_16 : bool
            As in `run`.
        most : int
            How many photos are held, and run together at most.
        total : int, optional
            How many a stream has, for the progress.

        Raises
        ------
        VerilensError
            If the request does not fit its tool, or a plugin cannot be loaded.
        """
        keep_freed_memory()
        control = control or JobControl()
        loaded = self.load(request.tool, control)
        request, params = spelt_out(loaded.tool, request, self._tools.tool)
        loaded = replace(loaded, tool=fitted(loaded.tool, params, self._networks))
        sizes = sizes_of(loaded.tool, params, loaded.plugin)
        count = total or (len(samples) if isinstance(samples, Sized) else 0)
        begun = 0
        for window in windows(samples, most):
            found: dict[int, Outcome | VerilensError] = {}
            for positions in by_form(window):
                end = begun + len(positions)
                part = control.part(begun / count, end / count) if count else control.part(0.0, 0.0)
                some = [window[position] for position in positions]
                space, notes = space_for(loaded.tool, some[0].icc, some[0].raster.channels)
                job = Job(loaded, request, params, sizes, some, part, exact_16, space, notes)
                found |= zip(positions, self._outcomes(job), strict=True)
                begun = end
            yield from (found[position] for position in range(len(window)))

    def load(self, tool_id: str, control: JobControl | None = None) -> LoadedTool:
        """Return a tool with its functions imported; the control tells the user's Ctrl-C from a plugin's own.

        Raises
        ------
        ParameterError
            If there is no such tool.
        PluginError
            If its algorithm cannot be imported.
        """
        tool = self._tools.tool(tool_id)
        plugin, control = plugin_name(self._tools, tool_id), control or JobControl()
        guard = self._guard.importing(tool_id, control.check) if self._guard else nullcontext()
        try:
            with guard, surroundings_restored():
                prepare = load_function(tool.prepare) if tool.prepare else None
                return LoadedTool(tool, load_function(tool.algorithm), prepare, plugin)
        except KeyboardInterrupt as error:
            control.check()
            got = f"got {one_line(error)}; repair, update or disable it"
            raise PluginError(f"{tool_id} (plugin {plugin}): expected its algorithm to be imported, {got}") from error

    def forecast(self, request: ToolRequest, raster: Raster, icc: bytes | None = None) -> Forecast:
        """Return what a request will take; see `Forecaster.forecast`."""
        return self._forecaster.forecast(request, raster, icc)

    def sizes(self, request: ToolRequest) -> tuple[Tool, Sizes]:
        """Return a request's tool as its network makes it, and its sizes; errors as those of `forecast`."""
        return self._forecaster.sizes(request)

    def call(
        self, context: RunContext, tool: str, images: Tensor, params: Mapping[str, Any], inputs: Mapping[str, Tensor]
    ) -> Result:
        """Run a tool in another's job, on ``(N, C, H, W)`` float32: whole where gradients are wanted, or in tiles."""
        import torch

        loaded = self.load(tool, context.control)
        values = validate_params(loaded.tool, params)
        loaded = replace(loaded, tool=fitted(loaded.tool, values, self._networks))
        request = ToolRequest(tool, params, device=str(context.device))
        keeps_gradients = torch.is_grad_enabled() and images.requires_grad
        sizes = sizes_of(loaded.tool, values, loaded.plugin)
        shape, space = tuple(images.shape), context.space
        edge = None if keeps_gradients else self._fits.plan(loaded.tool, request, sizes, shape, space).tile
        context = replace(context, inputs=inputs)
        if traits_of(loaded.tool.kind).is_held_to_budget:
            context = behind(context, self._tools.tool)
        result = self.execute(loaded, TensorSource(images), values, context, edge)
        return replace(result, image=result.image.to(images.device)) if result.image is not None else result

    def execute(
        self, loaded: LoadedTool, source: Source, params: Any, context: RunContext, tile: int | None
    ) -> Result:
        """Run a tool's own part, and leave its classifier's flags and the process as they were; see `run_tool`."""
        with ExitStack() as stack:
            for model in context.models:
                stack.enter_context(flags_restored(model.network))
            stack.enter_context(surroundings_restored())
            return run_tool(loaded, source, params, context, tile)

    def is_differentiable(self, tool: str, params: Mapping[str, Any]) -> bool:
        """Return whether gradients flow through a tool with these parameters."""
        found = self._tools.tool(tool)
        return fitted(found, validate_params(found, params), self._networks).differentiable

    def network(self, context: RunContext, model_id: str) -> nn.Module:
        """Return a network of the model store that runs in the wanted precision."""
        from desktop_app.core.jobs.bodies import NetworkBody

        def choose(channels: int, measure: Callable[[], Probe]) -> Precision:
            known = self._networks.descriptor(model_id)
            if "bfloat16" not in getattr(known, "precisions", ("bfloat16",)):
                return "float32"
            if context.precision != "auto":
                return context.precision
            facts = {"model": model_id, "sha256": known.sha256, "channels": channels, "rule": RULE}
            facts |= machine(context.device)
            return self._choices.of(facts, measure)

        network = self._networks.network(model_id, context.device, loading(context.control, model_id))
        return NetworkBody(network, choose, context.precisions, context.control.check)

    def networks_of(self, context: RunContext, spec: TargetSpec) -> list[nn.Module]:
        """Return the networks that a restoration runs, as the model store has them."""
        tool = self._tools.tool(spec.tool)
        chosen = [getattr(validate_params(tool, spec.params), tool.network)] if tool.network else []
        check = context.control
        return [self._networks.network(one, context.device, loading(check, one)) for one in (*tool.models, *chosen)]


    def _outcomes(self, job: Job) -> list[Outcome | VerilensError]:
        """Run photos of one form together; in halves where memory or a fault of one of them asks for it."""
        try:
            if len(job.samples) == 1 or not self._fits.is_too_much(job):
                return self._together(job)
        except (ToolError, ParameterError) as error:
            if len(job.samples) == 1:
                return [error]
        except Exception as error:
            if len(job.samples) == 1 or not is_out_of_memory(error):
                raise
            job = self._fits.ran_out(job)
        return [outcome for half in job.halves() for outcome in self._outcomes(half)]

    def _together(self, job: Job) -> list[Outcome | VerilensError]:
        check_size(job.tool, *job.shape[2:], job.sizes)
        for sample in job.samples:
            check_mask(job.tool.id, job.sizes, sample.mask, sample.raster)
        attempt = self._attempt(job)
        record = _record_of(job, attempt, self._tools, self._networks)
        if len(job.samples) == 1:
            self._speeds.note(job.request, attempt.place.device.type, prod(job.shape[2:]), attempt.value.seconds)
        exact_16 = job.exact_16 and not traits_of(job.tool.kind).is_held_to_budget
        return [
            outcome_of(replace(record, seed=seed), attempt.value.result, index, alpha, exact_16=exact_16)
            for index, (seed, alpha) in enumerate(zip(job.seeds, attempt.value.alphas, strict=True))
        ]

    def _attempt(self, job: Job) -> Attempt[Finished]:
        """Run at the best place; one photo alone goes to humbler ones when memory runs out."""
        n, _, height, width = job.shape
        plan = self._fits.plan(job.tool, job.request, job.sizes, job.shape, job.space)
        place = Place(resolve_device(job.request.device), plan.tile)
        if n > 1:
            return Attempt(self._once(job, place), place, ())
        attempt = with_fallback(
            lambda place: self._once(job, place), place, tool=job.loaded.name, height=height, width=width,
            can_cut=job.sizes.reach is not None,
        )
        if attempt.notes and attempt.place.tile is not None:
            self._fits.fitted(job, attempt.place.tile)
        return attempt

    def _once(self, job: Job, place: Place) -> Finished:
        """Run at one place; masks are laid on, and an attack is judged, after the clock has stopped."""
        import torch

        request, tool = job.request, job.tool
        is_held = traits_of(tool.kind).is_held_to_budget
        source = RasterSource([sample.raster for sample in job.samples], is_clipped=is_held)
        models = tuple(
            self._networks.classifier(name, place.device, loading(job.control, name))
            for name in (() if tool.network else request.models)
        )
        check_attribution(job.params, models)
        masks = batched_masks(job.samples, is_sharp=is_held)
        context = RunContext(
            self, place.device, job.seeds, job.control, inputs=batched_inputs(job.samples), models=models,
            target_specs=request.targets, precision=request.precision, space=job.space,
            mask=masks.to(place.device) if is_held and masks is not None else None,
        )
        context = behind(context, self._tools.tool) if is_held else context
        with torch.enable_grad() if tool.subjects else torch.no_grad():
            started = time.perf_counter()
            asking = in_a_hurry(context, *job.shape[2:], is_exact=job.params.asks_exactly) if is_held else context
            with self._guard.running(tool.id) if self._guard else nullcontext():
                result = self.execute(job.loaded, source, job.params, asking, place.tile)
            seconds = time.perf_counter() - started
        if result.image is not None and (is_held or masks is not None):
            device = place.device if is_held else result.image.device
            original = source.read(plan_tiles(*source.shape[2:], None, 0)[0], device)
            result = replace(result, image=result.image.detach().to(device))
            scene = replace(context, mask=None if masks is None else masks.to(device)).scene(original, result.artifacts)
            result = judged(result, job.params, scene, tool.id) if is_held else masked(result, scene)
        alphas = alphas_of(job, partial(self.execute, job.loaded), context)
        return Finished(result, alphas, seconds / len(job.samples), frozenset(context.precisions))


def _record_of(job: Job, attempt: Attempt[Finished], tools: ToolSource, networks: Networks) -> StepRecord:
    import torch

    request, tool, place = job.request, job.tool, attempt.place
    plugin, version = tools.plugin_of(tool.id)
    subjects = tuple(
        ModelSpec(one.model, networks.descriptor(one.model).sha256) if isinstance(one, ModelSpec) else one
        for one in request.subjects
    )
    return StepRecord(
        tool=tool.id, kind=tool.kind, title=tool.title, plugin=plugin, plugin_version=version,
        params=request.params, seed=request.seed, subjects=subjects,
        inputs=dict.fromkeys(job.samples[0].inputs, "given"), device=str(place.device),
        precision=" + ".join(sorted(attempt.value.precisions)) or "float32", tile=place.tile,
        torch=str(torch.__version__), seconds=attempt.value.seconds, notes=(*job.notes, *attempt.notes),
        reframes=job.sizes.frame is not None,
    )


def loading(control: JobControl, model_id: str) -> Callable[[], None]:
    """Return what is called while a network is loaded: it says so, and stops where the user cancelled."""
    return lambda: control.progress(0.0, f"loading {model_id}")
