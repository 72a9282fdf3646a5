"""Run one tool over one source: prepare, cut, call, check, and put together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from desktop_app.api.errors import Cancelled, MissingValuesError, VerilensError
from desktop_app.core.faults import is_out_of_memory, one_line
from desktop_app.core.jobs.handed import Passage, passage
from desktop_app.core.jobs.loaded import Function, LoadedTool, check_inputs, is_finite, sizes_of
from desktop_app.core.jobs.mosaic import Mosaic
from desktop_app.core.jobs.request import FILL
from desktop_app.core.jobs.result_contract import checked
from desktop_app.core.jobs.source import Source, cut
from desktop_app.core.jobs.tiling import Tile, plan_tiles

if TYPE_CHECKING:
    from torch import Tensor

    from desktop_app.api.results import Result
    from desktop_app.core.jobs.context import RunContext


def run_tool(loaded: LoadedTool, source: Source, params: Any, context: RunContext, tile: int | None) -> Result:
    """Run a tool over a source in tiles of edge `tile` (None: whole).

    Returns
    -------
    Result
        Held to its contract. On the context's device when whole, else on the CPU.

    Raises
    ------
    ToolError
        If the tool fails or breaks its contract; out of memory passes as itself, so that the caller can fall back.
    """
    _, _, height, width = source.shape
    check_inputs(loaded.tool, context.inputs, height, width)
    sizes = sizes_of(loaded.tool, params, loaded.plugin)
    edge = tile if sizes.reach is not None else None
    tiles = plan_tiles(height, width, edge, sizes.reach or 0, sizes.align)
    way = passage(loaded.tool.encoding, context.space)
    context = replace(context, space=way.wanted)
    if len(tiles) == 1:
        own, images = _read(loaded, source, tiles[0], context, way)
        context = _prepared(loaded, images, params, context)
        return _back(way, _run_tile(loaded, images, params, context, tiles[0]), own, images)
    if loaded.prepare is not None:
        whole = plan_tiles(height, width, None, 0)[0]
        context = _prepared(loaded, _read(loaded, source, whole, context, way)[1], params, context)
    mosaic = Mosaic(loaded, source.shape, sizes.scale)
    for index, one in enumerate(tiles):
        part = context.control.part(index / len(tiles), (index + 1) / len(tiles))
        own, images = _read(loaded, source, one, context, way)
        made = _run_tile(loaded, images, params, replace(context, control=part, streams=[]), one)
        mosaic.put(one, _back(way, made, own, images))
        part.progress(1.0)
    return mosaic.result()


def _prepared(loaded: LoadedTool, images: Tensor, params: Any, context: RunContext) -> RunContext:
    """Return the context with what the tool computes of the whole photo."""
    if loaded.prepare is None:
        return context
    told = context.control.part(0.0, 1.0)
    told.progress(0.0, "looking at the whole photo")
    answer = _guarded(loaded, loaded.prepare, images, params, replace(context, control=told))
    return replace(context, prepared=answer, control=context.control.part(told.done, 1.0))


def _run_tile(loaded: LoadedTool, images: Tensor, params: Any, context: RunContext, tile: Tile) -> Result:
    specs = {spec.name: spec for spec in loaded.tool.inputs}
    inputs = {
        name: (cut(value, tile) if specs[name].is_spatial else value).to(context.device)
        for name, value in context.inputs.items()
    }
    mask = None if context.mask is None else cut(context.mask, tile)
    answer = _guarded(loaded, loaded.function, images, params, replace(context, inputs=inputs, mask=mask))
    return checked(loaded, answer, images, sizes_of(loaded.tool, params, loaded.plugin))


def _back(way: Passage, result: Result, own: Tensor, images: Tensor) -> Result:
    """Return a tile's result with its picture in the photo's own numbers."""
    return result if result.image is None else replace(result, image=way.back(result.image, own, images))


def _read(
    loaded: LoadedTool, source: Source, tile: Tile, context: RunContext, way: Passage
) -> tuple[Tensor, Tensor]:
    """Return a tile's own numbers, and those that the tool is handed."""
    images = source.read(tile, context.device)
    if not loaded.tool.takes_missing and not is_finite(images):
        bad = int((~images.isfinite()).sum())
        raise MissingValuesError(
            f"{loaded.tool.id}: expected finite pixels, got {bad} values that are NaN or infinite; fill them from "
            f"their neighbours first ({FILL})"
        )
    return images, way.into(images)


def _guarded(loaded: LoadedTool, function: Function, images: Tensor, params: Any, context: RunContext) -> Any:
    """Call a plugin's function; a fault of its own becomes one sentence with tool, plugin, size and cause.

    What it says in an error of ours passes as it is, but for a cancellation that nobody asked for.
    """
    try:
        return function(images, params, context)
    except BaseException as error:  # a plugin may raise anything, and takes nobody along
        if isinstance(error, (Cancelled, KeyboardInterrupt)):
            context.control.check()
        elif isinstance(error, VerilensError) or is_out_of_memory(error):
            raise
        size = f"{images.shape[-1]}×{images.shape[-2]}"
        raise loaded.fault(f"its function to work on {size} pixels", one_line(error)) from error
