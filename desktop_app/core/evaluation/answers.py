"""What is answered about many photos under one condition, kept as it comes: a killed run goes on where it was."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from desktop_app.api.errors import VerilensError
from desktop_app.core.atomic import write_whole
from desktop_app.core.jobs.stack import Sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from desktop_app.core.application import Application
    from desktop_app.core.evaluation.conditions import Condition
    from desktop_app.core.evaluation.labelled import LabelledPhoto
    from desktop_app.core.evaluation.methods import Asking
    from desktop_app.core.imaging.raster import Raster
    from desktop_app.core.jobs.control import JobControl
    from desktop_app.core.models.loaded_classifier import LoadedClassifier

    Floats = NDArray[np.float32]

__all__ = ["LAYERS", "Answers", "answers"]

_FIRST, _MOST = 4, 256  # photos between two writes: as many as take about _SECONDS
_SECONDS = 60.0
_HELD = 1 << 25  # pixels of the photos between two writes, and so in memory at a time
_BATCH = 64  # photos of one size that a network sees at a time
_PIXELS = 1 << 22  # of a batch
_LEAST = np.finfo(np.float32).tiny  # of a probability under a logarithm
_SCORE, _SCORES = "score ", "scores"  # before a score's name; a tool's artifact of them all
_BESIDE = "beside "  # in a file
_KNOWN = "known"  # the input of tools that compare photos with those that a model knows

LAYERS = "layers"
"""Beside a softmax's logits, where they are to be kept: what three layers of the network held."""


@dataclass(frozen=True, eq=False)
class Answers:
    """What was said of N photos.

    Parameters
    ----------
    logits : ndarray
        ``(N, K)`` float32, of a tool the logarithms of its probabilities; NaN for photos that could not be asked about.
    faults : dict of int to str
        By the photo's place: why.
    beside : mapping of str to ndarray
        Of the photos that were answered, in their order, ``(n, …)`` float32: layers, and scores by their names.
    """

    logits: Floats
    faults: dict[int, str]
    beside: Mapping[str, Floats] = field(default_factory=dict)

    @property
    def scores(self) -> dict[str, Floats]:
        """A tool's scores of how strange each answered photo is, by name, ``(n,)`` float32."""
        return {name.removeprefix(_SCORE): values for name, values in self.beside.items() if name.startswith(_SCORE)}


def answers(
    application: Application, asked: Sequence[Asking], photos: Sequence[LabelledPhoto], condition: Condition,
    folder: Path, control: JobControl, *, seed: int = 0, known: Floats | None = None, keeps_layers: bool = False,
) -> list[Answers]:  # fmt: skip
    """Ask about photos under a condition, each way; what an earlier run has kept in the folder is not asked again.

    Parameters
    ----------
    photos : sequence of LabelledPhoto
        N of them; each photo's own seed is the seed plus its place. They are read, and changed, once for all ways.
    folder : Path
        Of this condition alone.
    control : JobControl
        Progress over all, and cancellation.
    known : ndarray, optional
        ``(n, …)`` float32: a table of known photos for the tools that take one.
    keeps_layers : bool
        Whether to keep what three layers hold, of each model's softmax.
    """
    found: list[list[Answers]] = [[] for _ in asked]
    start, most = 0, _FIRST
    while start < len(photos):
        control.progress(start / len(photos), condition.name)
        kept = [folder / one.digest / f"{start:08d}.npz" for one in asked]
        parts = [_read(path, len(photos) - start, len(one.models[0].labels))
                 for path, one in zip(kept, asked, strict=True)]  # fmt: skip
        count = next((len(one.logits) for one in parts if one is not None), 0)
        parts = [one if one is not None and len(one.logits) == count else None for one in parts]
        if None in parts:
            began = time.monotonic()
            faults: dict[int, str] = {}
            count, samples = _read_some(photos[start : start + (count or most)], faults, seed + start, count)
            inner = control.part(start / len(photos), (start + count) / len(photos))
            shown = _shown(application, samples, condition, inner, faults)
            for place, asking in enumerate(asked):
                if parts[place] is None:
                    part = _asked(application, asking, count, shown, faults, inner, known, keeps_layers)
                    _write(kept[place], part)
                    parts[place] = part
            took = time.monotonic() - began
            most = min(_MOST, 2 * most) if took < _SECONDS / 2.0 else max(1, most // 2) if took > _SECONDS else most
        for place, answered in enumerate(parts):
            assert answered is not None
            found[place].append(replace(answered, faults={start + at: why for at, why in answered.faults.items()}))
        start += count
    return [_joined(parts) for parts in found]


def _joined(parts: Sequence[Answers]) -> Answers:
    faults = {place: why for part in parts for place, why in part.faults.items()}
    names = parts[0].beside.keys()
    beside = {name: np.concatenate([part.beside[name] for part in parts if name in part.beside]) for name in names}
    return Answers(np.concatenate([part.logits for part in parts]), faults, beside)


def _asked(
    application: Application, asking: Asking, count: int, shown: list[tuple[int, Sample]], faults: Mapping[int, str],
    control: JobControl, known: Floats | None, keeps_layers: bool,
) -> Answers:  # fmt: skip
    mine = dict(faults)
    logits = np.full((count, len(asking.models[0].labels)), np.nan, np.float32)
    beside: dict[int, dict[str, Floats]] = {}
    if asking.tool is None:
        for places, rasters in _batches(shown):
            control.check()
            logits[places], layers = _logits(asking.models[0], rasters, keeps_layers)
            beside |= {place: {LAYERS: row} for place, row in zip(places, layers, strict=True) if keeps_layers}
    else:
        beside = _by_tool(application, asking, shown, control, known, logits, mine)
    for place in np.flatnonzero(~np.isfinite(logits).all(1)).tolist():
        mine.setdefault(place, "the model's logits are NaN or infinite")
        logits[place] = np.nan
        beside.pop(place, None)
    places = sorted(beside)
    names = beside[places[0]].keys() if places else ()
    return Answers(logits, mine, {name: np.stack([beside[place][name] for place in places]) for name in names})


def _by_tool(
    application: Application, asking: Asking, shown: list[tuple[int, Sample]], control: JobControl,
    known: Floats | None, logits: Floats, faults: dict[int, str],
) -> dict[int, dict[str, Floats]]:  # fmt: skip
    """Fill in logarithms of the tool's probabilities, and return the scores of each photo by its place."""
    assert asking.tool is not None
    takes = any(one["name"] == _KNOWN for one in application.host.entry(asking.tool.tool).inputs)
    inputs = {_KNOWN: known[None]} if known is not None and takes else {}
    samples = [replace(sample, inputs=inputs) for _, sample in shown]
    outcomes = application.engine.run_all(asking.tool, samples, control=control, exact_16=False, total=len(shown))
    scores: dict[int, dict[str, Floats]] = {}
    for (place, _), outcome in zip(shown, outcomes, strict=True):
        if isinstance(outcome, VerilensError):
            faults[place] = str(outcome)
        elif "probabilities" not in outcome.artifacts:
            faults[place] = f"expected probabilities of {asking.tool.tool}, got none; leave the method out"
        else:
            logits[place] = np.log(np.maximum(outcome.artifacts["probabilities"], _LEAST))
            values = outcome.artifacts.get(_SCORES, np.empty(0, np.float32))
            named = zip(outcome.report.get(_SCORES, {}), values, strict=True)
            scores[place] = {f"{_SCORE}{name}": np.array(value, np.float32) for name, value in named}
    return scores


def _read_some(
    photos: Sequence[LabelledPhoto], faults: dict[int, str], seed: int, least: int
) -> tuple[int, list[tuple[int, Sample]]]:
    """Return of how many photos there are samples or faults: of all, or, after the `least`, as many as memory holds."""
    found: list[tuple[int, Sample]] = []
    pixels = 0
    for place, photo in enumerate(photos):
        if pixels >= _HELD and place >= least:
            return place, found
        try:
            found.append((place, Sample(photo.read(), seed=seed + place)))
            pixels += found[-1][1].raster.height * found[-1][1].raster.width
        except VerilensError as error:
            faults[place] = str(error)
    return len(photos), found


def _shown(
    application: Application, samples: list[tuple[int, Sample]], condition: Condition, control: JobControl,
    faults: dict[int, str],
) -> list[tuple[int, Sample]]:  # fmt: skip
    """Return the photos after the condition's steps, through the engine's one door for many photos."""
    for number, step in enumerate(condition.steps):
        part = control.part(number / len(condition.steps), (number + 1) / len(condition.steps))
        outcomes = application.engine.run_all(
            step, [sample for _, sample in samples], control=part, exact_16=False, total=len(samples)
        )
        after = []
        for (place, sample), outcome in zip(samples, outcomes, strict=True):
            if isinstance(outcome, VerilensError):
                faults[place] = str(outcome)
            elif outcome.raster is not None:
                after.append((place, replace(sample, raster=outcome.raster)))
        samples = after
    return samples


def _batches(samples: list[tuple[int, Sample]]) -> Iterator[tuple[list[int], list[Raster]]]:
    by_form: dict[tuple[int, int, int], list[tuple[int, Raster]]] = {}
    for place, sample in samples:
        raster = sample.raster
        by_form.setdefault((raster.channels, raster.height, raster.width), []).append((place, raster))
    for (_, height, width), group in by_form.items():
        size = max(1, min(_BATCH, _PIXELS // (height * width)))
        for start in range(0, len(group), size):
            some = group[start : start + size]
            yield [place for place, _ in some], [raster for _, raster in some]


def _logits(model: LoadedClassifier, rasters: Sequence[Raster], keeps_layers: bool) -> tuple[Floats, Floats]:
    """Return logits ``(n, K)`` and what three layers hold ``(n, L)``; L is 0 where they are not kept."""
    import torch

    device = next((weight.device for weight in model.module.parameters()), torch.device("cpu"))
    images = torch.from_numpy(np.stack([raster.planes() for raster in rasters])).to(device).clamp_(0.0, 1.0)
    if not keeps_layers:
        with torch.inference_mode():
            return model(images).cpu().numpy(), np.empty((len(rasters), 0), np.float32)
    seen = model.look(images)
    return seen.logits.cpu().numpy(), torch.cat(seen.parts[1:], 1).cpu().numpy()


def _read(kept: Path, most: int, classes: int) -> Answers | None:
    """Return what a file holds, or None where there is none of photos, so many at most, and of so many classes."""
    if not kept.is_file():
        return None
    try:
        with np.load(kept, allow_pickle=False) as file:
            logits, places, reasons = file["logits"], file["places"].tolist(), file["reasons"].tolist()
            beside = {name.removeprefix(_BESIDE): file[name] for name in file.files if name.startswith(_BESIDE)}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None
    if logits.ndim != 2 or not 1 <= len(logits) <= most or logits.shape[1] != classes:
        return None
    return Answers(logits, dict(zip(places, reasons, strict=True)), beside)


def _write(kept: Path, part: Answers) -> None:
    content = BytesIO()
    held: dict[str, Any] = {f"{_BESIDE}{name}": values for name, values in part.beside.items()}
    np.savez(content, logits=part.logits, places=np.array(list(part.faults), np.int64),
             reasons=np.array(list(part.faults.values()), np.str_), **held)  # fmt: skip
    kept.parent.mkdir(parents=True, exist_ok=True)
    write_whole(kept, content.getvalue())
