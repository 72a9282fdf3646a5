"""``verilens apply``: one tool on one image, without a window."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from desktop_app.api.errors import InputError, MissingValuesError, ParameterError
from desktop_app.cli import arguments
from desktop_app.cli.console import Console
from desktop_app.cli.progress import progress_line
from desktop_app.core.jobs.request import FILL, Outcome, ToolRequest, WantedPrecision
from desktop_app.core.kinds import traits_of
from desktop_app.core.plugins.entries import ToolEntry
from desktop_app.core.steps.step import Step, run_step, size_after
from desktop_app.core.steps.whom import completed

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.core.imaging.export import Export
    from desktop_app.core.imaging.files import Photo
    from desktop_app.core.imaging.metadata import BandsWanted
    from desktop_app.core.imaging.ranges import LevelsWanted
    from desktop_app.core.imaging.raster import Depth, Raster
    from desktop_app.core.jobs.control import JobControl
    from desktop_app.core.jobs.request import StepRecord

    _Done = tuple[Outcome, Raster, list[Outcome]]  # what came of it, what it was done to, what was done before


@dataclass(frozen=True)
class _Wish:
    """What is to be written of which image, and how."""

    image: Path
    output: Path | None
    maps: Path | None
    depth: Depth | None
    export: Export


def add_to(program: typer.Typer) -> None:
    """Add the command."""
    program.command("apply")(apply)


# readable=False: what cannot be read is refused by the decoders, with the exit code and the sentence of an input.
def apply(
    context: typer.Context,
    tool: Annotated[str, typer.Argument(metavar="TOOL", help="Its id, such as denoise.tv.")],
    image: Annotated[Path, typer.Argument(metavar="INPUT", readable=False, help="The image.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Where the picture goes.")] = None,
    param: Annotated[list[str] | None, typer.Option("-p", "--param", metavar="NAME=VALUE", help="Repeatable.")] = None,
    model: Annotated[list[str] | None, typer.Option(help="A classifier that is questioned or attacked.")] = None,
    target: Annotated[list[str] | None, typer.Option(help="TOOL[:JSON] that is questioned or attacked.")] = None,
    further: Annotated[list[str] | None, typer.Option("--input", metavar="NAME=FILE", help="A further input.")] = None,
    mask: Annotated[Path | None, typer.Option(readable=False, help="Apply the tool where this image is white.")] = None,
    reference: Annotated[Path | None, typer.Option(readable=False, help="Compare the result with this image.")] = None,
    maps: Annotated[Path | None, typer.Option(help="The folder for the maps, as TIFF and coloured PNG.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:N or mps.")] = "auto",
    seed: Annotated[int, typer.Option(min=0, help="What randomness starts from.")] = 0,
    depth: Annotated[Literal["8", "16", "32f"] | None, typer.Option(help="Bits per value of the output.")] = None,
    tile: Annotated[str, typer.Option(help="auto, none, or the tile's side in pixels.")] = "auto",
    precision: Annotated[WantedPrecision, typer.Option(help="What networks run in.")] = "auto",
    levels: Annotated[str, typer.Option(metavar="auto|none|LOW,HIGH", help="The file's values for 0 and 1.")] = "auto",
    bands: Annotated[str, typer.Option(metavar="auto|rgb|each|N|N,N,N", help="Which bands of many.")] = "auto",
    export: Annotated[list[str] | None, typer.Option(
        metavar="PRESET|NAME=VALUE,…", help="web, small, best, or quality=, subsampling=, progressive=, long_side=, "
        "srgb=, sharpen=, metadata=all|no-place|none.")] = None,
    fill_missing: Annotated[bool, typer.Option(help="Fill values that are NaN or infinite first.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Apply one tool to one image."""
    console: Console = context.obj
    application = console.application(is_to_run=True)
    entry = application.host.entry(tool)
    subjects = completed(arguments.subjects(model or (), target or ()), application.host.snapshot(), entry)
    request = ToolRequest(
        entry.id, arguments.parameters(param or (), entry), seed, subjects, device, tile, precision,
    )
    files = arguments.pairs(further or (), "--input")
    from desktop_app.core.imaging.export import export_from

    choices = export_from(export or ())
    _check_output(output, depth, entry, [image, mask, reference, *map(Path, files.values())])
    _check_maps(maps)
    photos, ideal = _opened(console, image, reference, arguments.levels(levels), arguments.bands(bands))
    if ideal is not None:
        _check_reference(ideal.raster, size_after(application, request, photos[0].raster))
    step = Step(request, files, str(mask) if mask else None)
    with progress_line(console, as_json, may_end=len(photos) == 1) as control:
        done = [
            _done(application, step, photo, control.part(index / len(photos), (index + 1) / len(photos)), fill_missing)
            for index, photo in enumerate(photos)
        ]
    payloads, notes = _written(_Wish(image, output, maps, depth, choices), photos, done, ideal)
    if output is not None and len(photos) == 1:
        from desktop_app.core.steps.vouching import keep_credentials

        notes += keep_credentials(output, image, photos[0].metadata, [entry.id], application.credentials, choices)
    for note in notes:
        console.note(note)
    payload = payloads[0] | ({"bands": payloads} if len(payloads) > 1 else {})
    console.show(payload, (line for one in payloads for line in _lines(one)), as_json)
    return 0


def _opened(
    console: Console, image: Path, reference: Path | None, levels: LevelsWanted, bands: BandsWanted | Literal["each"]
) -> tuple[list[Photo], Photo | None]:
    """Return the photo, or each of its bands, and what it ought to look like; say what the files tell."""
    photos = _photos(image, levels, bands)
    if len(photos) > 1 and reference:
        raise ParameterError("expected no --reference with --bands each, got one; measure the bands one by one")
    ideal = _open(reference, photos[0].metadata.levels) if reference else None  # both in one range
    for note in dict.fromkeys(note for photo in photos for note in photo.metadata.notes):
        console.note(note)
    return photos, ideal


def _done(
    application: Application, step: Step, photo: Photo, control: JobControl, fill_missing: bool
) -> _Done:
    """Do the step; return what came of it, what it was done to, and what came of the steps before it."""
    given, before = _filled(application, photo.raster, control) if fill_missing else (photo.raster, [])
    icc = photo.metadata.icc
    try:
        # float32 out: metrics are of the result as it is, not rounded to 16 bits.
        return run_step(application, step, given, icc=icc, control=control, exact_16=False), given, before
    except MissingValuesError as error:
        raise MissingValuesError(f"{error}, or add --fill-missing") from error


def _filled(application: Application, raster: Raster, control: JobControl) -> tuple[Raster, list[Outcome]]:
    """Return a photo without missing values, and what came of the step that filled them; none where there were none."""
    import numpy as np

    if raster.depth != "32f" or np.isfinite(raster.planes()).all():
        return raster, []
    outcome = run_step(application, Step(ToolRequest(FILL)), raster, control=control, exact_16=False)
    return outcome.raster or raster, [outcome]


def _written(
    wish: _Wish, photos: list[Photo], done: list[_Done], ideal: Photo | None
) -> tuple[list[dict[str, Any]], list[str]]:
    """Write picture and maps of each photo; return what is to be told of each, and what is to be said of all."""
    payloads, notes, source = [], dict[str, None](), wish.image
    for index, (photo, (outcome, given, before)) in enumerate(zip(photos, done, strict=True)):
        result = outcome.raster or given
        is_whole = len(photos) == 1
        records = (*(one.record for one in before), outcome.record)
        # Each band is put among those that were written before it; how it was made is said of a whole picture only.
        stamped = _stamped(photo, records, wish) if wish.output and is_whole else photo
        others = None if is_whole and outcome.record.reframes else source  # they lie where they lay
        written, said = _save(wish, result, stamped, others)
        notes |= dict.fromkeys((*said, *outcome.record.notes))
        source = wish.output or wish.image
        stem = wish.image.stem + ("" if is_whole else f"-band{index + 1}")
        opened = _described(wish.image, photo.raster, photo.raster.pixels.dtype.name) | _levels(photo)
        payloads.append({
            **_step(outcome), "input": opened, "output": written, **_compared(result, ideal), **_done_before(before),
            "maps": _maps(outcome, wish.maps, stem), "report": dict(outcome.report),
        })
    return payloads, list(notes)


def _stamped(photo: Photo, records: tuple[StepRecord, ...], wish: _Wish) -> Photo:
    """Return the photo with how its result came to be among what travels beside it."""
    from desktop_app.core.steps.provenance import Provenance, digest_of, stamped
    from desktop_app.core.steps.recipes import Recipe

    metadata = photo.metadata
    made = Provenance(
        Recipe(records, "", metadata.levels), photo.path.name, digest_of(photo.path), False, wish.depth,
        metadata.bands, wish.export)
    return replace(photo, metadata=stamped(metadata, made))


def _check_output(
    output: Path | None, depth: Depth | None, entry: ToolEntry, sources: list[Path | None]
) -> None:
    """Refuse, before anything runs, an output that could not be written or would destroy what it is made of."""
    if output is None:
        if traits_of(entry.kind).gives_picture:
            raise ParameterError(f"{entry.id}: expected -o OUTPUT for its picture, got none; say where it goes")
        return
    from desktop_app.core.imaging.files import check_output

    check_output(output, depth)
    if not output.parent.is_dir():
        raise InputError(f"expected a folder at {str(output.parent)!r} for the output, found none; make it first")
    for source in sources:
        if source is not None and output.exists() and source.exists() and output.samefile(source):
            raise ParameterError(f"expected an output beside the inputs, got the input {str(source)!r} itself; "
                                 "choose another name")


def _check_reference(reference: Raster, size: tuple[int, int]) -> None:
    """Refuse, before anything runs, a reference that the result could not be measured against."""
    if (reference.height, reference.width) != size:
        raise ParameterError(f"expected a reference of {size[1]}×{size[0]} pixels, as the result will have, got "
                             f"{reference.width}×{reference.height}; resize it")


def _check_maps(folder: Path | None) -> None:
    """Refuse, before anything runs, a folder for the maps that is something else, or could not be made."""
    if folder is None:
        return
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        got = "that may not be written to" if nearest.is_dir() else "that is a file"
        raise InputError(f"expected a folder for the maps at {str(folder)!r}, got {str(nearest)!r} {got}; "
                         "choose another")


def _open(path: Path, levels: LevelsWanted = "auto", bands: BandsWanted = "auto") -> Photo:
    from desktop_app.core.imaging.files import open_photo

    return open_photo(path, levels=levels, bands=bands)


def _photos(path: Path, levels: LevelsWanted, bands: BandsWanted | Literal["each"]) -> list[Photo]:
    """Return the photo in one, or each band of it in a photo of its own."""
    if bands != "each":
        return [_open(path, levels, bands)]
    from desktop_app.core.imaging.files import probe

    return [_open(path, levels, (band,)) for band in range(probe(path).bands)]


def _step(outcome: Outcome) -> dict[str, Any]:
    record = outcome.record
    return {
        "tool": record.tool, "kind": record.kind,
        "plugin": {"name": record.plugin, "version": record.plugin_version},
        "params": dict(record.params), "seed": record.seed, "model": record.model,
        "models": list(record.models), "targets": [asdict(target) for target in record.targets],
        "device": record.device,
        "precision": record.precision, "seconds": record.seconds,
    }


def _done_before(outcomes: list[Outcome]) -> dict[str, Any]:
    """Return what came of the steps that were needed first, where there were any."""
    return {"before": [{**_step(one), "report": dict(one.report)} for one in outcomes]} if outcomes else {}


def _levels(photo: Photo) -> dict[str, Any]:
    """Return the file's values that are 0 and 1, where they are not those of a photo."""
    return {"levels": list(photo.metadata.levels)} if photo.metadata.levels else {}


def _described(path: Path, raster: Raster, dtype: str) -> dict[str, Any]:
    return {
        "path": str(path), "width": raster.width, "height": raster.height, "channels": raster.channels, "dtype": dtype,
    }


def _save(
    wish: _Wish, raster: Raster, photo: Photo, source: Path | None
) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
    """Write the picture, if it is to be written; return what it is, and what is to be said of it."""
    from desktop_app.core.imaging.files import save_photo

    if wish.output is None:
        return None, ()
    saved = save_photo(wish.output, raster, photo.metadata, depth=wish.depth, source=source, export=wish.export)
    return _described(wish.output, raster, saved.dtype) | {"width": saved.width, "height": saved.height}, saved.notes


def _compared(result: Raster, ideal: Photo | None) -> dict[str, Any]:
    """Return the metrics of a result, where it is known what it ought to look like."""
    if ideal is None:
        return {}
    from desktop_app.core.lab.metrics import psnr, ssim

    ours, theirs = result.planes(), ideal.raster.planes()
    return {"metrics": {"psnr": psnr(ours, theirs), "ssim": ssim(ours, theirs)}}


def _maps(outcome: Outcome, folder: Path | None, stem: str) -> list[dict[str, Any]]:
    from desktop_app.core.imaging.heatmap import save_map

    found = []
    for layer in outcome.maps:
        facts = layer.describe()
        path = None if folder is None else str(save_map(layer, folder, stem)[0])
        found.append({name: value for name, value in facts.items() if name != "meaning"} | {"path": path})
    return found


def _lines(payload: Mapping[str, Any]) -> Iterator[str]:
    output = payload["output"]
    yield f"{payload['tool']}: {payload['seconds']:.2f} s on {payload['device']}" + (
        f" → {output['path']}" if output else "")
    for name, value in payload.get("metrics", {}).items():
        yield f"  {name} {value:.4f}"
    for layer in payload["maps"]:
        yield (f"  map {layer['name']}: {layer['min']:.4g} to {layer['max']:.4g}, mean {layer['mean']:.4g} "
               f"{layer['unit']}" + (f", {layer['effect']}" if "effect" in layer else "")
               + (f" → {layer['path']}" if layer["path"] else ""))
    for name, value in payload["report"].items():
        if value != []:
            yield f"  {name}: {_told(value)}"


def _told(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_told(part) for part in value)
    if isinstance(value, Mapping) and {"label", "p"} <= set(value):
        return f"{value['label']} {value['p']:.1%}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
