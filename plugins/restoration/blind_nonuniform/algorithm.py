"""Blind deblurring of camera rotation: inverts ``y = Σ w(θ) H(θ) x + e``, the shares of time w unknown.

H(θ) is what the photo becomes when the camera is turned by θ (pitch, yaw, roll). Windows all over the photo are
deblurred with few edges as by the L0 method, and the shares are those that explain the edges of all windows at once.
They give every place of the photo its kernel, and the photo is deblurred with all of them. Where one kernel for the
whole photo clearly explains other windows as well, it is taken instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import ceil, inf, sqrt
from statistics import median
from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Map, Result, Run
from desktop_app.numerics.appearance import luminance
from desktop_app.numerics.blind import coarse_to_fine, ridge_for
from desktop_app.numerics.deconvolution import SparsePrior
from desktop_app.numerics.kernel_estimation import fitted, normalised
from desktop_app.numerics.parallel import on_one_thread
from plugins.restoration.blind_nonuniform.descriptor import BlindNonuniformParams
from plugins.restoration.blind_nonuniform.motion import Movement
from plugins.restoration.blind_nonuniform.poses import View
from plugins.restoration.blind_nonuniform.windows import estimation_windows
from plugins.restoration.common.blind_restoration import result_of, sharpened, unless_skipped
from plugins.restoration.common.blur_field import BlurField, deconvolve_field
from plugins.restoration.common.faded_tiles import Tile, deblurred_tiles, tiles_of
from plugins.restoration.common.few_edges import few_edges
from plugins.restoration.common.kernel_search import (
    LEAST_EVIDENCE,
    SMALLEST_KERNEL,
    Blur,
    estimation_plane,
    evidence,
    find_blur,
    noise_of_luminance,
)
from plugins.restoration.common.last_step import ITERATIONS, sparse_prior
from plugins.restoration.common.progress import share_of

_UNIFORM_SHARE, _ESTIMATION_SHARE = 0.1, 0.5  # of the running time, for the progress bar
_WINDOWS_PER_SIDE = 3  # kernels that the photo's side has to hold, so that there are windows to look at
_JUDGED = 0.7  # side of the kernels whose windows show whether an explanation holds: smaller ones show less
_LEAST_OF_MOVEMENT = 0.07  # evidence: less than one kernel needs, for its kernels are tied to each other
_LEAST_OF_ONE = 0.13  # evidence from which one kernel is preferred to a movement: some rolls look like a shake
_RICHER = 0.02  # by which a movement has to win, and a longer one again: it has more poses to fit noise with
_SPREAD = (-0.18, 0.0, 0.18)  # sides from a window's centre: the standard deviation of a squared Hann window is 0.14
_CELL = 16  # pixels of a side that share a kernel before kernels are interpolated
_SHOWN = (-0.4, 0.0, 0.4)  # places along a side whose kernels the map shows, in sides from the centre


def run(images: Tensor, params: BlindNonuniformParams, run: Run) -> Result:
    """Deblur photos with a movement of the camera found in their luminance.

    Photos are ``(N, C, H, W)`` float32, C 1 or 3; values outside [0, 1] are kept.
    """
    with torch.no_grad():
        parts = [_restore(image, index, len(images), params, run) for index, image in enumerate(images)]
    run.progress(1.0)
    restored, blurs, shown, reports = zip(*parts, strict=True)
    result = result_of(torch.stack(restored), blurs, run.prepared, params)
    layer = Map(
        name="kernels over the photo", values=_of_one_size(shown), kind="estimate", unit="share", is_aligned=False,
        meaning="The blur at nine places, laid out as in the photo: the share of the light that came from each offset.",
    )
    return Result(
        image=result.image, maps=[*result.maps, layer], artifacts=result.artifacts,
        reports=[{**report, **more} for report, more in zip(result.reports, reports, strict=True)],
    )


def _of_one_size(planes: Sequence[Tensor]) -> Tensor:
    side = max(len(plane) for plane in planes)
    return torch.stack([fitted(plane, side) for plane in planes])


def _restore(
    image: Tensor, index: int, count: int, params: BlindNonuniformParams, run: Run
) -> tuple[Tensor, Blur, Tensor, dict[str, Any]]:
    """Return the sharp photo, the blur at its centre, the kernels of nine places, and the report."""

    def progress(done: float, message: str = "taking the blur away") -> None:
        run.progress((index + done) / count, message)

    sigma = run.prepared[index]
    blur, movement = on_one_thread(lambda: _explained(image, sigma, params, run, progress), image.device)
    blur, side = unless_skipped(blur, params), len(blur.kernel)
    if movement is None or (params.skip_sharp and not blur.shows):
        restored = sharpened(
            image, blur, sigma, lambda done: progress(_ESTIMATION_SHARE + (1.0 - _ESTIMATION_SHARE) * done)
        )
        return restored, blur, _mosaic(blur.kernel.expand(9, -1, -1)), {"roll": 0.0, "blur_differs": False}
    _, height, width = image.shape
    places = torch.tensor([[x * width, y * height] for y in _SHOWN for x in _SHOWN], device=image.device)
    kernels = movement.kernels_at(places, side)
    restored = _sharpened(image, movement, side, sparse_prior(sigma, blur.error), run, progress)
    blur = replace(blur, kernel=kernels[4])
    return restored, blur, _mosaic(kernels), {"roll": _mean_roll(movement), "blur_differs": True}


def _explained(
    image: Tensor, sigma: float, params: BlindNonuniformParams, run: Run, progress: Callable[[float, str], None],
) -> tuple[Blur, Movement | None]:
    """Return the one blur of a photo ``(C, H, W)``, and the movement if that explains the photo better."""

    def looking(done: float) -> None:
        progress(done, "looking for the blur")

    uniform = find_blur(
        image, params, sigma, lambda boldness: few_edges(boldness * params.edge_price, run.check),
        lambda done: looking(_UNIFORM_SHARE * done),
    )
    if len(uniform.kernel) > min(image.shape[-2:]) // _WINDOWS_PER_SIDE:
        return uniform, None
    plane = luminance(image[None])[0, 0]
    sigma = noise_of_luminance(estimation_plane(plane, len(uniform.kernel)), image, sigma)
    return find_movement(
        plane, uniform.kernel, sigma, params, run,
        lambda done: looking(_UNIFORM_SHARE + (_ESTIMATION_SHARE - _UNIFORM_SHARE) * done),
    )


def find_movement(
    plane: Tensor, uniform: Tensor, sigma: float, params: BlindNonuniformParams, run: Run,
    progress: Callable[[float], None],
) -> tuple[Blur, Movement | None]:
    """Return a plane's blur, and the movement of the camera where that explains more, or a kernel too little.

    The plane is ``(H, W)``. A movement makes kernels of at most the side of the kernel `uniform`, ``(k, k)``. Windows
    all over the photo are asked how much each explanation explains there, and the median counts: a blur is everywhere,
    and what only looks like one is not.
    """
    side, view = len(uniform), View.of(plane, params.focal_length)
    reaches = sorted({side, max(SMALLEST_KERNEL, side // 2 | 1)})  # the shorter finds short blurs more surely
    judged, centres = estimation_windows(plane, round(_JUDGED * side), run.check)
    places = _places_within(centres, judged.shape[-1])
    of_uniform = _typical_evidence(judged, uniform.expand(len(judged), -1, -1), sigma, run)
    blur, best = Blur(uniform, of_uniform, of_uniform > LEAST_EVIDENCE), None
    may_stay = params.may_be_uniform and of_uniform > _LEAST_OF_ONE
    least = of_uniform + _RICHER if may_stay else -inf
    for attempt, reach in enumerate(reaches):
        windows, middles = estimation_windows(plane, reach, run.check)
        movement = _movement_of(windows, middles, view, reach, params, run, share_of(progress, attempt, len(reaches)))
        kernels = movement.kernels_at(places, reach).view(len(judged), -1, reach, reach)
        value = _typical_evidence(judged, kernels, sigma, run)
        if value > least:
            blur, best, least = Blur(uniform, value, value > _LEAST_OF_MOVEMENT), movement, value + _RICHER
    return blur, best


def _places_within(centres: Tensor, side: int) -> Tensor:
    """Return nine places ``(9 P, 2)`` of windows around centres ``(P, 2)``, where their spectra look."""
    steps = torch.tensor(_SPREAD, device=centres.device) * side
    return (centres[:, None] + torch.cartesian_prod(steps, steps)).flatten(0, 1)


def _typical_evidence(windows: Tensor, kernels: Tensor, sigma: float, run: Run) -> float:
    """Return the median of what kernels ``(P, k, k)``, or several each, explain of windows ``(P, s, s)``."""
    values = []
    for window, kernel in zip(windows, kernels, strict=True):
        run.check()
        values.append(evidence(window, kernel, sigma))
    return median(values)


def _movement_of(
    windows: Tensor, centres: Tensor, view: View, side: int, params: BlindNonuniformParams, run: Run,
    progress: Callable[[float], None],
) -> Movement:
    """Return the movement that explains the windows ``(P, s, s)`` around centres ``(P, 2)`` best."""
    movement = Movement(view, centres, params.max_roll, ridge_for(windows), run.check)
    coarse_to_fine(
        windows, side, few_edges(params.edge_price, run.check), progress, turns=params.turns,
        solve=movement.solve, clean=normalised, centre=movement.centre, favours_middle=True,
    )
    return movement


def _sharpened(
    image: Tensor, movement: Movement, side: int, prior: SparsePrior, run: Run, progress: Callable[[float], None]
) -> Tensor:
    tiles = tiles_of(image.shape[-2], image.shape[-1])
    view = movement.view
    done = 0

    def taking(share: float) -> None:
        progress(_ESTIMATION_SHARE + (1.0 - _ESTIMATION_SHARE) * share)

    def deblur(part: Tensor, place: Tile) -> Tensor:
        nonlocal done
        planes = []
        for plane in part:
            part_of = share_of(taking, done, len(tiles) * len(part))
            part_of(0.0)
            field = BlurField.of(plane, _kernels_over(plane, place, view, movement, side), run.check)
            planes.append(deconvolve_field(plane, field, prior, ITERATIONS, part_of))
            done += 1
        return torch.stack(planes)

    return deblurred_tiles(image, side // 2, tiles, deblur)


def _kernels_over(plane: Tensor, place: Tile, view: View, movement: Movement, side: int) -> Tensor:
    """Return kernels ``(rows, columns, k, k)`` for the cells of a part ``(h, w)`` that lies at a place of the photo."""
    starts, lengths, whole = (place.top, place.left), plane.shape, (view.height, view.width)
    down, across = (
        start + (torch.arange(count, device=plane.device) + 0.5) * length / count - total / 2.0
        for start, length, total, count in zip(starts, lengths, whole, [ceil(n / _CELL) for n in lengths], strict=True)
    )
    centres = torch.cartesian_prod(down, across).flip(1)
    return movement.kernels_at(centres, side).view(len(down), len(across), side, side)


def _mosaic(kernels: Tensor) -> Tensor:
    """Return nine kernels ``(9, k, k)`` as one plane, three by three, each with the same peak."""
    rows = (kernels / kernels.amax((-2, -1), keepdim=True)).view(3, 3, *kernels.shape[-2:])
    return torch.cat([torch.cat(list(row), dim=1) for row in rows], dim=0)


def _mean_roll(movement: Movement) -> float:
    """Return how far the camera rolled, in degrees: twice the standard deviation of the roll."""
    shares = movement.roll_shares()
    mean = sum(angle * share for angle, share in shares)
    return 2.0 * sqrt(sum((angle - mean) ** 2 * share for angle, share in shares))
