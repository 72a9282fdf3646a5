"""The small matrices of BM3D: transforms of patches and of groups, and the window that weighs a patch's pixels."""

from __future__ import annotations

from math import sqrt

import torch
from torch import Tensor

# Low-pass analysis filter of bior1.5 (Cohen, Daubechies, Feauveau 1992); its high-pass partner is Haar's
_BIOR15 = tuple(tap / (128.0 * sqrt(2.0)) for tap in (3, -3, -22, 22, 128, 128, 22, -22, -3, 3))
_KAISER_BETA = 2.0  # Dabov 2007, table I


def biorthogonal(size: int) -> Tensor:
    """Return the periodic bior1.5 wavelet transform of `size` (a power of two) values, rows of unit length.

    Returns
    -------
    Tensor
        ``(size, size)`` float64; not orthogonal, so that its inverse is not its transpose.
    """
    rows = torch.eye(size, dtype=torch.float64)
    details: list[Tensor] = []
    while len(rows) > 1:
        details.insert(0, (rows[0::2] - rows[1::2]) / sqrt(2.0))
        shifted = torch.stack([rows.roll(4 - offset, 0)[0::2] for offset in range(len(_BIOR15))])
        rows = torch.tensordot(torch.tensor(_BIOR15, dtype=rows.dtype), shifted, 1)
    return torch.nn.functional.normalize(torch.cat([rows, *details]), dim=1)


def haar_order(size: int) -> list[int]:
    """Return where `haar` wants each value: it adds the first half to the second, which are to hold neighbours.

    Examples
    --------
    >>> haar_order(8)
    [0, 4, 2, 6, 1, 5, 3, 7]
    """
    order = [0]
    while len(order) < size:
        order = [2 * index for index in order] + [2 * index + 1 for index in order]
    return order


def haar(values: Tensor) -> Tensor:
    """Return the orthonormal Haar transform along the first dimension, of 2ⁿ values that lie in `haar_order`."""
    spectrum, size, scale = torch.empty_like(values), len(values), 1.0
    while size > 1:
        size, scale = size // 2, scale * sqrt(0.5)
        detail = torch.sub(values[:size], values[size : 2 * size], out=spectrum[size : 2 * size])
        values = values[:size] + values[size : 2 * size]
        detail *= scale  # once, instead of the sums at every level
    spectrum[:1] = values * scale
    return spectrum


def inverse_haar(spectrum: Tensor) -> Tensor:
    """Return the values whose Haar transform along the first dimension is the spectrum."""
    values, size = spectrum[:1], 1
    while size < len(spectrum):
        pair = values.new_empty(2 * size, *values.shape[1:])
        torch.add(values, spectrum[size : 2 * size], out=pair[:size])
        torch.sub(values, spectrum[size : 2 * size], out=pair[size:])
        values, size = pair.mul_(sqrt(0.5)), 2 * size
    return values


def kaiser(size: int) -> Tensor:
    """Return the Kaiser window of `size` values, ``(size,)`` float64; a patch's is its outer product with itself."""
    return torch.kaiser_window(size, periodic=False, beta=_KAISER_BETA, dtype=torch.float64)
