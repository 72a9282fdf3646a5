"""A classifier's logits for many photos under one condition, kept as they come: a killed run goes on where it was."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from desktop_app.api.errors import VerilensError
from desktop_app.core.atomic import write_whole
from desktop_app.core.jobs.stack import Sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from desktop_app.core.application import Application
    from desktop_app.core.evaluation.conditions import Condition
    from desktop_app.core.evaluation.labelled import LabelledPhoto
    from desktop_app.core.imaging.raster import Raster
    from desktop_app.core.jobs.control import JobControl
    from desktop_app.core.models.networks import LoadedClassifier

__all__ = ["Answers", "answers"]

_CHUNK = 256  # photos between two writes
_BATCH = 64  # photos of one size that a network sees at a time
_PIXELS = 1 << 22  # of a batch


@dataclass(frozen=True, eq=False)
class Answers:
    """What a model said.

    Parameters
    ----------
    logits : ndarray
        ``(N, K)`` float32; NaN for photos that could not be asked about.
    faults : dict of int to str
        By the photo's place: why.
    """

    logits: NDArray[np.float32]
    faults: dict[int, str]


def answers(
    application: Application, model: LoadedClassifier, photos: Sequence[LabelledPhoto], condition: Condition,
    folder: Path, control: JobControl, seed: int = 0,
) -> Answers:  # fmt: skip
    """Ask a model about photos under a condition; what an earlier run has kept in the folder is not asked again.

    Parameters
    ----------
    photos : sequence of LabelledPhoto
        N of them; each photo's own seed is the seed plus its place.
    folder : Path
        Of this condition alone.
    control : JobControl
        Progress over all, and cancellation.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found: list[NDArray[np.float32]] = []
    faults: dict[int, str] = {}
    for start in range(0, len(photos), _CHUNK):
        some = photos[start : start + _CHUNK]
        kept = folder / f"{start:08d}.npz"
        control.progress(start / len(photos), condition.name)
        part = _read(kept, len(some), len(model.labels))
        if part is None:
            inner = control.part(start / len(photos), (start + len(some)) / len(photos))
            part = _asked(application, model, some, condition, inner, seed + start)
            _write(kept, part)
        found.append(part.logits)
        faults |= {start + place: why for place, why in part.faults.items()}
    return Answers(np.concatenate(found), faults)


def _asked(
    application: Application, model: LoadedClassifier, photos: Sequence[LabelledPhoto], condition: Condition,
    control: JobControl, seed: int,
) -> Answers:  # fmt: skip
    logits = np.full((len(photos), len(model.labels)), np.nan, np.float32)
    faults: dict[int, str] = {}
    shown = _shown(application, _read_all(photos, faults, seed), condition, control, faults)
    for places, rasters in _batches(shown):
        control.check()
        logits[places] = _logits(model, rasters)
    for place in np.flatnonzero(~np.isfinite(logits).all(1)).tolist():
        faults.setdefault(place, "the model's logits are NaN or infinite")
        logits[place] = np.nan
    return Answers(logits, faults)


def _read_all(photos: Sequence[LabelledPhoto], faults: dict[int, str], seed: int) -> list[tuple[int, Sample]]:
    found = []
    for place, photo in enumerate(photos):
        try:
            found.append((place, Sample(photo.read(), seed=seed + place)))
        except VerilensError as error:
            faults[place] = str(error)
    return found


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


def _logits(model: LoadedClassifier, rasters: Sequence[Raster]) -> NDArray[np.float32]:
    import torch

    device = next((weight.device for weight in model.module.parameters()), torch.device("cpu"))
    images = torch.from_numpy(np.stack([raster.planes() for raster in rasters])).to(device)
    with torch.inference_mode():
        found: NDArray[np.float32] = model(images.clamp_(0.0, 1.0)).cpu().numpy()
    return found


def _read(kept: Path, count: int, classes: int) -> Answers | None:
    """Return what a chunk's file holds, or None where there is none of this many photos and classes."""
    if not kept.is_file():
        return None
    try:
        with np.load(kept, allow_pickle=False) as file:
            logits, places, reasons = file["logits"], file["places"].tolist(), file["reasons"].tolist()
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None
    if logits.shape != (count, classes):
        return None
    return Answers(logits, dict(zip(places, reasons, strict=True)))


def _write(kept: Path, part: Answers) -> None:
    content = BytesIO()
    np.savez(content, logits=part.logits, places=np.array(list(part.faults), np.int64),
             reasons=np.array(list(part.faults.values()), np.str_))  # fmt: skip
    write_whole(kept, content.getvalue())
