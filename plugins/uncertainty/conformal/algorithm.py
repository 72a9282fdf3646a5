"""The restoration with an interval of the width that was set on other photos (`desktop_app.numerics.conformal`)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from desktop_app.api import Map, ParameterError, Result, Run, ToolError
from desktop_app.api.resources import bundled
from desktop_app.numerics.clipping import before_clipping, is_within_ends
from desktop_app.numerics.conformal import (
    LADDERS,
    fewest_photos,
    lambda_in_confidence,
    lambda_on_average,
)
from desktop_app.numerics.error_scale import WEIGHTS, asked_by, error_scale, read_rule
from desktop_app.numerics.jpeg import blockiness
from desktop_app.numerics.noise import estimate_sigma
from plugins.uncertainty.conformal.bundled import Threshold, bundled_threshold, own_calibration
from plugins.uncertainty.conformal.descriptor import ConformalParams

_CAVEAT = "the promise is about photos like those it was set on; for another kind of photo or noise it does not hold"
_BLOCKY = 1.15  # times the jumps between other pixels: clean photos and noisy ones stay below
_USUAL = (0.1, 0.9)  # shares of the photos between which the noise is usual: texture is taken for more
_FEW = 0.015  # of the true values, held beyond what was asked for: noticeably too wide
_TIMES, _APART = 1.5, 4.0  # levels: how far above the noise that a tool was told of texture may bring the estimate


def run(images: Tensor, params: ConformalParams, run: Run) -> Result:
    """Restore photos ``(N, C, H, W)`` float32, nominally in [0, 1], and say between which bounds the truth lies.

    Returns
    -------
    Result
        The restoration; the maps ``half-width`` in 8-bit levels, ``lower`` and ``upper`` in [0, 1] of the channels'
        mean.

    Raises
    ------
    ToolError
        If no calibration fits the restoration, its parameters or the noise, or photos are too few for the promise.
    ParameterError
        If the calibration is none.
    """
    run.progress(0.0, "restoring", until=0.95)
    with torch.no_grad():
        result = run.target(images).float()
    delta = params.delta
    found = [_threshold(image, index, params.alpha, delta, run) for index, image in enumerate(images)]
    factor = result.new_tensor([one.value for one in found]).view(-1, 1, 1)
    width = factor * error_scale(result, images, read_rule(bundled(WEIGHTS)), asked_by(run.call), run.check)
    lower, upper = _bounds(result, width, images, found)
    half = (upper - lower) / 2.0
    shared: dict[str, Any] = {"standing": "calibrated", "checked": [one.checked for one in found]}
    share, sure = f"{1 - params.alpha:.0%}", "" if delta is None else f", with confidence {1 - delta:.0%}"
    words = f"{'at least ' if delta is not None else ''}{share} of true values{sure}"
    maps = [
        Map(name="half-width", values=255.0 * half, kind="uncertainty", unit="levels",
            meaning=f"Half the width of the interval that holds {words}.", **shared),
        Map(name="lower", values=lower.clamp(0.0, 1.0), kind="estimate", unit="1",
            meaning=f"The lower end of the interval that holds {words}.", colormap="gray", **shared),
        Map(name="upper", values=upper.clamp(0.0, 1.0), kind="estimate", unit="1",
            meaning=f"The upper end of the interval that holds {words}.", colormap="gray", **shared),
    ]  # fmt: skip
    reports = [
        _report(one, float(values.mean()) * 255.0, params) for one, values in zip(found, half, strict=True)
    ]
    return Result(image=result, maps=maps, reports=reports)


def _bounds(result: Tensor, width: Tensor, images: Tensor, found: list[Threshold]) -> tuple[Tensor, Tensor]:
    """Return the lower and upper ends, ``(N, H, W)``, of a restoration's channels' mean.

    Noise that was cut off at black and white has moved what a denoiser finds near them: the ends are moved back, each
    channel by itself (`desktop_app.numerics.clipping`). Photos on which thresholds were set had all of their noise.
    """
    ends = [result - width[:, None], result + width[:, None]]
    for place, (image, one) in enumerate(zip(images, found, strict=True)):
        if one.noise > 0.0 and image.shape == result.shape[1:] and is_within_ends(image):
            for end in ends:
                end[place] = before_clipping(end[place], one.noise)
    return ends[0].mean(1), ends[1].mean(1)


def _threshold(image: Tensor, index: int, alpha: float, delta: float | None, run: Run) -> Threshold:
    if "calibration" in run.inputs:
        given = run.inputs["calibration"]
        return _own(given[index if len(given) > 1 else 0, 0].cpu(), alpha, delta, image, run)
    tool, params = run.target.tool, run.target.params
    told, noise = params.get("sigma"), estimate_sigma(image, run.check)
    sigma = noise if told is None else float(told)
    found = bundled_threshold(tool, params, len(image), sigma, alpha, delta, is_told=told is not None)
    if (jumps := blockiness(image)) > _BLOCKY:
        raise ToolError(f"expected a photo without JPEG's blocks, for which {tool} is calibrated, got one that jumps "
                        f"{jumps:.2f} times as far at every eighth pixel as elsewhere; {own_calibration(tool, sigma)}")
    if noise > _TIMES * sigma + _APART:
        raise ToolError(f"expected noise of about the {sigma:g} levels that {tool} was told of, got {noise:.1f} levels "
                        "in this photo, for which its width would not hold; tell it the noise that there is")
    return found


def _whole_noise(levels: Tensor, image: Tensor, run: Run) -> float:
    """Return the noise of a photo in levels if that of the calibration's, ``(n,)`` float32, was not cut off, else 0.

    What a restoration was told of; else what is found, no less and no more than theirs: cut off it seems less.
    """
    whole = levels[levels > 0.0]
    if not len(whole):
        return 0.0
    told = run.target.params.get("sigma")
    if told is not None:
        return float(told)
    least, most = (float(whole.quantile(share)) for share in _USUAL)
    return min(max(estimate_sigma(image, run.check), least), most)


def _own(table: Tensor, alpha: float, delta: float | None, image: Tensor, run: Run) -> Threshold:
    """Return the threshold for a photo of a calibration ``(n, steps)`` float32: of each photo the shares missed.

    A further column, where there is one, has the noise in levels that was not cut off in that photo.
    """
    has_noise = table.shape[1] - 1 in LADDERS
    curves, levels = (table[:, :-1], table[:, -1]) if has_noise else (table, table[:, :0])
    count, steps = curves.shape
    falls = bool((curves.diff(dim=1) <= 1e-6).all()) and 0.0 <= float(curves.min()) <= float(curves.max()) <= 1.0
    if steps not in LADDERS or not falls:
        raise ParameterError(f"expected a calibration.tif of verilens evaluate ({LADDERS[0]} falling shares a photo), "
                             f"got {count}×{steps} other values; give that file")
    needed = fewest_photos(alpha, delta)
    if count < needed:
        raise ToolError(f"expected a calibration of {needed} photos or more for this α and δ, got one of {count}; "
                        "evaluate more photos, or raise α")
    value = lambda_on_average(curves, alpha) if delta is None else lambda_in_confidence(curves, alpha, delta)
    if value is None:
        raise ToolError(f"expected a calibration by which an interval can hold {1 - alpha:.0%}, got one whose errors "
                        "are beyond every width; evaluate more photos, or raise α")
    checked = {"on": "the photos of the given calibration", "n": count, "alpha": alpha}
    facts = checked if delta is None else checked | {"delta": delta}
    return Threshold(value, facts, noise=_whole_noise(levels.flatten(), image, run))


def _report(found: Threshold, mean_half: float, params: ConformalParams) -> dict[str, Any]:
    promise = "conformal risk control" if params.delta is None else "risk-controlling prediction sets"
    return {
        "method": promise, "target_coverage": 1.0 - params.alpha, "mean_std": None, "mean_half_width": mean_half,
        "unit": "levels", "photos": found.checked["n"], "standing": "calibrated", "calibrated_on": found.checked["on"],
        "caveats": [*_of_few(found.checked["n"], params), _CAVEAT],
    }


def _of_few(count: int, params: ConformalParams) -> list[str]:
    """Return what few photos cost: ``n/(n+1) R + 1/(n+1) = α`` leaves less than α to be missed (arXiv:2208.02814)."""
    promised = 1.0 - params.alpha
    more = promised / count
    if params.delta is not None or more <= _FEW:
        return []
    return [f"set on {count} photos only, the width is made to hold {promised + more:.1%} on average, so that the "
            f"promise is kept whatever the next photo is like; more photos bring it nearer to {promised:.1%}"]
