"""``verilens recipe``: a history without its pixels, done again on other photos, shown, or held against its project."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from desktop_app.api.errors import InputError, ToolError
from desktop_app.cli.batch import Wish, carried_out
from desktop_app.cli.console import Console
from desktop_app.cli.progress import progress_line

if TYPE_CHECKING:
    from desktop_app.core.batch.journal import Done
    from desktop_app.core.document.document import Document
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
    inputs: Annotated[list[str], typer.Argument(
        metavar="INPUT...", help="Photos, folders of them, patterns; URLs that fsspec knows, such as s3://….")],
    output: Annotated[str, typer.Option("-o", "--output", metavar="DIR", help="The folder for the results, or a URL.")],
    export: Annotated[list[str] | None, typer.Option(
        metavar="PRESET|NAME=VALUE,…", help="web, small, best, or quality=, subsampling=, progressive=, long_side=, "
        "srgb=, sharpen=, metadata=all|no-place|none.")] = None,
    names: Annotated[str, typer.Option(
        metavar="TEMPLATE", help="Names of the results, of {name}, {number}, {folder}, {recipe}, {date}.")] = "{name}",
    suffix: Annotated[str, typer.Option(metavar=".jpg|.png|…", help="The results' kind; the photos' by default.")] = "",
    deep: Annotated[bool, typer.Option(help="Look into folders within folders.")] = False,
    resume: Annotated[bool, typer.Option(help="Leave what an earlier run has done, and go on.")] = False,
    report: Annotated[bool, typer.Option(help="Write batch.html with small pictures beside the results.")] = False,
    workers: Annotated[str, typer.Option(
        metavar="auto|N", help="Processes that share the photos; by default as many as leave a core free.")] = "auto",
    watch: Annotated[bool, typer.Option(
        help="Do what comes into the folders too, until Ctrl-C; what was done before is left.")] = False,
    engine: Annotated[str, typer.Option(
        metavar="local|ray", help="Where it is done: on this machine, or on a Ray cluster.")] = "local",
    address: Annotated[str, typer.Option(metavar="HOST:PORT|auto", help="Of the Ray cluster.")] = "auto",
    gpus: Annotated[float | None, typer.Option(
        metavar="SHARE", help="Of a GPU for each worker of the cluster, such as 0.5; a whole one by default.")] = None,
    as_json: _Json = False,
) -> int:
    """Do the steps of a recipe on photos, folders and patterns, and save each result under a name of its own."""
    console: Console = context.obj
    application = console.application(is_to_run=True)
    steps = _recipe(recipe, application.inputs)
    from desktop_app.core.batch.places import place_of
    from desktop_app.core.batch.run import require_tools
    from desktop_app.core.imaging.export import export_from

    require_tools(application, steps)
    wish = Wish(steps, tuple(inputs), place_of(output), export_from(export or ()), names, suffix, deep,
                resume or watch, report, watch, workers, engine, address, gpus)  # fmt: skip
    with progress_line(console, as_json, may_end=watch) as control:
        done = list(carried_out(application, wish, recipe.stem, control, lambda one: _tell(console, one)))
    return _say(console, recipe, steps, done, as_json)


def _tell(console: Console, one: Done) -> None:
    """Say what came of a photo while others are waited for."""
    if not one.is_kept:
        console.note(f"{one.photo}: {one.error['message'] if one.error else f'→ {one.output}'}")


def _say(console: Console, recipe: Path, steps: Recipe, done: Sequence[Done], as_json: bool) -> int:
    """Print what came of each photo; return the first fault's exit code."""
    for one in done:
        for note in one.notes:
            console.note(f"{one.photo}: {note}")
    faults = [one.error for one in done if one.error is not None]
    for fault in faults:
        console.note(f"{fault['input']}: {fault['message']}")
    results = [
        {"input": one.photo, "output": one.output, "steps": list(one.steps), "notes": list(one.notes),
         "error": one.error, "kept": one.is_kept}
        for one in done
    ]  # fmt: skip
    payload = {"recipe": str(recipe), "steps": [step.tool for step in steps.steps], "results": results}
    console.show(payload, (f"{one.photo} → {one.output}" for one in done if one.error is None), as_json)
    return int(faults[0]["exit_code"]) if faults else 0


def show(context: typer.Context, recipe: _Recipe, as_json: _Json = False) -> int:
    """List the steps of a recipe, or of a project up to the state that it shows."""
    from desktop_app.core.steps.recipes import line_of

    console: Console = context.obj
    steps = _recipe(recipe, console.application().inputs)  # kept: what is printed can be run as a recipe
    lines = (f"{number}. {line_of(step)}" for number, step in enumerate(steps.steps, 1))
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
    from desktop_app.core.batch.run import require_tools
    from desktop_app.core.imaging.files import open_photo
    from desktop_app.core.steps.provenance import differences, provenance_in, source_among

    made = provenance_in(open_photo(path, levels=None).metadata)
    if made is None:
        raise InputError(f"{path}: expected a project ({_PROJECT}), or an image with its recipe in it, got an image "
                         "without one; save the project and verify that")
    application = console.application(is_to_run=True)
    require_tools(application, made.recipe)
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
