"""``verilens models``: what networks there are, and whether their weights are what they should be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from desktop_app.api.errors import PluginError
from desktop_app.cli.console import Console
from desktop_app.core.plugins.entries import ModelEntry
from desktop_app.core.plugins.naming import known_or_nearest

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_Id = Annotated[str, typer.Argument(metavar="MODEL", help="The model's id.")]


def add_to(program: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="List and check the models.", no_args_is_help=False)
    group.command("list")(list_models)
    group.command("info")(info)
    group.command("verify")(verify)
    program.add_typer(group, name="models")


def list_models(context: typer.Context, as_json: _Json = False) -> int:
    """List every model."""
    console: Console = context.obj
    models = console.application().host.snapshot().models
    console.show({"models": [described(model) for model in models]}, _lines(models), as_json)
    return 0


def info(context: typer.Context, model_id: _Id, as_json: _Json = False) -> int:
    """Show all that is known of a model, its card included."""
    console: Console = context.obj
    models = console.application().host.snapshot().models_by_id
    model = known_or_nearest("model", model_id, models)
    facts = described(model) | {"card": _card(model)}
    console.show(facts, (f"{name}: {_told(value)}" for name, value in facts.items()), as_json)
    return 0


def verify(
    context: typer.Context,
    model_ids: Annotated[list[str] | None, typer.Argument(metavar="[MODEL]...", help="All when none is named.")] = None,
    as_json: _Json = False,
) -> int:
    """Compare the weights with their SHA-256."""
    console: Console = context.obj
    models = console.application().host.snapshot().models_by_id
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
    """Return a model as the command line prints it."""
    weights = Path(model.weights)
    return {**model.to_json(), "bytes": weights.stat().st_size if weights.is_file() else None}


def _card(model: ModelEntry) -> str | None:
    path = Path(model.card) if model.card else None
    return path.read_text(encoding="utf-8") if path and path.is_file() else None


def _lines(models: Sequence[ModelEntry]) -> Iterator[str]:
    for model in models:
        yield f"{model.id}  {model.title} ({model.task}, {model.licence or 'no licence named'}): {model.summary}"


def _told(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
