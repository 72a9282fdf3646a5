"""Non-local means on flat rows: one shift of the whole neighbourhood at a time.

The photo is padded and flattened, so that a shift by ``(dy, dx)`` is an offset in memory and every operation runs over
contiguous numbers; what wraps round a row's end stays within the padding. A shift and its opposite compare the same
patches, so half of them serve for all. On a CPU work goes in blocks, several at a time, each on one thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import e, log2

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.borders import mirror
from plugins.restoration.common.denoising import (
    Block,
    block_by_block,
    blocks_of,
    denoised,
    mirrored_lines,
    noise_of,
)  # fmt: skip
from plugins.restoration.nlm.descriptor import SMALLEST_PATCH, NlmParams, bandwidth, patch_size_for

_BLOCK = (256, 512)  # pixels, on a CPU: many for each of thousands of short operations, few enough for its caches
_SAMPLE = 24  # rows and columns on whose crossings patches are compared to choose their size
_LONELY = 0.015  # share of patches without a like from which on smaller ones do better
_BITS = log2(e)  # of e: powers of two take a third of the time of powers of e
_FEW_BITS = -100.0  # a weight as good as zero; numbers so small that they lose digits take ten times as long


def prepare(images: Tensor, params: NlmParams, run: Run) -> list[tuple[float, Window]]:
    """Return the noise of every photo, in 8-bit levels, and what is searched and compared."""
    sigmas = noise_of(images, params, run)
    return [(sigma, chosen_window(image, sigma, params)) for image, sigma in zip(images.detach(), sigmas, strict=True)]


def run(images: Tensor, params: NlmParams, run: Run) -> Result:
    """Denoise photos; colours are compared and averaged together.

    Photos are ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; values outside are kept.
    """
    prepared: list[tuple[float, Window]] = run.prepared
    steps = [partial(_denoise, window=window, run=run) for _, window in prepared]
    return denoised(images, params, [sigma for sigma, _ in prepared], steps)


@dataclass(frozen=True)
class Window:
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
    scaled: list[Tensor]  # the same in units in which a squared patch distance is d²/h², in bits
    weighted: list[Tensor]
    weights: Tensor
    width: int  # of a padded row


def chosen_window(image: Tensor, sigma: float, params: NlmParams) -> Window:
    """Return a window whose patches are as large as suits the noise, or smaller where too few have others like them."""
    size, search = patch_size_for(params, len(image), sigma), params.search_size // 2
    while True:
        window = Window(search, size, bandwidth(params, len(image), size))
        if params.patch_size or size <= SMALLEST_PATCH or lonely_share(image, sigma, window) < _LONELY:
            return window
        size -= 2


def lonely_share(image: Tensor, sigma: float, window: Window) -> float:
    """Return the share of patches, of some all over a photo ``(C, H, W)``, whose likes weigh less than they themselves.

    In dense texture few large patches are alike, unless it repeats, as stripes do.
    """
    rows, columns = (_around(size, window.pad, image.device) for size in image.shape[1:])
    seen = image[:, rows[:, None, :, None], columns[None, :, None, :]]
    patches = seen.unfold(3, window.patch, 1).unfold(4, window.patch, 1)
    own = patches[:, :, :, window.search, window.search, None, None]
    distance = (patches - own).square().mean((0, -2, -1))
    noise = sigma / 255.0
    weights = (2.0 * noise**2 - distance).clamp(max=0.0).div((window.strength * noise) ** 2).clamp(min=_FEW_BITS).exp()
    return float((weights.sum((2, 3)) < 2.0).float().mean())  # of which 1 is its own


def _around(size: int, pad: int, device: torch.device) -> Tensor:
    """Return places spread over a line, `pad` to both sides of each, reflected at the ends ``(n, 2·pad + 1)``."""
    places = torch.linspace(0, size - 1, min(size, _SAMPLE), device=device).round().long()
    return mirror(size, pad, pad, device)[places[:, None] + torch.arange(2 * pad + 1, device=device)]


def _denoise(image: Tensor, sigma: float, window: Window, run: Run) -> Tensor:
    work = partial(_block, image, sigma, window, run)
    return block_by_block(image, blocks_of(image, *_BLOCK), work, run, "comparing patches")


def _block(image: Tensor, sigma: float, window: Window, run: Run, block: Block) -> Tensor:
    flat = _flatten(image, block, sigma, window)
    height, pad = block[1].stop - block[1].start, window.pad
    _sum_over_shifts(flat, height, window, run)
    weights = flat.weights.add_(1.0)  # a patch is like itself
    planes = [total.add_(own).div_(weights) for total, own in zip(flat.weighted, flat.values, strict=True)]
    return torch.stack(planes).view(len(planes), -1, flat.width)[:, pad : pad + height, pad : flat.width - pad]


def _flatten(image: Tensor, block: Block, sigma: float, window: Window) -> _Flat:
    """Cut a block out of the padded photo and lay its rows one after the other."""
    rows = mirrored_lines(image, block, 1, window.pad)
    rows = torch.cat([rows, rows[-1:]])  # one row more, into which the last patch's offsets may run
    columns = mirrored_lines(image, block, 2, window.pad)
    values = [plane.index_select(0, rows).index_select(1, columns).flatten() for plane in image]
    bandwidth = window.strength * sigma / 255.0 * window.patch * (len(values) / _BITS) ** 0.5
    return _Flat(
        values=values,
        scaled=[plane / bandwidth for plane in values],
        weighted=[torch.zeros_like(plane) for plane in values],
        weights=torch.zeros_like(values[0]),
        width=len(columns),
    )


def half_of_shifts(search: int) -> list[tuple[int, int]]:
    """Return the shifts ``(dy, dx)`` of a search window, one of each opposite pair, without the zero shift."""
    return [(dy, dx) for dy in range(search + 1) for dx in range(-search, search + 1) if (dy, dx) > (0, 0)]


def _sum_over_shifts(flat: _Flat, height: int, window: Window, run: Run) -> None:
    halo = window.patch // 2 * (flat.width + 1)
    start, stop = halo, (window.pad + height) * flat.width
    low, high = start - halo, stop + halo
    buffers = [flat.weights.new_empty(high - low) for _ in range(3)]
    # Buades 2011, section 2: w = exp(-max(d² - 2σ², 0) / h²), with h = window.strength · σ
    noise = torch.tensor(2.0 * _BITS / (window.strength * window.patch) ** 2).to(flat.weights)  # of a patch's value
    planes = list(zip(flat.values, flat.weighted, strict=True))
    here = slice(start, stop)
    for down, right in half_of_shifts(window.search):
        run.check()
        offset = down * flat.width + right
        there = slice(start + offset, stop + offset)
        pairs = [(plane[low:high], plane[low + offset : high + offset]) for plane in flat.scaled]
        weight = _patch_likeness(pairs, window.patch, flat.width, noise, buffers).clamp_(_FEW_BITS, 0.0).exp2_()
        for values, weighted in planes:
            weighted[here].addcmul_(weight, values[there])
            weighted[there].addcmul_(weight, values[here])
        flat.weights[here].add_(weight)
        flat.weights[there].add_(weight)


def _patch_likeness(
    pairs: list[tuple[Tensor, Tensor]], size: int, width: int, noise: Tensor, buffers: list[Tensor]
) -> Tensor:
    """Return how far the noise's part exceeds the squared distance of patches, summed over channels.

    Buades 2011, eq. 3, over h², in bits; `noise` is the noise's part of one value of a patch.
    """
    difference, square, columns = (buffer[: len(pairs[0][0])] for buffer in buffers)
    excess = noise
    for here, there in pairs:
        torch.sub(here, there, out=difference)
        excess = torch.addcmul(excess, difference, difference, value=-1.0, out=square)
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
