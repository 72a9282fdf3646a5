"""``verilens recipe``: a history without its pixels, done again on other photos, shown, or held against its project."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from desktop_app.api.errors import Cancelled, InputError, ParameterError, ToolError, VerilensError
from desktop_app.cli.console import Console
from desktop_app.cli.progress import progress_line
from desktop_app.core.imaging.suffixes import READABLE, WRITABLE

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.core.document.document import Document
    from desktop_app.core.imaging.export import Export
    from desktop_app.core.jobs.control import JobControl
    from desktop_app.core.jobs.request import StepRecord
    from desktop_app.core.steps.recipes import Recipe

_PROJECT = ".vlens"

_Recipe = Annotated[Path, typer.Argument(metavar="RECIPE", readable=False, help="A recipe (JSON), or a project.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def add_to(program: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Do a saved history again.", no_args_is_help=False)
    group.command("run")(run)
    group.command("show")(show)
    group.command("verify")(verify)
    program.add_typer(group, name="recipe")


def run(
    context: typer.Context,
    recipe: _Recipe,
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT...", readable=False, help="Photos, folders of them.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="The folder for the results.")],
    export: Annotated[list[str] | None, typer.Option(
        metavar="PRESET|NAME=VALUE,…", help="web, small, best, or quality=, subsampling=, progressive=, long_side=, "
        "srgb=, sharpen=, metadata=all|no-place|none.")] = None,
    as_json: _Json = False,
) -> int:
    """Do the steps of a recipe on photos, and save each result under the photo's name."""
    console: Console = context.obj
    application = console.application()
    steps = _recipe(recipe, application.inputs)
    _require_tools(application, steps)
    from desktop_app.core.imaging.export import export_from

    choices = export_from(export or ())
    places = _places(inputs, output)
    output.mkdir(parents=True, exist_ok=True)
    results = []
    with progress_line(console, as_json) as control:
        for index, (photo, place) in enumerate(places.items()):
            part = control.part(index / len(places), (index + 1) / len(places))
            results.append(_result(application, steps, photo, place, part, choices))
    faults = [one["error"] for one in results if one["error"]]
    for one in results:
        for note in one["notes"]:
            console.note(f"{one['input']}: {note}")
    for fault in faults:
        console.note(f"{fault['input']}: {fault['message']}")
    payload = {"recipe": str(recipe), "steps": [step.tool for step in steps.steps], "results": results}
    console.show(payload, (f"{one['input']} → {one['output']}" for one in results if not one["error"]), as_json)
    return faults[0]["exit_code"] if faults else 0


def show(context: typer.Context, recipe: _Recipe, as_json: _Json = False) -> int:
    """List the steps of a recipe, or of a project up to the state that it shows."""
    console: Console = context.obj
    steps = _recipe(recipe, console.application().inputs)  # kept: what is printed can be run as a recipe
    lines = (f"{number}. {_told(step)}" for number, step in enumerate(steps.steps, 1))
    console.show(steps.to_json(), lines, as_json)
    return 0


def verify(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="IMAGE_OR_PROJECT", readable=False, help="What is held against it.")],
    source: Annotated[Path | None, typer.Option(readable=False, help="An image's photo, or its folder.")] = None,
    as_json: _Json = False,
) -> int:
    """Do every step of a project, or of an image that was written by Verilens, again and say whether it is the same."""
    console: Console = context.obj
    if path.suffix.lower() != _PROJECT:
        return _verify_image(console, path, source, as_json)
    from desktop_app.core.steps import verify as steps

    application = console.application()
    with _opened(path) as document, progress_line(console, as_json) as control:
        verdicts = list(steps.verify(application, document, control))
    wrong = [one for one in verdicts if one.difference]
    states = [
        {"state": one.state, "title": one.title, "tool": one.tool, "same": not one.difference,
         "difference": one.difference or None}
        for one in verdicts
    ]  # fmt: skip
    lines = [f"{one.title}: {one.difference or 'the same'}" for one in verdicts]
    console.show({"path": str(path), "same": not wrong, "states": states}, lines, as_json)
    if wrong:
        first = f"{wrong[0].title!r}: {wrong[0].difference}"
        console.note(f"{path}: expected every state to come out the same, but {len(wrong)} of {len(verdicts)} did not; "
                     f"the first: {first}")
    return ToolError.exit_code if wrong else 0


def _verify_image(console: Console, path: Path, source: Path | None, as_json: bool) -> int:
    from desktop_app.core.imaging.files import open_photo
    from desktop_app.core.steps.provenance import differences, provenance_in, source_among

    made = provenance_in(open_photo(path, levels=None).metadata)
    if made is None:
        raise InputError(f"{path}: expected a project ({_PROJECT}), or an image with its recipe in it, got an image "
                         "without one; save the project and verify that")
    application = console.application()
    _require_tools(application, made.recipe)
    folders = (source,) if source else (path.absolute().parent, path.absolute().parent.parent, Path.cwd())
    photo = source_among(made, folders)
    with progress_line(console, as_json) as control:
        told = differences(application, path, made, photo, control)
    payload = {"path": str(path), "same": not told, "source": str(photo), "difference": told or None,
               "steps": [step.tool for step in made.recipe.steps]}
    console.show(payload, [f"{path}: {told or 'the same'}"], as_json)
    if told:
        console.note(f"{path}: expected the image to come out of {photo.name} the same, but {told}")
    return ToolError.exit_code if told else 0


@contextmanager
def _opened(project: Path) -> Iterator[Document]:
    """Open a project in a session of its own, of which nothing is left."""
    from desktop_app.core.document.session import Session

    with TemporaryDirectory() as folder:
        session = Session(Path(folder))
        document = session.open_project(project)
        try:
            yield document
        finally:
            document.close(discard=True)
            session.close()


def _recipe(path: Path, folder: Path) -> Recipe:
    """Return the recipe of a file; of a project, with the inputs whose files are gone written to a folder."""
    from desktop_app.core.steps.recipes import load_recipe, recipe_of

    if path.suffix.lower() != _PROJECT:
        return load_recipe(path)
    with _opened(path) as document:
        return recipe_of(document, document.cursor, folder)


def _require_tools(application: Application, recipe: Recipe) -> None:
    from desktop_app.core.steps.recipes import missing_tools

    if not recipe.steps:
        raise ParameterError("expected a recipe with at least one step, got none; save one from a history with steps")
    missing = missing_tools(recipe, application.host.snapshot())
    if missing:
        raise ParameterError(missing[0])


def _places(inputs: list[Path], folder: Path) -> dict[Path, Path]:
    """Return where each photo's result goes; refuse what would be lost, before anything runs."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"expected a folder for the results at {str(folder)!r}, got a file; choose another")
    places: dict[Path, Path] = {}
    for photo in (photo for given in inputs for photo in _photos(given)):
        suffix = photo.suffix if photo.suffix.lower() in WRITABLE else ".png"
        place = folder / f"{photo.stem}{suffix}"
        if place in places.values():
            raise ParameterError(f"expected photos with names of their own, got {place.name} twice; rename one")
        if place.exists() and photo.exists() and place.samefile(photo):
            raise ParameterError(f"expected results beside the inputs, got {str(photo)!r} itself; "
                                 "choose another folder")
        places[photo] = place
    return places


def _photos(given: Path) -> list[Path]:
    if not given.is_dir():
        return [given]
    found = sorted(path for path in given.iterdir() if path.suffix.lower() in READABLE and path.is_file())
    if not found:
        raise InputError(f"expected a folder with photos, found none in {str(given)!r}; choose another")
    return found


def _result(
    application: Application, recipe: Recipe, photo: Path, place: Path, control: JobControl, export: Export
) -> dict[str, Any]:
    """Do the steps on one photo; its fault stands for itself, and the others go on."""
    from desktop_app.core.imaging.files import open_photo, save_photo
    from desktop_app.core.steps.provenance import Provenance, digest_of, stamped
    from desktop_app.core.steps.recipes import replay

    found: dict[str, Any] = {"input": str(photo), "output": None, "steps": [], "notes": [], "error": None}
    try:
        opened = open_photo(photo)
        if recipe.levels is not None and opened.metadata.is_data:
            opened = open_photo(photo, levels=recipe.levels)
        exact_16 = opened.raster.depth != "32f"
        done = list(replay(application, recipe, opened.raster, control, exact_16=exact_16))
        made = Provenance(
            replace(recipe, steps=tuple(outcome.record for outcome, _ in done)), photo.name, digest_of(photo), exact_16,
            export=export)
        saved = save_photo(place, done[-1][1], stamped(opened.metadata, made), export=export)
    except Cancelled:
        raise
    except VerilensError as error:
        return found | {"error": {"input": str(photo), "exit_code": error.exit_code, "message": str(error)}}
    steps = [{**outcome.record.to_json(), "report": dict(outcome.report)} for outcome, _ in done]
    notes = list(dict.fromkeys((*opened.metadata.notes, *saved.notes)))
    return found | {"output": str(saved.path), "steps": steps, "notes": notes}


def _told(step: StepRecord) -> str:
    params = "".join(f" {name}={value}" for name, value in step.params.items() if value is not None)
    others = [f"seed {step.seed}", *step.models, *(target.tool for target in step.targets)]
    others += [f"{name}: {path}" for name, path in step.inputs.items()]
    return f"{step.tool}{params} ({', '.join(others)})"
