"""From a photo to the sharp photo and its kernel: what all methods of blind deblurring do around their own guess."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from desktop_app.api.results import Map, Result
from desktop_app.api.run import Run
from desktop_app.numerics.deconvolution import deconvolve_sparse
from desktop_app.numerics.kernel_estimation import fitted
from desktop_app.numerics.kernels import trimmed
from desktop_app.numerics.parallel import on_one_thread
from plugins.restoration.common.blind_params import BlindParams
from plugins.restoration.common.kernel_search import BOLDNESS, Blur, MakeGuess, estimation_pixels, find_blur
from plugins.restoration.common.last_step import ITERATIONS, sparse_prior, with_grain
from plugins.restoration.common.progress import share_of

_SMALL = 1 << 18  # pixels, up to which operations are too short to be shared among threads
_ATTEMPT = 16.0  # times as long as to sharpen a plane of that size takes an attempt to find its kernel
_ADVICE = "This photo looks sharp already: compare before and after"
_SKIPPED = "This photo looks sharp already and was left as it is"


def restore_blindly(
    images: Tensor, params: BlindParams, run: Run, make_guess: MakeGuess, boldness: Sequence[float] = BOLDNESS
) -> Result:
    """Return photos sharpened by kernels found in them, with the kernels as map and artifact.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32, C 1 or 3; values outside [0, 1] are kept.
    params : BlindParams
        Kernel size, noise, turns, and what becomes of photos in whose spectrum no kernel shows.
    run : Run
        Its ``prepared`` is what `plugins.restoration.common.denoising.noise_of` returned.
    make_guess : MakeGuess
        Called anew for each attempt at each photo.
    boldness : sequence of float
        What it is called with; see `BOLDNESS`.
    """
    blurs, restored = [], []
    with torch.no_grad():
        for index, image in enumerate(images):
            sigma, share = run.prepared[index], _looking_share(image, len(boldness))
            looking = _stage(run, "looking for the blur", index, index + share, len(images))
            sharpening = _stage(run, "taking the blur away", index + share, index + 1.0, len(images))
            blur = _found(image, params, sigma, make_guess, looking, boldness)
            blurs.append(blur)
            restored.append(sharpened(image, blur, sigma, sharpening))
    run.progress(1.0)
    return result_of(torch.stack(restored), blurs, run.prepared, params)


def _found(
    image: Tensor, params: BlindParams, sigma: float, make_guess: MakeGuess, progress: Callable[[float], None],
    boldness: Sequence[float],
) -> Blur:
    def work() -> Blur:
        return unless_skipped(find_blur(image, params, sigma, make_guess, progress, boldness), params)

    return on_one_thread(work, image.device)


def unless_skipped(blur: Blur, params: BlindParams) -> Blur:
    """Return the blur, or none where the photo looks sharp and such photos are to be left as they are."""
    if blur.shows or not params.skip_sharp:
        return blur
    return Blur.none(len(blur.kernel), blur.kernel.device)


def result_of(restored: Tensor, blurs: Sequence[Blur], sigmas: list[float], params: BlindParams) -> Result:
    """Return the result of a blind method: photos ``(N, C, H, W)`` and one blur each."""
    side = params.kernel_size or max(len(blur.kernel) for blur in blurs)
    kernels = torch.stack([fitted(blur.kernel, side) for blur in blurs])
    layer = Map(
        name="kernel", values=kernels, kind="estimate", unit="share", is_aligned=False,
        meaning="How long the camera stood at each offset: the share of the light that a pixel got from there.",
    )
    reports = [
        {
            "sigma": sigma, "sigma_is_estimated": params.sigma is None, "kernel_size": len(blur.kernel),
            "kernel_size_is_estimated": params.kernel_size is None, "is_blurred": blur.shows,
            **({} if blur.shows else {"caveat": _SKIPPED if params.skip_sharp else _ADVICE}),
        }
        for sigma, blur in zip(sigmas, blurs, strict=True)
    ]
    return Result(image=restored, maps=[layer], reports=reports, artifacts={"kernel": kernels[:, None]})


def _stage(run: Run, named: str, start: float, end: float, count: int) -> Callable[[float], None]:
    return lambda done: run.progress((start + (end - start) * done) / count, named)


def _looking_share(image: Tensor, attempts: int) -> float:
    """Return the share of the running time in which the kernel is looked for: a part of a large photo is enough."""
    looking = _ATTEMPT * attempts * estimation_pixels(*image.shape[-2:])
    return looking / (looking + image.numel())


def is_point(kernel: Tensor) -> bool:
    """Return whether a kernel changes nothing."""
    return float(kernel.max()) == 1.0


def sharpened(image: Tensor, blur: Blur, sigma: float, progress: Callable[[float], None]) -> Tensor:
    """Return a photo ``(C, H, W)`` with noise of σ deconvolved channel by channel; its grain stays, weaker.

    Progress is told as the share done, and may raise to stop.
    """
    kernel, prior = trimmed(blur.kernel), sparse_prior(sigma, blur.error)
    if is_point(kernel):
        return image.clone()

    def work() -> Tensor:
        parts = [share_of(progress, index, len(image)) for index in range(len(image))]
        planes = [
            deconvolve_sparse(plane, kernel, prior, ITERATIONS, part) for plane, part in zip(image, parts, strict=True)
        ]
        return with_grain(image, torch.stack(planes), kernel, partial(progress, 1.0))

    return work() if image[0].numel() > _SMALL else on_one_thread(work, image.device)
