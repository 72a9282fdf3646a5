"""A known blur undone by large filters and a network: inverts ``y = M ⊗ x + e``.

The filters are those with the least squared error for the kernel in hand; the paper takes their strongest parts, a
column times a row each, for the first layers of its network (Xu 2014, section 4), which is one of the two forms here. A
denoising network follows (section 5), which knows ripples of many kernels and can be tuned to the one in hand: then
"all training data have the same M", on the photo's own content at half its size, where what is left of the blur is half
as long.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from desktop_app.api import Result, Run
from desktop_app.numerics.resize import downsample_bicubic
from plugins.restoration.common.deblurring import assumed_noise, kernels_for
from plugins.restoration.common.learnt import doubt
from plugins.restoration.common.pieces import in_pieces
from plugins.restoration.common.unet import ALIGN, REACH
from plugins.restoration.dcnn.descriptor import NETWORK, DcnnParams
from plugins.restoration.dcnn.filters import deconvolved
from plugins.restoration.dcnn.network import build, conditioned
from plugins.restoration.dcnn.tuning import tuned

_SMALLEST_SIDE = 8  # pixels; in less there is nothing to be sharpened
_LEAST_TO_HALVE = 160  # pixels of a side, from which half the photo has content enough to learn from
_TUNING_SHARE = 0.8  # of the running time, for the progress bar


def run(images: Tensor, params: DcnnParams, run: Run) -> Result:
    """Sharpen photos, one by one.

    Photos are ``(N, C, H, W)`` float32 with C 1 or 3, nominally in [0, 1]; values outside are kept. Those with a side
    below 8 pixels, or without a blur, come back as they are. The map is the standard deviation of the error that the
    network expects, in levels.

    Raises
    ------
    ParameterError
        If the kernel is larger than the photo, not finite, or its sum not positive.
    """
    run.check()
    if min(images.shape[-2:]) < _SMALLEST_SIDE:
        return Result(image=images.clone(), maps=[doubt(torch.zeros_like(images))])
    kernels, network = kernels_for(images, params, run.inputs), run.network(NETWORK)
    sigmas = [assumed_noise(image, params.sigma) for image in images]
    with torch.no_grad():
        found = [
            _sharpened(image, kernel, sigma, params, network, partial(_part, run, index, len(images)))
            for index, (image, kernel, sigma) in enumerate(zip(images, kernels, sigmas, strict=True))
        ]
    run.progress(1.0)
    mean, deviation = torch.stack(found).chunk(2, dim=1)
    reports = [{"sigma": sigma, "sigma_is_estimated": params.sigma is None} for sigma in sigmas]
    restored = images + (params.strength / 100.0) * (mean - images)
    return Result(image=restored, maps=[doubt(deviation)], reports=reports)


def _part(run: Run, index: int, count: int, done: float) -> None:
    run.progress((index + done) / count)


def _sharpened(
    image: Tensor, kernel: Tensor, sigma: float, params: DcnnParams, network: nn.Module,
    progress: Callable[[float], None],
) -> Tensor:
    """Return mean and deviation ``(2 C, H, W)`` of a photo ``(C, H, W)``."""
    progress(0.0)
    if kernel.numel() == 1:
        return torch.cat([image, torch.zeros_like(image)])

    def deconvolve(plane: Tensor, kernel: Tensor, sigma: float) -> Tensor:
        return deconvolved(plane, kernel, sigma, params.filters, lambda _: progress(0.0))

    sharp = torch.stack([deconvolve(plane, kernel, sigma) for plane in image])[None]
    given = conditioned(sharp, image[None], sharp.new_full((1, 1, 1, 1), sigma / 255.0))
    found = in_pieces(network, given, REACH, ALIGN, lambda: progress(0.0))
    if params.tuning:
        own = _copied(network)
        tuned(
            own, [_content(found[0, : len(image)])], kernel, sigma, params.tuning, deconvolve,
            lambda done: progress(_TUNING_SHARE * done),
        )
        found = in_pieces(own.eval(), given, REACH, ALIGN, lambda: progress(_TUNING_SHARE))
    return found[0]


def _copied(network: nn.Module) -> nn.Module:
    """Return a network with the same weights that may learn."""
    own = build()
    own.load_state_dict({name.removeprefix("body."): value for name, value in network.state_dict().items()})
    return own.to(next(network.parameters()).device).train()


def _content(sharp: Tensor) -> Tensor:
    """Return what is learnt on: the photo ``(C, H, W)`` as it came out, at half its size where that leaves enough."""
    if min(sharp.shape[-2:]) < _LEAST_TO_HALVE:
        return sharp
    return downsample_bicubic(sharp[None], 2)[0]
