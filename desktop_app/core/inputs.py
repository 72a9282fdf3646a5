"""A step's further inputs, so that it can be done again: files of what was made here, copies in the document.

A record names every input's file. Files move and change, so the document has each input's values as an artifact too:
a project that is opened elsewhere has its masks and kernels with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app.core.private import private_file, private_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from desktop_app.core.document.document import Document
    from desktop_app.core.imaging.raster import Depth

    Planes = NDArray[np.float32]

AREA = "area"
"""The name under which a step's record keeps the mask inside of which it was applied."""

_ARTIFACT = "input:"  # followed by the input's name


def as_artifacts(inputs: Mapping[str, Planes]) -> dict[str, Planes]:
    """Return inputs ``(C, H, W)`` under the names by which a document keeps them as a state's artifacts."""
    return {f"{_ARTIFACT}{name}": values for name, values in inputs.items()}


def inputs_of(document: Document, state: str, folder: Path) -> dict[str, str]:
    """Return the files of a step's further inputs by name; one that is gone is written again from the document.

    `folder`, here and below, is that of kept masks and kernels: made when missing, and the user's alone.
    """
    record = document.states[state].record
    if record is None:
        return {}
    copies = set(document.states[state].artifacts)
    return {
        name: path if Path(path).is_file() or f"{_ARTIFACT}{name}" not in copies
        else str(_keep_again(name, document.artifact(state, f"{_ARTIFACT}{name}"), folder))
        for name, path in record.inputs.items()
    }  # fmt: skip


def _keep_again(name: str, values: Planes, folder: Path) -> Path:
    """Write an input ``(C, H, W)`` to a file: in 8 bits where that keeps it, else as it is."""
    import numpy as np

    from desktop_app.core.imaging.raster import Raster, convert_depth

    pixels: NDArray[Any] = np.ascontiguousarray(values.transpose(1, 2, 0))
    levels = convert_depth(pixels, "8")
    if np.allclose(Raster(levels).planes(), values, rtol=0, atol=1e-6):
        return _keep(levels, f"{name}.png", "8", folder)
    return _keep(pixels, f"{name}.tif", "32f", folder)


def keep_mask(values: NDArray[np.uint8], folder: Path) -> Path:
    """Write a mask ``(H, W)``, 255 inside, as a PNG that is named by its content, and return its path."""
    return _keep(values[..., None], "mask.png", "8", folder)


def keep_kernel(values: NDArray[np.float32], folder: Path) -> Path:
    """Write a kernel ``(h, w)`` as a 32-bit TIFF that is named by its content, and return its path."""
    return _keep(values.astype("float32")[..., None], "kernel.tif", "32f", folder)


def kept_kernels(folder: Path) -> list[Path]:
    """Return the kept kernels, the newest first."""
    found = folder.glob("kernel-*.tif")
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


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
