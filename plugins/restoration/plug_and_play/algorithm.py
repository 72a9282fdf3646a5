"""Plug-and-play: a data step that knows the degradation, and a denoiser that knows photos, take turns.

Half-quadratic splitting of ``1/(2σ²) ‖y - T x‖² + λ Φ(x)`` (Zhang 2021, section 4.1): the step in x is solved exactly
for each degradation T (`observations`), the step in z is the denoiser of whatever Φ it stands for, at a noise level
that falls from step to step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import exp, log

import torch
from torch import Tensor

from desktop_app.api import InputMissingError, ParameterError, Result, Run
from desktop_app.numerics.noise import estimate_sigma
from plugins.restoration.common.deblurring import assumed_noise, kernels_for
from plugins.restoration.plug_and_play.descriptor import PlugAndPlayParams, scale
from plugins.restoration.plug_and_play.observations import Blurred, Noisy, Observation, Punctured, Small

_EXACT = 0.255  # levels: the least noise that is reckoned with (Zhang 2021, section 5)
_SMALLEST_SIDE = 8  # pixels, below which a blur is left alone

Denoise = Callable[[Tensor, float], Tensor]
"""Denoises a photo ``(1, C, H, W)`` of noise of so many levels."""


def run(images: Tensor, params: PlugAndPlayParams, run: Run) -> Result:
    """Restore photos, one by one.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32, nominally in [0, 1]; values outside are kept.
    params : PlugAndPlayParams
        What is undone, noise in 8-bit levels, and how steps follow each other.
    run : Run
        The denoiser (its target), kernel and mask, progress and cancellation.

    Raises
    ------
    InputMissingError
        If holes are to be undone and no mask was given.
    ParameterError
        If the mask leaves nothing, or the kernel is larger than the photo, not finite, or its sum not positive.
    """
    with torch.no_grad():
        restored = [_restore(image[None], index, params, run, len(images)) for index, image in enumerate(images)]
    return Result(image=torch.cat(restored))


def _restore(image: Tensor, index: int, params: PlugAndPlayParams, run: Run, count: int) -> Tensor:
    observation = _observe(image, index, params, run)
    if observation is None:
        return image.clone()
    sigma = max(_noise(image, params, run), _EXACT)
    denoise = denoiser(run, [run.seeds[index]])
    levels = schedule(params.start, max(sigma, float(scale(params))), params.iterations)
    estimate = observation.start()
    for step, level in enumerate(levels):
        before, after = ((index + done / len(levels)) / count for done in (step, step + 1))
        run.progress(before, f"denoising {level:.1f} levels", until=after)
        agreed = observation.fit(estimate, params.weight * (sigma / level) ** 2)  # Zhang 2021, eq. 7a
        estimate = denoise(agreed, level)  # eq. 7b
    return observation.finish(estimate)


def _observe(image: Tensor, index: int, params: PlugAndPlayParams, run: Run) -> Observation | None:
    """Return what the photo says; None where there is nothing to undo."""
    if params.degradation == "noise":
        return Noisy(image)
    if params.degradation == "downsampling":
        return Small.of(image, params.scale)
    if params.degradation == "holes":
        return _holes(image, index, run.inputs, params.sigma or 0.0)
    if min(image.shape[-2:]) < _SMALLEST_SIDE:
        return None
    given = {name: value[index : index + 1] if len(value) > 1 else value for name, value in run.inputs.items()}
    return Blurred.of(image, kernels_for(image, params, given)[0])


def _holes(image: Tensor, index: int, inputs: Mapping[str, Tensor], sigma: float) -> Observation | None:
    if "mask" not in inputs:
        raise InputMissingError("expected a mask that is white where the photo is to be filled, got none; give it")
    masks = inputs["mask"]
    mask = (masks[index if len(masks) > 1 else 0].mean(0) > 0.5).to(image)
    if bool(mask.all()):
        raise ParameterError("expected a mask that leaves some of the photo, got a full one; unmark what is good")
    return Punctured(image, 1.0 - mask, is_exact=sigma < _EXACT) if bool(mask.any()) else None


def _noise(image: Tensor, params: PlugAndPlayParams, run: Run) -> float:
    if params.degradation == "blur":
        return assumed_noise(image[0], params.sigma)
    if params.sigma is not None:
        return params.sigma
    return estimate_sigma(image[0], run.check) if params.degradation == "noise" else 0.0


def schedule(first: float, last: float, count: int) -> list[float]:
    """Return noise levels that fall evenly on a logarithmic scale (Zhang 2021, section 4.2)."""
    first = max(first, last)
    if count == 1:
        return [last]
    return [exp(log(first) + (log(last) - log(first)) * step / (count - 1)) for step in range(count)]


def denoiser(run: Run, seeds: list[int]) -> Denoise:
    """Return the target as a denoiser of a given level.

    A target with a parameter ``sigma`` gets the level there; any other is applied as it is, at every step.
    """
    target = run.target

    def denoise(images: Tensor, level: float) -> Tensor:
        params = {**target.params, "sigma": level} if "sigma" in target.params else target.params
        image = run.call(target.tool, images, params, seeds=seeds).image
        if image is None or image.shape != images.shape:
            raise ParameterError(f"expected a target that denoises, got {target.tool!r}; choose a denoiser")
        return image

    return denoise
