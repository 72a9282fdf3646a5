"""The calibration that ships: thresholds of the usual denoisers by noise, made by ``training.conformal``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from math import log
from typing import Any

from desktop_app.api import ToolError
from desktop_app.api.resources import bundled

__all__ = ["Threshold", "bundled_threshold", "own_calibration"]

_VERSION = 1  # of the table's form
_LEAST_FOUND = 4.0  # levels: less is not told from fine texture, nor from what a photo lost when it was saved


@dataclass(frozen=True)
class Threshold:
    """λ, what it was set on: JSON-able facts, and the white noise in levels that was not cut off there."""

    value: float
    checked: Mapping[str, Any]
    noise: float = 0.0


def bundled_threshold(
    tool: str, params: Mapping[str, Any], channels: int, sigma: float, alpha: float, delta: float | None, *,
    is_told: bool = True,
) -> Threshold:  # fmt: skip
    """Return the threshold of a tool at a noise of `sigma` levels, between the two nearest that were measured.

    Noise that nobody told, but that was found in the photo, must be enough to be told from texture.

    Raises
    ------
    ToolError
        If the tool, its parameters or the noise are none that the calibration knows, it is for other weights than
        ship now, or it has no bound for α and δ.
    """
    table = _table()
    known = table["tools"].get(tool)
    if known is None:
        raise ToolError(f"expected a restoration with a calibration ({', '.join(table['tools'])}), got {tool}; "
                        f"{own_calibration(tool, sigma)}")
    others = [name for name, digest in {**table["weights"], **known["weights"]}.items() if _digest(name) != digest]
    if table["version"] != _VERSION or others:
        raise ToolError(f"expected a calibration of {tool} as it ships, got one for other weights "
                        f"({', '.join(others) or 'in another form'}), which is not used; "
                        f"{own_calibration(tool, sigma)}")
    strange = sorted(name for name, value in params.items() if name != "sigma" and value != known["params"].get(name))
    if strange:
        raise ToolError(f"expected {tool} at its defaults, for which its calibration holds, got {', '.join(strange)}; "
                        f"leave them out, or {own_calibration(tool, sigma)}")
    rows = known["grey" if channels == 1 else "colour"]
    levels = [float(row["sigma"]) for row in rows]
    if not levels[0] <= sigma <= levels[-1]:
        raise ToolError(f"expected noise of {levels[0]:g} to {levels[-1]:g} levels, for which {tool} is calibrated, "
                        f"got {sigma:.1f}, and beyond them its width would be a guess; {own_calibration(tool, sigma)}")
    if not is_told and levels[0] > 0.0 and sigma < _LEAST_FOUND:
        raise ToolError(f"expected noise of {_LEAST_FOUND:g} levels or more where {tool} has to find it, got about "
                        f"{sigma:.1f}, which may as well be fine texture or what saving as JPEG left; tell the tool "
                        f"the noise if you know it, or {own_calibration(tool, sigma)}")
    upper = next(place for place, level in enumerate(levels) if sigma <= level)
    lower = max(upper - 1, 0)
    ends = [_at(rows[place], alpha, delta) for place in (lower, upper)]
    if None in ends:
        raise ToolError(f"expected an α and δ for which {rows[upper]['n']} photos are enough, got {alpha:g} and "
                        f"{delta}; raise them")
    first, last = (float(end) for end in ends if end is not None)
    share = 0.0 if lower == upper else (sigma - levels[lower]) / (levels[upper] - levels[lower])
    checked = {"on": table["on"], "n": rows[upper]["n"], "alpha": alpha, "sigma": round(sigma, 2),
               "coverage_elsewhere": rows[upper]["coverage_elsewhere"]}  # fmt: skip
    value = first + share * (last - first)
    return Threshold(value, checked if delta is None else checked | {"delta": delta}, noise=sigma)


def own_calibration(tool: str, sigma: float) -> str:
    """Return how a calibration of a tool for a photo with noise of `sigma` levels is made."""
    noise = "degrade.gaussian_noise:" + json.dumps({"sigma": round(sigma, 1)})
    return (f"calibrate it on clean photos at this noise (verilens evaluate {tool} FOLDER -o DIR --degrade '{noise}'), "
            "or on photos with a known truth, and give DIR/calibration.tif")


@cache
def _digest(name: str) -> str:
    """Return the SHA-256 of a bundled file."""
    return sha256(bundled(name).read_bytes()).hexdigest()


@cache
def _table() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bundled("calibration/conformal.json").read_text(encoding="utf-8"))
    return found


def _at(row: Mapping[str, Any], alpha: float, delta: float | None) -> float | None:
    """Return λ between the two nearest α that were measured, on a logarithmic scale; δ is the next smaller one."""
    if delta is None:
        return _between(row["alphas"], row["average"], alpha)
    usable = [name for name in row["confidence"] if float(name) <= delta]
    return _between(row["alphas"], row["confidence"][max(usable, key=float)], alpha) if usable else None


def _between(alphas: Sequence[float], values: Sequence[float | None], alpha: float) -> float | None:
    if not alphas[0] <= alpha <= alphas[-1]:
        return None
    upper = next(place for place, each in enumerate(alphas) if alpha <= each)
    lower = max(upper - 1, 0)
    first, last = values[lower], values[upper]
    if alphas[upper] == alpha or first is None or last is None:
        return last
    share = log(alpha / alphas[lower]) / log(alphas[upper] / alphas[lower])
    return first + share * (last - first)
