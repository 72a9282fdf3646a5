"""Richardson and Lucy's ascent of the likelihood of counted light, with total variation (Dey 2006).

Inverts ``y = M ⊗ x`` with Poisson noise: values are intensities, so that negative ones are taken as zero. The sum runs
over the photo's pixels alone, and what lies outside is found with it (Bertero and Boccacci 2005).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.fourier import Frame, filtered, image_of, spectrum_of, transfer_function
from plugins.restoration.common.deblurring import deblur
from plugins.restoration.richardson_lucy.descriptor import RichardsonLucyParams

_DARKEST = 1e-4  # a fortieth of a level: below, quotients have no meaning
_SEEN = 1e-2  # share of its light that a pixel outside must send into the photo to be found
_FLAT = 1e-3  # length of a gradient, a quarter of a level, below which its direction has no meaning
_STEADY = 4.0  # times the weight: shorter gradients would swing from step to step


def run(images: Tensor, params: RichardsonLucyParams, run: Run) -> Result:
    """Sharpen photos, the channels one by one.

    Photos are ``(N, C, H, W)`` float32, nominally in [0, 1]; negative values are taken as 0, those above 1 as they are.
    """

    def solve(plane: Tensor, kernel: Tensor, _sigma: float, progress: Callable[[float], None]) -> Tensor:
        return _ascend(plane.clamp(min=0.0), kernel, params, progress)

    return Result(image=deblur(images, params, 0.0, run, solve).image)


def _ascend(
    plane: Tensor, kernel: Tensor, params: RichardsonLucyParams, progress: Callable[[float], None]
) -> Tensor:
    frame = Frame.around(plane.shape[0], plane.shape[1], (kernel.shape[0] // 2, kernel.shape[1] // 2))
    transfer = transfer_function(kernel, frame.size)
    adjoint = transfer.conj().resolve_conj()
    latent = frame.lay(plane).clamp_min_(_DARKEST)
    ratio = torch.zeros_like(latent)
    scale, unseen = _visibility(frame, ratio, adjoint)
    for iteration in range(params.iterations):
        progress(iteration / params.iterations)
        blurred = image_of(spectrum_of(latent).mul_(transfer), frame.size)
        torch.div(plane, frame.crop(blurred).clamp_min_(_DARKEST), out=frame.crop(ratio))
        factor = image_of(spectrum_of(ratio).mul_(adjoint), frame.size)
        progress((iteration + 0.5) / params.iterations)
        if params.variation:
            curvature = _curvature(latent, max(_FLAT, _STEADY * params.variation))
            factor.div_(curvature.mul_(-params.variation).add_(1.0))  # Dey 2006, eq. 12
        latent.mul_(torch.addcmul(unseen, factor, scale, out=factor)).clamp_min_(_DARKEST)
    return frame.crop(latent).clone()


def _visibility(frame: Frame, like: Tensor, adjoint: Tensor) -> tuple[Tensor, Tensor]:
    """Return one over the share of its light that each pixel sends into the photo, and 1 where that is too little.

    Bertero and Boccacci 2005, eq. 14; a pixel that is not seen keeps its value.
    """
    inside = torch.zeros_like(like)
    frame.crop(inside).fill_(1.0)
    share = filtered(spectrum_of(inside), adjoint, frame.size)
    is_seen = share > _SEEN
    return torch.where(is_seen, 1.0 / share, torch.zeros_like(share)), (~is_seen).to(share)


def _curvature(latent: Tensor, flat: float) -> Tensor:
    """Return ``div(∇x / √(|∇x|² + flat²))`` of a plane that wraps around."""
    across, down = latent.roll(-1, 1).sub_(latent), latent.roll(-1, 0).sub_(latent)
    scale = torch.full_like(latent, flat**2).addcmul_(across, across).addcmul_(down, down).rsqrt_()
    across.mul_(scale)
    down.mul_(scale)
    return torch.sub(across, across.roll(1, 1)).add_(down).sub_(down.roll(1, 0))
