"""``verilens train adapt TOOL``: read, tune, compare, show, and keep what is better in the model store."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

from desktop_app.api.errors import ParameterError
from desktop_app.core.application import Application
from desktop_app.core.models.adding import add_file
from desktop_app.core.models.library import check_id
from desktop_app.core.settings import data_folder
from desktop_app.core.wording import own_catalogue
from training.adapting.brighten import Brightening
from training.adapting.denoise import Denoising, notes_on_grain
from training.adapting.photos import middle, own_photos, reduced
from training.adapting.sheet import rows_of, write_sheet
from training.adapting.tuning import Comparison, Tuned, Tuning
from training.loop import pick_device, train
from training.weights import file_facts, round_to_half, write_half, write_text

__all__ = ["add_options", "folder_of", "make"]

_UNPAIRED, _ALONE = "lowlight.enlightengan", "denoise.deep"
_NUMBERS = {"--steps": "of 1 or more", "--every": "of 1 or more", "--rate": "between 0 and 1",
            "--crop": "of 16, 32, 48 … pixels"}  # fmt: skip
_SIDES = {_UNPAIRED: 112, _ALONE: 128}  # of the crops


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what this recipe takes."""
    parser.add_argument("tool", metavar="TOOL", help=f"{_UNPAIRED} or {_ALONE}")
    parser.add_argument("--dark", type=Path, metavar="DIR", help=f"of {_UNPAIRED}: your dark photos")
    parser.add_argument("--normal", type=Path, metavar="DIR", help="and well-lit ones, of whatever else")
    parser.add_argument("--noisy", type=Path, metavar="DIR", help=f"of {_ALONE}: your noisy photos")
    parser.add_argument("--id", metavar="ID", help="of the model that comes of it; by default named after the folder")
    parser.add_argument("--steps", type=int, default=Tuning.steps, help="of training; by default %(default)s")
    parser.add_argument("--every", type=int, default=Tuning.every,
                        help="steps between two checkpoints; by default %(default)s")
    parser.add_argument("--rate", type=float, default=Tuning.rate,
                        help="of learning; by default %(default)s: more learns faster, and forgets more")
    parser.add_argument("--seed", type=int, default=Tuning.seed, help="what chance starts from; by default %(default)s")
    parser.add_argument("--crop", type=int, help="pixels a side of what is learnt from at a time, a multiple of 16")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda …")
    parser.add_argument("--language", default="en", help="of the page: en, or another that the window speaks")
    parser.add_argument("--keep-anyway", action="store_true", help="keep the result even where it is not better")


def folder_of(options: argparse.Namespace) -> Path:
    """Return where a run is kept: one for each tool and folders of photos, so that several can be gone on with."""
    given = [str(path.resolve()) for path in (options.dark, options.normal, options.noisy) if path]
    digest = hashlib.sha256("\n".join([options.tool, *given]).encode()).hexdigest()[:10]
    return data_folder() / "training" / f"adapt-{options.tool}-{digest}"


def make(options: argparse.Namespace) -> Mapping[str, Any]:
    """Tune, compare, write ``sheet.html`` and ``sheet.png``, add the network to the store, and say which it is.

    Raises
    ------
    ParameterError
        If the tool cannot be adapted, or its photos are not given.
    InputError
        If photos are too few or cannot be read, or the disk is full.
    """
    if options.id:
        check_id(options.id)
    _check(options)
    recipe, notes, source = _recipe(options)
    for note in notes:
        print(note, flush=True)
    run = train(recipe, options.folder, pick_device(options.device))
    before, after = recipe.network().eval(), deepcopy(run.averaged).eval()
    after.network = round_to_half(run.averaged.network)
    before.requires_grad_(False)
    comparison = recipe.compared(before, after)
    is_kept = comparison.is_better or options.keep_anyway
    options.output.mkdir(parents=True, exist_ok=True)
    model = _kept(recipe, after, options, source) if is_kept else ""
    use = recipe.use(model) if model else ""
    verdict = _verdict(comparison, model)
    rows = rows_of(recipe.shown, [partial(recipe.applied, one.network) for one in (before, after)])
    page, png = write_sheet(options.output, f"{options.tool}, adapted to {source.name}", comparison, verdict, use, rows,
                            notes, own_catalogue(options.language))
    print(f"{verdict} {comparison.sentence}", flush=True)
    figures = {name: [round(value, 3) for value in values] for name, values in comparison.figures.items()}
    return {"better": comparison.is_better, "model": model or None, "use": use or None, "verdict": verdict,
            "sentence": comparison.sentence, "page": str(page), "sheet": str(png), **figures}


def _check(options: argparse.Namespace) -> None:
    """Refuse numbers with which nothing is learnt."""
    wanted = {"--steps": options.steps >= 1, "--every": options.every >= 1, "--rate": 0.0 < options.rate < 1.0,
              "--crop": options.crop is None or (options.crop >= 16 and options.crop % 16 == 0)}  # fmt: skip
    for name, fits in wanted.items():
        if not fits:
            got = getattr(options, name.removeprefix("--"))
            raise ParameterError(f"expected {name} {_NUMBERS[name]}, got {got}; change it")


def _verdict(comparison: Comparison, model: str) -> str:
    if comparison.is_better:
        return f"Better: the network is in your store as {model}."
    return f"Not better, but kept as {model}." if model else "Not better: keep the old one. Nothing was added."


def _recipe(options: argparse.Namespace) -> tuple[Tuned, Sequence[str], Path]:
    schedule = Tuning(steps=options.steps, rate=options.rate, seed=options.seed, every=options.every)
    if options.tool == _UNPAIRED:
        if options.noisy or not (options.dark and options.normal):
            raise ParameterError(f"expected --dark DIR and --normal DIR for {_UNPAIRED}, and no --noisy; give your "
                                 "dark photos and well-lit ones, of whatever scenes")
        side = options.crop or _SIDES[_UNPAIRED]
        dark = own_photos(options.dark, "dark", side, reduced)
        lit = own_photos(options.normal, "well-lit", side, reduced)
        return Brightening(dark, lit, schedule, crop=side), [*dark.notes, *lit.notes], options.dark
    if options.tool == _ALONE:
        if not options.noisy or options.dark or options.normal:
            raise ParameterError(f"expected --noisy DIR for {_ALONE}, and neither --dark nor --normal; give photos of "
                                 "your camera with the noise that is to go")
        side = options.crop or _SIDES[_ALONE]
        noisy = own_photos(options.noisy, "noisy", side, middle)
        return Denoising(noisy, schedule, crop=side), [*noisy.notes, *notes_on_grain(noisy)], options.noisy
    raise ParameterError(f"expected a tool whose network can be adapted, {_UNPAIRED} or {_ALONE}, got "
                         f"{options.tool!r}; name one of them")


def _kept(recipe: Tuned, after: Any, options: argparse.Namespace, source: Path) -> str:
    """Put a network into the user's model store, unless it is there; return its id."""
    application = Application()
    try:
        return _added(application, recipe, after, options, source)
    finally:
        application.close()


def _added(application: Application, recipe: Tuned, after: Any, options: argparse.Namespace, source: Path) -> str:
    taken = {one.id: one.sha256 for one in application.host.snapshot().models}
    of_folder = re.sub(r"[^a-z0-9_-]+", "_", source.resolve().name.lower()).strip("_") or "mine"
    wanted = options.id or f"{options.tool}.{of_folder}"[:72]
    part = options.output / "weights.safetensors"
    write_half(after.network, part, {"tool": options.tool, "seed": options.seed, "steps": options.steps})
    digest = file_facts(part)["sha256"]
    if known := next((name for name, sha256 in taken.items() if sha256 == digest), None):
        return known  # a run that is done, asked for once more
    names = (wanted, *(() if options.id else (f"{wanted}-{number}" for number in range(2, 1000))))
    model = next((name for name in names if name not in taken), wanted)
    file = part.rename(options.output / f"{model}.safetensors")
    add_file(file, application.library, application.host, model_id=model, architecture=recipe.architecture,
             source=f"verilens train adapt {options.tool}, on {source.resolve()}")
    write_text(options.output / "model.json", json.dumps({"id": model, **file_facts(file)}, indent=2) + "\n")
    return model
