"""Non-local means on flat rows: one shift of the whole neighbourhood at a time.

The photo is padded and flattened, so that a shift by ``(dy, dx)`` is an offset in memory and every operation runs over
contiguous numbers; what wraps round a row's end stays within the padding. A shift and its opposite compare the same
patches, so half of them serve for all. On a CPU work goes in blocks of columns and strips of those, which stay in the
processor's cache.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.noise import activity
from plugins.restoration.common.denoising import NO_NOISE, denoised, noise_of
from plugins.restoration.nlm.descriptor import NlmParams, bandwidth, patch_size_for

# Values per operation on a CPU. From 32,768 on torch shares an operation among threads, which then wait for each other
# at every one of many thousand short operations: where anything else runs on the machine, that takes many times longer.
_STRIP = (1 << 15) - 1
_COLUMNS = 1024  # of a block: narrow enough for a strip to be much higher than a patch


def prepare(images: Tensor, params: NlmParams, run: Run) -> list[tuple[float, int]]:
    """Return the noise of every photo, in 8-bit levels, and the side of its patches."""
    sigmas = noise_of(images, params, run)
    return [
        (sigma, patch_size_for(params, len(image), sigma, activity(image, sigma) if sigma > NO_NOISE else 1.0))
        for image, sigma in zip(images.detach(), sigmas, strict=True)
    ]


def run(images: Tensor, params: NlmParams, run: Run) -> Result:
    """Denoise photos; colours are compared and averaged together.

    Photos are ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; values outside are kept.
    """
    prepared: list[tuple[float, int]] = run.prepared
    sigmas = [sigma for sigma, _ in prepared]
    steps = [partial(_denoise, patch=patch, params=params, run=run) for _, patch in prepared]
    return denoised(images, params, sigmas, steps)


@dataclass(frozen=True)
class _Window:
    """What is searched and compared, in pixels, and how unlike patches may be."""

    search: int  # radius
    patch: int  # side
    strength: float  # h/σ

    @property
    def pad(self) -> int:
        """How far a pixel looks."""
        return self.search + self.patch // 2


@dataclass(frozen=True)
class _Flat:
    """The padded photo in flat rows, and sums over shifts of the same layout."""

    values: list[Tensor]  # C of (padded,)
    scaled: list[Tensor]  # the same in units in which a squared patch distance is d²/h²
    weighted: list[Tensor]
    weights: Tensor
    width: int  # of a padded row


def _denoise(image: Tensor, sigma: float, patch: int, params: NlmParams, run: Run) -> Tensor:
    window = _Window(params.search_size // 2, patch, bandwidth(params, len(image), patch))
    height, width = image.shape[1:]
    columns = _COLUMNS if image.device.type == "cpu" else width
    restored = torch.empty_like(image)
    for left in range(0, width, columns):
        right = min(left + columns, width)
        flat = _flatten(image, left, right, sigma, window)
        _sum_over_shifts(flat, height, window, run, (left / width, right / width))
        restored[:, :, left:right] = _average(flat, height, window)
    return restored


def _flatten(image: Tensor, left: int, right: int, sigma: float, window: _Window) -> _Flat:
    """Cut a block of columns out of the padded photo and lay its rows one after the other."""
    pad = window.pad
    rows = mirror(image.shape[1], pad, image.device)
    rows = torch.cat([rows, rows[-1:]])  # one row more, into which the last patch's offsets may run
    columns = mirror(image.shape[2], pad, image.device)[left : right + 2 * pad]
    values = [plane.index_select(0, rows).index_select(1, columns).flatten() for plane in image]
    bandwidth = window.strength * sigma / 255.0 * window.patch * len(values) ** 0.5
    return _Flat(
        values=values,
        scaled=[plane / bandwidth for plane in values],
        weighted=[torch.zeros_like(plane) for plane in values],
        weights=torch.zeros_like(values[0]),
        width=len(columns),
    )


def _average(flat: _Flat, height: int, window: _Window) -> Tensor:
    """Divide by the sum of weights and cut the padding off; a patch is like itself: weight 1."""
    pad = window.pad
    weights = flat.weights.add_(1.0)
    planes = [total.add_(own).div_(weights) for total, own in zip(flat.weighted, flat.values, strict=True)]
    return torch.stack(planes).view(len(planes), -1, flat.width)[:, pad : pad + height, pad : flat.width - pad]


def mirror(size: int, pad: int, device: torch.device) -> Tensor:
    """Return the indices that reflect a line of `size` pixels by `pad` at both ends, for any size from 1."""
    period = max(2 * size - 2, 1)
    index = torch.arange(-pad, size + pad, device=device) % period
    return torch.minimum(index, (period - index) % period) if size > 1 else torch.zeros_like(index)


def half_of_shifts(search: int) -> list[tuple[int, int]]:
    """Return the shifts ``(dy, dx)`` of a search window, one of each opposite pair, without the zero shift."""
    return [(dy, dx) for dy in range(search + 1) for dx in range(-search, search + 1) if (dy, dx) > (0, 0)]


def _sum_over_shifts(flat: _Flat, height: int, window: _Window, run: Run, span: tuple[float, float]) -> None:
    offsets = [dy * flat.width + dx for dy, dx in half_of_shifts(window.search)]
    halo = window.patch // 2 * (flat.width + 1)
    first, last = halo, (window.pad + height) * flat.width
    strip = min(max(_STRIP - 2 * halo, 2 * halo, 1), last - first) if flat.weights.is_cpu else last - first
    buffers = [flat.weights.new_empty(strip + 2 * halo) for _ in range(3)]
    for start in range(first, last, strip):
        done = (start - first) / (last - first)
        run.progress(span[0] + (span[1] - span[0]) * done, "comparing patches")
        _sum_strip(flat, start, min(start + strip, last), offsets, window, run, buffers)


def _sum_strip(
    flat: _Flat, start: int, stop: int, offsets: list[int], window: _Window, run: Run, buffers: list[Tensor]
) -> None:
    halo = window.patch // 2 * (flat.width + 1)
    # Buades 2011, section 2: w = exp(-max(d² - 2σ², 0) / h²), with h = window.strength · σ
    noise = torch.tensor(2.0 / window.strength**2, dtype=flat.weights.dtype)
    planes = list(zip(flat.values, flat.weighted, strict=True))
    here, low, high = slice(start, stop), start - halo, stop + halo
    for offset in offsets:
        run.check()
        pairs = [(plane[low:high], plane[low + offset : high + offset]) for plane in flat.scaled]
        distance = _patch_distance(pairs, window.patch, flat.width, buffers)
        weight = torch.sub(noise, distance, out=distance).clamp_(max=0.0).exp_()
        there = slice(start + offset, stop + offset)
        for values, weighted in planes:
            weighted[here].addcmul_(weight, values[there])
            weighted[there].addcmul_(weight, values[here])
        flat.weights[here].add_(weight)
        flat.weights[there].add_(weight)


def _patch_distance(pairs: list[tuple[Tensor, Tensor]], size: int, width: int, buffers: list[Tensor]) -> Tensor:
    """Return the squared distance of patches, summed over channels: Buades 2011, eq. 3, in units of h²."""
    difference, square, columns = (buffer[: len(pairs[0][0])] for buffer in buffers)
    for channel, (here, there) in enumerate(pairs):
        torch.sub(here, there, out=difference)
        if channel == 0:
            torch.mul(difference, difference, out=square)
        else:
            square.addcmul_(difference, difference)
    summed = box_sum(square, size, 1, columns, difference)
    return box_sum(summed, size, width, square, difference)


def box_sum(line: Tensor, size: int, step: int, out: Tensor, spare: Tensor) -> Tensor:
    """Return sums of `size` (odd) values that lie `step` apart, as slices added to each other.

    Not as differences of running sums, which cancel in float32. Pairs are added first: a sum of two serves twice.

    Parameters
    ----------
    line : Tensor
        ``(n,)``.
    size, step : int
        How many values, and how far apart.
    out, spare : Tensor
        Memory of at least n values each, other than that of `line`.

    Returns
    -------
    Tensor
        ``(n - (size - 1)·step,)``, a part of `out`, or `line` itself when `size` is 1.
    """
    if size == 1:
        return line
    count = line.numel() - (size - 1) * step
    pairs = torch.add(line[:-step], line[step:], out=spare[: line.numel() - step])
    total = torch.add(pairs[:count], line[(size - 1) * step :], out=out[:count])
    for index in range(2, size - 1, 2):
        total.add_(pairs[index * step : index * step + count])
    return total
