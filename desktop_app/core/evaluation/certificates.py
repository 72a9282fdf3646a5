"""Certified accuracy: the share of photos answered rightly and proved not to be answered otherwise within a radius.

Cohen, Rosenfeld, Kolter 2019, arXiv:1902.02918, section 4. A tool that certifies says of each photo the class that is
certified and within which radius; beyond it nothing is said, so that attacks may leave more than what is proved.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import floor, log10
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from desktop_app.api.errors import ParameterError, VerilensError
from desktop_app.core.atomic import write_whole
from desktop_app.core.evaluation import kept_answers, page
from desktop_app.core.jobs.request import ModelSpec, ToolRequest
from desktop_app.core.jobs.stack import Sample
from desktop_app.core.json_text import parsed_json
from desktop_app.core.lab.preference import wilson
from desktop_app.core.texts import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from desktop_app.core.application import Application
    from desktop_app.core.evaluation.labelled import LabelledPhoto
    from desktop_app.core.jobs.control import JobControl
    from desktop_app.core.jobs.request import TargetSpec

__all__ = ["certificates", "curve", "plots", "sentence", "tables"]

_CHUNK = 16  # photos between two writes: a certificate takes hundreds of answers
_POINTS = 8  # of a curve, beside 0
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_COLUMNS = ("model", "tool", "norm", "radius", "n", "accuracy", "low", "high")

Row = Mapping[str, Any]


def certificates(
    application: Application, wanted: Sequence[TargetSpec], models: Sequence[str], photos: Sequence[LabelledPhoto],
    classes: NDArray[np.int64], labels: Sequence[str], folder: Path, control: JobControl, *, seed: int, device: str,
) -> dict[str, Any]:  # fmt: skip
    """Certify each model's answers to labelled photos by each tool; what was kept is not certified again.

    Parameters
    ----------
    wanted : sequence of TargetSpec
        Tools that certify, with their parameters.
    photos, classes : sequence, ndarray
        N photos, and their classes among the labels ``(N,)`` int64.

    Returns
    -------
    dict
        ``rows``: by model, tool and radius the share with Wilson's 95% interval. ``photos``: what is certified of each.
        ``notes``: which could not be asked about. Empty where nothing is wanted.

    Raises
    ------
    ParameterError
        If a tool does not certify classifiers, or is given what it does not take.
    """
    rows: list[dict[str, Any]] = []
    every: list[dict[str, Any]] = []
    notes: list[str] = []
    asked = [(spec, model) for spec in wanted for model in models]
    for place, (spec, model) in enumerate(asked):
        part = control.part(place / len(asked), (place + 1) / len(asked))
        request = ToolRequest(spec.tool, spec.params, seed, (ModelSpec(model),), device)
        name = kept_answers.name_of_steps(application, (request,))
        found = _certified(application, request, photos, folder / f"certified-{name}", part)
        known = [one for one in found if "error" not in one]
        faults = [one["error"] for one in found if "error" in one]
        if not known and faults:
            raise ParameterError(f"{spec.tool} of {model}: {faults[0]}")
        notes += [f"{spec.tool} of {model}: {counted(len(faults), 'photo')} failed, {why}" for why in faults[:1]]
        radii = np.array([one["radius"] if one["certified"] == labels[own] else -1.0
                          for one, own in zip(found, classes.tolist(), strict=True) if "error" not in one])  # fmt: skip
        shown = {"model": model, "tool": spec.tool, "norm": known[0]["norm"] if known else None}
        rows += [{**shown, **point} for point in curve(radii)]
        every += [{**shown, "photo": photo.name, **one} for photo, one in zip(photos, found, strict=True)]
    return {"rows": rows, "photos": every, "notes": notes} if asked else {}


def curve(radii: NDArray[np.float64]) -> list[dict[str, Any]]:
    """Return certified accuracy against the radius.

    Parameters
    ----------
    radii : ndarray
        ``(N,)`` in 8-bit levels, 0 or more; below 0 where nothing is certified, or a wrong class.

    Returns
    -------
    list of dict
        At 0 (certified for some radius, however small) and at some round radii up to the largest.
    """
    most = float(radii.max(initial=0.0))
    points = [0.0, *(_step(most / _POINTS) * np.arange(1, _POINTS + 1)).tolist()] if most > 0.0 else [0.0]
    found = []
    for radius in points:
        held = int(((radii > 0.0) & (radii >= radius)).sum())
        low, high = wilson(held, len(radii))
        found.append({"radius": radius, "n": len(radii), "accuracy": held / max(1, len(radii)), "low": low,
                      "high": high})  # fmt: skip
        if not held:
            break
    return found


def _step(least: float) -> float:
    """Return the next round number."""
    tens = 10.0 ** floor(log10(least))
    return float(next(tens * one for one in _STEPS if tens * one >= least))


def _certified(
    application: Application, request: ToolRequest, photos: Sequence[LabelledPhoto], folder: Path, control: JobControl
) -> list[dict[str, Any]]:
    """Return what is certified of each photo: class and radius with its norm, or an error."""
    found: list[dict[str, Any]] = []
    for start in range(0, len(photos), _CHUNK):
        control.progress(start / len(photos), f"certified by {request.tool}")
        some, kept = photos[start : start + _CHUNK], folder / f"{start:08d}.json"
        known = _read(kept, len(some))
        if known is None:
            inner = control.part(start / len(photos), (start + len(some)) / len(photos))
            known = _asked(application, request, some, request.seed + start, inner)
            kept.parent.mkdir(parents=True, exist_ok=True)
            write_whole(kept, json.dumps(known).encode())
        found += known
    return found


def _read(kept: Path, count: int) -> list[dict[str, Any]] | None:
    """Return what a file holds of so many photos, or None where there is none, or it is damaged."""
    try:
        known = parsed_json(kept.read_bytes())
    except (OSError, ValueError):
        return None
    return known if isinstance(known, list) and len(known) == count else None


def _asked(
    application: Application, request: ToolRequest, photos: Sequence[LabelledPhoto], seed: int, control: JobControl
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{} for _ in photos]
    samples: list[tuple[int, Sample]] = []
    for place, photo in enumerate(photos):
        try:
            samples.append((place, Sample(photo.read(), seed=seed + place)))
        except VerilensError as error:
            found[place] = {"error": str(error)}
    outcomes = application.engine.run_all(
        request, [sample for _, sample in samples], control=control, exact_16=False, total=len(samples)
    )
    for (place, _), outcome in zip(samples, outcomes, strict=True):
        if isinstance(outcome, VerilensError):
            found[place] = {"error": str(outcome)}
        elif "certified_radius" not in outcome.report:
            raise ParameterError("expected a tool that certifies answers, such as defend.smoothing, got "
                                 f"{request.tool}; change --certify")
        else:
            said = outcome.report
            found[place] = {"certified": said["certified"], "radius": float(said["certified_radius"]),
                            "norm": said["radius_norm"]}  # fmt: skip
    return found


def sentence(said: Row) -> str:
    """Return what is proved of the first model by the first tool; empty where nothing is."""
    rows = said.get("rows", ())
    if not rows:
        return ""
    mine = [row for row in rows if (row["model"], row["tool"]) == (rows[0]["model"], rows[0]["tool"])]
    middle = mine[len(mine) // 2]
    return (
        f" {mine[0]['tool']} proves {mine[0]['accuracy']:.1%} of {counted(mine[0]['n'], 'answer')} right for some "
        f"change, and {middle['accuracy']:.1%} for any of {middle['norm']} {middle['radius']:g} levels."
    )


def tables(said: Row) -> list[page.Table]:
    """Return the page's table of what is proved."""
    rows = said.get("rows", ())
    return [("Certified", _COLUMNS, [[row[name] for name in _COLUMNS] for row in rows])] if rows else []


def plots(said: Row) -> list[page.Plot]:
    """Return what is proved against the radius, a plot for each norm, a line for each model and tool."""
    by_norm: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for row in said.get("rows", ()):
        line = f"{row['model']}, {row['tool']}"
        by_norm.setdefault(str(row["norm"]), {}).setdefault(line, []).append((row["radius"], row["accuracy"]))
    return [page.levels_plot(lines, "share proved right", f"radius, 8-bit levels ({norm})")
            for norm, lines in by_norm.items()]  # fmt: skip
