"""Removal of JPEG blocks: the photo is smoothed across them, as far as its stored coefficients allow.

Inverts ``y = Tᵀ Q(T x)``, with T the cosine transform of 8×8 blocks and Q the rounding to multiples of a table's steps.
The rounding is first taken for noise (Foi 2007) and removed from all patches alike, on and off the blocks;
then each block's coefficients are brought back to those that Q may have rounded (Park and Lee 1999).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import sqrt

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.jpeg import CHROMA, LUMA, cosines, scaled
from desktop_app.numerics.sliding_dct import denoise_plane
from plugins.restoration.deblock.coding import Coding, find_coding, whole_blocks
from plugins.restoration.deblock.descriptor import CHROMA_PATCH, PATCH, DeblockParams

_THRESHOLD = 2.7
_NOISE_OF_STEPS = 2.35  # noise in levels for a mean step of one level, measured; it grows with the step's root
_NARROW = 0.35  # of a step to either side: errors near half a step are rare (Park and Lee 1999)
_TO_YCC = (
    (0.299, 0.587, 0.114),
    (-0.168735892, -0.331264108, 0.5),
    (0.5, -0.418687589, -0.081312411),
)


def prepare(images: Tensor, params: DeblockParams, run: Run) -> list[Coding]:
    """Return how each photo was coded, read off the whole of it."""
    codings = []
    for image in images.detach():
        run.check()
        codings.append(find_coding(_separate(image)[0] * 255.0, params.quality))
    return codings


def run(images: Tensor, params: DeblockParams, run: Run) -> Result:
    """Smooth the blocks of photos; one that shows no sign of JPEG is returned as it is.

    Photos are ``(N, C, H, W)`` float32, C 1 or 3, in [0, 1] as decoded from the file.
    """
    codings: list[Coding] = run.prepared
    with torch.no_grad():
        restored = [_deblock(image, coding, params, run) for image, coding in zip(images, codings, strict=True)]
    return Result(
        image=torch.stack(restored),
        reports=[{"quality": coding.quality, "blocks_found": coding.quality is not None} for coding in codings],
    )


def _deblock(image: Tensor, coding: Coding, params: DeblockParams, run: Run) -> Tensor:
    if coding.quality is None or params.strength == 0:
        return image.clone()
    light, *colours = _separate(image)
    told = partial(_tell, run, 0.0, 1.0 / len(image))
    steps = scaled(LUMA, coding.quality).to(image) / 255.0
    planes = [_constrain(_smooth(light, steps, PATCH, params.strength, told), light, steps, coding)]
    for index, colour in enumerate(colours, 1):
        told = partial(_tell, run, index / len(image), 1.0 / len(image))
        steps = scaled(CHROMA, coding.quality).to(image) / 255.0
        planes.append(_smooth(colour, steps, CHROMA_PATCH, params.strength, told))
    return _join(torch.stack(planes))


def _tell(run: Run, begin: float, share: float, done: float) -> None:
    run.progress(begin + share * done, "smoothing blocks")


def _separate(image: Tensor) -> Tensor:
    """Return lightness and two colours as JPEG has them, around zero."""
    if len(image) == 1:
        return image
    return _mix(torch.tensor(_TO_YCC), image)


def _join(planes: Tensor) -> Tensor:
    if len(planes) == 1:
        return planes
    return _mix(torch.linalg.inv(torch.tensor(_TO_YCC)), planes)


def _mix(matrix: Tensor, planes: Tensor) -> Tensor:
    return (matrix.to(planes) @ planes.flatten(1)).view(planes.shape)


def _smooth(plane: Tensor, steps: Tensor, patch: int, strength: float, told: Callable[[float], None]) -> Tensor:
    mean_step = float(steps[:3, :3].mean()) * 255.0  # Foi 2007 takes these nine too; the law is ours
    noise_std = strength * _NOISE_OF_STEPS * sqrt(mean_step) / 255.0
    return denoise_plane(plane[None], patch, _THRESHOLD, noise_std, told)[0]


def _constrain(smooth: Tensor, coded: Tensor, steps: Tensor, coding: Coding) -> Tensor:
    """Bring the coefficients of all whole blocks near those that were stored."""
    if smooth.shape[0] < coding.top + 8 or smooth.shape[1] < coding.left + 8:
        return smooth
    transform = cosines().to(smooth)
    ours, theirs = (transform @ whole_blocks(plane, coding.top, coding.left) @ transform.T for plane in (smooth, coded))
    # The file's level shift of 128 is a multiple of no step; it only moves the mean, which is taken from the photo
    stored = (theirs / steps).round_().mul_(steps)
    stored[..., 0, 0] = theirs[..., 0, 0]
    nearest = torch.clamp(ours, stored - _NARROW * steps, stored + _NARROW * steps)
    whole_blocks(smooth, coding.top, coding.left).copy_(transform.T @ nearest @ transform)
    return smooth
