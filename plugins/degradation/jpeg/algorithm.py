"""JPEG: the cosine coefficients of 8×8 blocks, rounded to multiples of a table, as libjpeg writes and shows them."""

from __future__ import annotations

from math import sqrt

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.jpeg import CHROMA, LUMA, cosines, scaled
from plugins.degradation.jpeg.descriptor import JpegParams

# JFIF 1.02's weights of red, green and blue, times 2¹⁶ and rounded as in libjpeg
_TO_YCC = ((19595.0, 38470.0, 7471.0), (-11059.0, -21709.0, 32768.0), (32768.0, -27439.0, -5329.0))
_FACTORS = {"4:2:0": (2, 2), "4:2:2": (1, 2), "4:4:4": (1, 1)}  # rows, columns of light to one of colour


def run(images: Tensor, params: JpegParams, run: Run) -> Result:
    """Compress and show photos, in 8 bits as JPEG does; values outside [0, 1] are clipped.

    Photos are ``(N, C, H, W)`` float32, a grey photo has one component.
    """
    run.check()
    levels = (images * 255.0).round_().clamp_(0.0, 255.0)
    if images.shape[1] == 1:
        return Result(image=_coded(levels, scaled(LUMA, params.quality)).div_(255.0))
    planes = _ycc(levels)
    run.check()
    light = _coded(planes[:, :1], scaled(LUMA, params.quality))
    factors, table = _FACTORS[params.subsampling], scaled(CHROMA, params.quality)
    colours = []
    for plane in (planes[:, 1:2], planes[:, 2:]):
        run.check()
        colours.append(_in_full(_coded(_sparse(plane, factors), table), factors, images.shape[2], images.shape[3]))
    run.check()
    return Result(image=_rgb(light, *colours).div_(255.0))


def _ycc(levels: Tensor) -> Tensor:
    """Return light and colours, rounded; all is whole numbers below 2²⁴, which float32 holds exactly."""
    weighted = torch.einsum("ij,njhw->nihw", torch.tensor(_TO_YCC).to(levels), levels)
    halves = torch.tensor([32768.0, 32767.0, 32767.0]).to(levels).view(3, 1, 1)
    planes = weighted.add_(halves).div_(65536.0).floor_()
    planes[:, 1:] += 128.0
    return planes


def _rgb(light: Tensor, blue: Tensor, red: Tensor) -> Tensor:
    blue, red = blue - 128.0, red - 128.0
    shifts = [(part + 32768.0).div_(65536.0).floor_() for part in (91881.0 * red, -22554.0 * blue - 46802.0 * red)]
    shifts.append((116130.0 * blue + 32768.0).div_(65536.0).floor_())
    return torch.cat([light + shift for shift in shifts], 1).clamp_(0.0, 255.0)


def _coded(plane: Tensor, table: Tensor) -> Tensor:
    """Return a plane ``(N, 1, H, W)`` after its coefficients are quantised; its border is repeated to fill blocks.

    Between rows and columns libjpeg keeps whole numbers, four times too large; so do we, or halves fall otherwise.
    """
    height, width = plane.shape[-2:]
    full = F.pad(plane - 128.0, (0, -width % 8, 0, -height % 8), mode="replicate")
    transform, steps = (cosines() * sqrt(8.0)).to(plane), table.to(plane)
    rows = (_blocks(full) @ transform.T * 4.0).round_()
    eighths = (transform @ rows / 4.0).round_()
    quantised = eighths.sign() * ((eighths.abs() + 4.0 * steps) / (8.0 * steps)).floor_()
    columns = (transform.T @ (quantised * steps) * 4.0).round_()
    shown = _plane((columns @ transform / 32.0).add_(128.0).round_(), full.shape)
    return shown[..., :height, :width].clamp_(0.0, 255.0)


def _blocks(plane: Tensor) -> Tensor:
    """Return the blocks ``(N, rows, columns, 8, 8)`` of a plane ``(N, 1, H, W)``."""
    n, _, height, width = plane.shape
    return plane.reshape(n, height // 8, 8, width // 8, 8).transpose(2, 3)


def _plane(blocks: Tensor, shape: torch.Size) -> Tensor:
    return blocks.transpose(2, 3).reshape(shape)


def _sparse(plane: Tensor, factors: tuple[int, int]) -> Tensor:
    """Return the means of neighbours, halves rounded up and down in turn as libjpeg does."""
    rows, columns = factors
    if columns == 1:
        return plane
    height, width = plane.shape[-2:]
    full = F.pad(plane, (0, -width % 16, 0, -height % rows), mode="replicate")
    total = full[..., 0::2] + full[..., 1::2]
    if rows == 2:
        total = total[..., 0::2, :] + total[..., 1::2, :]
    bias = (torch.arange(total.shape[-1], device=plane.device) % 2).to(plane) + (rows - 1)
    return ((total + bias) / (2.0 * rows)).floor_()


def _in_full(plane: Tensor, factors: tuple[int, int], height: int, width: int) -> Tensor:
    """Return a sparse plane in full resolution, each value three quarters of the nearer and one of the farther."""
    rows, columns = factors
    if columns == 1:
        return plane
    plane = plane[..., : -(-width // 2)]
    if rows == 2:
        tall = _interleaved(*_mixed(plane, 2), 2)
        even, odd = _mixed(tall, 3)
        wide = _interleaved(((even + 8.0) / 16.0).floor_(), ((odd + 7.0) / 16.0).floor_(), 3)
    else:
        even, odd = _mixed(plane, 3)
        wide = _interleaved(((even + 1.0) / 4.0).floor_(), ((odd + 2.0) / 4.0).floor_(), 3)
    return wide[..., :height, :width]


def _mixed(plane: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """Return three times each value plus the one before it, and plus the one after it; ends are repeated."""
    length = plane.shape[dim]
    place = torch.arange(length, device=plane.device)
    before = plane.index_select(dim, (place - 1).clamp_(min=0))
    after = plane.index_select(dim, (place + 1).clamp_(max=length - 1))
    return 3.0 * plane + before, 3.0 * plane + after


def _interleaved(even: Tensor, odd: Tensor, dim: int) -> Tensor:
    return torch.stack([even, odd], dim + 1).flatten(dim, dim + 1)
