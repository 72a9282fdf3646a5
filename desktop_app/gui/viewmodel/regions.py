"""What a mask can take in at once: an ellipse, a colour, where a map is high. Arrays in, arrays out, without Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Joint = Literal["add", "subtract", "intersect"]
"""What becomes of what a mask had: more is taken in, it is left out of it, or only what lies in both stays."""


@dataclass(frozen=True)
class ColourRange:
    """How far a colour may lie from the one that was pointed at, in 8-bit levels, and over how many more it fades."""

    tolerance: int = 24
    softness: int = 16


def joined(base: NDArray[np.uint8], values: NDArray[np.uint8], how: Joint) -> NDArray[np.uint8]:
    """Return a mask with another one added to it, taken out of it, or cut to it; ``(H, W)`` uint8 each."""
    import numpy as np

    if how == "add":
        return np.maximum(base, values)
    return np.minimum(base, 255 - values if how == "subtract" else values)


def ellipse(
    size: tuple[int, int], start: tuple[float, float], end: tuple[float, float], hardness: float
) -> NDArray[np.uint8]:
    """Return a mask ``(H, W)`` uint8 of the ellipse in a rectangle between two corners.

    Parameters
    ----------
    size : tuple of int
        Width and height in pixels.
    start, end : tuple of float
        Opposite corners of the rectangle.
    hardness : float
        In [0, 1]: 1 has a sharp rim, 0 fades from the middle on.
    """
    import numpy as np

    radii = [max(abs(one - other) / 2, 0.5) for one, other in zip(start, end, strict=True)]
    x, y = (
        (np.arange(side, dtype=np.float32) + 0.5 - (one + other) / 2) / radius
        for side, one, other, radius in zip(size, start, end, radii, strict=True)
    )
    distance = np.sqrt(x[None, :] ** 2 + y[:, None] ** 2)
    rim = max(1.0 - hardness, 1.0 / min(radii))
    return _as_levels((1.0 - distance) / rim + (0.5 if rim * min(radii) <= 1.0 else 0.0))


def of_colour(pixels: NDArray[np.uint8], x: int, y: int, wanted: ColourRange) -> NDArray[np.uint8]:
    """Return a mask ``(H, W)`` uint8 of where a picture ``(H, W, C)`` uint8 has about the colour of one of its pixels.

    Colours are compared by their two differences from luma (Cb and Cr of ITU-R BT.601), in 8-bit levels, so that light
    and shade on a thing do not count; of a grey picture, tones are compared.
    """
    import numpy as np

    planes = _chroma(pixels)
    around = planes[:, max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
    middle = np.median(around.reshape(len(planes), -1), axis=1).astype(np.float32)
    distance = np.sqrt(sum((plane - one) ** 2 for plane, one in zip(planes, middle, strict=True)))
    return _as_levels(1.0 - (distance - wanted.tolerance) / (wanted.softness + 1))


def of_map(values: NDArray[np.float32], percent: float, softness: float = 0.1) -> NDArray[np.uint8]:
    """Return a mask ``(H, W)`` uint8 of the share of the pixels where a map ``(H, W)`` is highest.

    Parameters
    ----------
    values : ndarray
        The map; what is no number is left out.
    percent : float
        The share that is taken in, in percent.
    softness : float
        Over which share of the map's range below that the mask fades.
    """
    import numpy as np

    known = np.isfinite(values)
    if not known.any():
        return np.zeros(values.shape, np.uint8)
    low, edge = np.percentile(values[known], [0.0, 100.0 - percent])
    high = values[known].max()
    if high <= low:
        return np.zeros(values.shape, np.uint8)
    rim = max(softness * (high - low), 1e-12)
    return _as_levels(np.where(known, 1.0 - (edge - np.where(known, values, low)) / rim, 0.0))


def feathered(mask: NDArray[np.uint8], radius: float) -> NDArray[np.uint8]:
    """Return a mask ``(H, W)`` uint8 with its rim softened over some pixels: three means, near to a Gaussian."""
    import numpy as np

    reach = max(round(radius / 2), 1)
    soft = mask.astype(np.float32)
    for _ in range(3):
        soft = _mean(_mean(soft, reach).T, reach).T
    values: NDArray[np.uint8] = np.rint(soft.clip(0.0, 255.0)).astype(np.uint8)
    return values


def _mean(values: NDArray[np.float32], reach: int) -> NDArray[np.float32]:
    """Return the mean over so many rows above and below each, edges repeated."""
    import numpy as np

    sums = np.cumsum(np.pad(values, ((reach + 1, reach), (0, 0)), mode="edge"), axis=0, dtype=np.float64)
    mean: NDArray[np.float32] = ((sums[2 * reach + 1 :] - sums[: -2 * reach - 1]) / (2 * reach + 1)).astype(np.float32)
    return mean


def _chroma(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    import numpy as np

    if pixels.shape[2] == 1:
        return np.moveaxis(pixels, 2, 0).astype(np.float32)
    red, green, blue = (pixels[..., channel].astype(np.float32) for channel in range(3))
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return np.stack([0.564 * (blue - luma), 0.713 * (red - luma)])


def _as_levels(share: NDArray[Any]) -> NDArray[np.uint8]:
    import numpy as np

    levels: NDArray[np.uint8] = np.rint(255.0 * np.clip(share, 0.0, 1.0)).astype(np.uint8)
    return levels
