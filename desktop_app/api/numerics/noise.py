"""How strong the noise of a photo is, from the photo alone."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import torch
from torch import Tensor

_LOW = tuple(v / (4 * sqrt(2)) for v in (1 + sqrt(3), 3 + sqrt(3), 3 - sqrt(3), 1 - sqrt(3)))
_HIGH = (_LOW[3], -_LOW[2], _LOW[1], -_LOW[0])  # Daubechies' wavelet with two vanishing moments
_MAD_OF_NORMAL = 0.6744897501960817
_ROUNDING = 1e-6  # detail that a flat region may have from float32 alone
_PATCH = 8
_SMALLEST = 32  # pixels of a side; below, there are too few patches
_MOST_PATCHES = 1 << 17  # more add time and no precision
_FEWEST_PATCHES = 1 << 9
_PASSES = 4
_DEVIATIONS = 3.0  # how much more than noise a patch may vary, in standard deviations of a variance of 64 values


def donoho_sigma(image: Tensor) -> float:
    """Return the standard deviation of white noise in a photo, in 8-bit levels, from its finest diagonal detail.

    Fast, and right for smooth subjects; fine texture is taken for noise. Flat (clipped) regions are
    left out.

    Parameters
    ----------
    image : Tensor
        ``(C, H, W)`` float32, nominally in [0, 1]; the channels' estimates are averaged.

    References
    ----------
    Donoho, Johnstone 1994, Ideal spatial adaptation by wavelet shrinkage, section 4.2, doi:10.1093/biomet/81.3.425
    """
    return 255.0 * sum(_median_of_detail(plane) for plane in image) / image.shape[0]


def _median_of_detail(plane: Tensor) -> float:
    if min(plane.shape) < len(_HIGH):
        return 0.0
    detail = _detail(_detail(plane).T).abs().flatten()
    detail = detail[detail > _ROUNDING]
    return float(detail.median()) / _MAD_OF_NORMAL if detail.numel() else 0.0


def _detail(plane: Tensor) -> Tensor:
    """Filter every second column position with the wavelet; borders are left out."""
    count = (plane.shape[1] - len(_HIGH)) // 2 + 1
    detail = plane.new_zeros(plane.shape[0], count)
    for offset, weight in enumerate(_HIGH):
        detail.add_(plane[:, offset : offset + 2 * count - 1 : 2], alpha=weight)
    return detail


def estimate_sigma(image: Tensor, check: Callable[[], None] | None = None) -> float:
    """Return the standard deviation of white noise in a photo, in 8-bit levels, from the covariance of its patches.

    Patches of a photo fill few of the dimensions open to them, noise fills all: the smallest eigenvalues of their
    covariance are the noise's variance. Patches that vary more than noise does are left out in further passes. Texture
    misleads this less than `donoho_sigma`, to which it turns when the photo is too small for the statistics.

    Parameters
    ----------
    image : Tensor
        ``(C, H, W)`` float32, nominally in [0, 1]; the channels' variances are averaged.
    check : callable, optional
        Called often; may raise to stop.

    References
    ----------
    Chen, Zhu, Heng 2015, An efficient statistical method for image noise level estimation, algorithm 1,
    doi:10.1109/ICCV.2015.62; Liu, Tanaka, Okutomi 2013, Single-image noise level estimation for blind denoising,
    section III-C, doi:10.1109/TIP.2013.2283400
    """
    rough = donoho_sigma(image)
    if min(image.shape[-2:]) < _SMALLEST:
        return rough
    variances = [_noise_variance(plane, check or _ignore) for plane in image]
    return min(rough, 255.0 * sqrt(sum(variances) / len(variances))) if rough else 0.0


def _ignore() -> None:
    """Check nothing."""


def _noise_variance(plane: Tensor, check: Callable[[], None]) -> float:
    patches = _centred_patches(plane)
    spreads = patches.square().mean(1)
    taken = spreads > _ROUNDING**2  # flat patches are clipped or made
    patches, spreads = patches[taken], spreads[taken]
    variance = 0.0
    for _ in range(_PASSES):
        check()
        if len(patches) < _FEWEST_PATCHES:
            break
        variance = _smallest_eigenvalues(patches)
        weak = spreads < variance * (1.0 + _DEVIATIONS * sqrt(2.0 / (_PATCH**2 - 1)))
        patches, spreads = patches[weak], spreads[weak]
    return variance


def _centred_patches(plane: Tensor) -> Tensor:
    """Return patches ``(n, 64)`` of the plane on a grid, each less its mean."""
    stride = max(1, round(sqrt(plane.numel() / _MOST_PATCHES)))
    patches = plane.unfold(0, _PATCH, stride).unfold(1, _PATCH, stride).reshape(-1, _PATCH**2)
    return patches - patches.mean(1, keepdim=True)


def _smallest_eigenvalues(patches: Tensor) -> float:
    """Return the mean of the covariance's smallest eigenvalues, as many as have a mean no higher than their median."""
    values = torch.linalg.eigvalsh((patches.T @ patches / len(patches)).cpu().double())[1:]  # the mean was taken out
    means = values.cumsum(0) / torch.arange(1, len(values) + 1)
    medians = torch.stack([values[: count + 1].quantile(0.5) for count in range(len(values))])
    return max(0.0, float(means[means <= medians][-1]))


def noise_levels(images: Tensor, sigma: float | None, check: Callable[[], None]) -> list[float]:
    """Return the noise of each photo in 8-bit levels: as given, else estimated; what a denoiser's `prepare` answers.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32.
    sigma : float or None
        As the user gave it.
    check : callable
        Called often; may raise to stop.
    """
    if sigma is not None:
        return [sigma] * len(images)
    return [estimate_sigma(image.detach(), check) for image in images]
