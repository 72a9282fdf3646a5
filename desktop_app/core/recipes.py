"""A history's steps without its pixels: written to a file, and done again on another photo."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.core.atomic import write_whole
from desktop_app.core.jobs.request import StepRecord, TargetSpec, ToolRequest

if TYPE_CHECKING:
    from desktop_app.core.document.document import Document
    from desktop_app.core.imaging.raster import Raster
    from desktop_app.core.jobs.request import Outcome
    from desktop_app.core.plugins.entries import Snapshot

FORMAT = 1
"""Of the JSON; raised when an older program could not read it."""

_KEY = "verilens_recipe"


@dataclass(frozen=True)
class RecipeStep:
    """One step: the tool with all that decides what it does to a photo.

    Parameters
    ----------
    tool, kind, title : str
        Its id, its kind, and what the history showed.
    plugin, plugin_version : str
        Where it came from.
    params : mapping
        All of its parameters.
    seed : int
        Of its random numbers.
    model, model_sha256 : str, optional
        The classifier in question, and its weights.
    target : TargetSpec, optional
        The restoration in question.
    inputs : mapping of str to str
        The further inputs' names, and where each came from.
    """

    tool: str
    kind: str
    title: str
    plugin: str
    plugin_version: str
    params: Mapping[str, Any]
    seed: int
    model: str | None = None
    model_sha256: str | None = None
    target: TargetSpec | None = None
    inputs: Mapping[str, str] = field(default_factory=dict)

    def request(self) -> ToolRequest:
        """Return the request that does this step."""
        return ToolRequest(self.tool, self.params, self.seed, self.model, self.target)


@dataclass(frozen=True)
class Recipe:
    """The steps from an opened photo to one of its states, in order."""

    steps: tuple[RecipeStep, ...]
    title: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as a JSON-able mapping."""
        return {_KEY: FORMAT, "title": self.title, "steps": [asdict(step) for step in self.steps]}

    @classmethod
    def from_json(cls, value: Any) -> Recipe:
        """Read what `to_json` wrote.

        Raises
        ------
        InputError
            If it is no recipe, from a newer version, or a step lacks something or has it of another type.
        """
        _expect_format(value)
        steps, title = value.get("steps"), value.get("title", "")
        if not isinstance(steps, list) or not isinstance(title, str):
            raise InputError("Expected a recipe with a title and a list of steps, got another one: save it again.")
        return cls(tuple(_read_step(number, step) for number, step in enumerate(steps, 1)), title)


def recipe_of(document: Document, state_id: str) -> Recipe:
    """Return the steps that lead from the opened photo to a state of its history.

    Raises
    ------
    ParameterError
        If there is no such state, or it is deleted.
    """
    states = document.states
    if state_id not in states:
        raise ParameterError(f"Expected a state that the history shows, got {state_id!r}: choose one of those.")
    records: list[StepRecord] = []
    state = states[state_id]
    while state.parent is not None and state.record is not None:
        records.append(state.record)
        state = states[state.parent]
    return Recipe(tuple(_step_of(record) for record in reversed(records)), document.title)


def save_recipe(path: Path, recipe: Recipe) -> None:
    """Write a recipe to a JSON file, whole or not at all.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    write_whole(path, (json.dumps(recipe.to_json(), indent=2, ensure_ascii=False) + "\n").encode())


def load_recipe(path: Path) -> Recipe:
    """Read a recipe from a JSON file.

    Raises
    ------
    InputError
        If there is no such file, or it holds no recipe of ours.
    """
    try:
        value = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: expected a readable recipe, but: {error.strerror}; check the path.") from error
    except ValueError as error:
        raise InputError(f"{path}: expected a recipe in JSON, got something else ({error}): save it again.") from error
    try:
        return Recipe.from_json(value)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def missing_tools(recipe: Recipe, snapshot: Snapshot) -> tuple[str, ...]:
    """Return a sentence for each tool or model of a recipe that is not installed, in the order of the steps."""
    wanted = [need for step in recipe.steps for need in _needs(step)]
    return tuple(
        f"Expected the {what} {name!r}{origin}, found none: install its plugin, or leave the step out."
        for what, name, origin in dict.fromkeys(wanted)
        if name not in (snapshot.tools_by_id if what == "tool" else snapshot.models_by_id)
    )


def replay(
    recipe: Recipe, raster: Raster, run_step: Callable[[RecipeStep, Raster], Outcome]
) -> Iterator[tuple[RecipeStep, Outcome, Raster]]:
    """Do the steps on a photo, one after another.

    Parameters
    ----------
    raster : Raster
        The photo.
    run_step : callable
        Does one step on a picture.

    Yields
    ------
    tuple of RecipeStep, Outcome and Raster
        Each step, what came of it, and the picture after it (the one before it when the step gave maps only).
    """
    for step in recipe.steps:
        outcome = run_step(step, raster)
        raster = raster if outcome.raster is None else outcome.raster
        yield step, outcome, raster


def _step_of(record: StepRecord) -> RecipeStep:
    return RecipeStep(**{each.name: getattr(record, each.name) for each in fields(RecipeStep)})


def _needs(step: RecipeStep) -> Iterator[tuple[str, str, str]]:
    yield "tool", step.tool, f" of plugin {step.plugin} {step.plugin_version}"
    if step.target is not None:
        yield "tool", step.target.tool, ""
    if step.model is not None:
        yield "model", step.model, ""


def _expect_format(value: Any) -> None:
    version = value.get(_KEY) if isinstance(value, dict) else None
    if type(version) is not int:
        raise InputError(f"Expected a Verilens recipe (an object with {_KEY!r}), got another file: choose a recipe.")
    if version > FORMAT:
        raise InputError(
            f"Expected a recipe of version {FORMAT} or older, got version {version}: use it with a newer Verilens."
        )


_TYPES: dict[str, tuple[type, ...]] = {
    "tool": (str,), "kind": (str,), "title": (str,), "plugin": (str,), "plugin_version": (str,), "params": (dict,),
    "seed": (int,), "model": (str, type(None)), "model_sha256": (str, type(None)), "target": (dict, type(None)),
    "inputs": (dict,),
}  # fmt: skip
_OPTIONAL = {"model", "model_sha256", "target", "inputs"}


def _read_step(number: int, value: Any) -> RecipeStep:
    if not isinstance(value, dict):
        raise InputError(f"Expected step {number} of the recipe to be an object, got {value!r}: save it again.")
    absent = sorted(_TYPES.keys() - _OPTIONAL - value.keys())
    unknown = sorted(value.keys() - _TYPES.keys())
    wrong = sorted(name for name in _TYPES.keys() & value.keys() if not isinstance(value[name], _TYPES[name]))
    for fault, names in (("lacks", absent), ("has an unknown", unknown), ("has an unreadable", wrong)):
        if names:
            raise InputError(f"Expected a whole step {number}, but it {fault} {names[0]!r}: save the recipe again.")
    return RecipeStep(**{**value, "target": _read_target(number, value.get("target"))})


def _read_target(number: int, value: dict[str, Any] | None) -> TargetSpec | None:
    if value is None:
        return None
    tool, params = value.get("tool"), value.get("params", {})
    if not isinstance(tool, str) or not isinstance(params, dict) or value.keys() - {"tool", "params"}:
        raise InputError(f"Expected step {number}'s target as tool and params, got {value!r}: save the recipe again.")
    return TargetSpec(tool, params)
