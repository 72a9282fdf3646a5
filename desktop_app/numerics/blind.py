"""From coarse to fine: a picture with sharper edges and the kernel that blurs it, in turns.

Blind deconvolution inverts ``y = M ⊗ x + e`` with both M and x unknown. In a small copy of the photo the blur is short
and its direction easily found; every larger copy starts from the kernel of the one before. A method is the way in
which it guesses the edges of the sharp picture from the current kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import pi

import torch
from torch import Tensor

from desktop_app.numerics.differences import Gradients, gradients, inner_gradients
from desktop_app.numerics.fourier import Frame
from desktop_app.numerics.kernel_estimation import (
    KernelEquations,
    centred,
    cleaned,
    enlarged,
    kernel_equations,
    point_kernels,
    pyramid_sizes,
    solve_kernels,
)
from desktop_app.numerics.resize import resize_bicubic

__all__ = ["Guess", "Mend", "Solve", "Turn", "busiest_window", "coarse_to_fine", "reduced", "ridge_for"]

_REFERENCE_PIXELS = 255.0 * 255.0  # of the pictures for which the ridge is stated
_RIDGE = 2.0
ALL_LEVELS = slice(None)
_OVERHEAD = 0.03  # of a turn at full size, for kernels and calls, at any scale
_STEPS = 20  # of conjugate gradients; few of them are a regularisation of their own


@dataclass(frozen=True)
class Turn:
    """One guess of the sharp picture and one of the kernel.

    Parameters
    ----------
    blurred : Tensor
        ``(P, H', W')``, the photo laid into its frame.
    frame : Frame
        Where the photo is in it.
    kernels : Tensor
        ``(P, k, k)``.
    number : int
        Of the turn, over all scales, from 0.
    count : int
        Of all turns.
    is_first : bool
        Whether the photo has just grown.
    scale : float
        Of the photo's sides, 1 at last.
    """

    blurred: Tensor
    frame: Frame
    kernels: Tensor
    number: int
    count: int
    is_first: bool
    scale: float


Guess = Callable[[Turn], Gradients]
"""Returns the sharp picture's gradients ``(P, H', W')``, in the frame."""

Solve = Callable[[KernelEquations, Turn], Tensor]
"""Returns kernels ``(P, k, k)``, of any sign and sum."""

Mend = Callable[[Tensor], Tensor]
"""Returns kernels ``(P, k, k)`` in place of such."""


def coarse_to_fine(
    planes: Tensor, size: int, guess: Guess, progress: Callable[[float], None], *, turns: int = 5,
    solve: Solve | None = None, clean: Mend = cleaned, centre: Mend = centred, favours_middle: bool = False,
    levels: slice = ALL_LEVELS, start: Tensor | None = None,
) -> Tensor:
    """Return the kernels that blurred the planes.

    Parameters
    ----------
    planes : Tensor
        ``(P, H, W)``, each blurred by a kernel of its own.
    size : int
        Side of the kernels, odd; larger than the blur is long.
    guess : callable
        The method: from a `Turn` to the sharp picture's gradients.
    progress : callable
        Told how far the work is, 0 to 1; may raise to stop.
    turns : int
        At each scale.
    solve : callable, optional
        From the kernel's equations to the kernel; by default with a ridge, by conjugate gradients.
    clean, centre : callable
        What is done to the kernels after every turn, and before the photo grows.
    favours_middle : bool
        Whether edges count for less the farther they are from the planes' middle, so that a plane has the kernel of
        its middle.
    levels : slice
        Which of the scales of `pyramid_sizes` are gone through: some at first, the rest of them later.
    start : Tensor, optional
        ``(P, k, k)``, what the scales before came to.

    Returns
    -------
    Tensor
        ``(P, k, k)``, not negative, of sum one, with the centre of mass in the middle pixel; of the last scale's side,
        which is `size` of all scales.
    """
    scales = pyramid_sizes(size)
    costs = [_OVERHEAD + scale**2 for _, scale in scales]  # a turn's time goes by the pixels of its scale
    kernels = _start(len(planes), scales[0][0], planes.device) if start is None else start
    for level in range(len(scales))[levels]:
        side, scale = scales[level]
        before = sum(costs[:level])
        if level:
            kernels = enlarged(kernels, scale / scales[level - 1][1], side)
        small = reduced(planes, scale, side)
        frame = Frame.around(small.shape[-2], small.shape[-1], (side // 2, side // 2))
        laid, weight = frame.lay(small), _weight(small, favours_middle)
        edges = _weighted(gradients(small), weight)
        for turn in range(turns):
            number, count = level * turns + turn, len(scales) * turns
            progress((before + turn / turns * costs[level]) / sum(costs))
            now = Turn(laid, frame, kernels, number, count, turn == 0, scale)
            horizontal, vertical = guess(now)
            sharp = _weighted((frame.crop(horizontal), frame.crop(vertical)), weight)
            equations = kernel_equations(edges, sharp, side)
            kernels = clean(solve(equations, now) if solve else _solve(equations, planes))
        kernels = centre(kernels)
    return kernels


def _start(count: int, size: int, device: torch.device) -> Tensor:
    """Two pixels side by side: a point would be a solution already, the one without blur."""
    kernels = point_kernels(count, size, device) / 2.0
    return kernels + kernels.roll(-1, -1)


def reduced(planes: Tensor, scale: float, smallest: int) -> Tensor:
    """Return float planes ``(P, H, W)`` made smaller, each side at least as long as `smallest`."""
    height, width = (max(round(length * scale), smallest) for length in planes.shape[-2:])
    return planes if scale == 1.0 else resize_bicubic(planes, (height, width))


def _weight(planes: Tensor, favours_middle: bool) -> Tensor:
    height, width = planes.shape[-2] - 1, planes.shape[-1] - 1
    if not favours_middle:
        return planes.new_ones(height, width)
    rows, columns = ((torch.arange(n, device=planes.device) + 0.5) * (pi / n) for n in (height, width))
    return rows.sin().square()[:, None] * columns.sin().square()


def _weighted(pair: Gradients, weight: Tensor) -> Gradients:
    horizontal, vertical = inner_gradients(pair)
    return horizontal * weight, vertical * weight


def _solve(equations: KernelEquations, planes: Tensor) -> Tensor:
    return solve_kernels(equations, ridge_for(planes), _STEPS)


def ridge_for(planes: Tensor) -> float:
    """Return the ridge that keeps kernels of float planes ``(P, H, W)`` small where their edges say nothing."""
    return _RIDGE * planes.shape[-2] * planes.shape[-1] / _REFERENCE_PIXELS


def busiest_window(plane: Tensor, side: int) -> tuple[slice, slice]:
    """Return the rows and columns of the square window with most edges in a float plane ``(H, W)``.

    Edges are counted, not summed, so that one lamp at night does not outweigh a wall of bricks; what is clipped
    to white or black follows no blur and does not count.
    """
    height, width = plane.shape
    window = (min(side, height), min(side, width))
    horizontal, vertical = gradients(plane)
    strength = horizontal.square().addcmul_(vertical, vertical)[: height - 1, : width - 1]
    threshold = strength.flatten()[:: max(1, strength.numel() // 65536)].quantile(0.75) if strength.numel() else 0.0
    counts = (strength > threshold) & (plane[:-1, :-1] < 0.98) & (plane[:-1, :-1] > 0.01)
    top, left = _best_corner(counts, window)
    return slice(top, top + window[0]), slice(left, left + window[1])


def _best_corner(counts: Tensor, window: tuple[int, int]) -> tuple[int, int]:
    step = max(1, min(window) // 16)
    sums = counts.cumsum(0, dtype=torch.int32).cumsum(1, dtype=torch.int32)  # as exact as doubles, in half the room
    sums = torch.nn.functional.pad(sums, (1, 1, 1, 1), mode="constant")
    rows = torch.arange(0, counts.shape[0] + 2 - window[0], step)
    columns = torch.arange(0, counts.shape[1] + 2 - window[1], step)
    return _argmax_of_sums(sums, rows, columns, window)


def _argmax_of_sums(sums: Tensor, rows: Tensor, columns: Tensor, window: tuple[int, int]) -> tuple[int, int]:
    bottom = (rows + window[0] - 1).clamp_max(sums.shape[0] - 2)
    right = (columns + window[1] - 1).clamp_max(sums.shape[1] - 2)
    total = sums[bottom][:, right] - sums[rows][:, right] - sums[bottom][:, columns] + sums[rows][:, columns]
    best = int(total.argmax())
    return int(rows[best // len(columns)]), int(columns[best % len(columns)])

