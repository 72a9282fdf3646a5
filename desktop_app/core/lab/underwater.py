"""UIQM and UCIQE: how good an underwater photo looks, without a reference."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from desktop_app.api.errors import ParameterError
from desktop_app.core.imaging.colour import srgb_to_linear

BLOCK = 10  # pixels, the side of the blocks in which contrast is measured
_TRIMMED = 0.1  # share left out at either end of the colours
_LUMA = (0.299, 0.587, 0.114)
_TO_XYZ = np.array(  # IEC 61966-2-1, divided by the white point D65
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float32
) / np.array([[0.9505], [1.0], [1.089]], np.float32)

Planes = NDArray[np.float32]


def uiqm(picture: Planes) -> float:
    """Say how good an underwater photo looks by its colours, sharpness and contrast; higher is better.

    Parameters
    ----------
    picture : ndarray
        ``(3, H, W)`` float32, nominally in [0, 1], H and W at least 10; clipped to [0, 1].

    Returns
    -------
    float
        Without unit; most photos lie between 0 and 5.

    Raises
    ------
    ParameterError
        If it is grey or smaller than a block.

    Notes
    -----
    Panetta, Gao, Agaian, "Human-visual-system-inspired underwater image quality measures", IEEE J. Oceanic Engineering
    41(3), 2016, doi:10.1109/JOE.2015.2469915, equation 15. As in the programs that published tables come from, contrast
    is in ordinary arithmetic rather than the paper's logarithmic one, and blocks are 10×10.
    """
    _require_colour(picture, "UIQM", BLOCK)
    levels = np.clip(picture, 0.0, 1.0) * np.float32(255.0)
    return 0.0282 * _colourfulness(levels) + 0.2953 * _sharpness(levels) + 3.5753 * _contrast(levels)


def uciqe(picture: Planes) -> float:
    """Say how good an underwater photo looks by spread of colours, contrast and saturation; higher is better.

    Parameters
    ----------
    picture : ndarray
        ``(3, H, W)`` float32, nominally in [0, 1]; clipped to [0, 1].

    Returns
    -------
    float
        Without unit; most photos lie between 0.3 and 0.7.

    Raises
    ------
    ParameterError
        If it is grey.

    Notes
    -----
    Yang, Sowmya, "An underwater color image quality evaluation metric", IEEE TIP 24(12), 2015,
    doi:10.1109/TIP.2015.2491020, equation 9. Lightness and chroma of CIELAB (D65) are divided by 100; saturation is
    chroma over the root of the sum of both squares.
    """
    _require_colour(picture, "UCIQE", 1)
    lightness, chroma = _lightness_and_chroma(np.clip(picture, 0.0, 1.0))
    low, high = np.percentile(lightness, (1, 99))
    length = np.hypot(chroma, lightness)
    saturation = np.divide(chroma, length, out=np.zeros_like(chroma), where=length > 0)
    spread, mean = chroma.std(dtype=np.float64), saturation.mean(dtype=np.float64)
    return float(0.4680 * spread + 0.2745 * (high - low) + 0.2576 * mean)


def _require_colour(picture: Planes, metric: str, side: int) -> None:
    channels, height, width = picture.shape
    if channels != 3:
        raise ParameterError(f"expected a colour picture for {metric}, got a grey one; use NIQE")
    if min(height, width) < side:
        raise ParameterError(f"expected at least {side}×{side} pixels for {metric}, got {width}×{height}")


def _colourfulness(levels: Planes) -> float:
    """Return UICM (equations 2 to 6): colours off grey, without the extremes, and their spread."""
    red, green, blue = levels
    means, variances = zip(*(_trimmed(axis) for axis in (red - green, (red + green) / 2 - blue)), strict=True)
    return float(-0.0268 * np.hypot(*means) + 0.1586 * np.sqrt(sum(variances)))


def _trimmed(values: Planes) -> tuple[float, float]:
    """Return the mean without a tenth at either end, and the variance of all about it."""
    ordered = np.sort(values, axis=None)
    low, high = int(np.ceil(_TRIMMED * ordered.size)), int(np.floor(_TRIMMED * ordered.size))
    mean = float(ordered[low : ordered.size - high].mean(dtype=np.float64))
    return mean, float(np.square(ordered - mean).mean(dtype=np.float64))


def _sharpness(levels: Planes) -> float:
    """Return UISM (equations 7 and 8): contrast of the edges of each channel."""
    return sum(weight * _edge_contrast(plane) for weight, plane in zip(_LUMA, levels, strict=True))


def _edge_contrast(plane: Planes) -> float:
    edges = _edges(plane)
    peak = edges.max()
    if peak == 0:
        return 0.0
    low, high = _extremes((edges * (255 / peak) * plane)[None])
    return 2.0 * _mean_log(low, high)


def _edges(plane: Planes) -> Planes:
    """Return the magnitude of Sobel's gradient."""
    padded = np.pad(plane, 1, mode="symmetric")
    smooth_down = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    smooth_across = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    magnitude: Planes = np.hypot(smooth_down[:, 2:] - smooth_down[:, :-2], smooth_across[2:] - smooth_across[:-2])
    return magnitude


def _contrast(levels: Planes) -> float:
    """Return UIConM (equation 12): the entropy of Michelson's contrast over blocks."""
    low, high = _extremes(levels)
    contrast = np.divide(high - low, high + low, out=np.zeros_like(low), where=high + low > 0)
    logarithm = np.log(contrast, out=np.zeros_like(contrast), where=contrast > 0)
    return float(-(contrast * logarithm).mean(dtype=np.float64))


def _mean_log(low: Planes, high: Planes) -> float:
    """Return the mean of log(high / low) over blocks; a block that reaches 0 counts as 0."""
    ratio = np.divide(high, low, out=np.ones_like(high), where=low > 0)
    return float(np.log(ratio).mean(dtype=np.float64))


def _extremes(planes: Planes) -> tuple[Planes, Planes]:
    """Return the least and the largest value of each block over all channels; what fills no block is left out."""
    channels, height, width = planes.shape
    rows, columns = height // BLOCK, width // BLOCK
    blocks = planes[:, : rows * BLOCK, : columns * BLOCK].reshape(channels, rows, BLOCK, columns, BLOCK)
    return blocks.min(axis=(0, 2, 4)), blocks.max(axis=(0, 2, 4))


def _lightness_and_chroma(picture: Planes) -> tuple[Planes, Planes]:
    """Return L* and C* of CIELAB, both over 100."""
    x, y, z = (_cie(np.tensordot(row, srgb_to_linear(picture), 1)) for row in _TO_XYZ)
    lightness: Planes = 1.16 * y - np.float32(0.16)
    chroma: Planes = np.hypot(5.0 * (x - y), 2.0 * (y - z))
    return lightness, chroma


def _cie(share: Planes) -> Planes:
    """Return CIE 15:2004's f: the cube root, and a line near black."""
    curve: Planes = np.where(share > (6 / 29) ** 3, np.cbrt(share), share * (29 / 6) ** 2 / 3 + 4 / 29)
    return curve.astype(np.float32, copy=False)
