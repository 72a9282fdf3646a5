"""The whole, put together of what a tool made of the tiles."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

from desktop_app.api.results import Result

if TYPE_CHECKING:
    from fractions import Fraction

    from torch import Tensor

    from desktop_app.core.jobs.loaded import LoadedTool
    from desktop_app.core.jobs.tiling import Tile


class Mosaic:
    """Pictures and maps of the whole on the CPU, filled tile by tile.

    Parameters
    ----------
    loaded : LoadedTool
        The tool whose results come in.
    shape : tuple of int
        ``(N, C, H, W)`` of the input.
    scale : Fraction
        Size of the output over that of the input.
    """

    def __init__(self, loaded: LoadedTool, shape: tuple[int, int, int, int], scale: Fraction) -> None:
        self._loaded = loaded
        self._shape = shape
        self._scale = scale
        self._first: Result | None = None
        self._whole: list[Tensor] = []

    def put(self, tile: Tile, result: Result) -> None:
        """Copy a tile's core into place.

        Raises
        ------
        ToolError
            If its maps have not the photo's size, or are others than the first tile's.
        """
        if self._first is None:
            self._begin(result)
        if _names(result) != _names(self._first):
            raise self._loaded.fault(f"the same parts of every tile ({_names(self._first)})", _names(result))
        rows, columns = tile.crop(self._scale)
        to_rows, to_columns = tile.place(self._scale)
        for whole, part in zip(self._whole, _parts(result), strict=True):
            whole[..., to_rows, to_columns] = part[..., rows, columns]

    def _begin(self, first: Result) -> None:
        import torch

        if any(not layer.is_aligned for layer in first.maps):
            raise self._loaded.fault("maps of the photo's size from tiles", "one that is not aligned")
        size = [ceil(side * self._scale) for side in self._shape[-2:]]
        self._first = first
        self._whole = [torch.empty((*part.shape[:-2], *size), dtype=torch.float32) for part in _parts(first)]

    def result(self) -> Result:
        """Return the whole; reports and artifacts are the first tile's."""
        assert self._first is not None  # there is no photo without a tile
        whole = iter(self._whole)
        image = None if self._first.image is None else next(whole)
        maps = [replace(layer, values=next(whole)) for layer in self._first.maps]
        artifacts = {name: values.cpu() for name, values in self._first.artifacts.items()}
        return replace(self._first, image=image, maps=maps, artifacts=artifacts)


def _parts(result: Result) -> list[Tensor]:
    """Return the picture, if there is one, and the maps' values."""
    return [*([] if result.image is None else [result.image]), *(layer.values for layer in result.maps)]


def _names(result: Result | None) -> str:
    if result is None:
        return ""
    return ", ".join([*([] if result.image is None else ["picture"]), *(layer.name for layer in result.maps)])
