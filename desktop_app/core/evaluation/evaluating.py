"""An evaluation from question to page; a folder holds one evaluation, which a killed run goes on with."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from desktop_app.core.evaluation import certificates, classifier, curves, figured, page, restoration, robustness
from desktop_app.core.evaluation.answers import Answers, answers
from desktop_app.core.evaluation.conditions import Condition
from desktop_app.core.evaluation.figured import CONVENTION, save_answers
from desktop_app.core.evaluation.kept_answers import begun, content_of, name_of, name_of_steps
from desktop_app.core.evaluation.labelled import labelled_photos, unlabelled_photos
from desktop_app.core.evaluation.methods import SOFTMAX, Asking, askings
from desktop_app.core.evaluation.pairs import pairs_in
from desktop_app.core.evaluation.strangers import told_apart
from desktop_app.core.evaluation.wanted import Wanted, conditions_of
from desktop_app.core.jobs.devices import resolve_device
from desktop_app.core.jobs.request import ModelSpec, TargetSpec, ToolRequest
from desktop_app.core.models.digests import sha256_of
from desktop_app.core.steps.inputs import read_plane
from desktop_app.core.steps.owners import owner_of, refuse_others
from desktop_app.core.texts import counted
from desktop_app.numerics import shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from desktop_app.core.application import Application
    from desktop_app.core.evaluation.labelled import LabelledPhoto
    from desktop_app.core.jobs.control import JobControl

    _Part = tuple[Condition, Sequence[LabelledPhoto], str]  # the last is where its answers are kept

__all__ = ["Wanted", "evaluate_model", "evaluate_tool"]

STRANGERS = Condition("strangers", "ood")
_CALIBRATION, _ANSWERS = "calibration.tif", "answers.tif"
_RESTORED = "answers-restored.tif"
_TOOL_COLUMNS = ("photo", "psnr_before", "psnr", "ssim_before", "ssim", "coverage", "interval_width", "error")


def evaluate_model(
    application: Application, model_id: str, dataset: Path, folder: Path, control: JobControl, wanted: Wanted, *,
    limit: int | None = None, seed: int = 0, device: str = "auto",
) -> dict[str, Any]:  # fmt: skip
    """Ask classifiers about labelled photos under every condition, and write the page.

    Returns
    -------
    dict
        The contract's figures of the first model's softmax of the photos as they are, ``rows`` for all, ``files`` and
        ``notes``.

    Raises
    ------
    ParameterError
        If a model, a method, a shift or an attack is unknown.
    InputError
        If the photos cannot be read, the model does not know their classes, or the folder holds another evaluation.
    """
    asked = _asked(application, model_id, wanted, seed, device)
    model = asked[0].models[0]
    photos = labelled_photos(dataset, limit, seed, in_groups=wanted.in_groups)
    classes = photos.classes(model.labels)
    what = {"model": model_id, "sha256": model.descriptor.sha256, "seed": seed, "layers": 3,
            "photos": _photos(photos.photos, control),
            "known": sha256_of(wanted.known) if wanted.known else None}  # fmt: skip
    if wanted.known:
        refuse_others(wanted.known, owner_of(application, ModelSpec(model_id)))
    known = read_plane(str(wanted.known), "own") if wanted.known else None
    notes, found = [*photos.notes, *classifier.notes_on(classes, model.labels)], []
    began = time.perf_counter()
    shown = conditions_of(wanted, model_id, application.host.snapshot(), device)
    work = _parts(application, shown, photos.photos, wanted, control)
    kept = begun(folder, what)  # all that can be refused has been: nothing is left of that
    end = len(work) / (len(work) + len(wanted.certified_by))
    sets, missed = _said(application, asked, work, kept, control.part(0.0, end), seed=seed, known=known)
    notes += [*missed, *_of_shares(asked, sets[0], bool(wanted.attacks))]
    for condition, said in zip(shown, sets, strict=False):
        found.append([classifier.judged(condition, one, classes) for one in said])
    strangers = _strangers(asked, sets) if wanted.strangers is not None else []
    held = robustness.robustness([one.name if len({way.method for way in asked}) > 1 else one.model for one in asked],
                                 found, [photo.name for photo in photos.photos])
    told = curves.curves_of(held, shown, application.host.snapshot(), dataset.name)
    curves.keep(application.data, model.descriptor.sha256, told)
    proved = certificates.certificates(
        application, wanted.certified_by, (model_id, *wanted.models), photos.photos, classes, model.labels, kept,
        control.part(end, 1.0), seed=seed, device=device,
    )  # fmt: skip
    notes += [*held.get("masking", ()), *proved.pop("notes", [])]
    payload = {
        "model": model_id, "dataset": str(dataset),
        **figured.payload(asked, found, photos.photos, wanted.label_shift, seed), "ood": strangers,
        "robustness": held, "certified": proved, "convention": CONVENTION, "notes": notes,
        "seconds": time.perf_counter() - began,
    }  # fmt: skip
    written = {"answers": save_answers(sets[0], asked, classes, folder / _ANSWERS)}
    if wanted.before is not None:
        behind = sets[next(place for place, one in enumerate(shown) if one.defence and not one.group)]
        written["answers_restored"] = save_answers(sets[0], asked, classes, folder / _RESTORED, behind)
    files = page.write_results(
        folder, payload, title=f"{model.descriptor.title} on {dataset.name}", notes=notes,
        **_shown(payload, found[0]), main="Conditions",
        provenance={**what, "dataset": str(dataset), "photos": counted(len(photos.photos), "photo"),
                    **_asked_of(wanted), "convention": CONVENTION, "verilens": _version()},
    )  # fmt: skip
    return payload | {"files": files | {name: str(path) for name, path in written.items() if path}}


def _shown(payload: Mapping[str, Any], first: Sequence[classifier.Judged]) -> dict[str, Any]:
    """Return a classifier's page: its sentence, plots and tables."""
    held, proved = payload["robustness"], payload["certified"]
    return {
        "sentence": figured.sentence(payload) + robustness.sentence(held) + certificates.sentence(proved),
        "plots": [*figured.plots(first, payload["rows"]), *robustness.plots(held), *certificates.plots(proved)],
        "tables": [*figured.tables(payload), *robustness.tables(held), *certificates.tables(proved)],
    }


def _asked(application: Application, model_id: str, wanted: Wanted, seed: int, device: str) -> list[Asking]:
    where = resolve_device(device)
    methods = wanted.methods
    if SOFTMAX not in dict(methods):  # what all others are compared with, and what the report's first figures are of
        methods = ((SOFTMAX, {}), *methods)
    return askings(
        (model_id, *wanted.models), methods, application.host.snapshot(),
        lambda one: application.models.classifier(one, where), seed, device,
    )  # fmt: skip


def _parts(
    application: Application, shown: Sequence[Condition], photos: Sequence[LabelledPhoto], wanted: Wanted,
    control: JobControl,
) -> list[_Part]:
    """Return what is to be asked about: the photos under all conditions, and strangers as they are."""
    found: list[_Part] = [(one, photos, name_of_steps(application, one.steps)) for one in shown]
    if wanted.strangers is not None:
        strange = unlabelled_photos(wanted.strangers)
        found.append((STRANGERS, strange, f"{STRANGERS.group}-{_photos(strange, control)}"))
    return found


def _said(
    application: Application, asked: Sequence[Asking], work: Sequence[_Part], kept: Path, control: JobControl, *,
    seed: int, known: NDArray[np.float32] | None,
) -> tuple[list[list[Answers]], list[str]]:  # fmt: skip
    """Return the answers, by part and way of asking, and what is to be said of photos without one."""
    sets: list[list[Answers]] = []
    notes: list[str] = []
    for place, (condition, photos, own) in enumerate(work):
        part = control.part(place / len(work), (place + 1) / len(work))
        said = answers(
            application, asked, photos, condition, kept / own, part, seed=seed, known=known,
            keeps_layers=not condition.steps,
        )  # fmt: skip
        sets.append(said)
        for asking, one in zip(asked, said, strict=True):
            name = condition.name if len(asked) == 1 else f"{condition.name}, {asking.name}"
            notes += _fault_notes(one, name, photos)
    return sets, notes


def _fault_notes(said: Answers, name: str, photos: Sequence[LabelledPhoto]) -> list[str]:
    if not said.faults:
        return []
    failed, why = next(iter(said.faults.items()))
    return [f"{name}: {counted(len(said.faults), 'photo')} could not be asked about; the first, {photos[failed].name}: "
            f"{why}"]  # fmt: skip


def _of_shares(asked: Sequence[Asking], plain: Sequence[Answers], is_attacked: bool) -> list[str]:
    """Return what is to be said of models that give probabilities, by their answers to the photos as they are."""
    import torch

    said = [shares.QUESTIONED, *([shares.ATTACKED] if is_attacked else [])]
    return [
        f"{asking.model}: {line}" for asking, one in zip(asked, plain, strict=True) if asking.method == SOFTMAX
        and shares.are_shares(torch.from_numpy(one.logits[np.isfinite(one.logits).all(1)])) for line in said
    ]  # fmt: skip


def _strangers(asked: Sequence[Asking], sets: Sequence[Sequence[Answers]]) -> list[dict[str, Any]]:
    pairs = zip(asked, sets[0], sets[-1], strict=True)
    return [row for asking, here, there in pairs for row in told_apart(asking, here, there)]


def evaluate_tool(
    application: Application, request: ToolRequest, dataset: Path, folder: Path, control: JobControl, *,
    degradations: Sequence[ToolRequest] = (), limit: int | None = None, seed: int = 0,
) -> dict[str, Any]:  # fmt: skip
    """Restore photos whose truth is known, and write the page; returns and raises as `evaluate_model`."""
    pairs = pairs_in(dataset, is_degraded=bool(degradations))
    if limit is not None and limit < len(pairs):
        pairs = [pairs[place] for place in np.sort(np.random.default_rng(seed).permutation(len(pairs))[:limit])]
    work = restoration.Work(request, tuple(degradations))
    steps = name_of_steps(application, (*degradations, request))
    contents = [[pair.name, *(content_of(path, control.check) for path in (pair.given, pair.truth))] for pair in pairs]
    what = {"work": steps, "photos": name_of(contents)}
    kept = begun(folder, what)
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
    before, after, names = (
        [row[name] for row in rows if row.get("psnr") is not None and row.get("psnr_before") is not None]
        for name in ("psnr_before", "psnr", "photo")
    )
    files = page.write_results(
        folder, payload, title=f"{entry.title} on {dataset.name}", sentence=_tool_sentence(found), notes=notes,
        plots=[page.spread_plot(before, after, names)] if before else [],
        tables=[("Photos", _TOOL_COLUMNS, [[row.get(name) for name in _TOOL_COLUMNS] for row in rows]),
                *_map_table(found["maps"])],
        main="Photos",
        provenance={"tool": request.tool, "parameters": json.dumps(dict(request.params)), "seed": request.seed,
                    "degradation": ", then ".join(one.tool for one in degradations) or "none", "dataset": str(dataset),
                    "convention": payload["convention"], "verilens": _version()},
    )  # fmt: skip
    owner = owner_of(application, TargetSpec(request.tool, request.params))
    restoration.save_calibration(rows, folder / _CALIBRATION, owner)
    return payload | {"files": files | {"calibration": str(folder / _CALIBRATION)}}


def _map_table(maps: Sequence[Mapping[str, Any]]) -> list[page.Table]:
    columns = ("map", "n", "rank_correlation", "ause")
    return [("Maps against the true error", columns, [[one[name] for name in columns] for one in maps])] if maps else []


def _photos(photos: Sequence[LabelledPhoto], control: JobControl) -> str:
    facts = []
    for photo in photos:
        control.check()
        facts.append([photo.name, photo.label, photo.content()])
    return name_of(facts)


def _tool_sentence(found: Mapping[str, Any]) -> str:
    psnr = "a perfect match" if found["psnr"] is None else f"{found['psnr']:.2f} dB"
    before = "" if found["psnr_before"] is None else f", from {found['psnr_before']:.2f} dB before"
    held = "" if found["coverage"] is None else f"; the interval holds {found['coverage']:.1%} of the true values"
    return f"{psnr} on average over {counted(found['n'], 'photo')}{before}{held}."


def _asked_of(wanted: Wanted) -> dict[str, Any]:
    facts = {
        "shifts": ", ".join(wanted.shifts), "severities": wanted.severities if wanted.shifts else None,
        "attacks": ", ".join(wanted.attacks), "norm": wanted.norm, "before": wanted.before and wanted.before.tool,
        "methods": ", ".join(name for name, _ in wanted.methods), "further models": ", ".join(wanted.models),
        "strangers": wanted.strangers and str(wanted.strangers), "label shift": wanted.label_shift,
        "certified by": ", ".join(one.tool for one in wanted.certified_by),
    }  # fmt: skip
    return {name: value for name, value in facts.items() if value}


def _version() -> str:
    from desktop_app import __version__

    return __version__
