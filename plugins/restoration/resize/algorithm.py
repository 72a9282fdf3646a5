"""Resizing by Keys' cubic, stretched over all that a new pixel covers where the photo gets smaller.

Nothing comes out brighter or darker than what went in: the cubic's overshoot beside edges is cut off, which is what a
photo is resized for. Enlargements that invent what was lost are `superres`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.limits import held_within
from desktop_app.numerics.resize import resize_bicubic
from plugins.restoration.resize.descriptor import ResizeParams, frame


def run(images: Tensor, params: ResizeParams, run: Run) -> Result:
    """Change the size.

    Photos are ``(N, C, H, W)`` float32.
    """
    height, width = images.shape[-2:]
    size = frame(params, (height, width))
    run.check()
    if size == (height, width):
        return Result(image=images.clone())
    if params.method == "nearest":
        return Result(image=_nearest(images, size))
    return Result(image=torch.stack([held_within(_bicubic(image, size, run), image) for image in images]))


def _bicubic(image: Tensor, size: tuple[int, int], run: Run) -> Tensor:
    planes = []
    for plane in image:
        run.check()
        planes.append(resize_bicubic(plane, size))
    return torch.stack(planes)


def _nearest(images: Tensor, size: tuple[int, int]) -> Tensor:
    """Return ``(N, C, height, width)``: each pixel the one in which its middle lies."""
    down, across = (
        ((torch.arange(count) * 2 + 1) * side // (2 * count)).to(images.device)
        for count, side in zip(size, images.shape[-2:], strict=True)
    )
    return images[..., down, :][..., across]
