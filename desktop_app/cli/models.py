"""``verilens models``: what networks there are, which could be had, and whether their files are sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from desktop_app.api.errors import InputError, ParameterError, PluginError
from desktop_app.cli.console import Console
from desktop_app.cli.progress import progress_line
from desktop_app.core.application import Application
from desktop_app.core.plugins.entries import ModelEntry
from desktop_app.core.plugins.naming import known_or_nearest

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_Id = Annotated[str, typer.Argument(metavar="MODEL", help="The model's id.")]
_Normalisation = Literal["none", "imagenet", "half", "255", "caffe"]
_ADDED = ("id", "task", "architecture", "scale", "differentiable", "sha256", "licence")


def add_to(program: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="List, add, check and download models.", no_args_is_help=False)
    group.command("list")(list_models)
    group.command("info")(info)
    group.command("add")(add)
    group.command("remove")(remove)
    group.command("verify")(verify)
    group.command("catalogue")(catalogue)
    group.command("download")(download)
    program.add_typer(group, name="models")


def list_models(
    context: typer.Context,
    task: Annotated[str, typer.Option(help="Only those for a task: classifier, restoration, superres, …")] = "",
    as_json: _Json = False,
) -> int:
    """List every model."""
    console: Console = context.obj
    models = [one for one in _here(console.application()) if task in ("", one.task, one.purpose)]
    console.show({"models": [described(model) for model in models]}, _lines(models), as_json)
    return 0


def info(context: typer.Context, model_id: _Id, as_json: _Json = False) -> int:
    """Show all that is known of a model, its card included."""
    console: Console = context.obj
    model = _named(console.application(), model_id)
    facts = described(model) | {"card": _card(model)}
    console.show(facts, (f"{name}: {_told(value)}" for name, value in facts.items() if value not in _VOID), as_json)
    return 0


_VOID: tuple[Any, ...] = (None, "", (), [], {})


def add(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", readable=False, help="Weights, or an ONNX file.")],
    model_id: Annotated[str | None, typer.Option("--id", metavar="ID", help="By default from the file's name.")] = None,
    architecture: Annotated[str | None, typer.Option(help="Where the file does not tell: of a plugin, spandrel, "
                                                     "timm or torchvision.")] = None,
    labels: Annotated[Path | None, typer.Option(readable=False, help="A classifier's class names, one a line.")] = None,
    normalisation: Annotated[_Normalisation | None, typer.Option(help="What a classifier's photos need.")] = None,
    as_json: _Json = False,
) -> int:
    """Add a model from a file, which is copied."""
    from desktop_app.core.models.adding import add_file

    console: Console = context.obj
    application = console.application()
    with progress_line(console, as_json) as control:
        entry = add_file(
            file, application.library, application.host, model_id=model_id, architecture=architecture, labels=labels,
            normalisation=normalisation, known=application.catalogue.entries(), say=control.progress,
        )
    return _say_added(console, entry, as_json)


def download(context: typer.Context, model_id: _Id, as_json: _Json = False) -> int:
    """Download a model and add it: a catalogued one, or timm:NAME, torchvision:NAME."""
    from desktop_app.core.models.adding import download_and_add
    from desktop_app.core.models.hub import offered_as, unchecked

    console: Console = context.obj
    application = console.application()
    wanted, known = offered_as(model_id, application.catalogue.entries())
    if unchecked(wanted):
        console.note(unchecked(wanted))
    with progress_line(console, as_json) as control:
        entry = download_and_add(
            wanted, application.library, application.host, known=known, say=control.progress
        )
    return _say_added(console, entry, as_json)


def catalogue(
    context: typer.Context,
    search: Annotated[list[str] | None, typer.Argument(metavar="[WORD]...", help="All that have these words.")] = None,
    task: Annotated[str, typer.Option(help="superres, denoise, jpeg, deblock, classify, …")] = "",
    scale: Annotated[int | None, typer.Option(help="How many times larger photos become.")] = None,
    most: Annotated[float | None, typer.Option("--max-mb", help="The largest file, in megabytes.")] = None,
    licence: Annotated[str, typer.Option(help="A part of its licence's name.")] = "",
    further: Annotated[str, typer.Option("--add", metavar="FILE_OR_URL", help="Add a further catalogue first.")] = "",
    as_json: _Json = False,
) -> int:
    """List the models that can be downloaded."""
    from desktop_app.core.models.catalogue import chosen

    console: Console = context.obj
    application = console.application()
    if further:
        application.catalogue.add(*_content(further))
    here = {one.sha256 for one in application.library.entries()}
    found = chosen(
        application.catalogue.entries(), search=" ".join(search or ()), task=task, scale=scale, licence=licence,
        most_bytes=None if most is None else most * 1e6,
    )
    rows = [one.to_json() | {"is_here": any(own.startswith(one.sha256) for own in here)} for one in found]
    console.show({"models": rows}, map(_catalogue_line, found), as_json)
    return 0


def _content(further: str) -> tuple[bytes, str]:
    """Return a catalogue's content and name, from a file or an address."""
    if further.startswith(("http://", "https://")):
        from desktop_app.core.models.downloads import fetch_text

        return fetch_text(further), further.rstrip("/").rpartition("/")[2]
    path = Path(further)
    try:
        return path.read_bytes(), path.name
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"expected a catalogue at {further!r}, but: {reason}; check the name") from error


def _catalogue_line(one: ModelEntry) -> str:
    size = f"{(one.bytes or 0) / 1e6:.1f} MB" if one.bytes else "size unknown"
    how = "" if one.urls else "; open its page, then add the file"
    return f"{one.id}  {one.title} ({one.purpose}, ×{one.scale}, {size}, {one.licence}{how}): {one.summary}"


def _say_added(console: Console, entry: ModelEntry, as_json: bool) -> int:
    for warning in entry.preflight.get("warnings", ()):
        console.note(warning)
    same = [one.id for one in _here(console.application()) if one.sha256 == entry.sha256 and one.id != entry.id]
    if same:
        console.note(f"The same file is here already as {', '.join(same)}.")
    facts = {name: getattr(entry, name) for name in _ADDED}
    console.show(facts, [f"{entry.id}: {entry.title}, {entry.architecture} ({entry.task}), added"], as_json)
    return 0


def remove(context: typer.Context, model_id: _Id, as_json: _Json = False) -> int:
    """Remove a model that was added."""
    console: Console = context.obj
    application = console.application()
    model = _named(application, model_id)
    if model.origin != "added":
        raise ParameterError(f"expected a model that was added, got {model_id!r}, which plugin {model.plugin} brings; "
                             "disable the plugin if you do not want it")
    application.library.remove(model.id)
    console.show({"id": model.id, "removed": True}, [f"{model.id}: removed"], as_json)
    return 0


def verify(
    context: typer.Context,
    model_ids: Annotated[list[str] | None, typer.Argument(metavar="[MODEL]...", help="All when none is named.")] = None,
    as_json: _Json = False,
) -> int:
    """Compare the weights with their SHA-256."""
    console: Console = context.obj
    models = {one.id: one for one in _here(console.application())}
    chosen = [known_or_nearest("model", name, models) for name in model_ids or models]
    results = [{"id": model.id, "weights": model.weights, "fault": fault_of(model)} for model in chosen]
    console.show({"models": results}, (f"{one['id']}: {one['fault'] or 'as described'}" for one in results), as_json)
    faults = [one["fault"] for one in results if one["fault"]]
    if faults:
        console.note(faults[0] if len(faults) == 1 else f"{len(faults)} models are faulty; the first: {faults[0]}")
    return PluginError.exit_code if faults else 0


def fault_of(model: ModelEntry) -> str | None:
    """Return what is wrong with a model's weights in a sentence; None when they are as described."""
    from desktop_app.core.models.networks import verify as verify_weights

    try:
        verify_weights(model)
    except PluginError as error:
        return str(error)
    return None


def described(model: ModelEntry) -> dict[str, Any]:
    """Return a model as the command line prints it, with the size that its file has now."""
    weights = Path(model.weights)
    return replace(model, bytes=weights.stat().st_size if weights.is_file() else None).to_json()


def _here(application: Application) -> list[ModelEntry]:
    return [one for one in application.host.snapshot().models if one.is_here]


def _named(application: Application, model_id: str) -> ModelEntry:
    return known_or_nearest("model", model_id, application.host.snapshot().models_by_id)


def _card(model: ModelEntry) -> str | None:
    path = Path(model.card) if model.card else None
    return path.read_text(encoding="utf-8") if path and path.is_file() else None


def _lines(models: Sequence[ModelEntry]) -> Iterator[str]:
    for model in models:
        yield f"{model.id}  {model.title} ({model.task}, {model.licence or 'no licence named'}): {model.summary}"


def _told(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
