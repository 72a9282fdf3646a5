"""A restoration over photos whose truth is known: how near it comes, and how often its interval holds the truth."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np

from desktop_app.api.errors import Cancelled, InputError, VerilensError
from desktop_app.api.resources import bundled
from desktop_app.core.atomic import replaced_file, write_whole
from desktop_app.core.evaluation.measurable import whole_photo
from desktop_app.core.evaluation.opinions import asked_of
from desktop_app.core.json_text import parsed_json
from desktop_app.core.lab import ranking
from desktop_app.core.lab.metrics import psnr, ssim
from desktop_app.core.steps.owners import described, noise_of
from desktop_app.numerics.conformal import loss_curve
from desktop_app.numerics.error_scale import WEIGHTS, error_scale, read_rule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from desktop_app.core.application import Application
    from desktop_app.core.evaluation.pairs import Pair
    from desktop_app.core.imaging.raster import Raster
    from desktop_app.core.jobs.control import JobControl
    from desktop_app.core.jobs.request import Outcome, ToolRequest
    from desktop_app.core.steps.owners import Owner
    from desktop_app.numerics.error_scale import Opinion

    Planes = NDArray[np.float32]

__all__ = ["Work", "figures", "measured", "save_calibration"]

_USUAL = (0.1, 0.9)  # between which shares of the photos noise is usual: texture is taken for more

_SSIM_SIDE = 11  # pixels: its window
_LOWER, _UPPER = "lower", "upper"  # the maps of an interval, values in [0, 1] (see the contract)


@dataclass(frozen=True)
class Work:
    """What is done to each photo: perhaps degradations, then the tool; photo i's seed is the request's plus i."""

    tool: ToolRequest
    degradations: tuple[ToolRequest, ...] = ()


def measured(
    application: Application, work: Work, pairs: Sequence[Pair], folder: Path, control: JobControl
) -> list[dict[str, Any]]:
    """Return a row for each photo: ``psnr`` and ``ssim`` before and after, ``coverage`` where there is an interval.

    A photo that fails has an ``error`` in their place. What an earlier run has kept in the folder is not done again.

    Raises
    ------
    Cancelled
        If the user asked for it; what is done is kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for place, pair in enumerate(pairs):
        kept = folder / f"{place:08d}.json"
        row = _read(kept, pair.name)
        if row is None:
            part = control.part(place / len(pairs), (place + 1) / len(pairs))
            part.progress(0.0, pair.name)
            row = {"photo": pair.name, **_row(application, work, pair, place, part)}
            write_whole(kept, json.dumps(row).encode())
        rows.append(row)
    return rows


def figures(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return means over the photos without a fault, by their names in the contract; ``coverage`` is null without one.

    Raises
    ------
    InputError
        If every photo has failed.
    """
    good = [row for row in rows if "error" not in row]
    if not good:
        raise InputError(f"expected photos that the tool can restore, got faults alone: {rows[0]['error']}")
    names = ("psnr", "ssim", "coverage", "psnr_before", "ssim_before", "interval_width")
    means = {name: _mean(row.get(name) for row in good) for name in names}
    return {"n": len(good), **means, "maps": _mean_maps(good)}


def _mean_maps(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    maps: dict[str, list[Mapping[str, float]]] = {}
    for row in rows:
        for name, found in row.get("maps", {}).items():
            maps.setdefault(name, []).append(found)
    return [
        {"map": name, "n": len(found)} | {figure: fmean(one[figure] for one in found) for figure in found[0]}
        for name, found in maps.items()
    ]


def save_calibration(rows: Sequence[Mapping[str, Any]], path: Path, owner: Owner) -> None:
    """Write what ``uncertainty.conformal`` takes as its calibration: a row of float32 shares in [0, 1] for each photo.

    The file says whose it is, a tool with its networks' hashes and its parameters, and how noisy the photos were. Where
    noise went beyond black and white, as it does where clean photos are spoilt and as no file holds it, a last number
    says how noisy each photo was, in levels; 0 of one within black and white.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    import tifffile

    measured = [row for row in rows if "curve" in row]
    curves = np.array([row["curve"] for row in measured], np.float32)
    whole = [row["noise"] if row.get("is_beyond") else 0.0 for row in measured]
    if any(whole):
        curves = np.concatenate([curves, np.array(whole, np.float32)[:, None]], 1)
    noise = [row["noise"] for row in measured if "noise" in row]  # rows of earlier versions may be kept beside new ones
    levels = np.quantile(noise, _USUAL).round(2).tolist() if len(noise) == len(measured) > 0 else None
    with replaced_file(path) as file:
        tifffile.imwrite(file, curves, photometric="minisblack", metadata=None, software="Verilens",
                         description=described(owner, levels))


def _mean(values: Iterator[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _row(application: Application, work: Work, pair: Pair, place: int, control: JobControl) -> dict[str, Any]:
    try:
        truth, given = whole_photo(pair.truth).raster, whole_photo(pair.given)
        raster, icc = given.raster, given.metadata.icc
        for degradation in work.degradations:
            request = replace(degradation, seed=degradation.seed + place)
            part = control.part(0.0, 0.1)
            degraded = application.engine.run(request, raster, icc=icc, control=part, exact_16=False)
            raster = degraded.raster or raster
        request = replace(work.tool, seed=work.tool.seed + place)
        part = control.part(0.1, 1.0)
        outcome = application.engine.run(request, raster, icc=icc, control=part, exact_16=False)
        return _compared(outcome, raster, truth, asked_of(application.engine, control.part(1.0, 1.0)))
    except Cancelled:
        raise
    except VerilensError as error:
        return {"error": str(error)}


def _compared(outcome: Outcome, given: Raster, truth: Raster, ask: Opinion) -> dict[str, Any]:
    ideal, before = truth.planes(), given.planes()
    whole = outcome.raster.planes() if outcome.raster is not None else before
    place = _part_of(whole.shape, before.shape, ideal.shape)
    result = whole[:, *place]
    if result.shape != ideal.shape:
        sizes = [f"{shape[2]}×{shape[1]} pixels of {shape[0]} channels" for shape in (ideal.shape, result.shape)]
        raise InputError(f"expected a result of {sizes[0]}, as the truth has, got {sizes[1]}")
    found: dict[str, Any] = {**_scores(result, ideal)}
    if before.shape == ideal.shape:
        found |= {f"{name}_before": value for name, value in _scores(before, ideal).items()}
    maps = {layer.name: layer.values[place] for layer in outcome.maps if layer.is_aligned}
    doubts = {layer.name for layer in outcome.maps if layer.kind == "uncertainty"} & maps.keys()
    found["curve"] = _curve(whole, before, ideal, place, ask)
    found["noise"] = noise_of(given)
    found["is_beyond"] = bool(before.min() < 0.0 or before.max() > 1.0)
    found["maps"] = _orders({name: maps[name] for name in doubts}, result, np.abs(result - ideal).mean(0))
    if {_LOWER, _UPPER} <= maps.keys():
        found |= _coverage(maps[_LOWER], maps[_UPPER], ideal)
    return found | {"seconds": outcome.record.seconds}


def _scores(result: Planes, ideal: Planes) -> dict[str, float | None]:
    distance = psnr(result, ideal)
    return {
        "psnr": distance if np.isfinite(distance) else None,  # the same picture: JSON has no infinity
        "ssim": ssim(result, ideal) if min(ideal.shape[1:]) >= _SSIM_SIDE else None,
    }


def _part_of(result: tuple[int, ...], given: tuple[int, ...], ideal: tuple[int, ...]) -> tuple[slice, slice]:
    """Return which part of an enlarged photo has a truth: sizes are rounded up when a clean photo is made small."""
    sizes = zip(result[1:], given[1:], ideal[1:], strict=True)
    is_rounded = all(0 <= mine - truth < -(-mine // before) for mine, before, truth in sizes)
    height, width = ideal[1:] if is_rounded else result[1:]
    return slice(height), slice(width)


def _curve(
    result: Planes, given: Planes, ideal: Planes, place: tuple[slice, slice], ask: Opinion
) -> list[float]:
    """Return the shares of true values that intervals of growing width miss (`desktop_app.numerics.conformal`)."""
    import torch

    images = [torch.from_numpy(planes)[None] for planes in (result, given, ideal)]
    error = (images[0][..., *place].mean(1) - images[2].mean(1)).abs()[0]
    scale = error_scale(images[0], images[1], read_rule(bundled(WEIGHTS)), ask)[0][place]
    return [round(share, 6) for share in loss_curve(error, scale).tolist()]


def _orders(maps: Mapping[str, Planes], result: Planes, errors: Planes) -> dict[str, dict[str, float]]:
    """Return how each map of uncertainty orders pixels by their errors, beside the trivial ruler and the oracle."""
    if not maps:
        return {}
    rulers = {"local standard deviation (a ruler)": ranking.trivial_ruler(result), "oracle": ranking.oracle(errors)}
    return {
        name: {"rank_correlation": ranking.rank_correlation(values, errors), "ause": ranking.ause(values, errors)}
        for name, values in {**maps, **rulers}.items()
    }


def _coverage(
    lower: Planes, upper: Planes, ideal: Planes
) -> dict[str, float]:
    """Return the share of true values inside, and the mean width in 8-bit levels; of the channels' mean."""
    truth = ideal.mean(0)
    return {
        "coverage": float(((lower <= truth) & (truth <= upper)).mean()),
        "interval_width": float((upper - lower).mean() * 255.0),
    }


def _read(kept: Path, name: str) -> dict[str, Any] | None:
    try:
        row: dict[str, Any] = parsed_json(kept.read_bytes())
    except (OSError, ValueError):
        return None
    return row if row.get("photo") == name and "error" not in row else None
