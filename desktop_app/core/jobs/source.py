"""Where tiles are read from: rasters in their files' depth, or a batch of tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from desktop_app.core.imaging.raster import Raster
    from desktop_app.core.jobs.tiling import Tile


class Source(Protocol):
    """Anything that float32 tiles ``(N, C, h, w)`` can be read from."""

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """``(N, C, H, W)`` of the whole."""

    def read(self, tile: Tile, device: torch.device) -> Tensor:
        """Return the tile's padded region on a device, ``(N, C, h, w)`` float32."""


class RasterSource:
    """Reads from rasters; only the tile that is read becomes float32.

    Parameters
    ----------
    rasters : sequence of Raster
        Pictures of one size, each of any depth.
    is_clipped : bool
        Whether values are clipped to [0, 1], as an attack wants them.
    """

    def __init__(self, rasters: Sequence[Raster], *, is_clipped: bool = False) -> None:
        self._rasters = rasters
        self._is_clipped = is_clipped

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """``(N, C, H, W)``."""
        first = self._rasters[0]
        return len(self._rasters), first.channels, first.height, first.width

    def read(self, tile: Tile, device: torch.device) -> Tensor:
        """Return the padded region as ``(N, C, h, w)``, nominally in [0, 1]."""
        import torch

        region = (tile.read_top, tile.read_left, tile.read_height, tile.read_width)
        planes = [torch.from_numpy(raster.planes(*region)) for raster in self._rasters]
        images = (torch.stack(planes) if len(planes) > 1 else planes[0][None]).to(device)
        return images.clamp_(0.0, 1.0) if self._is_clipped else images


class TensorSource:
    """Reads from a batch ``(N, C, H, W)`` float32 that is in memory; gradients flow through."""

    def __init__(self, images: Tensor) -> None:
        self._images = images

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """``(N, C, H, W)``."""
        n, c, h, w = self._images.shape
        return n, c, h, w

    def read(self, tile: Tile, device: torch.device) -> Tensor:
        """Return the padded region of every sample, ``(N, C, h, w)`` float32."""
        return cut(self._images, tile).to(device)


def cut(images: Tensor, tile: Tile) -> Tensor:
    """Return a tile's padded region of a batch ``(N, C, H, W)`` of any dtype, as a view."""
    rows = slice(tile.read_top, tile.read_top + tile.read_height)
    return images[..., rows, tile.read_left : tile.read_left + tile.read_width]
