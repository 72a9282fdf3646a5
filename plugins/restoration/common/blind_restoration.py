"""From a photo to the sharp photo and its kernel: what all methods of blind deblurring do around their own guess."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from desktop_app.api.results import Map, Result
from desktop_app.api.run import Run
from desktop_app.numerics.appearance import luminance
from desktop_app.numerics.blind import Guess, busiest_window, coarse_to_fine
from desktop_app.numerics.blur_likelihood import dents_explained, log_likelihoods
from desktop_app.numerics.deconvolution import SparsePrior, deconvolve_sparse
from desktop_app.numerics.kernel_estimation import fitted, point_kernels
from desktop_app.numerics.kernels import trimmed
from desktop_app.numerics.noise import estimate_sigma
from desktop_app.numerics.parallel import on_one_thread
from plugins.restoration.common.blind_params import BlindParams

_WINDOW = 512  # pixels of a side: enough edges for any kernel of usual size
_KERNELS_PER_WINDOW = 8
_PHOTO_PER_KERNEL = 3  # how many times larger than the kernel the photo has to be
LEAST_EVIDENCE = 0.13
"""Nats a frequency: kernels "found" in sharp photos explain less, those of real blurs more."""
SMALLEST_KERNEL = 3
"""Pixels of a side; where a photo allows no more, it is left as it is."""
_KERNEL_ERROR = 1.5  # levels: an estimated kernel is never exact, and what it misses looks like noise
_SLOPES = 6.0  # weight of the prior over the noise's variance, at which photos in [0, 1] come out best
_ITERATIONS = 30  # of the last step
_SMALL = 1 << 18  # pixels, up to which operations are too short to be shared among threads
_ESTIMATION_SHARE = 0.8  # of the running time, for the progress bar
BOLDNESS = (1.0, 0.63, 1.6)
"""Multiples of the strength that an edge has to have, an attempt each: no single one suits every photo."""
_STEEPNESS_SHARE = 0.15  # of the evidence that a soft lens or motif can give as well as a shake
_HALVING_NOISE = 2.5  # levels at which half of that does: noise hides the finest detail, where lenses are soft anyway

MakeGuess = Callable[[float], Guess]
"""Makes the `Guess` of one attempt, for edges that many times as strong as the parameters say; it may remember."""


def restore_blindly(
    images: Tensor, params: BlindParams, run: Run, make_guess: MakeGuess, boldness: Sequence[float] = BOLDNESS
) -> Result:
    """Return photos sharpened by kernels found in them, with the kernels as map and artifact.

    A photo in whose spectrum no kernel shows is left as it is.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32, C 1 or 3; values outside [0, 1] are kept.
    params : BlindParams
        Kernel size, noise, turns.
    run : Run
        Its ``prepared`` is what `plugins.restoration.common.denoising.noise_of` returned.
    make_guess : MakeGuess
        Called anew for each attempt at each photo.
    boldness : sequence of float
        What it is called with; see `BOLDNESS`.
    """
    kernels, restored = [], []
    with torch.no_grad():
        for index, image in enumerate(images):
            sigma = run.prepared[index]
            progress = _stage(run, index, len(images))
            kernels.append(_find_kernel(image, params, sigma, make_guess, progress, boldness))
            restored.append(sharpened(image, trimmed(kernels[-1]), sigma, run.check))
    run.progress(1.0)
    return result_of(torch.stack(restored), torch.stack(kernels), run.prepared, params)


def result_of(restored: Tensor, kernels: Tensor, sigmas: list[float], params: BlindParams) -> Result:
    """Return the result of a blind method: photos ``(N, C, H, W)`` and kernels ``(N, k, k)``."""
    layer = Map(
        name="kernel", values=kernels, kind="estimate", unit="share", is_aligned=False,
        meaning="How long the camera stood at each offset: the share of the light that a pixel got from there.",
    )
    reports = [
        {"sigma": sigma, "sigma_is_estimated": params.sigma is None, "is_blurred": not is_point(kernel)}
        for sigma, kernel in zip(sigmas, kernels, strict=True)
    ]
    return Result(image=restored, maps=[layer], reports=reports, artifacts={"kernel": kernels[:, None]})


def _stage(run: Run, index: int, count: int) -> Callable[[float], None]:
    return lambda done: run.progress((index + _ESTIMATION_SHARE * done) / count, "looking for the blur")


def kernel_side(height: int, width: int, wanted: int) -> int:
    """Return the side of the kernel that a photo of this size allows: odd; below 3 none can be found in it."""
    return min(wanted, (min(height, width) // _PHOTO_PER_KERNEL - 1) | 1)


def estimation_plane(plane: Tensor, side: int) -> Tensor:
    """Return the part ``(1, h, w)`` of a photo's luminance ``(H, W)`` in which its kernel is looked for."""
    return plane[busiest_window(plane, max(_WINDOW, _KERNELS_PER_WINDOW * side))][None]


def _find_kernel(
    image: Tensor, params: BlindParams, sigma: float, make_guess: MakeGuess, progress: Callable[[float], None],
    boldness: Sequence[float],
) -> Tensor:
    """Return the kernel ``(k, k)`` of the attempt that explains a photo ``(C, H, W)`` best; a point where none does."""
    side = kernel_side(image.shape[-2], image.shape[-1], params.kernel_size)
    if side < SMALLEST_KERNEL:
        return point_kernels(1, params.kernel_size, image.device)[0]
    progress(0.0)
    whole = luminance(image[None])[0, 0]
    progress(0.0)  # large photos are to stop in between
    plane = estimation_plane(whole, side)
    sigma = noise_of_luminance(plane, image, sigma)
    return on_one_thread(
        lambda: _unless_sharp(
            plane[0], likeliest_kernel(plane, side, params, sigma, make_guess, progress, boldness), sigma
        ),
        image.device,
    )


def noise_of_luminance(plane: Tensor, image: Tensor, sigma: float) -> float:
    """Return the noise of a part ``(1, h, w)`` of the luminance of a photo ``(C, H, W)`` with noise of σ.

    The channels' noise averages out to two thirds, or to less where a camera has smoothed it; with more noise than
    there is, the spectrum of a sharp photo seems to fall too steeply.
    """
    return sigma if len(image) == 1 else min(sigma, estimate_sigma(plane))


def likeliest_kernel(
    plane: Tensor, side: int, params: BlindParams, sigma: float, make_guess: MakeGuess,
    progress: Callable[[float], None], boldness: Sequence[float] = BOLDNESS,
) -> Tensor:
    """Return the kernel ``(k, k)`` of at most `side` pixels that explains the spectrum of ``(1, H, W)`` best.

    A sharp plane has one, too.
    """
    found = []
    for index, bold in enumerate(boldness):
        part = share_of(progress, index, len(boldness))
        kernels = coarse_to_fine(plane, side, make_guess(bold), part, turns=params.turns)
        found.append(fitted(kernels[0], params.kernel_size))
    values = log_likelihoods(plane[0], found, sigma)
    return found[max(range(len(found)), key=values.__getitem__)]


def share_of(progress: Callable[[float], None], index: int, count: int) -> Callable[[float], None]:
    """Return what reports the progress of one of several equal pieces of work."""
    return lambda done: progress((index + done) / count)


def _unless_sharp(plane: Tensor, kernel: Tensor, sigma: float) -> Tensor:
    """Return a kernel ``(k, k)``, or a point where it does not clearly explain the plane ``(H, W)``."""
    is_found = evidence(plane, kernel, sigma) > LEAST_EVIDENCE
    return kernel if is_found else point_kernels(1, len(kernel), kernel.device)[0]


def evidence(plane: Tensor, kernel: Tensor, sigma: float) -> float:
    """Return how much a kernel ``(k, k)`` explains of the spectrum of a plane ``(H, W)``; see `LEAST_EVIDENCE`.

    Several kernels ``(n, k, k)`` stand for a blur that differs from place to place. Negative where they explain less
    than no blur does. Noise of σ in 8-bit levels hides evidence, and is allowed for.
    """
    plain, blurred = log_likelihoods(plane, [plane.new_ones(1, 1), kernel], sigma)
    found = dents_explained(plane, kernel, sigma) + _STEEPNESS_SHARE * (blurred - plain)
    return found * (1.0 + (sigma / _HALVING_NOISE) ** 2)


def is_point(kernel: Tensor) -> bool:
    """Return whether a kernel changes nothing."""
    return float(kernel.max()) == 1.0


def sharpened(image: Tensor, kernel: Tensor, sigma: float, check: Callable[[], None]) -> Tensor:
    """Return a photo ``(C, H, W)`` deconvolved with a kernel ``(k, k)`` channel by channel; a point changes nothing."""
    if is_point(kernel):
        return image.clone()
    prior = sparse_prior(sigma)

    def work() -> Tensor:
        return torch.stack([deconvolve_sparse(plane, kernel, prior, _ITERATIONS, lambda _: check()) for plane in image])

    return work() if image[0].numel() > _SMALL else on_one_thread(work, image.device)


def sparse_prior(sigma: float) -> SparsePrior:
    """Return what sharp photos look like, weighed against noise of σ in 8-bit levels and an inexact kernel."""
    variance = (sigma**2 + _KERNEL_ERROR**2) / 255.0**2
    return SparsePrior(weight=_SLOPES * variance, exponent=0.8, bending=0.5)
