"""A blur kernel that is drawn or made: a small grid of weights. Without Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from desktop_app.api.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    Kernel = NDArray[np.float32]

LARGEST = 151  # pixels: what can be drawn by hand, and seen
Shape = Literal["motion", "defocus", "gaussian"]
_RIM = 0.5  # the share of a dab that falls on each of the four neighbours


def empty_kernel(side: int) -> Kernel:
    """Return a kernel of an odd side without any weight."""
    import numpy as np

    side |= 1
    return np.zeros((side, side), np.float32)


def dabbed(kernel: Kernel, row: int, column: int, *, erases: bool = False) -> Kernel:
    """Return a kernel with weight added at a pixel, and half of it beside; or taken away."""
    touched = kernel.copy()
    for down, across, share in ((0, 0, 1.0), (-1, 0, _RIM), (1, 0, _RIM), (0, -1, _RIM), (0, 1, _RIM)):
        y, x = row + down, column + across
        if 0 <= y < kernel.shape[0] and 0 <= x < kernel.shape[1]:
            touched[y, x] = 0.0 if erases and share == 1.0 else touched[y, x] if erases else max(touched[y, x], share)
    return touched


def framed(kernel: Kernel, side: int) -> Kernel:
    """Return a kernel in a square of another odd side, its middle in the middle; what lies outside is cut off."""
    target = empty_kernel(side)
    spans = []
    for old, new in zip(kernel.shape, target.shape, strict=True):
        kept = min(old, new)
        spans.append((slice(old // 2 - kept // 2, old // 2 - kept // 2 + kept),
                      slice(new // 2 - kept // 2, new // 2 - kept // 2 + kept)))  # fmt: skip
    target[spans[0][1], spans[1][1]] = kernel[spans[0][0], spans[1][0]]
    return target


def made(shape: Shape, size: float, angle: float) -> Kernel:
    """Return the kernel of a straight motion, a lens out of focus, or a soft blur; imports torch, takes a moment."""
    from desktop_app.numerics import kernels

    makers: dict[str, Any] = {
        "motion": lambda: kernels.motion_kernel(size, angle),
        "defocus": lambda: kernels.defocus_kernel(size),
        "gaussian": lambda: kernels.gaussian_kernel(size),
    }
    return drawable(makers[shape]().numpy())


def read_kernel(path: Path) -> Kernel:
    """Read a kernel from a picture.

    Raises
    ------
    InputError
        If it cannot be read, or is too large to be drawn.
    """
    from desktop_app.core.imaging.files import open_photo

    planes = open_photo(path).raster.planes()
    if max(planes.shape[1:]) > LARGEST:
        size = f"{planes.shape[2]}×{planes.shape[1]}"
        raise InputError(
            f"expected a kernel of at most {LARGEST}×{LARGEST} pixels, got {size}; choose a kernel's picture"
        )
    return drawable(planes.mean(axis=0))


def drawable(values: NDArray[Any]) -> Kernel:
    """Return the first of float kernels ``(…, h, w)`` on a square of odd side, its largest weight 1."""
    import numpy as np

    plane = np.asarray(values, np.float32).reshape(-1, *values.shape[-2:])[0]
    top = float(plane.max())
    return framed(plane / np.float32(top) if top > 0 else plane, max(plane.shape) | 1)


def problem(kernel: Kernel) -> str:
    """Return what keeps a kernel from being used, or nothing."""
    return "" if float(kernel.sum()) > 0 else "The kernel has no weight; draw where a point of light went."
