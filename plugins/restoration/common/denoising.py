"""What every denoiser does around its own step: noise as given or estimated, nothing where there is none, a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.borders import mirror
from desktop_app.numerics.noise import NO_NOISE, estimate_sigma, noise_levels, noise_report
from desktop_app.numerics.parallel import in_parallel

Denoise = Callable[[Tensor, float], Tensor]
"""Of a photo ``(C, H, W)`` and its noise in 8-bit levels: the photo without it."""
Block = tuple[slice, slice, slice]
"""A part of a photo ``(C, H, W)``: which planes, rows and columns."""


class HasSigma(Protocol):
    """Parameters with a noise level."""

    @property
    def sigma(self) -> float | None:
        """In 8-bit levels; None to have it estimated."""


def noise_of(images: Tensor, params: HasSigma, run: Run) -> list[float]:
    """Return the noise of photos ``(N, C, H, W)`` in 8-bit levels: as given, else estimated. A tool's `prepare`."""
    return noise_levels(images, params.sigma, run.check)


def white_noise_of(images: Tensor, params: HasSigma, run: Run) -> list[float]:
    """Return the same for methods that only white noise misleads: coarser grain is not counted when estimated."""
    if params.sigma is not None:
        return [params.sigma] * len(images)
    return [estimate_sigma(image.detach(), run.check) for image in images]


def denoised(images: Tensor, params: HasSigma, sigmas: Sequence[float], denoise: Iterable[Denoise]) -> Result:
    """Return photos without their noise, with a report each; those without noise as they are.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32; values outside [0, 1] are kept.
    params : HasSigma
        The noise as the user gave it.
    sigmas : sequence of float
        The noise of every photo, in 8-bit levels.
    denoise : iterable of Denoise
        The method, once for every photo: `itertools.repeat` for one that has learnt nothing of them.
    """
    with torch.no_grad():
        restored = [
            image.clone() if sigma < NO_NOISE else step(image, sigma)
            for image, sigma, step in zip(images, sigmas, denoise, strict=False)
        ]
    return Result(image=torch.stack(restored), reports=[noise_report(sigma, params.sigma) for sigma in sigmas])


def blocks_of(like: Tensor, height: int, width: int, *, by_plane: bool = False) -> list[Block]:
    """Return the parts of at most ``height × width`` pixels of a photo ``(C, H, W)``, on a CPU; elsewhere it is one.

    Parameters
    ----------
    like : Tensor
        The photo.
    height, width : int
        Of a block in pixels, so that what is used of it stays in the processor's cache.
    by_plane : bool
        Whether each plane is a part of its own.
    """
    channels, tall, wide = like.shape
    height, width = (height, width) if like.device.type == "cpu" else (tall, wide)
    planes = [slice(c, c + 1) for c in range(channels)] if by_plane else [slice(0, channels)]
    return [
        (plane, slice(y, min(y + height, tall)), slice(x, min(x + width, wide)))
        for plane in planes for y in range(0, tall, height) for x in range(0, wide, width)
    ]


def block_by_block(
    like: Tensor, blocks: Sequence[Block], work: Callable[[Block], Tensor], run: Run, message: str
) -> Tensor:
    """Return a photo ``(C, H, W)`` put together from what `work` makes of each of its blocks, several at a time."""
    restored = torch.empty_like(like)
    for done, (block, part) in enumerate(zip(blocks, in_parallel(work, blocks, like.device), strict=True)):
        run.progress(done / len(blocks), message)
        restored[block] = part
    return restored


def mirrored_lines(image: Tensor, block: Block, axis: int, border: int) -> Tensor:
    """Return the indices of a block's rows (axis 1) or columns (2) and of `border` more at both ends, reflected."""
    place = block[axis]
    return mirror(image.shape[axis], border, border, image.device)[place.start : place.stop + 2 * border]


def bordered(image: Tensor, block: Block, border: int) -> Tensor:
    """Return a block's rows and columns with `border` more at all sides, reflected, of all planes ``(C, h, w)``."""
    rows = image.index_select(1, mirrored_lines(image, block, 1, border))
    columns, place = mirrored_lines(image, block, 2, border), block[2]
    left, right = max(border - place.start, 0), max(place.stop + border - image.shape[2], 0)
    inner = rows[..., place.start - border + left : place.stop + border - right]  # picking columns one by one is slow
    ends = (rows.index_select(2, part) for part in (columns[:left], columns[len(columns) - right :]))
    return torch.cat([next(ends), inner, next(ends)], 2)
