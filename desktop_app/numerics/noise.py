"""How strong the noise of a photo is, from the photo alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any

import torch
from torch import Tensor

from desktop_app.numerics.clipping import is_within_ends, share_left
from desktop_app.numerics.grain import grain_variance
from desktop_app.numerics.remembered import remembered

__all__ = [
    "NO_NOISE",
    "PoissonGaussian",
    "activity",
    "donoho_sigma",
    "estimate_noise",
    "estimate_poisson_gaussian",
    "estimate_sigma",
    "noise_levels",
    "noise_report",
]

NO_NOISE = 1e-3
"""Levels of noise below which denoisers return the photo as it was."""
_LOW = tuple(v / (4 * sqrt(2)) for v in (1 + sqrt(3), 3 + sqrt(3), 3 - sqrt(3), 1 - sqrt(3)))
_HIGH = (_LOW[3], -_LOW[2], _LOW[1], -_LOW[0])  # Daubechies' wavelet with two vanishing moments
_MAD_OF_NORMAL = 0.6744897501960817
_ROUNDING = 1e-6  # detail that a flat region may have from float32 alone
_PATCH = 8
_SMALLEST = 32  # pixels of a side; below, there are too few patches
_MOST_PATCHES = 1 << 17  # more add time and no precision
_FEWEST_PATCHES = 1 << 9
_PASSES = 6
_ROUNDS = 5  # of reckoning with noise that was cut off; each knows better how much that was
_SETTLED = 0.02  # relative change of the noise
_STEEPEST = 0.7  # slope of such a line: of a steeper one the end would be far, and uncertain
_SMALLEST_VALUES = 12  # of a covariance's 63 eigenvalues: those that texture reaches last
_QUADRATURE = 1000  # points of Marchenko and Pastur's density
_BRIGHTNESSES = 48  # at most, each of so many places at least:
_PLACES = 256
_SPREAD_OF_SPREAD = 2.33  # relative standard deviation of n normal values' variance from their median, times √n
_FEWEST_DETAILS = 48  # of one brightness, that their spread is known
_BLACK = 0.01  # as near to the ends of the range values may be clipped
_NEXT_TO_NOTHING = 1.0  # levels
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
    return _rough_sigma(image, 0.0)


def _rough_sigma(image: Tensor, cut: float) -> float:
    """Return `donoho_sigma`, of a photo of which noise of so many levels was cut off at black and white."""
    return 255.0 * sum(_median_of_detail(plane, cut) for plane in image) / image.shape[0]


def _median_of_detail(plane: Tensor, cut: float) -> float:
    if min(plane.shape) < len(_HIGH):
        return 0.0
    detail = _every_second(_every_second(plane, _HIGH).T, _HIGH).abs().T
    if cut > 0.0:
        detail = detail / share_left(_every_second(_every_second(plane, _LOW).T, _LOW).T / 2.0, cut)
    detail = detail[detail > _ROUNDING]
    return float(detail.median()) / _MAD_OF_NORMAL if detail.numel() else 0.0


def _every_second(plane: Tensor, taps: tuple[float, ...]) -> Tensor:
    """Filter every second column position; borders are left out."""
    count = (plane.shape[1] - len(taps)) // 2 + 1
    total = plane.new_zeros(plane.shape[0], count)
    for offset, weight in enumerate(taps):
        total.add_(plane[:, offset : offset + 2 * count - 1 : 2], alpha=weight)
    return total


def estimate_sigma(image: Tensor, check: Callable[[], None] | None = None) -> float:
    """Return the standard deviation of white noise in a photo, in 8-bit levels, from the covariance of its patches.

    Patches of a photo fill few of the dimensions open to them, noise fills all: the smallest eigenvalues of their
    covariance are the noise's variance, less what chance takes off the smallest. Patches that vary more than noise does
    are left out in further passes. Texture misleads this less than `donoho_sigma`, to which it turns when the photo is
    too small for the statistics. Where no value lies beyond black and white, noise was cut off there and is less; what
    is left of it near them is reckoned with.

    Parameters
    ----------
    image : Tensor
        ``(C, H, W)`` float32, nominally in [0, 1]; the channels' variances are averaged.
    check : callable, optional
        Called often; may raise to stop.

    References
    ----------
    Liu, Tanaka, Okutomi 2013, Single-image noise level estimation for blind denoising, section III-C,
    doi:10.1109/TIP.2013.2283400; Marchenko, Pastur 1967, Distribution of eigenvalues for some sets of random matrices,
    doi:10.1070/SM1967v001n04ABEH001994; Foi 2009, Clipped noisy images, doi:10.1016/j.sigpro.2009.04.035
    """
    first = found = _sigma(image, 0.0, check or _ignore)
    for number in range(_ROUNDS if is_within_ends(image) else 0):
        before, found = found, _sigma(image, found, check or _ignore)
        if abs(found - before) <= _SETTLED * before:
            break
        if not number:  # it rises all but in a line with what is thought cut off: from two points where both meet
            found = first / (1.0 - min((found - first) / first, _STEEPEST))
    return found


def _sigma(image: Tensor, cut: float, check: Callable[[], None]) -> float:
    """Return the noise in levels of a photo of which noise of so many levels was cut off at black and white."""
    rough = _rough_sigma(image, cut)
    if min(image.shape[-2:]) < _SMALLEST:
        return rough
    variances = [_noise_variance(plane, cut, check) for plane in image]
    return min(rough, 255.0 * sqrt(sum(variances) / len(variances))) if rough else 0.0


def _ignore() -> None:
    """Check nothing."""


def _noise_variance(plane: Tensor, cut: float, check: Callable[[], None]) -> float:
    patches = _centred_patches(plane, cut)
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


def _centred_patches(plane: Tensor, cut: float) -> Tensor:
    """Return patches ``(n, 64)`` of the plane on a grid, each less its mean, with noise as it was before the cut."""
    stride = max(1, round(sqrt(plane.numel() / _MOST_PATCHES)))
    patches = plane.unfold(0, _PATCH, stride).unfold(1, _PATCH, stride).reshape(-1, _PATCH**2)
    means = patches.mean(1, keepdim=True)
    centred = patches - means
    return centred / share_left(means, cut) if cut > 0.0 else centred


def _smallest_eigenvalues(patches: Tensor) -> float:
    """Return the variance of which white noise would have these smallest eigenvalues of its patches' covariance."""
    values = torch.linalg.eigvalsh((patches.T @ patches / len(patches)).cpu().double())[1:]  # the mean was taken out
    smallest = values[:_SMALLEST_VALUES].mean().clamp(min=0.0)
    return float(smallest) / _expected_of_smallest(_SMALLEST_VALUES / len(values), len(values) / len(patches))


def _expected_of_smallest(share: float, shape: float) -> float:
    """Return the mean of a share of the smallest eigenvalues, of unit noise with so many dimensions a sample."""
    low, high = (1.0 - sqrt(shape)) ** 2, (1.0 + sqrt(shape)) ** 2
    points = low + (high - low) * (torch.arange(_QUADRATURE, dtype=torch.float64) + 0.5) / _QUADRATURE
    density = ((high - points) * (points - low)).sqrt() / points
    taken = density * (density.cumsum(0) <= share * density.sum())
    return float((taken * points).sum() / taken.sum())


def estimate_noise(image: Tensor, check: Callable[[], None] | None = None) -> float:
    """Return the standard deviation, in 8-bit levels, of white noise as strong as a photo's: white, or grain.

    Parameters
    ----------
    image : Tensor
        ``(C, H, W)`` float32, nominally in [0, 1].
    check : callable, optional
        Called often; may raise to stop.
    """
    check = check or _ignore
    white = (estimate_sigma(image, check) / 255.0) ** 2
    return 255.0 * sqrt(white + grain_variance(image, white, check))


def activity(image: Tensor, sigma: float) -> float:
    """Return the median difference of neighbouring pixels, as a multiple of that of white noise alone.

    Parameters
    ----------
    image : Tensor
        ``(C, H, W)`` float32, noisy.
    sigma : float
        Its noise in 8-bit levels, above 0.
    """
    step = max(1, image.numel() // _MOST_PATCHES)
    across, down = image[:, ::step].diff(dim=2), image[:, 1::step] - image[:, :-1:step]
    differences = torch.cat([across.flatten(), down.flatten()]).abs_()
    if not differences.numel():
        return 1.0
    return float(differences.median()) * 255.0 / (_MAD_OF_NORMAL * sqrt(2.0) * sigma)


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
    return [_noise_lately(image.detach(), check) for image in images]


_noise_lately = remembered(estimate_noise)


def noise_report(sigma: float, given: float | None) -> dict[str, Any]:
    """Return what a denoiser reports of the noise that it removed.

    Parameters
    ----------
    sigma : float
        In 8-bit levels.
    given : float or None
        As the user gave it. An estimate of next to nothing brings a headline and a caveat; that there was nothing to
        do is said only where denoisers leave the photo as it was.
    """
    report: dict[str, Any] = {"sigma": sigma, "sigma_is_estimated": given is None}
    if given is None and sigma < _NEXT_TO_NOTHING:
        report["headline"] = (
            "Nothing to do: no noise was found." if sigma < NO_NOISE
            else f"Hardly anything to do: the noise was estimated at {sigma:.2g} levels, and so little was removed."
        )
        report["caveat"] = "Grain in fine texture, or of few places only, is not told from the photo: set σ by hand."
    return report


@dataclass(frozen=True)
class PoissonGaussian:
    """Noise of variance ``gain · x + sigma²`` at brightness x: of counted photons, and of reading them out.

    Parameters
    ----------
    gain : float
        Brightness of one photon, in 8-bit levels.
    sigma : float
        Standard deviation at black, in 8-bit levels.
    """

    gain: float
    sigma: float


def estimate_poisson_gaussian(image: Tensor, check: Callable[[], None] | None = None) -> PoissonGaussian:
    """Return how a photo's noise grows with brightness, from its finest detail at places of like brightness.

    Of each level of brightness the half with the least coarse texture is looked at. White noise comes out with a gain
    of (nearly) zero; a photo without noise, or without a pixel that is neither black nor white, with zero for both.

    Parameters
    ----------
    image : Tensor
        ``(C, H, W)`` float32, nominally in [0, 1]; the channels are taken together.
    check : callable, optional
        Called often; may raise to stop.

    References
    ----------
    Foi, Trimeche, Katkovnik, Egiazarian 2008, Practical Poissonian-Gaussian noise modeling and fitting for single-image
    raw-data, doi:10.1109/TIP.2008.2001399
    """
    levels, variances, counts = [], [], []
    for plane in image if min(image.shape[-2:]) >= _SMALLEST else ():
        (check or _ignore)()
        brightness, detail = _calm_places(plane)
        for chosen in _by_brightness(brightness):
            part = detail[chosen]
            if len(part) >= _FEWEST_DETAILS and float(part.abs().max()) > _ROUNDING:
                levels.append(float(brightness[chosen].mean()))
                variances.append((float(part.abs().median()) / _MAD_OF_NORMAL) ** 2)
                counts.append(len(part))
    return _fit_line(levels, variances, counts) if levels else PoissonGaussian(0.0, 0.0)


def _calm_places(plane: Tensor) -> tuple[Tensor, Tensor]:
    """Return brightness and finest diagonal detail of the calmer half of a plane, on every second pixel each way."""
    smooth = _every_second(_every_second(plane, _LOW).T, _LOW).T / 2.0
    detail = _every_second(_every_second(plane, _HIGH).T, _HIGH).T
    inner = smooth[1:-1, 1:-1]
    texture = (smooth[2:, 1:-1] - smooth[:-2, 1:-1]).abs() + (smooth[1:-1, 2:] - smooth[1:-1, :-2]).abs()
    brightness, detail, texture = inner.flatten(), detail[1:-1, 1:-1].flatten(), texture.flatten()
    usable = (brightness > _BLACK) & (brightness < 1.0 - _BLACK)
    brightness, detail, texture = brightness[usable], detail[usable], texture[usable]
    calm = [part[texture[part] <= texture[part].median()] for part in _by_brightness(brightness) if len(part)]
    chosen = torch.cat(calm) if calm else brightness.argsort()
    return brightness[chosen], detail[chosen]


def _by_brightness(brightness: Tensor) -> tuple[Tensor, ...]:
    """Return the indices of places of about the same brightness, sorted."""
    count = min(max(len(brightness) // _PLACES, 2), _BRIGHTNESSES)
    return brightness.argsort().tensor_split(count)


def _fit_line(levels: list[float], variances: list[float], counts: list[int]) -> PoissonGaussian:
    """Fit ``variance = a · level + b`` with a and b at least zero, each point by its own uncertainty."""
    x, y, n = (torch.tensor(values, dtype=torch.float64) for values in (levels, variances, counts))
    fitted = y.clone()
    gain, offset = 0.0, 0.0
    for _ in range(_PASSES):
        weight = n / fitted.clamp(min=float(y.max()) * 1e-3).square()
        # Texture only adds: points far above the line, by chance's measure, are believed less
        excess = (y / fitted.clamp(min=1e-12) - 1.0) * n.sqrt() / _SPREAD_OF_SPREAD
        weight = weight / (1.0 + (excess / 3.0).clamp(min=0.0).square())
        total, mean = weight.sum(), (weight * x).sum() / weight.sum()
        spread = (weight * (x - mean).square()).sum()
        gain = float((weight * (x - mean) * y).sum() / spread) if float(spread) > 0 else 0.0
        offset = float((weight * y).sum() / total) - gain * float(mean)
        if offset < 0:
            gain, offset = float((weight * x * y).sum() / (weight * x * x).sum()), 0.0
        if gain < 0:
            gain, offset = 0.0, float((weight * y).sum() / total)
        fitted = gain * x + offset
    return PoissonGaussian(255.0 * gain, 255.0 * sqrt(offset))
