"""How close a picture is to its reference: PSNR, SSIM and MS-SSIM, as the contract defines them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from desktop_app.api.errors import ParameterError

_RADIUS = 5  # an 11×11 window
_SIGMA = 1.5
_C1, _C2 = 0.01**2, 0.03**2  # (K L)² with the peak L = 1
# Small enough for the cache, and for the matrix library to stay on one thread: it is slower with more at this size.
_BLOCK = 64
_SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
MS_SSIM_SIDE = 2 * _RADIUS * 2 ** (len(_SCALE_WEIGHTS) - 1) + 1  # the window still fits after four halvings

Planes = NDArray[np.float32]


def psnr(result: Planes, reference: Planes) -> float:
    """Say how close a result is to its reference, in decibels; more is closer, 40 is hard to tell apart.

    Parameters
    ----------
    result, reference : ndarray
        ``(C, H, W)`` float32, nominally in [0, 1]. The result is clipped to [0, 1] and not rounded.

    Returns
    -------
    float
        Over all channels, peak 1.0; infinite when the two are the same.

    Raises
    ------
    ParameterError
        If the shapes differ.

    Examples
    --------
    >>> a = np.full((1, 8, 8), 0.5, np.float32)
    >>> round(psnr(a + np.float32(0.1), a), 3)
    20.0
    """
    _require_same_shape(result, reference)
    # Row by row in double precision: no float64 copy of the photo.
    total = sum(
        float(np.square(np.clip(row, 0.0, 1.0) - target, dtype=np.float64).sum())
        for plane, reference_plane in zip(result, reference, strict=True)
        for row, target in zip(_row_blocks(plane), _row_blocks(reference_plane), strict=True)
    )
    error = total / result.size
    return float("inf") if error == 0.0 else float(-10.0 * np.log10(error))


def ssim(result: Planes, reference: Planes) -> float:
    """Say how alike two pictures are in structure; 1 is the same, 0 nothing in common.

    Parameters
    ----------
    result, reference : ndarray
        ``(C, H, W)`` float32, nominally in [0, 1], H and W at least 11. The result is clipped to [0, 1].

    Returns
    -------
    float
        Mean over the channels and over all positions at which the 11×11 Gaussian window (σ 1.5) lies inside.

    Raises
    ------
    ParameterError
        If the shapes differ, or a side is shorter than the window.

    Notes
    -----
    Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment", IEEE TIP 13(4), 2004,
    doi:10.1109/TIP.2003.819861, equation 13; population variances, K1 = 0.01, K2 = 0.03.
    """
    return float(np.mean([whole for whole, _ in _likenesses(result, reference)]))


def ms_ssim(result: Planes, reference: Planes) -> float:
    """Say how alike two pictures are in structure, looked at from five distances; 1 is the same.

    Parameters
    ----------
    result, reference : ndarray
        ``(C, H, W)`` float32, nominally in [0, 1], H and W at least 161. The result is clipped to [0, 1].

    Returns
    -------
    float
        Mean over the channels. Contrast and structure that are opposite on the whole count as 0.

    Raises
    ------
    ParameterError
        If the shapes differ, or a side is shorter than 161.

    Notes
    -----
    Wang, Simoncelli, Bovik, "Multi-scale structural similarity for image quality assessment", Asilomar 2003,
    doi:10.1109/ACSSC.2003.1292216, equation 7 with the exponents of section 3.2; each scale is the mean of 2×2
    pixels of the one before, an odd last row or column repeated.
    """
    _require_same_shape(result, reference)
    if min(result.shape[1:]) < MS_SSIM_SIDE:
        raise ParameterError(
            f"expected pictures of at least {MS_SSIM_SIDE}×{MS_SSIM_SIDE} pixels for MS-SSIM, "
            f"got {result.shape[2]}×{result.shape[1]}; use SSIM"
        )
    ours, theirs = np.clip(result, 0.0, 1.0), reference
    product = np.ones(len(result))
    for scale, weight in enumerate(_SCALE_WEIGHTS):
        last = scale == len(_SCALE_WEIGHTS) - 1
        factors = [whole if last else structure for whole, structure in _likenesses(ours, theirs)]
        product *= np.maximum(factors, 0.0) ** weight
        if not last:
            ours, theirs = _halved(ours), _halved(theirs)
    return float(product.mean())


def _likenesses(result: Planes, reference: Planes) -> list[tuple[float, float]]:
    """Return each channel's mean SSIM, and its mean without the comparison of brightness."""
    _require_same_shape(result, reference)
    channels, height, width = result.shape
    rows, columns = height - 2 * _RADIUS, width - 2 * _RADIUS
    if min(rows, columns) < 1:
        raise ParameterError(f"expected pictures of at least 11×11 pixels for SSIM, got {width}×{height}; use PSNR")
    band = _band_matrix(_BLOCK)
    sums = np.zeros((channels, 2))
    for region in _blocks(rows, columns):
        sums += _block_sums(np.clip(result[region], 0.0, 1.0), reference[region], band)
    return [(float(whole), float(structure)) for whole, structure in sums / (rows * columns)]


def _halved(planes: Planes) -> Planes:
    """Return the means of 2×2 pixels."""
    even = np.pad(planes, [(0, 0), *((0, side % 2) for side in planes.shape[1:])], mode="edge")
    halved: Planes = 0.25 * (even[:, ::2, ::2] + even[:, 1::2, ::2] + even[:, ::2, 1::2] + even[:, 1::2, 1::2])
    return halved


def _require_same_shape(result: Planes, reference: Planes) -> None:
    if result.shape != reference.shape:
        raise ParameterError(
            f"expected a reference of the result's shape {result.shape} (channels, height, width), "
            f"got {reference.shape}; crop or convert one of them"
        )


def _row_blocks(plane: Planes) -> Iterator[Planes]:
    return (plane[top : top + _BLOCK] for top in range(0, len(plane), _BLOCK))


def _blocks(rows: int, columns: int) -> Iterator[tuple[slice, slice, slice]]:
    """Cut the outputs into blocks; yield the region of the inputs that each of them needs."""
    margin = 2 * _RADIUS
    for top in range(0, rows, _BLOCK):
        for left in range(0, columns, _BLOCK):
            bottom, right = min(top + _BLOCK, rows), min(left + _BLOCK, columns)
            yield slice(None), slice(top, bottom + margin), slice(left, right + margin)


def _band_matrix(size: int) -> Planes:
    """Return the ``(size, size + 10)`` matrix that blurs a column: each row is the window, one step further."""
    offsets = np.arange(-_RADIUS, _RADIUS + 1)
    window = np.exp(-0.5 * (offsets / _SIGMA) ** 2)
    band = np.zeros((size, size + 2 * _RADIUS), np.float32)
    for row in range(size):
        band[row, row : row + window.size] = window / window.sum()
    return band


def _block_sums(result: Planes, reference: Planes, band: Planes) -> NDArray[np.float64]:
    """Return each channel's sums of SSIM, and of its contrast and structure alone, over one block.

    With s = a + b and d = a − b, the four blurs of s, d, s², d² give all five moments: 4 μa μb = μs² − μd²,
    2 (μa² + μb²) = μs² + μd², and likewise the (co)variances.
    """
    height, width = result.shape[1] - 2 * _RADIUS, result.shape[2] - 2 * _RADIUS
    rows, columns = band[:height, : result.shape[1]], band[:width, : result.shape[2]].T
    total, difference = result + reference, result - reference
    level = total.mean(dtype=np.float32)  # variances of numbers around 0 keep their digits in float32
    total -= level
    moments = rows @ np.stack([total, difference, total * total, difference * difference]) @ columns
    mean_difference = moments[1] ** 2
    variance, variance_difference = moments[2] - moments[0] ** 2, moments[3] - mean_difference
    mean = (moments[0] + level) ** 2
    structure = ((variance - variance_difference) / 2 + _C2) / ((variance + variance_difference) / 2 + _C2)
    whole = structure * ((mean - mean_difference) / 2 + _C1) / ((mean + mean_difference) / 2 + _C1)
    return np.stack([part.sum(axis=(1, 2), dtype=np.float64) for part in (whole, structure)], axis=1)
