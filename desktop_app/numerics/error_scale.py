"""How far a restoration may be off at each pixel, by the look of it: a small learnt rule, right up to a factor.

It knows neither tool nor truth: only the result and what was taken away from the photo around each pixel, and what a
learnt denoiser makes of both and how sure it is, as logarithms of their energies at several scales. What those say of
an error was learnt from restorations whose truth was known (``training.error_scale``), by the likelihood of absolute
errors under a Laplace distribution (Kendall, Gal 2017, arXiv:1703.04977, eq. 5, as their L1 form).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.numerics.filters import box_mean, gaussian_blur
from desktop_app.numerics.resize import resize_bicubic
from desktop_app.numerics.strips import row_strips, rows_of

__all__ = ["ASKED", "FEATURES", "WEIGHTS", "Opinion", "Rule", "asked_by", "error_scale", "features", "opinions",
           "read_rule", "taken_away"]

WEIGHTS = "calibration/error_scale.safetensors"
"""Where the rule lies below ``resources/``."""

ASKED: tuple[str, Mapping[str, str]] = ("denoise.deep", {"removed": "any"})
"""The tool whose second opinion the rule was taught with, and its parameters."""

Opinion = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Of photos ``(N, C, H, W)`` float32: how they look without noise, of the same shape, and how far each value of that
may be off, ``(N, H, W)`` in [0, 1]."""

Rule = Mapping[str, Tensor]
"""``mean`` and ``deviation (F,)``, then layers: ``weight0 (h, F)``, ``bias0 (h,)``, ``weight1`` …, all float32."""

_FLOOR = 0.5 / 255.0  # half a level: an 8-bit truth is no better known
_WINDOWS = (1, 2, 4, 8, 16)  # pixels: radii
_BLURS = (0.7, 2.0, 5.0)
_FINE = (0.7, 1.5, 3.0)
_COARSE = (1.0, 2.0, 4.0)
_APART = (0.7, 1.5, 4.0)
_REACH = 28  # pixels: the widest blur and the window after it
_STRIP = 1 << 18  # pixels
FEATURES = len(_WINDOWS) * 2 + len(_BLURS) + 2 * len(_FINE) + 2 * len(_COARSE) + 4 + 2 * (len(_APART) + 2)


def error_scale(
    result: Tensor, given: Tensor, rule: Rule, ask: Opinion, check: Callable[[], None] = lambda: None
) -> Tensor:
    """Return how far a restoration may be off, up to a factor: ``(N, H, W)`` float32, above 0, of values in [0, 1].

    Parameters
    ----------
    result : Tensor
        ``(N, C, H, W)`` float32, nominally in [0, 1].
    given : Tensor
        What was restored, ``(N, C', h, w)`` float32; of another size, it is brought to the result's.
    rule : Rule
        As `read_rule` gives it.
    ask : callable
        An `Opinion`: that of the tool `ASKED`.
    check : callable
        Called between strips; what it raises stops the work.
    """
    removed, others = taken_away(result, given), opinions(result, given, ask)
    plane, level = result.mean(1, keepdim=True), removed.square().mean((1, 2, 3), keepdim=True)
    layers = {name: values.to(result) for name, values in rule.items()}
    scale = torch.empty_like(plane[:, 0])
    for strip in row_strips(plane.shape[-2], rows_of(_STRIP, plane.shape[-1], _REACH), _REACH):
        check()
        read = [part[..., strip.read, :] for part in (plane, removed, others)]
        seen = features(read[0], read[1], read[2], level)[..., strip.core, :]
        scale[:, strip.place] = _said(seen, layers).exp()
    return scale


def taken_away(result: Tensor, given: Tensor) -> Tensor:
    """Return what a restoration took away from a photo, ``(N, 1, H, W)`` float32: the channels' mean, of its size."""
    return _as_large_as(result, given.mean(1, keepdim=True)) - result.mean(1, keepdim=True)


def asked_by(call: Callable[..., Any]) -> Opinion:
    """Return the opinion of the tool `ASKED`, which a tool has called by its ``run.call``."""

    def ask(photos: Tensor) -> tuple[Tensor, Tensor]:
        found = call(ASKED[0], photos, ASKED[1])
        return found.image, found.maps[0].values / 255.0

    return ask


def opinions(result: Tensor, given: Tensor, ask: Opinion) -> Tensor:
    """Return what another makes of a photo and of its restoration, ``(N, 4, H, W)`` float32.

    Of the photo, brought to the result's size, and then of the result: the channels' mean without noise, and how far
    that may be off.
    """
    found = []
    for photo in (_as_large_as(result, given), result):
        calm, doubt = ask(photo)
        found += [calm.mean(1, keepdim=True), doubt[:, None]]
    return torch.cat(found, dim=1).float()


def _as_large_as(result: Tensor, given: Tensor) -> Tensor:
    size = (result.shape[-2], result.shape[-1])
    return given if given.shape[-2:] == result.shape[-2:] else resize_bicubic(given, size)


def features(plane: Tensor, removed: Tensor, others: Tensor, level: Tensor) -> Tensor:
    """Return what is seen of a result around each pixel, ``(N, F, H, W)`` float32; mostly logarithms.

    Parameters
    ----------
    plane, removed : Tensor
        ``(N, 1, H, W)`` float32: the result, and what was taken away.
    others : Tensor
        ``(N, 4, H, W)`` float32, as `opinions` gives it.
    level : Tensor
        ``(N, 1, 1, 1)`` float32: the mean square of that over the whole photo.
    """
    energy, gradient = removed.square(), _gradient(plane)
    found = [_log(_deviation(plane, radius)) for radius in _WINDOWS]
    found += [_log(gaussian_blur(gradient, sigma)) for sigma in _BLURS]
    found += [_ratio(box_mean(energy, radius), level) for radius in _WINDOWS]
    for sigma in _COARSE:  # a denoiser leaves noise, which is fine, where it errs not; structure is coarse
        coarse = gaussian_blur(removed, sigma)
        found += [_log(coarse.abs()), _log(box_mean(coarse.square(), 3 * int(sigma)).sqrt())]
    for sigma in _FINE:
        fine = plane - gaussian_blur(plane, sigma)
        found += [_log(fine.abs()), _log(box_mean(fine.abs(), 2))]
    fine = plane - gaussian_blur(plane, 1.0)
    shared = box_mean(removed * fine, 4) / (box_mean(fine.square(), 4) + _FLOOR**2)
    found += [shared.clamp(-3.0, 3.0), _log(removed.abs()), plane.clamp(0.0, 1.0), _log(level.sqrt()).expand_as(plane)]
    for calm, doubt in ((others[:, :1], others[:, 1:2]), (others[:, 2:3], others[:, 3:])):
        apart = plane - calm
        found += [_log(apart.abs()), _log(doubt)]
        found += [_log(gaussian_blur(apart.square(), sigma).sqrt()) for sigma in _APART]
    return torch.cat(found, dim=1)


@cache
def read_rule(path: Path) -> Rule:
    """Return the rule of a safetensors file."""
    from safetensors.torch import load_file

    return load_file(path)


def _said(seen: Tensor, layers: Rule) -> Tensor:
    """Return the logarithm of the scale, ``(N, H, W)``, of features ``(N, F, H, W)``."""
    values = (seen.movedim(1, -1) - layers["mean"]) / layers["deviation"]
    count = sum(name.startswith("weight") for name in layers)
    for index in range(count):
        values = F.linear(values, layers[f"weight{index}"], layers[f"bias{index}"])
        values = F.silu(values) if index < count - 1 else values
    return values[..., 0].clamp(-8.0, 0.0)  # a fifteenth of a level; all of the range


def _deviation(plane: Tensor, radius: int) -> Tensor:
    mean = box_mean(plane, radius)
    return (box_mean(plane.square(), radius) - mean.square()).clamp_min(0.0).sqrt()


def _gradient(plane: Tensor) -> Tensor:
    padded = F.pad(plane, (1, 1, 1, 1), mode="replicate")
    across = padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]
    down = padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]
    return 0.5 * (across.square() + down.square()).sqrt()


def _log(values: Tensor) -> Tensor:
    return (values + _FLOOR).log()


def _ratio(energy: Tensor, level: Tensor) -> Tensor:
    return ((energy + _FLOOR**2) / (level + _FLOOR**2)).log()
