"""Run one tool over one source: validate, prepare, cut, call, check, and put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any

from desktop_app.api.errors import InputMissingError, ParameterError, ToolError, VerilensError
from desktop_app.api.results import Map, Result
from desktop_app.core.imaging.colour import linear_to_srgb, srgb_to_linear
from desktop_app.core.jobs.memory import is_out_of_memory
from desktop_app.core.jobs.source import Source, cut
from desktop_app.core.jobs.tiling import Tile, plan_tiles
from desktop_app.core.kinds import traits_of

if TYPE_CHECKING:
    from torch import Tensor

    from desktop_app.api.descriptors import Tool
    from desktop_app.core.jobs.context import RunContext

Function = Callable[[Any, Any, Any], Any]


@dataclass(frozen=True)
class LoadedTool:
    """A descriptor with its functions imported."""

    tool: Tool
    function: Function
    prepare: Function | None = None


def validate_params(tool: Tool, values: Mapping[str, Any]) -> Any:
    """Return a tool's parameters as an instance of its class.

    Raises
    ------
    ParameterError
        If one is unknown, of another type or out of range; the sentence names it.
    """
    from pydantic import ValidationError

    from desktop_app.api.params import NoParams

    try:
        return (tool.params or NoParams)(**values)
    except ValidationError as error:
        raise ParameterError(_explain(tool, error.errors()[0])) from error


def _explain(tool: Tool, fault: Mapping[str, Any]) -> str:
    name = ".".join(str(part) for part in fault["loc"][:1]) or "parameters"
    if fault["type"] == "extra_forbidden":
        known = ", ".join(getattr(tool.params, "model_fields", {})) or "no parameters at all"
        return f"{tool.id}: expected one of {known}, got {name!r}; check the name"
    if fault["type"] == "value_error":
        return f"{tool.id}: {fault['ctx']['error']}"
    wanted = str(fault["msg"]).removeprefix("Input ").removeprefix("should be ")
    return f"{tool.id}: expected {name} to be {wanted}, got {fault['input']!r}; change it"


def check_inputs(tool: Tool, inputs: Mapping[str, Tensor], height: int, width: int) -> None:
    """Refuse unknown, missing and wrongly sized inputs.

    Raises
    ------
    InputMissingError
        If a required input is absent.
    ParameterError
        If one is unknown, does not have the photo's size, or is not finite.
    """
    specs = {spec.name: spec for spec in tool.inputs}
    for name, value in inputs.items():
        if name not in specs:
            known = ", ".join(specs) or "none"
            raise ParameterError(f"{tool.id}: expected inputs out of {known}, got {name!r}; leave it out")
        if specs[name].is_spatial and tuple(value.shape[-2:]) != (height, width):
            got = f"{value.shape[-1]}×{value.shape[-2]}"
            raise ParameterError(f"{tool.id}: expected {name} of {width}×{height} pixels, got {got}; resize it")
        if not _is_finite(value):
            bad = int((~value.isfinite()).sum())
            raise ParameterError(f"{tool.id}: expected finite values in {name}, got {bad} that are NaN or infinite; "
                                 "mend it first")
    for name, spec in specs.items():
        if spec.required and name not in inputs:
            raise InputMissingError(f"{tool.id}: expected the input {name!r} ({spec.help}), got none; give it")


def run_tool(loaded: LoadedTool, source: Source, params: Any, context: RunContext, tile: int | None) -> Result:
    """Run a tool over a source in tiles of edge `tile` (None: whole).

    Returns
    -------
    Result
        Checked: shapes fit and every value is finite. On the context's device when whole, else on the CPU.

    Raises
    ------
    ToolError
        If the tool fails or breaks its contract; out of memory passes as itself, so that the caller can fall back.
    """
    _, _, height, width = source.shape
    check_inputs(loaded.tool, context.inputs, height, width)
    reach = loaded.tool.reach_for(params)
    edge = tile if reach is not None else None
    tiles = plan_tiles(height, width, edge, reach or 0, loaded.tool.align)
    if len(tiles) == 1:
        images = _read(loaded, source, tiles[0], context)
        context = _prepared(loaded, images, params, context)
        return _run_tile(loaded, images, params, context, tiles[0])
    if loaded.prepare is not None:
        whole = plan_tiles(height, width, None, 0)[0]
        context = _prepared(loaded, _read(loaded, source, whole, context), params, context)
    return _run_tiles(loaded, source, params, context, tiles)


def _prepared(loaded: LoadedTool, images: Tensor, params: Any, context: RunContext) -> RunContext:
    """Return the context with what the tool computes of the whole photo."""
    if loaded.prepare is None:
        return context
    told = context.control.part(0.0, 0.0)  # nobody knows its share of the whole: it says what it is at, not how far
    told.progress(0.0, "looking at the whole photo")
    answer = _guarded(loaded, loaded.prepare, images, params, replace(context, control=told))
    return replace(context, prepared=answer)


def _run_tiles(loaded: LoadedTool, source: Source, params: Any, context: RunContext, tiles: list[Tile]) -> Result:
    """Run tile by tile; what is finished moves to the CPU."""
    canvas: _Canvas | None = None
    for index, tile in enumerate(tiles):
        part = context.control.part(index / len(tiles), (index + 1) / len(tiles))
        images = _read(loaded, source, tile, context)
        result = _run_tile(loaded, images, params, replace(context, control=part, streams=[]), tile)
        if canvas is None:
            canvas = _Canvas(loaded.tool, source.shape, result, int(loaded.tool.scale_for(params)))
        canvas.put(tile, result)
        part.progress(1.0)
    assert canvas is not None
    return canvas.result()


def _run_tile(loaded: LoadedTool, images: Tensor, params: Any, context: RunContext, tile: Tile) -> Result:
    specs = {spec.name: spec for spec in loaded.tool.inputs}
    inputs = {
        name: (cut(value, tile) if specs[name].is_spatial else value).to(context.device)
        for name, value in context.inputs.items()
    }
    result: Result = _guarded(loaded, loaded.function, images, params, replace(context, inputs=inputs))
    if loaded.tool.encoding == "linear" and result.image is not None:
        result = replace(result, image=linear_to_srgb(result.image))
    check_result(loaded.tool, result, tuple(images.shape), loaded.tool.scale_for(params))
    return result


def _read(loaded: LoadedTool, source: Source, tile: Tile, context: RunContext) -> Tensor:
    images = source.read(tile, context.device)
    if not _is_finite(images):
        bad = int((~images.isfinite()).sum())
        raise ToolError(
            f"{loaded.tool.id}: expected finite pixels, got {bad} values that are NaN or infinite; mend the photo first"
        )
    return srgb_to_linear(images) if loaded.tool.encoding == "linear" else images


def _guarded(loaded: LoadedTool, function: Function, images: Tensor, params: Any, context: RunContext) -> Any:
    """Call a plugin's function; a fault of its own becomes one sentence with the tool, the size and the cause."""
    try:
        result = function(images, params, context)
    except VerilensError:
        raise
    except (Exception, SystemExit) as error:  # a plugin that wants to leave fails, and takes nobody along
        if is_out_of_memory(error):
            raise
        size = f"{images.shape[-1]}×{images.shape[-2]}"
        raise ToolError(
            f"{loaded.tool.id} failed on {size} pixels: {type(error).__name__}: {error}; report this to its author"
        ) from error
    if function is loaded.function and not isinstance(result, Result):
        raise ToolError(
            f"{loaded.tool.id}: expected its function to return a Result, got {type(result).__name__}; "
            "report this to its author"
        )
    return result


def check_result(tool: Tool, result: Result, shape: tuple[int, ...], scale: int | Fraction) -> None:
    """Hold a tool to its contract.

    Raises
    ------
    ToolError
        If the picture or a map is missing, has another shape than promised, or is not finite.
    """
    n, c, *size = shape
    h, w = (ceil(side * scale) for side in size)
    traits = traits_of(tool.kind)
    if traits.gives_picture and result.image is None:
        raise ToolError(f"{tool.id}: expected a picture, got none; report this to its author")
    if traits.measures and not result.maps:
        raise ToolError(f"{tool.id}: expected at least one map, got none; report this to its author")
    if result.image is not None:
        promised = None if traits.measures else (n, c, h, w)
        _check_values(tool, "picture", result.image, promised)
    extent = tuple(result.image.shape[-2:]) if result.image is not None else (h, w)
    for layer in result.maps:
        _check_values(tool, f"map {layer.name!r}", layer.values, (n, *extent) if layer.is_aligned else None)
    if result.reports and len(result.reports) != n:
        raise ToolError(f"{tool.id}: expected {n} reports, got {len(result.reports)}; report this to its author")


def _check_values(tool: Tool, what: str, values: Tensor, shape: tuple[int, ...] | None) -> None:
    if shape is not None and tuple(values.shape) != shape:
        raise ToolError(
            f"{tool.id}: expected a {what} of shape {shape}, got {tuple(values.shape)}; report this to its author"
        )
    if not _is_finite(values):
        raise ToolError(f"{tool.id}: expected a finite {what}, got NaN or infinity; try milder parameters")


def _is_finite(values: Tensor) -> bool:
    """Return whether all are numbers: NaN and infinity show in the extremes, found in one pass without a copy."""
    if values.numel() == 0:
        return True
    low, high = values.detach().aminmax()
    return bool(low.isfinite() & high.isfinite())


class _Canvas:
    """Puts the tiles' pictures and maps together on the CPU."""

    def __init__(self, tool: Tool, shape: tuple[int, int, int, int], first: Result, scale: int) -> None:
        import torch

        if any(not layer.is_aligned for layer in first.maps):
            raise ToolError(f"{tool.id}: expected maps of the photo's size from tiles; report this to its author")
        n, c, h, w = shape
        self._scale = scale
        self._first = first
        self._image = torch.empty((n, c, h * scale, w * scale)) if first.image is not None else None
        self._maps = [torch.empty((n, h * scale, w * scale)) for _ in first.maps]

    def put(self, tile: Tile, result: Result) -> None:
        """Copy a tile's core into place."""
        rows, columns = tile.crop(self._scale)
        to_rows, to_columns = tile.place(self._scale)
        if self._image is not None and result.image is not None:
            self._image[..., to_rows, to_columns] = result.image[..., rows, columns]
        for whole, layer in zip(self._maps, result.maps, strict=True):
            whole[..., to_rows, to_columns] = layer.values[..., rows, columns]

    def result(self) -> Result:
        """Return the whole; reports and artifacts are the first tile's."""
        maps: list[Map] = [
            replace(layer, values=whole) for layer, whole in zip(self._first.maps, self._maps, strict=True)
        ]
        return replace(self._first, image=self._image, maps=maps)
