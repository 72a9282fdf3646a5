"""Masks and kernels that were made in the program, kept as files so that a step can be done again."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app.core.settings import data_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from desktop_app.core.imaging.raster import Depth

AREA = "area"
"""The name under which a step's record keeps the mask inside of which it was applied."""


def inputs_folder() -> Path:
    """Return the folder of kept masks and kernels."""
    folder = data_folder() / "inputs"
    folder.mkdir(exist_ok=True)
    return folder


def keep_mask(values: NDArray[np.uint8], folder: Path | None = None) -> Path:
    """Write a mask ``(H, W)``, 255 inside, as a PNG that is named by its content, and return its path."""
    return _keep(values[..., None], "mask.png", "8", folder or inputs_folder())


def keep_kernel(values: NDArray[np.float32], folder: Path | None = None) -> Path:
    """Write a kernel ``(h, w)`` as a 32-bit TIFF that is named by its content, and return its path."""
    return _keep(values.astype("float32")[..., None], "kernel.tif", "32f", folder or inputs_folder())


def kept_kernels(folder: Path | None = None) -> list[Path]:
    """Return the kept kernels, the newest first."""
    found = (folder or inputs_folder()).glob("kernel-*.tif")
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


def _keep(pixels: NDArray[Any], name: str, depth: Depth, folder: Path) -> Path:
    from desktop_app.core.imaging.files import save_photo
    from desktop_app.core.imaging.metadata import Metadata
    from desktop_app.core.imaging.raster import Raster

    digest = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()[:16]
    kind, _, suffix = name.partition(".")
    path = folder / f"{kind}-{digest}.{suffix}"
    if not path.exists():
        save_photo(path, Raster(pixels), Metadata(), depth=depth)
    return path
