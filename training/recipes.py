"""``verilens train RECIPE …``: every recipe, a row each, and what all of them take on the command line."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn, Protocol

from desktop_app.api.errors import ParameterError
from desktop_app.core.plugins.naming import nearest
from desktop_app.core.settings import data_folder
from training.lessons import LESSONS

__all__ = ["ADAPT", "RECIPES", "Row", "begun", "run_folder", "table", "train"]


class Recipe(Protocol):
    """What a recipe's module offers."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what this recipe takes beside ``--data``, ``--output`` and the rest that all take."""

    def make(self, options: argparse.Namespace) -> Mapping[str, Any]:
        """Train in ``options.folder``, write the result to ``options.output``, and return its figures."""


@dataclass(frozen=True)
class Row:
    """A recipe.

    Parameters
    ----------
    makes : str
        What for, in a few words.
    module : str
        Where it stands: a `Recipe`.
    given : sequence of str
        Options that make this row of a module that has several.
    """

    makes: str
    module: str
    given: Sequence[str] = ()


_SMALL = "a small CIFAR-10 classifier"
RECIPES: Mapping[str, Row] = {
    **{
        name: Row(makes, "training.cifar10_resnet", ("--net", name))
        for name, makes in {
            "cifar10_resnet": "the CIFAR-10 classifier",
            **{f"cifar10_member_{number}": f"{_SMALL}, one of an ensemble of five" for number in range(1, 6)},
            "cifar10_augmix": f"{_SMALL} that bears shifts, by AugMix",
            "cifar10_dropout": f"{_SMALL} with dropout",
            "cifar10_equivariant": f"{_SMALL} that answers the same for a turned photo",
            "cifar10_robust": f"{_SMALL} that bears attacks",
        }.items()
    },
    **{name: Row(makes, "training.restoring", ("--net", name)) for name, (makes, _) in LESSONS.items()},
    "cifar10_contrastive": Row(f"{_SMALL} pretrained without labels", "training.cifar10_contrastive"),
    "cifar10_provable": Row(f"{_SMALL} whose answers defend.bounds can prove", "training.cifar10_provable"),
    "superres_sparse": Row("the dictionaries of superres.sparse", "training.superres_sparse"),
    "niqe": Row("NIQE's statistics of good photos", "training.niqe"),
    "error_scale": Row("how far a restoration may be off, by the look of it", "training.error_scale"),
    "conformal": Row("the widths of uncertainty.conformal for the usual restorations", "training.conformal"),
}
"""By the name of what comes of it, which is its folder in ``resources/weights``, too."""


ADAPT = "adapt"
"""Not of a bundled model: it tunes one, on photos that are no training material of ours."""
_ROWS = {
    **RECIPES,
    ADAPT: Row("a network tuned to your own photos: adapt TOOL --dark DIR --normal DIR, or --noisy DIR",
               "training.adapting.recipe"),
}  # fmt: skip


def table() -> list[str]:
    """Return a line for each recipe."""
    width = max(map(len, _ROWS))
    return [f"{name:<{width}}  {row.makes}" for name, row in _ROWS.items()]


def run_folder(name: str) -> Path:
    """Return where a recipe's run is kept, so that it can be gone on with: in the user's data folder."""
    return data_folder() / "training" / name


def begun(words: Sequence[str]) -> tuple[str, argparse.Namespace]:
    """Return the recipe's name and its options, read from the command line; nothing is trained yet.

    Raises
    ------
    ParameterError
        If there is no such recipe, or the options are not its.
    """
    name = words[0]
    if name not in _ROWS:
        raise ParameterError(f"expected a recipe, got {name!r}; {nearest(name, _ROWS)}")
    row, parser = _ROWS[name], _Parser(prog=f"verilens train {name}")
    module: Recipe = import_module(row.module)
    parser.description = f"Trains {row.makes}."
    if name != ADAPT:
        parser.add_argument("--data", type=Path, metavar="PATH",
                            help="to learn from; by default what VERILENS_DATA holds")
    parser.add_argument("--output", type=Path, metavar="DIR", help="for weights and card; by default in the run's")
    parser.add_argument("--folder", type=Path, metavar="DIR",
                        help="keeps what to go on from; by default in the user's data folder")
    parser.add_argument("--threads", type=int, default=1)
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--resume", action="store_true", help="only go on with a run that was begun")
    start.add_argument("--fresh", action="store_true", help="begin anew; without either, what was begun goes on")
    module.add_options(parser)
    options = parser.parse_args([*row.given, *words[1:]])
    options.folder = options.folder or getattr(module, "folder_of", lambda _options: run_folder(name))(options)
    options.output = options.output or options.folder / "result"
    return name, options


def train(words: Sequence[str]) -> dict[str, Any]:
    """Train what the words of a command line say, or go on with it; return the recipe, its folder and its figures.

    Raises
    ------
    ParameterError
        If the words are not understood, or there is nothing to go on with.
    InputError
        If the photos or the run's files cannot be read, or the disk is full.
    """
    import torch

    name, options = begun(words)
    kept = [path for path in options.folder.glob("*") if path.suffix == ".pt" or path.name == "curve.jsonl"]
    if options.fresh:
        for path in kept:
            path.unlink()
    if options.resume and not kept:
        raise ParameterError(f"expected a run of {name} to go on with in {str(options.folder)!r}, found none; "
                             "leave out --resume")
    options.folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    figures = import_module(_ROWS[name].module).make(options)
    return {"recipe": name, "output": str(options.output), "run": str(options.folder), "figures": json.loads(
        json.dumps(dict(figures)))}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ParameterError(f"{message}; see {self.prog} --help")
