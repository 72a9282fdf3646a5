"""Total variation by fast gradient projection on the dual problem.

Minimises ``½ ‖x - y‖² + λ TV(x)`` (Rudin, Osher, Fatemi 1992). Of a colour photo the lightness and, together, the two
opponent colours are smoothed, each with the λ that suits it: noise is as strong in both, but colours vary less. The
dual variable q holds a vector per pixel and channel, of length at most λ; the photo is ``x = y - Dᵀq`` with D the
forward differences (Chambolle 2004). Rows lie flat in memory, one after the other: q's horizontal part is zero in the
last column, so what wraps round a row's end is zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import sqrt
from threading import Lock

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.noise import activity, noise_levels, noise_report
from desktop_app.numerics.opponent import from_opponent, to_opponent
from desktop_app.numerics.parallel import in_parallel, on_one_thread
from plugins.restoration.total_variation.descriptor import TotalVariationParams, iterations_for

_STRIP = 1 << 17  # values per operation on a CPU, on one thread: so many that starting it is not what takes time
# λ/σ = _WEIGHT · (activity - _QUIET)^_DECLINE: least squares, over 36 grey photos of BSDS500 at σ from 10 to 50, from
# the λ that gave each the best PSNR. Noise alone has an activity of 1; less of it is no white noise, and no reason.
_WEIGHT, _QUIET, _DECLINE = 0.347, 0.95, -0.353
_ANISOTROPIC = 0.83  # of that weight: the sum of two sides is longer than their diagonal
_STEP = 0.125  # 1/8: the inverse of the bound on ‖DDᵀ‖ (Beck and Teboulle 2009, lemma 4.2)


def prepare(images: Tensor, params: TotalVariationParams, run: Run) -> list[tuple[float, list[float]]]:
    """Return each photo's noise and the λ of its lightness and its colours, in 8-bit levels."""
    sigmas = noise_levels(images, params.sigma, run.check)
    return [
        (sigma, [params.strength * smoothing_weight(part, sigma, params.variation) for part in parts_of(image)])
        for image, sigma in zip(images, sigmas, strict=True)
    ]


def run(images: Tensor, params: TotalVariationParams, run: Run) -> Result:
    """Denoise photos ``(N, C, H, W)`` float32, nominally in [0, 1]; values outside are kept."""
    prepared: list[tuple[float, list[float]]] = run.prepared
    with torch.no_grad():
        restored = [_denoise(image, weights, params, run) for image, (_, weights) in zip(images, prepared, strict=True)]
    reports = [{**noise_report(sigma, params.sigma), "weights": weights} for sigma, weights in prepared]
    return Result(image=torch.stack(restored), reports=reports)


def parts_of(image: Tensor) -> list[Tensor]:
    """Return what is smoothed together of a photo ``(C, H, W)``: lightness, opponent colours; of a grey one a plane."""
    if bool((image[1:] == image[:1]).all()):  # grey, though perhaps stored as colour
        return [image[:1]]
    planes = to_opponent(image)
    return [planes[:1], planes[1:]]


def _denoise(image: Tensor, weights: list[float], params: TotalVariationParams, run: Run) -> Tensor:
    """Denoise one photo with λ of so many 8-bit levels for each of its parts."""
    if not any(weights):
        run.check()
        return image.clone()
    if len(weights) == 1:
        told = _Progress(run, iterations_for(params, weights[0]))
        return on_one_thread(partial(_smoothed, image[:1], weights[0], params, told), image.device).expand_as(image)
    planes = to_opponent(image)
    parts = list(zip((planes[1:], planes[:1]), reversed(weights), strict=True))  # what takes longer begins
    told = _Progress(run, sum(len(part) * iterations_for(params, weight) for part, weight in parts))
    colours, lightness = in_parallel(lambda part: _smoothed(*part, params, told), parts, image.device)
    return from_opponent(torch.cat([lightness, colours]))


class _Progress:
    """What the user is told, and may stop, while parts of a photo are smoothed side by side."""

    def __init__(self, run: Run, count: int) -> None:
        self.check = run.check
        self._run, self._count, self._done, self._lock = run, count, 0, Lock()

    def iterated(self, planes: int) -> None:
        """Say that so many planes had one iteration more."""
        with self._lock:
            self._run.progress(self._done / self._count, "smoothing")
            self._done += planes


def smoothing_weight(image: Tensor, sigma: float, variation: str) -> float:
    """Return the λ, in 8-bit levels, that suits a photo: the busier its subject beside the noise, the less of it.

    Parameters
    ----------
    image : Tensor
        ``(C, H, W)`` float32, noisy.
    sigma : float
        Its noise in 8-bit levels.
    variation : str
        ``"isotropic"`` or ``"anisotropic"``.
    """
    if sigma == 0:
        return 0.0
    kind = _ANISOTROPIC if variation == "anisotropic" else 1.0
    distance = max(activity(image, sigma) - _QUIET, 1.0 - _QUIET)
    weight: float = kind * _WEIGHT * sigma * distance**_DECLINE
    return weight


@dataclass(frozen=True)
class _State:
    """One photo at work, in flat rows. One row more than the photo's stands before q's momentum, and after x.

    The dual variable's planes are those across (C of them), then those down.
    """

    noisy: list[Tensor]  # C of (H·W,)
    restored: list[Tensor]  # C of ((H + 1)·W,)
    dual: list[Tensor]  # 2·C of (H·W,)
    ahead: list[Tensor]  # 2·C of ((H + 1)·W,): q carried on by its momentum; the first row stays zero
    width: int

    @property
    def rows(self) -> int:
        """Height of the photo."""
        return len(self.noisy[0]) // self.width


@dataclass(frozen=True)
class _Ascent:
    """One iteration's constants, and working memory for a strip of every plane."""

    bound: float
    inertia: float
    variation: str
    steps: list[Tensor]  # 2·C
    norm: Tensor


def _smoothed(image: Tensor, weight: float, params: TotalVariationParams, told: _Progress) -> Tensor:
    """Smooth planes ``(C, H, W)`` together with λ of `weight` 8-bit levels."""
    state, bound = _start(image), _bound(weight, params, len(image))
    strips = _strips(state)
    *steps, norm = image.new_empty(2 * len(image) + 1, max(stop - start for start, stop in strips) * state.width)
    momentum = 1.0
    for _ in range(iterations_for(params, weight)):
        told.iterated(len(image))
        following = (1.0 + sqrt(1.0 + 4.0 * momentum**2)) / 2.0  # Beck and Teboulle 2009, eq. 4.9
        ascent = _Ascent(bound, (momentum - 1.0) / following, params.variation, steps, norm)
        for start, stop in strips:
            told.check()
            # One row ahead of the ascent, which reads the row below before that row's q moves.
            _restore_rows(state, start + 1 if start else 0, min(stop + 1, state.rows))
            _ascend(state, start, stop, ascent)
        momentum = following
    for ahead, dual in zip(state.ahead, state.dual, strict=True):
        ahead[state.width :] = dual
    _restore_rows(state, 0, state.rows)
    return torch.stack([plane[: -state.width] for plane in state.restored]).view(image.shape)


def _bound(weight: float, params: TotalVariationParams, channels: int) -> float:
    """Return λ in intensities: √C-fold for vectors over C channels, which are as much longer."""
    coupled = channels if params.variation == "isotropic" else 1
    return weight / 255.0 * sqrt(coupled)


def _start(image: Tensor) -> _State:
    channels, height, width = image.shape
    padded = (height + 1) * width
    return _State(
        noisy=list(image.reshape(channels, -1)),
        restored=list(image.new_zeros(channels, padded)),
        dual=list(image.new_zeros(2 * channels, height * width)),
        ahead=list(image.new_zeros(2 * channels, padded)),
        width=width,
    )


def _strips(state: _State) -> list[tuple[int, int]]:
    rows = max(1, _STRIP // state.width) if state.noisy[0].is_cpu else state.rows
    return [(start, min(start + rows, state.rows)) for start in range(0, state.rows, rows)]


def _restore_rows(state: _State, start: int, stop: int) -> None:
    """Write rows of ``x = y - Dᵀq``, with q as its momentum carries it (Beck and Teboulle 2009, eq. 4.3)."""
    low, high, width = start * state.width, stop * state.width, state.width
    if low >= high:
        return
    channels = len(state.noisy)
    here = slice(low + width, high + width)  # of q, which has a row of zeros before its first
    left = slice(here.start - 1, here.stop - 1)
    for noisy, restored, across, down in zip(
        state.noisy, state.restored, state.ahead[:channels], state.ahead[channels:], strict=True
    ):
        x = torch.add(noisy[low:high], across[here], out=restored[low:high])
        x.sub_(across[left]).add_(down[here]).sub_(down[low:high])


def _ascend(state: _State, start: int, stop: int, ascent: _Ascent) -> None:
    """Take a gradient step of q in rows, project it, and carry it on (Beck and Teboulle 2009, eqs. 4.7 to 4.10)."""
    width, channels = state.width, len(state.noisy)
    low, high = start * width, stop * width
    steps = [step[: high - low] for step in ascent.steps]
    ahead = [plane[low + width : high + width] for plane in state.ahead]
    for x, across, down in zip(state.restored, steps[:channels], steps[channels:], strict=True):
        torch.sub(x[low + 1 : high + 1], x[low:high], out=across)
        across.view(-1, width)[:, -1] = 0.0  # no neighbour to the right of the last column
        torch.sub(x[low + width : high + width], x[low:high], out=down)
        if stop == state.rows:
            down[-width:] = 0.0  # nor below the last row
    for plane, step in zip(ahead, steps, strict=True):
        torch.add(plane, step, alpha=_STEP, out=step)
    _project(steps, ascent.bound, ascent.variation, ascent.norm[: high - low])
    for plane, step, dual in zip(ahead, steps, state.dual, strict=True):
        torch.lerp(dual[low:high], step, 1.0 + ascent.inertia, out=plane)
        dual[low:high] = step


def _project(planes: list[Tensor], bound: float, variation: str, norm: Tensor) -> None:
    """Shorten the vectors to `bound`: of each pixel over directions and channels, or each number on its own."""
    if variation == "anisotropic":
        for plane in planes:
            plane.clamp_(-bound, bound)
        return
    torch.mul(planes[0], planes[0], out=norm)
    for plane in planes[1:]:
        norm.addcmul_(plane, plane)
    shrink = norm.clamp_(min=bound * bound).rsqrt_().mul_(bound)
    for plane in planes:
        plane.mul_(shrink)
