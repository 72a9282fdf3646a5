"""Contrast-limited adaptive histogram equalisation of the luminance.

The photo is divided into regions, each with the tone curve that would equalise its histogram, made less steep: what a
bin holds above the limit is spread over all bins. A pixel's tone is interpolated between the curves of the four nearest
regions, and along the curve, so that there are neither seams nor steps. A pixel's colours are scaled alike.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.appearance import luminance
from desktop_app.numerics.strips import row_strips, rows_of
from plugins.restoration.clahe.descriptor import ClaheParams

_BINS = 256
_STRIP = 1 << 18  # pixels
_SMALLEST = 16  # pixels of a region's side: fewer do not make a histogram
_ROUNDS = 12  # of spreading what exceeds the limit; each leaves less than half of it
_BLACK = 0.5 / 255.0  # below it a colour has no hue to keep


def run(images: Tensor, params: ClaheParams, run: Run) -> Result:
    """Equalise photos.

    Photos are ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; what lies outside is moved by as much as the end
    of the scale.
    """
    with torch.no_grad():
        return Result(image=torch.stack([_equalised(image, params, run) for image in images]))


def _equalised(image: Tensor, params: ClaheParams, run: Run) -> Tensor:
    height, width = image.shape[-2:]
    curves = tone_curves(image, params, run)
    result = torch.empty_like(image)
    for strip in row_strips(height, rows_of(_STRIP, width)):
        run.progress(0.4 + 0.6 * strip.rows.start / height, "applying tone curves")
        part = image[:, strip.place]
        luma = luminance(part)[0]
        change = (_looked_up(curves, luma, strip.rows, height) - luma.clamp(0.0, 1.0)).mul_(params.blend)
        result[:, strip.place] = _relit(part, luma, change)
    return result


def tone_curves(image: Tensor, params: ClaheParams, run: Run) -> Tensor:
    """Return every region's tone curve ``(bins + 1, rows, columns)``: its values at the edges of the bins."""
    down, across = (min(params.regions, max(1, size // _SMALLEST)) for size in image.shape[-2:])
    curves = image.new_empty(_BINS + 1, down, across)
    for row, (top, bottom) in enumerate(_parts(image.shape[-2], down)):
        run.progress(0.4 * row / down, "counting tones")
        luma = luminance(image[:, top:bottom])[0]
        for column, (left, right) in enumerate(_parts(image.shape[-1], across)):
            curves[:, row, column] = _curve(luma[:, left:right], params.clip_limit)
    return curves


def _parts(size: int, count: int) -> list[tuple[int, int]]:
    return [(index * size // count, (index + 1) * size // count) for index in range(count)]


def _curve(luma: Tensor, limit: float) -> Tensor:
    """Return the cumulated share of darker tones, from 0 to 1, nowhere steeper than the limit."""
    tones = (luma.flatten() * _BINS).long().clamp_(0, _BINS - 1)
    shares = torch.bincount(tones, minlength=_BINS).to(luma.dtype) / tones.numel()
    highest = limit / _BINS
    for _ in range(_ROUNDS):
        excess = (shares - highest).clamp_(min=0.0).sum() / _BINS
        shares = shares.clamp_(max=highest).add_(excess)
    return torch.cat([shares.new_zeros(1), shares.cumsum(0) / shares.sum()])


def _looked_up(curves: Tensor, luma: Tensor, rows: range, height: int) -> Tensor:
    """Return the tone ``(h, W)`` of each pixel: linear between regions down, across, and between bins."""
    bins, down, across = curves.shape
    width = luma.shape[1]
    # grid_sample's coordinates run from -1 to 1 between the outer edges of the outermost samples.
    y = 2.0 * (torch.arange(rows.start, rows.stop, device=luma.device, dtype=luma.dtype) + 0.5) / height - 1.0
    x = 2.0 * (torch.arange(width, device=luma.device, dtype=luma.dtype) + 0.5) / width - 1.0
    tone = 2.0 * (luma.clamp(0.0, 1.0) * (bins - 1) + 0.5) / bins - 1.0
    grid = torch.stack([x.expand_as(luma), y[:, None].expand_as(luma), tone], dim=-1)
    volume = curves.view(1, 1, bins, down, across)
    sampled = F.grid_sample(volume, grid[None, None], mode="bilinear", padding_mode="border", align_corners=False)
    return sampled[0, 0, 0]


def _relit(image: Tensor, luma: Tensor, change: Tensor) -> Tensor:
    """Scale a pixel's colours with its luma; near black, where they are noise, shift them alike."""
    if image.shape[0] == 1:
        return image + change
    gain = 1.0 + change / luma.clamp(min=_BLACK)
    return torch.where(luma > _BLACK, image * gain, image + change)
