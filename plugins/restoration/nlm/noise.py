"""How strong the noise of a photo is, from its finest diagonal detail."""

from __future__ import annotations

from math import sqrt

import torch
from torch import Tensor

_LOW = tuple(v / (4 * sqrt(2)) for v in (1 + sqrt(3), 3 + sqrt(3), 3 - sqrt(3), 1 - sqrt(3)))
_HIGH = (_LOW[3], -_LOW[2], _LOW[1], -_LOW[0])  # Daubechies' wavelet with two vanishing moments
_FLAT = 1e-6  # below it a coefficient is rounding, not noise: a 4000th of a level
_MAD_OF_NORMAL = 0.6744897501960817


def estimate_sigma(image: Tensor) -> float:
    """Return the standard deviation of white noise in a photo, in 8-bit levels.

    Parameters
    ----------
    image : Tensor
        ``(C, H, W)`` float32, nominally in [0, 1].

    Returns
    -------
    float
        Donoho and Johnstone's median estimate (1994, section 4.2), averaged over the channels. Fine texture is taken
        for noise; zeros (flat or clipped regions) are left out.
    """
    return 255.0 * sum(_sigma_of_plane(plane) for plane in image) / image.shape[0]


def _sigma_of_plane(plane: Tensor) -> float:
    if min(plane.shape) < 4:
        return 0.0
    detail = _detail(_detail(plane).T).abs().flatten()
    detail = detail[detail > _FLAT]
    return float(detail.median()) / _MAD_OF_NORMAL if detail.numel() else 0.0


def _detail(plane: Tensor) -> Tensor:
    """Filter every second column position with the wavelet; borders are left out."""
    count = (plane.shape[1] - 4) // 2 + 1
    detail = torch.zeros(plane.shape[0], count, dtype=plane.dtype, device=plane.device)
    for offset, weight in enumerate(_HIGH):
        detail.add_(plane[:, offset : offset + 2 * count - 1 : 2], alpha=weight)
    return detail
