"""``verilens train``: makes one of the project's models anew, by its recipe."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from desktop_app.api.errors import VerilensError
from desktop_app.cli.console import Console

_RECIPES = "training.recipes"


def add_to(program: typer.Typer) -> None:
    """Add the command; all that follows a recipe's name is the recipe's own."""
    own = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
    program.command("train", context_settings=own)(train)


def train(
    context: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(metavar="RECIPE …", help="And its options.")] = None,
) -> int:
    """Train one of the project's models, or go on where its run was left; without a recipe, list all of them."""
    console: Console = context.obj
    recipes, given = _recipes(), [word for word in words or [] if word != "--json"]
    if not given or given[0] in ("-h", "--help"):
        console.show({"recipes": {name: row.makes for name, row in recipes.RECIPES.items()}}, _overview(recipes),
                     console.as_json)
        return 0
    try:
        done = recipes.train(given)
    except SystemExit:  # the recipe's options were asked for, and told
        return 0
    told = [*done["figures"].items(), ("→", done["output"])]
    console.show(done, (f"{name} {value}" for name, value in told if value is not None), console.as_json)
    return 0


def _recipes() -> Any:
    """Return the recipes' module, which lies beside the program in its source and is not part of what is installed."""
    source = Path(__file__).resolve().parents[2]
    if not (source / "training" / "recipes.py").is_file():
        raise VerilensError("expected the recipes in the folder training of Verilens's source, got a copy that is "
                            "installed without them; get the source and call verilens train there")
    return import_module(_RECIPES)


def _overview(recipes: Any) -> list[str]:
    return ["verilens train RECIPE [--data PATH] [--output DIR] …, for each recipe's options RECIPE --help:",
            *recipes.table()]
