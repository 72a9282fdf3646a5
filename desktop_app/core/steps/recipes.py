"""A history's steps without its pixels: written to a file, and done again on another photo."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.core.atomic import write_whole
from desktop_app.core.document.plain import conforms
from desktop_app.core.document.state import development_of, levels_of
from desktop_app.core.imaging.development import DEFAULTS, DEVELOP, Development
from desktop_app.core.imaging.ranges import LEVELS, full_scale_of
from desktop_app.core.imaging.raw import DEMOSAICS
from desktop_app.core.jobs.request import OLD_FIELDS, StepRecord, ToolRequest
from desktop_app.core.json_text import parsed_json
from desktop_app.core.steps.inputs import inputs_of
from desktop_app.core.steps.step import Step, run_step, step_of

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.core.document.document import Document
    from desktop_app.core.imaging.raster import Raster
    from desktop_app.core.jobs.control import JobControl
    from desktop_app.core.jobs.request import Outcome
    from desktop_app.core.plugins.entries import Snapshot

FORMAT = 1
"""Of the JSON; raised when an older program could not read it."""

_KEY = "verilens_recipe"


@dataclass(frozen=True)
class Recipe:
    """The steps from an opened photo to one of its states, in order.

    ``levels`` are those that the user chose for values that are no photo's, to open others of their kind in; none where
    each file is opened in its own. ``development`` is how the user chose to develop camera raw, in parameters of
    ``enhance.develop``.
    """

    steps: tuple[StepRecord, ...]
    title: str = ""
    levels: tuple[float, float] | None = None
    development: Development | None = None

    @property
    def reframes(self) -> bool:
        """Whether a step lays the photo into another frame, so that nothing else of its file lies where it lay."""
        return any(step.reframes for step in self.steps)

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as a JSON-able mapping."""
        levels: dict[str, Any] = {} if self.levels is None else {"levels": list(self.levels)}
        if self.development is not None:
            levels["development"] = dict(self.development)
        return {_KEY: FORMAT, "title": self.title, **levels, "steps": [step.to_json() for step in self.steps]}

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
        levels, development = _read_levels(value.get("levels")), _read_development(value.get("development"))
        made = tuple(_read_step(number, step) for number, step in enumerate(steps, 1))
        return cls(made, title, levels, development)


def recipe_of(document: Document, state_id: str, folder: Path) -> Recipe:
    """Return the steps that lead from the opened photo to a state of its history.

    The levels in which data are shown that are no photo's belong to the opening of each file: they are no step, and
    those that the user has chosen instead are the recipe's `levels`. Files of inputs that are gone are written again,
    from the document to the folder of kept inputs.

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
    levels = development = None
    while state.parent is not None and state.record is not None and state.id != document.opened:
        is_first, metadata = state.parent == document.root, document.metadata
        levels = levels_of(state) if metadata.is_data and is_first else None
        development = development_of(state) if metadata.is_raw and is_first else None
        if levels is None and development is None:
            records.append(replace(state.record, inputs=inputs_of(document, state.id, folder)))
        state = states[state.parent]
    return Recipe(tuple(reversed(records)), document.title, levels, development)


def opening_step(document: Document, levels: tuple[float, float]) -> Step:
    """Return the step that shows a document's root, whose values are no photo's, in a recipe's levels."""
    scale = full_scale_of(document.states[document.root].depth)
    return Step(ToolRequest(LEVELS, {"low": levels[0], "high": levels[1], "full_scale": scale}))


def developing_step(development: Development) -> Step:
    """Return the step that develops a document's root, camera raw, as a recipe says."""
    return Step(ToolRequest(DEVELOP, dict(development)))


def save_recipe(path: Path, recipe: Recipe) -> None:
    """Write a recipe to a JSON file, whole or not at all.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    write_whole(path, (json.dumps(recipe.to_json(), indent=2) + "\n").encode())


def load_recipe(path: Path) -> Recipe:
    """Read a recipe from a JSON file.

    Raises
    ------
    InputError
        If there is no such file, or it holds no recipe of ours.
    """
    try:
        value = parsed_json(path.read_bytes())
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


def line_of(step: StepRecord) -> str:
    """Return a step in a line: its tool with parameters, its seed, whom it asks and what it was given."""
    params = "".join(f" {name}={value}" for name, value in step.params.items() if value is not None)
    others = [f"seed {step.seed}", *step.models, *(target.tool for target in step.targets)]
    others += [f"{name}: {path}" for name, path in step.inputs.items()]
    return f"{step.tool}{params} ({', '.join(others)})"


def replay(
    application: Application, recipe: Recipe, raster: Raster, control: JobControl, *, icc: bytes | None = None,
    exact_16: bool = True,
) -> Iterator[tuple[Outcome, Raster]]:
    """Do the steps on a photo, one after another.

    Parameters
    ----------
    raster : Raster
        The photo.
    control : JobControl
        Progress over all steps, and cancellation.
    icc : bytes, optional
        The profile of the photo's colours; without one they are sRGB's.
    exact_16 : bool
        Whether values that lie in [0, 1] are kept as uint16 between the steps, as a history keeps them.

    Yields
    ------
    tuple of Outcome and Raster
        What came of each step, and the picture after it (the one before it when the step gave maps only).

    Raises
    ------
    VerilensError
        One sentence for the user.
    """
    count = len(recipe.steps)
    for index, record in enumerate(recipe.steps):
        part = control.part(index / count, (index + 1) / count)
        outcome = run_step(application, step_of(record), raster, icc=icc, control=part, exact_16=exact_16)
        raster = outcome.raster or raster
        yield outcome, raster


def _needs(step: StepRecord) -> Iterator[tuple[str, str, str]]:
    yield "tool", step.tool, f" of plugin {step.plugin} {step.plugin_version}".rstrip()
    yield from (("tool", target.tool, "") for target in step.targets)
    yield from (("model", model, "") for model in step.models)


def _expect_format(value: Any) -> None:
    version = value.get(_KEY) if isinstance(value, dict) else None
    if type(version) is not int:
        raise InputError(f"Expected a Verilens recipe (an object with {_KEY!r}), got another file: choose a recipe.")
    if version > FORMAT:
        raise InputError(
            f"Expected a recipe of version {FORMAT} or older, got version {version}: use it with a newer Verilens."
        )


def _read_levels(value: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    pair = tuple(value) if isinstance(value, list) else value
    if not conforms(pair, tuple[float, float]) or not pair[0] < pair[1]:
        raise InputError(f"Expected the levels of a recipe to be two numbers, the lower first, got {value!r}: save it "
                         "again.")
    return float(pair[0]), float(pair[1])


def _read_development(value: Any) -> Development | None:
    if value is None:
        return None
    is_fine = isinstance(value, dict) and all(
        one in DEMOSAICS if name == "demosaic" else
        name in DEFAULTS and (one is None or (isinstance(one, int | float) and not isinstance(one, bool)))
        for name, one in value.items()
    )
    if not is_fine:
        known = ", ".join(DEFAULTS)
        raise InputError(f"Expected how a recipe develops camera raw, for {known} in numbers and one of "
                         f"{', '.join(DEMOSAICS)}, got {value!r}: save it again.")
    return {str(name): one if one is None or name == "demosaic" else float(one) for name, one in value.items()}


def _read_step(number: int, value: Any) -> StepRecord:
    if not isinstance(value, dict):
        raise InputError(f"Expected step {number} of the recipe to be an object, got {value!r}: save it again.")
    known = {one.name: one.default is MISSING and one.default_factory is MISSING for one in fields(StepRecord)}
    absent = sorted(name for name, is_required in known.items() if is_required and name not in value)
    unknown = sorted(value.keys() - known.keys() - set(OLD_FIELDS))
    if absent or unknown:
        fault = f"lacks {absent[0]!r}" if absent else f"has an unknown {unknown[0]!r}"
        raise InputError(f"Expected a whole step {number}, but it {fault}: save the recipe again.")
    try:
        record = StepRecord.from_json(value)
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError(f"Expected a whole step {number}, but its parts do not fit: save the recipe again.") from error
    wrong = [name for name, hint in get_type_hints(StepRecord).items() if not conforms(getattr(record, name), hint)]
    if wrong:
        raise InputError(f"Expected a whole step {number}, but it has an unreadable {wrong[0]!r}: "
                         "save the recipe again.")
    return record
