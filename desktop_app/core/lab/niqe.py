"""NIQE: how far a picture's statistics are from those of good photos. It needs no reference."""

from __future__ import annotations

from functools import cache
from math import lgamma
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from desktop_app.api.errors import ParameterError
from desktop_app.api.resources import bundled
from desktop_app.core.json_text import parsed_json

if TYPE_CHECKING:
    from torch import Tensor

BLOCK = 96  # pixels, the side of a patch
FEATURES = 36
WEIGHTS = "weights/niqe/niqe.safetensors"
CARD = "weights/niqe/niqe.json"
_SIGMA, _RADIUS = 7 / 6, 3  # of the window in which contrast is normalised
_SHIFTS = ((0, 1), (1, 0), (1, 1), (1, -1))  # the neighbours that a pixel is multiplied with
_CHUNK = 16  # patches whose statistics are computed at once

Planes = NDArray[np.float32]
Numbers = NDArray[np.float64]


class Pristine(NamedTuple):
    """What good photos look like: the mean ``(36,)`` and the covariance ``(36, 36)`` of their patches' features."""

    mean: Numbers
    covariance: Numbers


def niqe(picture: Planes, pristine: Pristine | None = None) -> float:
    """Say how natural a picture looks; lower is better, a good photo has 2 to 4, a ruined one 10 and more.

    Parameters
    ----------
    picture : ndarray
        ``(C, H, W)`` float32, nominally in [0, 1], H and W at least 96; clipped to [0, 1]. Colour becomes
        grey by BT.601.
    pristine : Pristine, optional
        What it is measured against; the statistics that come with the program when absent.

    Returns
    -------
    float
        Distance of two multivariate Gaussians, without unit.

    Raises
    ------
    ParameterError
        If a side is shorter than a patch, or the picture is flat throughout: it then has no statistics.

    Notes
    -----
    Mittal, Soundararajan, Bovik, "Making a completely blind image quality analyzer", IEEE Signal Processing Letters
    20(3), 2013, doi:10.1109/LSP.2012.2227726, equation 10. The picture is cropped to whole patches.
    """
    features = patch_features(picture)[0]
    known = features[np.isfinite(features).all(axis=1)]
    if not len(known):
        raise ParameterError("expected a picture with some texture for NIQE, got a flat one; use another picture")
    target = pristine or bundled_statistics()
    spread = np.cov(known, rowvar=False) if len(known) > 1 else np.zeros((FEATURES, FEATURES))
    apart = target.mean - known.mean(axis=0)
    return float(np.sqrt(apart @ np.linalg.pinv((target.covariance + spread) / 2) @ apart))


def patch_features(picture: Planes) -> tuple[Numbers, Numbers]:
    """Return the features ``(n, 36)`` of a picture's patches, and how sharp each of them is ``(n,)``.

    A patch with nothing in it, such as a burnt-out sky, has NaN among its features. Sharpness is the mean local
    deviation in 8-bit levels (equation 11).

    Raises
    ------
    ParameterError
        If a side is shorter than a patch.
    """
    import torch

    from desktop_app.numerics.resize import resize_bicubic

    height, width = (side // BLOCK * BLOCK for side in picture.shape[1:])
    if not min(height, width):
        size = f"{picture.shape[2]}×{picture.shape[1]}"
        raise ParameterError(f"expected a picture of at least {BLOCK}×{BLOCK} pixels for NIQE, got {size}")
    with torch.no_grad():
        image = torch.from_numpy(_grey(picture[:, :height, :width]))
        normal, deviation = _normalised(image)
        sharpness = _patches(deviation, BLOCK).mean(dim=(1, 2)).double().numpy()
        first = _features(_patches(normal, BLOCK))
        half, _ = _normalised(resize_bicubic(image[None], (height // 2, width // 2))[0])
        second = _features(_patches(half, BLOCK // 2))
    return np.concatenate([first, second], axis=1), sharpness


@cache
def bundled_statistics() -> Pristine:
    """Return the statistics that come with the program, fitted by ``training.niqe``."""
    from safetensors.numpy import load_file

    arrays = load_file(bundled(WEIGHTS))
    return Pristine(arrays["mean"], arrays["covariance"])


@cache
def origin() -> str:
    """Return which statistics `bundled_statistics` gives: their file's digest, and the photos they are fitted on."""
    card = parsed_json(bundled(CARD).read_text(encoding="utf-8"))
    photos = card["dataset"]
    return (
        f"{card['id']} {card['sha256'][:12]}, fitted on {photos['patches']:,} patches of {photos['photos']} photos of "
        f"{photos['name']}"
    )


def _grey(picture: Planes) -> Planes:
    """Return ``(H, W)`` in 8-bit levels, not rounded."""
    clipped = np.clip(picture, 0.0, 1.0) * np.float32(255.0)
    weights = np.array([0.299, 0.587, 0.114] if len(clipped) == 3 else [1.0], np.float32)
    return np.ascontiguousarray(np.einsum("chw,c->hw", clipped, weights), np.float32)


def _normalised(image: Tensor) -> tuple[Tensor, Tensor]:
    """Return the picture without its local mean and contrast (equations 1 to 3), and that contrast."""
    import torch

    offsets = torch.arange(-_RADIUS, _RADIUS + 1, dtype=torch.float32)
    window = torch.exp(-0.5 * (offsets / _SIGMA) ** 2)
    window /= window.sum()
    centred = image - 128.0  # squares keep their digits in float32
    mean = _blurred(centred, window)
    deviation = (_blurred(centred * centred, window) - mean * mean).abs().sqrt()
    return (centred - mean) / (deviation + 1.0), deviation


def _blurred(image: Tensor, window: Tensor) -> Tensor:
    import torch.nn.functional as F

    padded = F.pad(image[None, None], (_RADIUS,) * 4, mode="replicate")
    return F.conv2d(F.conv2d(padded, window[None, None, :, None]), window[None, None, None, :])[0, 0]


def _patches(image: Tensor, side: int) -> Tensor:
    rows, columns = image.shape[0] // side, image.shape[1] // side
    return image.view(rows, side, columns, side).transpose(1, 2).reshape(-1, side, side)


def _features(patches: Tensor) -> Numbers:
    """Return the 18 features of one scale (section II-C)."""
    import torch

    from desktop_app.numerics.parallel import in_parallel

    return np.concatenate(list(in_parallel(_some_features, torch.split(patches, _CHUNK), patches.device)))


def _some_features(patches: Tensor) -> Numbers:
    shape, left, right = _fitted(patches)
    columns = [shape, (left + right) / 2]
    for shift in _SHIFTS:
        shape, left, right = _fitted(patches * patches.roll(shift, dims=(1, 2)))
        columns += [shape, (right - left) * _gamma_ratio(2 / shape, 1 / shape), left, right]  # equation 8
    return np.stack(columns, axis=1)


def _fitted(patches: Tensor) -> tuple[Numbers, Numbers, Numbers]:
    """Fit an asymmetric generalised Gaussian to each patch: its shape, and its width to either side (equation 4).

    Lasmar, Stitou, Berthoumieu, "Multiscale skewed heavy tailed model for texture analysis", ICIP 2009,
    doi:10.1109/ICIP.2009.5414404: moments are matched by a table.
    """
    flat = patches.flatten(1)
    sides = (flat.clamp(max=0.0), flat.clamp(min=0.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        below, above = (np.sqrt((side.square().sum(1) / (side != 0).sum(1)).double().numpy()) for side in sides)
        ratio = below / above
        spread = (flat.abs().mean(1).square() / flat.square().mean(1)).double().numpy()
        wanted = spread * (ratio**3 + 1) * (ratio + 1) / (ratio**2 + 1) ** 2
    shapes, moments = _table()
    shape = np.where(np.isfinite(wanted), shapes[_nearest(moments, wanted)], np.nan)
    width = np.sqrt(_gamma_ratio(1 / shape, 3 / shape))
    return shape, below * width, above * width


def _nearest(ascending: Numbers, wanted: Numbers) -> NDArray[np.intp]:
    right = np.searchsorted(ascending, wanted).clip(1, len(ascending) - 1)
    is_left = wanted - ascending[right - 1] < ascending[right] - wanted
    return np.where(is_left, right - 1, right)


@cache
def _table() -> tuple[Numbers, Numbers]:
    """Return shapes from 0.2 to 10 with their squared first over second absolute moments, which ascend."""
    shapes = np.arange(0.2, 10.001, 0.001)
    return shapes, _gamma_ratio(2 / shapes, 1 / shapes) * _gamma_ratio(2 / shapes, 3 / shapes)


def _gamma_ratio(above: Numbers, below: Numbers) -> Numbers:
    """Return Γ(above) / Γ(below)."""
    return np.exp(_log_gamma(above) - _log_gamma(below))


def _log_gamma(values: Numbers) -> Numbers:
    return np.array([lgamma(value) for value in values.tolist()])
