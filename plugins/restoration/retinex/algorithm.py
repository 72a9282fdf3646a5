"""Multi-scale retinex, with colours preserved or restored.

The photo is taken for reflectance times illumination, ``I = R · L``, and L for what wide Gaussians leave: log R is the
mean over three scales of ``log I - log (G ∗ I)``. Wide Gaussians are computed on a reduced photo.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from desktop_app.api import Map, Result, Run
from desktop_app.numerics.filters import enlarged_rows, gaussian_blur, reduce
from desktop_app.numerics.strips import row_strips, rows_of
from plugins.restoration.common.lowlight import brightened
from plugins.restoration.retinex.descriptor import RetinexParams

_SCALES = (0.06, 0.32, 1.0)  # of the largest surround: 15, 80 and 250 pixels of Petro 2014
_OFFSET = 4.0 / 255.0  # added before logarithms are taken: below it is noise, not detail
_MOST_GAIN = 5.0
_GAIN = 125.0  # α of Jobson 1997, eq. 8
_NARROW = 4.0  # pixels: Gaussians wider than that are computed on a reduced photo
_STRIP = 1 << 17  # pixels
_SAMPLES = 1 << 20  # from which the ends of the scale are read


@dataclass(frozen=True)
class _Surround:
    """A blurred photo, `factor` times smaller."""

    values: Tensor  # (1, C, h, w)
    factor: int


def run(images: Tensor, params: RetinexParams, run: Run) -> Result:
    """Even out the light of photos ``(N, C, H, W)``.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; values below 0 count as 0.
    params : RetinexParams
        Colours, scale, clipping, strength. With a strength of 0 the photo comes back as it was.
    run : Run
        Progress and cancellation.

    Returns
    -------
    Result
        The photo, and the illumination as a map.
    """
    with torch.no_grad():
        pairs = [_evened(image[None], params, run) for image in images]
    return Result(image=torch.cat([image for image, _ in pairs]), maps=[_map(torch.cat([seen for _, seen in pairs]))])


def _evened(image: Tensor, params: RetinexParams, run: Run) -> tuple[Tensor, Tensor]:
    height, width = image.shape[-2:]
    preserves = params.colour == "preserved" or image.shape[1] == 1
    surrounds = list(_surrounds(_basis(image, preserves), params.scale or 0.5 * min(height, width), run))
    low, high = _ends(image, surrounds, params, preserves, run)
    result, light = torch.empty_like(image), image.new_empty(1, height, width)
    for strip in row_strips(height, rows_of(_STRIP, width)):
        run.progress(0.3 + 0.7 * strip.rows.start / height, "evening out the light")
        part = image[..., strip.place, :]
        logs = _log_light(surrounds, strip.rows, width)
        balanced = ((_retinex(part, logs, preserves) - low) / (high - low)).clamp_(0.0, 1.0)
        evened = _with_intensity(part, balanced) if preserves else balanced
        result[..., strip.place, :] = torch.lerp(part, evened, params.strength)
        light[:, strip.place] = logs.mean(1).exp_().sub_(_OFFSET)
    return result, light


def _basis(image: Tensor, preserves: bool) -> Tensor:
    """Return what is compared: the intensity, or each colour."""
    return (image.mean(1, keepdim=True) if preserves else image).clamp(min=0.0)


def _surrounds(basis: Tensor, largest: float, run: Run) -> Iterator[_Surround]:
    for share in _SCALES:
        run.check()
        sigma = share * largest
        factor = max(1, int(sigma / _NARROW))
        yield _Surround(gaussian_blur(reduce(basis, factor), sigma / factor), factor)


def _log_light(surrounds: list[_Surround], rows: range, width: int) -> Tensor:
    """Return the mean logarithm of the surrounds, ``(1, C, len(rows), W)``."""
    logs = [
        enlarged_rows(surround.values, surround.factor, rows, width).add_(_OFFSET).log_() for surround in surrounds
    ]
    return torch.stack(logs).mean(0)


def _retinex(image: Tensor, log_light: Tensor, preserves: bool) -> Tensor:
    """Return the logarithm of the reflectance (Petro 2014, eq. 2), weighted to restore colours if wanted."""
    logs = (_basis(image, preserves) + _OFFSET).log_()
    detail = logs - log_light
    if preserves:
        return detail
    total = (image.clamp(min=0.0) + _OFFSET).sum(1, keepdim=True)
    return detail * (_GAIN * logs.exp() / total + 1.0).log_()  # Jobson 1997, eq. 8; β falls out with the scale


def _ends(
    image: Tensor, surrounds: list[_Surround], params: RetinexParams, preserves: bool, run: Run
) -> tuple[Tensor, Tensor]:
    """Return what becomes black and white, ``(1, C, 1, 1)`` each: the simplest colour balance of Petro 2014."""
    height, width = image.shape[-2:]
    rows = range(0, height, max(1, height * width // _SAMPLES))
    parts = []
    for start in range(0, len(rows), rows_of(_STRIP, width)):
        run.check()
        some = rows[start : start + rows_of(_STRIP, width)]
        sampled = image[..., some.start : some.stop : some.step, :]
        parts.append(_retinex(sampled, _log_light(surrounds, some, width), preserves))
    values = torch.cat(parts, dim=2).flatten(2).sort(dim=2).values
    run.check()
    clipped = min(round(values.shape[2] * params.clip / 100.0), (values.shape[2] - 1) // 2)
    low, high = values[:, :, clipped, None, None], values[:, :, -1 - clipped, None, None]
    flat = high - low < 1e-4  # a flat photo has no ends: it keeps its tone
    middle = _basis(image, preserves)[:, :, :1, :1].clamp(max=1.0)
    return torch.where(flat, low - middle, low), torch.where(flat, low - middle + 1.0, high)


def _with_intensity(image: Tensor, intensity: Tensor) -> Tensor:
    """Return the photo with another intensity and the same hue (Petro 2014, algorithm 2).

    Black is not lifted without end: beside a lamp it would stay darker than farther off, which shows as a halo.
    """
    positive = image.clamp(min=0.0).mean(1, keepdim=True)
    return brightened(image, (intensity / positive.clamp(min=1e-6)).clamp_(max=_MOST_GAIN))


def _map(values: Tensor) -> Map:
    return Map(
        name="illumination", values=values, kind="estimate", unit="share", colormap="magma",
        meaning="How bright the light around each place is thought to be; low is in shadow and is lifted.",
    )
