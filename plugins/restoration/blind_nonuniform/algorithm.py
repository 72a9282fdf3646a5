"""Blind deblurring of camera rotation: inverts ``y = Σ w(θ) H(θ) x + e``, the shares of time w unknown.

H(θ) is what the photo becomes when the camera is turned by θ (pitch, yaw, roll). Windows all over the photo are
deblurred with few edges as by the L0 method, and the shares are those that explain the edges of all windows at once.
The photo is then deblurred tile by tile, each with the kernel that the shares make of its place.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Map, Result, Run
from desktop_app.api.numerics.appearance import luminance
from desktop_app.api.numerics.blind import Turn, coarse_to_fine, ridge_for
from desktop_app.api.numerics.blind_restoration import SMALLEST_KERNEL, kernel_side, noise_of, result_of, sharpened
from desktop_app.api.numerics.differences import Gradients, gradients
from desktop_app.api.numerics.kernel_estimation import normalised, point_kernels
from desktop_app.api.numerics.l0 import deconvolve_l0
from desktop_app.api.numerics.parallel import on_one_thread
from plugins.restoration.blind_nonuniform.descriptor import BlindNonuniformParams
from plugins.restoration.blind_nonuniform.motion import Movement
from plugins.restoration.blind_nonuniform.poses import View
from plugins.restoration.blind_nonuniform.windows import deblurred_tiles, estimation_windows, tile_centres, tiles_of

_DECAY = 1.1  # of the price from turn to turn
_LOWEST_PRICE = 1e-4
_ESTIMATION_SHARE = 0.5  # of the running time, for the progress bar
_SHOWN = (-0.4, 0.0, 0.4)  # places along a side whose kernels the map shows, in sides from the centre

prepare = noise_of


def run(images: Tensor, params: BlindNonuniformParams, run: Run) -> Result:
    """Deblur photos ``(N, C, H, W)`` with a movement of the camera found in their luminance.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32, C 1 or 3; values outside [0, 1] are kept.
    params : BlindNonuniformParams
        Kernel size, noise, turns, roll, focal length, price of an edge.
    run : Run
        Its ``prepared`` holds the noise of every photo, in 8-bit levels.
    """
    with torch.no_grad():
        parts = [_restore(image, index, len(images), params, run) for index, image in enumerate(images)]
    run.progress(1.0)
    restored, kernels, shown, reports = zip(*parts, strict=True)
    result = result_of(torch.stack(restored), torch.stack(kernels), run.prepared, params)
    layer = Map(
        name="kernels over the photo", values=torch.stack(shown), kind="attribution", unit="share", is_aligned=False,
        meaning="The blur at nine places, laid out as in the photo: the share of the light that came from each offset.",
    )
    return Result(
        image=result.image, maps=[*result.maps, layer], artifacts=result.artifacts,
        reports=[{**report, **more} for report, more in zip(result.reports, reports, strict=True)],
    )


def _restore(
    image: Tensor, index: int, count: int, params: BlindNonuniformParams, run: Run
) -> tuple[Tensor, Tensor, Tensor, dict[str, Any]]:
    """Return the sharp photo, the kernel at its centre, those of nine places, and the report."""

    def progress(done: float, message: str = "taking the blur away") -> None:
        run.progress((index + done) / count, message)

    _, height, width = image.shape
    side, size = kernel_side(height, width, params.kernel_size), params.kernel_size
    if side < SMALLEST_KERNEL:
        point = point_kernels(1, size, image.device)[0]
        return image.clone(), point, _mosaic(point.expand(9, -1, -1)), {"roll": 0.0}
    plane = luminance(image[None])[0, 0]
    movement = on_one_thread(
        lambda: find_movement(
            plane, side, params, run, lambda done: progress(_ESTIMATION_SHARE * done, "looking for the blur")
        ),
        image.device,
    )
    places = torch.tensor([[x * width, y * height] for y in _SHOWN for x in _SHOWN], device=image.device)
    kernels = movement.kernels_at(places, size)
    restored = _sharpened(image, movement, side, run.prepared[index], run, progress)
    return restored, kernels[4], _mosaic(kernels), {"roll": _mean_roll(movement)}


def find_movement(
    plane: Tensor, side: int, params: BlindNonuniformParams, run: Run, progress: Callable[[float], None]
) -> Movement:
    """Return the movement of the camera that blurred a plane ``(H, W)`` by kernels of at most `side` pixels."""
    windows, centres = estimation_windows(plane, side)
    view = View(plane.shape[0], plane.shape[1], params.focal_length * max(plane.shape))
    movement = Movement(view, centres, params.max_roll, ridge_for(windows))

    def guess(turn: Turn) -> Gradients:
        price = max(params.edge_price / _DECAY**turn.number, _LOWEST_PRICE)
        return gradients(deconvolve_l0(turn.blurred, turn.kernels, price, run.check))

    coarse_to_fine(
        windows, side, guess, progress, turns=params.turns,
        solve=movement.solve, clean=normalised, centre=movement.centre, favours_middle=True,
    )
    return movement


def _sharpened(
    image: Tensor, movement: Movement, side: int, sigma: float, run: Run, progress: Callable[[float], None]
) -> Tensor:
    tiles = tiles_of(image.shape[-2], image.shape[-1])
    kernels = movement.kernels_at(tile_centres(tiles, image.shape[-2], image.shape[-1]).to(image.device), side)
    done = 0

    def deblur(part: Tensor, kernel: Tensor) -> Tensor:
        nonlocal done
        progress(_ESTIMATION_SHARE + (1.0 - _ESTIMATION_SHARE) * done / len(tiles))
        done += 1
        return sharpened(part, kernel, sigma, run.check)

    return deblurred_tiles(image, kernels, tiles, deblur)


def _mosaic(kernels: Tensor) -> Tensor:
    """Return nine kernels ``(9, k, k)`` as one plane, three by three, each with the same peak."""
    rows = (kernels / kernels.amax((-2, -1), keepdim=True)).view(3, 3, *kernels.shape[-2:])
    return torch.cat([torch.cat(list(row), dim=1) for row in rows], dim=0)


def _mean_roll(movement: Movement) -> float:
    """Return how far the camera rolled, in degrees: twice the standard deviation of the roll."""
    shares = movement.roll_shares()
    mean = sum(angle * share for angle, share in shares)
    return 2.0 * sqrt(sum((angle - mean) ** 2 * share for angle, share in shares))
