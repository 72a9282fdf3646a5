"""Non-local means on flat rows: one shift of the whole neighbourhood at a time.

The photo is padded and flattened, so that a shift by ``(dy, dx)`` is an offset in memory and every operation runs over
contiguous numbers; what wraps round a row's end stays within the padding. A shift and its opposite compare the same
patches, so half of them serve for all. Work goes in strips that stay in the processor's cache.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from plugins.restoration.nlm.descriptor import NlmParams
from plugins.restoration.nlm.noise import estimate_sigma

_STRIP = 1 << 16  # values per buffer on a CPU: 256 KB, a few of which fit the second-level cache
_NO_NOISE = 1e-3  # levels below which there is nothing to remove


def prepare(images: Tensor, params: NlmParams, run: Run) -> list[float]:
    """Return each photo's noise in 8-bit levels: as given, else estimated from the whole photo."""
    if params.sigma is not None:
        return [params.sigma] * len(images)
    sigmas = []
    for image in images:
        run.check()
        sigmas.append(estimate_sigma(image.detach()))
    return sigmas


def run(images: Tensor, params: NlmParams, run: Run) -> Result:
    """Denoise photos ``(N, C, H, W)``; colours are compared and averaged together.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; values outside are kept.
    params : NlmParams
        Noise, strength, patch and search window.
    run : Run
        Its ``prepared`` holds the noise of every photo, in 8-bit levels.
    """
    sigmas: list[float] = run.prepared
    with torch.no_grad():
        restored = [_denoise(image, sigma, params, run) for image, sigma in zip(images, sigmas, strict=True)]
    return Result(
        image=torch.stack(restored),
        reports=[{"sigma": sigma, "sigma_is_estimated": params.sigma is None} for sigma in sigmas],
    )


@dataclass(frozen=True)
class _Flat:
    """The padded photo in flat rows, and sums over shifts of the same layout."""

    values: Tensor  # (C, padded)
    scaled: Tensor  # (C, padded), in units in which a squared patch distance is d²/h²
    weighted: Tensor  # (C, padded)
    weights: Tensor  # (padded,)
    width: int  # of a padded row


@dataclass(frozen=True)
class _Buffers:
    """Working memory of one strip, used again for every shift."""

    difference: Tensor  # (C, strip + halo)
    box: tuple[Tensor, Tensor]  # (strip + halo,) each


def _denoise(image: Tensor, sigma: float, params: NlmParams, run: Run) -> Tensor:
    if sigma < _NO_NOISE:
        return image.clone()
    search, patch = params.search_size // 2, params.patch_size // 2
    flat = _flatten(image, search + patch, params.strength * sigma / 255.0 * params.patch_size)
    _sum_over_shifts(flat, image.shape[1], params, run)
    restored = flat.weighted.add_(flat.values).div_(flat.weights.add_(1.0))  # a patch is like itself: weight 1
    rows = restored.view(image.shape[0], -1, flat.width)
    pad = search + patch
    return rows[:, pad : pad + image.shape[1], pad : pad + image.shape[2]].contiguous()


def _flatten(image: Tensor, pad: int, patch_bandwidth: float) -> _Flat:
    channels, height, width = image.shape
    rows = mirror(height, pad, image.device)
    rows = torch.cat([rows, rows[-1:]])  # one row more, into which the last patch's offsets may run
    padded = image.index_select(1, rows).index_select(2, mirror(width, pad, image.device))
    values = padded.reshape(channels, -1)
    return _Flat(
        values=values,
        scaled=values / (patch_bandwidth * channels**0.5),
        weighted=torch.zeros_like(values),
        weights=torch.zeros_like(values[0]),
        width=width + 2 * pad,
    )


def mirror(size: int, pad: int, device: torch.device) -> Tensor:
    """Return the indices that reflect a line of `size` pixels by `pad` at both ends, for any size from 1."""
    period = max(2 * size - 2, 1)
    index = torch.arange(-pad, size + pad, device=device) % period
    return torch.minimum(index, (period - index) % period) if size > 1 else torch.zeros_like(index)


def half_of_shifts(search: int) -> list[tuple[int, int]]:
    """Return the shifts ``(dy, dx)`` of a search window, one of each opposite pair, without the zero shift."""
    return [(dy, dx) for dy in range(search + 1) for dx in range(-search, search + 1) if (dy, dx) > (0, 0)]


def _sum_over_shifts(flat: _Flat, height: int, params: NlmParams, run: Run) -> None:
    search, patch = params.search_size // 2, params.patch_size // 2
    offsets = [dy * flat.width + dx for dy, dx in half_of_shifts(search)]
    halo = patch * (flat.width + 1)
    first, last = halo, (search + patch + height) * flat.width
    strip = min(_STRIP if flat.values.device.type == "cpu" else last, last - first)
    buffers = _allocate(flat, strip + 2 * halo)
    for start in range(first, last, strip):
        run.progress((start - first) / (last - first), "comparing patches")
        _sum_strip(flat, start, min(start + strip, last), offsets, params, run, buffers)


def _allocate(flat: _Flat, count: int) -> _Buffers:
    plane = flat.weights.new_empty
    return _Buffers(flat.values.new_empty(len(flat.values), count), (plane(count), plane(count)))


def _sum_strip(
    flat: _Flat, start: int, stop: int, offsets: list[int], params: NlmParams, run: Run, buffers: _Buffers
) -> None:
    halo = params.patch_size // 2 * (flat.width + 1)
    # Buades 2011, section 2: w = exp(-max(d² - 2σ², 0) / h²), with h = strength · σ
    noise = torch.tensor(2.0 / params.strength**2, dtype=flat.values.dtype)
    low, high = start - halo, stop + halo
    here = flat.scaled[:, low:high]
    values, weighted, weights = flat.values[:, start:stop], flat.weighted[:, start:stop], flat.weights[start:stop]
    for offset in offsets:
        run.check()
        there = flat.scaled[:, low + offset : high + offset]
        distance = _patch_distance(here, there, params.patch_size, flat.width, buffers)
        weight = torch.sub(noise, distance, out=distance).clamp_(max=0.0).exp_()
        there_range = slice(start + offset, stop + offset)
        weighted.addcmul_(weight, flat.values[:, there_range])
        flat.weighted[:, there_range].addcmul_(weight, values)
        weights.add_(weight)
        flat.weights[there_range].add_(weight)


def _patch_distance(here: Tensor, there: Tensor, size: int, width: int, buffers: _Buffers) -> Tensor:
    """Return the squared distance of patches, summed over channels: Buades 2011, eq. 3, in units of h²."""
    count = here.shape[1]
    difference = torch.sub(here, there, out=buffers.difference[:, :count])
    square, other = buffers.box[0][:count], buffers.box[1]
    torch.mul(difference[0], difference[0], out=square)
    for channel in difference[1:]:
        square.addcmul_(channel, channel)
    columns = box_sum(square, size, 1, other, buffers.difference[0])
    return box_sum(columns, size, width, buffers.box[0], buffers.difference[0])


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
