"""Files of what was made here for a tool, named by their content: masks and kernels."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app.core.private import private_file, private_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from desktop_app.core.imaging.raster import Depth

    Planes = NDArray[np.float32]


def keep_again(name: str, values: Planes, folder: Path) -> Path:
    """Write an input ``(C, H, W)`` float32 to a file of the folder: in 8 bits where that keeps it, else as it is."""
    import numpy as np

    from desktop_app.core.imaging.raster import Raster, convert_depth

    pixels: NDArray[Any] = np.ascontiguousarray(values.transpose(1, 2, 0))
    levels = convert_depth(pixels, "8")
    if np.allclose(Raster(levels).planes(), values, rtol=0, atol=1e-6):
        return _keep(levels, f"{name}.png", "8", folder)
    return _keep(pixels, f"{name}.tif", "32f", folder)


def keep_mask(values: NDArray[np.uint8], folder: Path) -> Path:
    """Write a mask ``(H, W)`` uint8, 255 inside, as a PNG of the folder, and return its path."""
    return _keep(values[..., None], "mask.png", "8", folder)


def keep_kernel(values: NDArray[np.float32], folder: Path) -> Path:
    """Write a kernel ``(h, w)`` float32 as a 32-bit TIFF of the folder, and return its path."""
    return _keep(values.astype("float32")[..., None], "kernel.tif", "32f", folder)


def kept_kernels(folder: Path) -> list[Path]:
    """Return the folder's kernels, the newest first."""
    return sorted(folder.glob("kernel-*.tif"), key=lambda path: path.stat().st_mtime, reverse=True)


def _keep(pixels: NDArray[Any], name: str, depth: Depth, folder: Path) -> Path:
    from desktop_app.core.imaging.files import save_photo
    from desktop_app.core.imaging.metadata import Metadata
    from desktop_app.core.imaging.raster import Raster

    digest = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()[:16]
    kind, _, suffix = name.partition(".")
    path = private_folder(folder) / f"{kind}-{digest}.{suffix}"
    if not path.exists():
        save_photo(path, Raster(pixels), Metadata(), depth=depth)
    return private_file(path)
