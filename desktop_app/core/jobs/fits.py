"""What fits into memory, as it was forecast and as it was found: remembered for an engine's life."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from desktop_app.core.jobs.devices import resolve_device
from desktop_app.core.jobs.handed import passage
from desktop_app.core.jobs.loaded import Sizes
from desktop_app.core.jobs.memory import Forecast, forecast, free_bytes
from desktop_app.core.jobs.request import ToolRequest
from desktop_app.core.jobs.stack import Job
from desktop_app.core.jobs.tiling import tile_edge

if TYPE_CHECKING:
    from desktop_app.api.descriptors import Tool
    from desktop_app.core.imaging.photo_space import PhotoSpace

_Memory = tuple[str, str | None, str]  # tool, model and kind of device, of which it is remembered what fitted


class Fits:
    """How much of a photo, and how many photos, go at a time."""

    def __init__(self) -> None:
        self._tile: dict[_Memory, int] = {}
        self._pixels: dict[_Memory, int] = {}

    def plan(
        self, tool: Tool, request: ToolRequest, sizes: Sizes, shape: tuple[int, ...], space: PhotoSpace
    ) -> Forecast:
        """Return the memory and the tiles for photos ``(N, C, H, W)`` of a space; a tile that once fitted is taken."""
        n, channels, height, width = shape
        device, is_fixed = resolve_device(request.device), request.tile != "auto"
        pictures = tool.memory + passage(tool.encoding, space).pictures_beside
        known = self._tile.get(_key(tool.id, request))
        return forecast(
            height, width, channels * n, reach=sizes.reach, extent=sizes.extent(height, width), memory=pictures,
            free=free_bytes(device), tile=tile_edge(request.tile) if is_fixed else known,
            is_tile_fixed=is_fixed or known is not None,
        )

    def is_too_much(self, job: Job) -> bool:
        """Whether fewer photos at a time are wise: tiles are for a photo that does not even fit alone."""
        n, _, height, width = job.shape
        plan = self.plan(job.tool, job.request, job.sizes, job.shape, job.space)
        wants_tiles = job.request.tile == "auto" and plan.tile is not None and plan.tile < max(height, width)
        most = self._pixels.get(_key(job.tool.id, job.request), 1 << 62)
        return not plan.fits or wants_tiles or n * height * width > most

    def ran_out(self, job: Job) -> Job:
        """Remember that memory ran out for so many photos together; return the job with a note of it."""
        n, _, height, width = job.shape
        self._pixels[_key(job.tool.id, job.request)] = n // 2 * height * width
        note = f"Memory ran out for {n} photos at a time, so it went on with fewer."
        return replace(job, notes=(*job.notes, note))

    def fitted(self, job: Job, tile: int) -> None:
        """Remember the side of the tiles with which a photo went that had not gone otherwise."""
        self._tile[_key(job.tool.id, job.request)] = tile


def _key(tool_id: str, request: ToolRequest) -> _Memory:
    return tool_id, request.model, resolve_device(request.device).type
