"""An evaluation from question to page; a folder holds one evaluation, which a killed run goes on with."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.core.atomic import write_whole
from desktop_app.core.evaluation import classifier, conditions, page, restoration
from desktop_app.core.evaluation.answers import answers
from desktop_app.core.evaluation.labelled import labelled_photos
from desktop_app.core.evaluation.pairs import pairs_in
from desktop_app.core.jobs.devices import resolve_device
from desktop_app.core.jobs.request import TargetSpec, ToolRequest
from desktop_app.core.lab import calibration
from desktop_app.core.texts import counted

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.core.evaluation.conditions import Condition
    from desktop_app.core.evaluation.labelled import LabelledPhotos
    from desktop_app.core.jobs.control import JobControl

__all__ = ["Wanted", "evaluate_model", "evaluate_tool"]

_KEPT, _WHAT, _CALIBRATION = "kept", "what.json", "calibration.tif"
_MODEL_COLUMNS = ("condition", "n", "accuracy", "nll", "brier", "ece", "ece_equal_mass", "aurc", "confidence")
_TOOL_COLUMNS = ("photo", "psnr_before", "psnr", "ssim_before", "ssim", "coverage", "interval_width", "error")
_CONVENTION = "ECE over 15 bins of equal width; intervals are bootstrap 95% intervals over the photos"


@dataclass(frozen=True)
class Wanted:
    """Under what a classifier is asked, beside the photos as they are.

    Parameters
    ----------
    shifts : tuple of str
        Degradations, or ``all``; at each of `severities`.
    attack : str, optional
        An attack, at each of `budgets` in 8-bit levels, by `norm`.
    before : TargetSpec, optional
        A restoration that works on the photos first: every condition is judged with and without it.
    """

    shifts: tuple[str, ...] = ()
    severities: tuple[int, ...] = (1, 2, 3, 4, 5)
    attack: str | None = None
    budgets: tuple[float, ...] = ()
    norm: str | None = None
    before: TargetSpec | None = None


def evaluate_model(
    application: Application, model_id: str, dataset: Path, folder: Path, control: JobControl, wanted: Wanted, *,
    limit: int | None = None, seed: int = 0, device: str = "auto",
) -> dict[str, Any]:  # fmt: skip
    """Ask a classifier about labelled photos under every condition, and write the page.

    Returns
    -------
    dict
        The contract's figures of the photos as they are, ``rows`` for all conditions, ``files`` and ``notes``.

    Raises
    ------
    ParameterError
        If the model, a shift or an attack is unknown.
    InputError
        If the photos cannot be read, the model does not know their classes, or the folder holds another evaluation.
    """
    model = application.models.classifier(model_id, resolve_device(device))
    photos = labelled_photos(dataset, limit, seed)
    classes = photos.classes(model.labels)
    asked = _conditions(application, model_id, wanted, device)
    what = {"model": model_id, "sha256": model.descriptor.sha256, "seed": seed, "photos": _digest(photos)}
    kept = _begun(folder, what)
    notes, found, names = list(photos.notes), [], [photo.name for photo in photos.photos]
    began = time.perf_counter()
    for place, condition in enumerate(asked):
        part = control.part(place / len(asked), (place + 1) / len(asked))
        said = answers(application, model, photos.photos, condition, kept / condition.digest, part, seed)
        found.append(classifier.judged(condition, said, classes))
        if said.faults:
            failed, why = next(iter(said.faults.items()))
            notes.append(f"{condition.name}: {counted(len(said.faults), 'photo')} could not be asked about; the first, "
                         f"{names[failed]}: {why}")
    rows = [classifier.figures(one, seed) for one in found]
    first = rows[0]
    wrong = classifier.mistakes(found[0], names, model.labels)
    payload = {
        "model": model_id, "dataset": str(dataset), "n": first["n"], "accuracy": first["accuracy"],
        "nll": first["nll"], "brier": first["brier"], "ece": first["ece"], "ece_interval": first["ece_interval"],
        "rows": rows, "mean_shift_error": _mean_error(rows), "mistakes": wrong, "convention": _CONVENTION,
        "notes": notes, "seconds": time.perf_counter() - began,
    }  # fmt: skip
    files = page.write_results(
        folder, payload, title=f"{model.descriptor.title} on {dataset.name}", sentence=_sentence(first), notes=notes,
        plots=_model_plots(found[0], rows),
        tables=[("Conditions", _MODEL_COLUMNS, [[row[name] for name in _MODEL_COLUMNS] for row in rows]),
                ("Confident and wrong", ("photo", "is", "said", "p"),
                 [[one[name] for name in ("photo", "is", "said", "p")] for one in wrong])],
        provenance={**what, "dataset": str(dataset), "photos": counted(len(names), "photo"), **_asked_of(wanted),
                    "convention": _CONVENTION, "verilens": _version()},
    )  # fmt: skip
    return payload | {"files": files}


def evaluate_tool(
    application: Application, request: ToolRequest, dataset: Path, folder: Path, control: JobControl, *,
    degradation: ToolRequest | None = None, limit: int | None = None, seed: int = 0,
) -> dict[str, Any]:  # fmt: skip
    """Restore photos whose truth is known, and write the page; returns and raises as `evaluate_model`."""
    pairs = pairs_in(dataset, is_degraded=degradation is not None)
    if limit is not None and limit < len(pairs):
        pairs = [pairs[place] for place in np.sort(np.random.default_rng(seed).permutation(len(pairs))[:limit])]
    work = restoration.Work(request, degradation)
    what = {"work": json.loads(json.dumps(asdict(work), default=str)), "photos": _hash([pair.name for pair in pairs])}
    kept = _begun(folder, what)
    began = time.perf_counter()
    rows = restoration.measured(application, work, pairs, kept, control)
    found = restoration.figures(rows)
    faults = [row for row in rows if "error" in row]
    notes = [
        f"{counted(len(faults), 'photo')} failed; the first, {row['photo']}: {row['error']}" for row in faults[:1]
    ]
    entry = application.host.entry(request.tool)
    payload = {
        "tool": request.tool, "dataset": str(dataset), **found, "rows": [{"condition": request.tool, **found}],
        "photos": [{name: value for name, value in row.items() if name != "curve"} for row in rows],
        "notes": notes, "seconds": time.perf_counter() - began,
        "convention": "PSNR over all channels, peak 1, clipped and not rounded; SSIM with an 11×11 Gaussian window",
    }  # fmt: skip
    before, after = ([row[name] for row in rows if row.get("psnr") is not None and row.get("psnr_before") is not None]
                     for name in ("psnr_before", "psnr"))  # fmt: skip
    files = page.write_results(
        folder, payload, title=f"{entry.title} on {dataset.name}", sentence=_tool_sentence(found), notes=notes,
        plots=[page.spread_plot(before, after)] if before else [],
        tables=[("Photos", _TOOL_COLUMNS, [[row.get(name) for name in _TOOL_COLUMNS] for row in rows]),
                *_map_table(found["maps"])],
        provenance={"tool": request.tool, "parameters": json.dumps(dict(request.params)), "seed": request.seed,
                    "degradation": degradation.tool if degradation else "none", "dataset": str(dataset),
                    "convention": payload["convention"], "verilens": _version()},
    )  # fmt: skip
    restoration.save_calibration(rows, folder / _CALIBRATION)
    return payload | {"files": files | {"calibration": str(folder / _CALIBRATION)}}


def _map_table(maps: Sequence[Mapping[str, Any]]) -> list[page.Table]:
    columns = ("map", "n", "rank_correlation", "ause")
    return [("Maps against the true error", columns, [[one[name] for name in columns] for one in maps])] if maps else []


def _conditions(application: Application, model: str, wanted: Wanted, device: str) -> Sequence[Condition]:
    snapshot = application.host.snapshot()
    found = [conditions.plain(), *conditions.shifted(wanted.shifts, wanted.severities, snapshot, device)]
    if wanted.attack is not None:
        found += conditions.attacked(wanted.attack, wanted.budgets, wanted.norm, model, snapshot, device)
    if wanted.before is not None:
        title = application.host.entry(wanted.before.tool).title
        found += [conditions.restored_first(one, wanted.before, title, device) for one in list(found)]
    return found


def _begun(folder: Path, what: Mapping[str, Any]) -> Path:
    """Return where answers are kept, after refusing a folder with those to another question."""
    kept = folder / _KEPT
    try:
        kept.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"expected a folder at {str(folder)!r} that can be written to, got {error}") from error
    facts = json.dumps(what, sort_keys=True)
    if (kept / _WHAT).is_file() and (kept / _WHAT).read_text() != facts:
        raise ParameterError(f"expected a folder of this evaluation or an empty one, got {str(folder)!r} with another "
                             "model, seed or photos; choose another folder")
    write_whole(kept / _WHAT, facts.encode())
    return kept


def _digest(photos: LabelledPhotos) -> str:
    return _hash([[photo.name, photo.label] for photo in photos.photos])


def _hash(names: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()[:16]


def _mean_error(rows: Sequence[Mapping[str, Any]]) -> float | None:
    """Return the mean error over shifts and severities, in [0, 1]; not divided by another model's."""
    shifted = [1.0 - row["accuracy"] for row in rows if row["group"].startswith("degrade.")]
    return float(np.mean(shifted)) if shifted else None


def _sentence(row: Mapping[str, Any]) -> str:
    gap = row["confidence"] - row["accuracy"]
    sure = "about as sure as it is right" if abs(gap) < 0.02 else "surer than it is right" if gap > 0 else "too modest"
    low, high = row["accuracy_interval"]
    return (f"Right on {row['accuracy']:.1%} of {counted(row['n'], 'photo')} (95% interval {low:.1%} to {high:.1%}); "
            f"its mean confidence is {row['confidence']:.1%}: {sure}.")  # fmt: skip


def _tool_sentence(found: Mapping[str, Any]) -> str:
    psnr = "a perfect match" if found["psnr"] is None else f"{found['psnr']:.2f} dB"
    before = "" if found["psnr_before"] is None else f", from {found['psnr_before']:.2f} dB before"
    held = "" if found["coverage"] is None else f"; the interval holds {found['coverage']:.1%} of the true values"
    return f"{psnr} on average over {counted(found['n'], 'photo')}{before}{held}."


def _model_plots(first: classifier.Judged, rows: Sequence[Mapping[str, Any]]) -> list[page.Plot]:
    shares, classes = first.probabilities, first.classes
    is_right = shares.argmax(1) == classes
    plots = [
        page.reliability_plot(calibration.reliability(shares, classes)),
        page.risk_plot(*calibration.risk_coverage(shares.max(1), is_right)),
    ]
    for kind, level in (("degrade.", "severity"), ("attack.", "ε, 8-bit levels")):
        some = [row for row in rows if row["group"].startswith(kind)]
        for key, name in (("accuracy", "accuracy"), ("ece", "ECE")) if some else ():
            lines: dict[str, list[tuple[float, float]]] = {}
            for row in some:
                lines.setdefault(row["line"], []).append((row["level"], row[key]))
            plots.append(page.levels_plot(lines, name, level))
    return plots


def _asked_of(wanted: Wanted) -> dict[str, Any]:
    facts = {"shifts": ", ".join(wanted.shifts), "severities": wanted.severities if wanted.shifts else None,
             "attack": wanted.attack, "norm": wanted.norm, "before": wanted.before and wanted.before.tool}  # fmt: skip
    return {name: value for name, value in facts.items() if value}


def _version() -> str:
    from desktop_app import __version__

    return __version__
