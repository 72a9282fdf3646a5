"""Pixels in memory: as the file has them, turned to float32 planes only where a tool looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Depth = Literal["8", "16", "32f"]
_FULL_SCALE: dict[str, float] = {"uint8": 255.0, "uint16": 65535.0}
_DEPTHS: dict[str, Depth] = {"uint8": "8", "uint16": "16", "float32": "32f"}
_BLOCK = 1 << 18  # values that are converted at a time: what fits the cache


@dataclass(frozen=True, eq=False)
class Raster:
    """A picture's pixels in the file's own encoded grey or RGB.

    Parameters
    ----------
    pixels : ndarray
        ``(H, W, C)``, C-contiguous, C 1 or 3; uint8, uint16 (full scale 65535) or float32 (nominally [0, 1]).
        Treated as read-only: states share it.
    alpha : ndarray, optional
        ``(H, W)`` of the same dtype; tools never see it.
    """

    pixels: NDArray[np.generic]
    alpha: NDArray[np.generic] | None = None

    def __post_init__(self) -> None:
        shape, dtype = self.pixels.shape, self.pixels.dtype.name
        if len(shape) != 3 or shape[2] not in (1, 3) or dtype not in _DEPTHS or 0 in shape:
            raise ValueError(f"expected (H, W, 1 or 3) uint8, uint16 or float32 pixels, got {shape} {dtype}")
        if self.alpha is not None and (self.alpha.shape != shape[:2] or self.alpha.dtype != self.pixels.dtype):
            raise ValueError(f"expected alpha {shape[:2]} {dtype}, got {self.alpha.shape} {self.alpha.dtype}")

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.pixels.shape[1])

    @property
    def channels(self) -> int:
        """1 (grey) or 3 (RGB)."""
        return int(self.pixels.shape[2])

    @property
    def depth(self) -> Depth:
        """Bits per value: ``"8"``, ``"16"`` or ``"32f"``."""
        return _DEPTHS[self.pixels.dtype.name]

    def planes(
        self, top: int = 0, left: int = 0, height: int | None = None, width: int | None = None
    ) -> NDArray[np.float32]:
        """Return a region as a new ``(C, h, w)`` float32 array, nominally in [0, 1]."""
        bottom = self.height if height is None else top + height
        right = self.width if width is None else left + width
        region = self.pixels[top:bottom, left:right].transpose(2, 0, 1)
        planes = np.empty(region.shape, np.float32)
        scale = _FULL_SCALE.get(self.pixels.dtype.name)
        if scale is None:
            planes[...] = region
        else:
            np.divide(region, np.float32(scale), out=planes, casting="unsafe")
        return planes


def from_planes(
    planes: NDArray[np.float32], alpha: NDArray[np.generic] | None = None, *, exact_16: bool = True
) -> Raster:
    """Return a raster of float32 planes, in the depth in which a document keeps them.

    Parameters
    ----------
    planes : ndarray
        ``(C, H, W)`` float32.
    alpha : ndarray, optional
        ``(H, W)`` of any of the three depths; converted to the pixels' depth.
    exact_16 : bool
        Whether the source has at most 16 bits: then values that all lie in [0, 1] are kept as uint16, rounded, and as
        uint8 where they are exactly those of 8 bits (a photo that was only turned), so that nothing is lost.
    """
    if exact_16 and (alpha is None or alpha.dtype == np.uint8) and (exact := _exact_bytes(planes)) is not None:
        return Raster(exact, alpha)
    fits = exact_16 and float(planes.min()) >= 0.0 and float(planes.max()) <= 1.0
    pixels: NDArray[np.generic] = np.empty((*planes.shape[1:], planes.shape[0]), np.uint16 if fits else np.float32)
    for channel, plane in enumerate(planes):
        pixels[..., channel] = np.rint(plane * np.float32(65535.0)) if fits else plane
    return Raster(pixels, None if alpha is None else convert_depth(alpha, _DEPTHS[pixels.dtype.name]))


def _exact_bytes(planes: NDArray[np.float32]) -> NDArray[np.uint8] | None:
    """Return ``(H, W, C)`` of which `Raster.planes` would make exactly these; None where there is none."""
    pixels = np.empty((*planes.shape[1:], planes.shape[0]), np.uint8)
    rows = max(1, _BLOCK // planes.shape[2])
    for channel, plane in enumerate(planes):
        for top in range(0, planes.shape[1], rows):
            part = plane[top : top + rows]
            levels = np.rint(part * np.float32(255.0))
            is_exact = (part == levels / np.float32(255.0)).all()
            if not is_exact or levels.min() < 0.0 or levels.max() > 255.0:
                return None
            pixels[top : top + rows, :, channel] = levels
    return pixels


def widened(raster: Raster) -> Raster:
    """Return a raster of 8 bits in 16, so that what is computed of it is not rounded to 8; another one as it is."""
    if raster.depth != "8":
        return raster
    alpha = None if raster.alpha is None else convert_depth(raster.alpha, "16")
    return Raster(convert_depth(raster.pixels, "16"), alpha)


def convert_depth(values: NDArray[np.generic], depth: Depth) -> NDArray[np.generic]:
    """Return values in another depth.

    Integers are rounded (not truncated) and clipped, and NaN becomes 0; values that have the depth already are returned
    as they are.

    Parameters
    ----------
    values : ndarray
        ``(H, …)`` of any of the three depths: uint8, uint16 or float32.
    depth : Depth
        The depth to return them in.
    """
    name = next(dtype for dtype, known in _DEPTHS.items() if known == depth)
    if values.dtype.name == name:
        return values
    converted: NDArray[np.generic] = np.empty(values.shape, name)
    before, after = (_FULL_SCALE.get(one, 1.0) for one in (values.dtype.name, name))
    rows = max(1, _BLOCK * len(values) // max(1, values.size))
    for top in range(0, len(values), rows):
        converted[top : top + rows] = _scaled(values[top : top + rows], before, after, name)
    return converted


def _scaled(values: NDArray[np.generic], before: float, after: float, name: str) -> NDArray[np.generic]:
    scaled = values.astype(np.float32)
    if name == "float32":  # divided, so that it is what everybody else makes of these integers, to the last bit
        scaled /= np.float32(before)
        return scaled
    scaled *= np.float32(after / before)
    np.clip(np.rint(scaled, out=scaled), 0.0, _FULL_SCALE[name], out=scaled)
    return np.nan_to_num(scaled, copy=False, nan=0.0).astype(name)
