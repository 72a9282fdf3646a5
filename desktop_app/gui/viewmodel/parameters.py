"""A step's parameters, and its title, as people would write them: those that count, with their names and units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from desktop_app.core.kinds import traits_of
from desktop_app.gui.viewmodel.frames import framing_title
from desktop_app.gui.viewmodel.schema import FieldSpec, fields_of, that_count
from desktop_app.gui.viewmodel.texts import unit_behind

if TYPE_CHECKING:
    from desktop_app.core.document.state import State
    from desktop_app.core.jobs.request import StepRecord
    from desktop_app.core.plugins.entries import ToolEntry

_NORMS = {"linf": "L∞", "l2": "L2"}
_TELLING = {"sigma": "σ", "eps": "ε", "scale": "×"}


def words(name: str) -> str:
    """Return a name as a label."""
    return name.replace("_", " ").capitalize()


def plain(value: Any) -> str:
    """Return any value of a report or a recipe as text.

    Examples
    --------
    >>> plain(True), plain([0.5, 1.0]), plain({"top_left": 3})
    ('yes', '0.5, 1', 'top left 3')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{words(str(key)).lower()} {plain(part)}" for key, part in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(plain(part) for part in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def with_unit(value: Any, unit: str) -> str:
    """Return a number with its unit, where it has one.

    Examples
    --------
    >>> with_unit(12.34, "levels"), with_unit(45.0, "°"), with_unit(2, "×"), with_unit("fast", "")
    ('12.34 levels', '45°', '×2', 'fast')
    """
    if not is_number(value):
        return plain(value)
    return f"{unit}{plain(value)}" if unit == "×" else f"{plain(value)}{unit_behind(unit, plain(value))}"


def is_number(value: Any) -> bool:
    """Return whether a value is a number; yes and no are not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def estimates(states: Mapping[str, State], shown: str, tool: str) -> dict[str, Any]:
    """Return the values that a tool chose by itself when it made the shown state, or else was last applied to it."""
    children = (states[child] for child in reversed(states[shown].children) if child in states)
    for state in (states[shown], *children):
        if state.record is not None and state.record.tool == tool:
            left = (name for name, value in state.record.params.items() if value is None)
            return {name: state.report[name] for name in left if is_number(state.report.get(name))}
    return {}


def specs_of(tool: ToolEntry | None) -> dict[str, FieldSpec]:
    """Return a tool's parameters by name; none of a tool that is not there any more."""
    return {spec.name: spec for spec in fields_of(tool.schema)} if tool is not None else {}


def setting_rows(
    tool: ToolEntry | None, params: Mapping[str, Any], inputs: Mapping[str, str] | None = None
) -> dict[str, tuple[str, str]]:
    """Return title and value of each parameter that counted, by name.

    Parameters
    ----------
    tool : ToolEntry or None
        None where its plugin is gone: every parameter is told then, by its bare name.
    params : mapping
        What it was called with.
    inputs : mapping, optional
        Its further inputs: a kernel may take the place of the parameters that would make one.
    """
    specs = specs_of(tool)
    given = {entry["name"]: (inputs or {}).get(entry["name"]) for entry in tool.inputs} if tool is not None else {}
    counting = that_count(tuple(specs.values()), {**given, **params})
    return {
        name: (specs[name].title if name in specs else words(name), _setting(name, value, specs.get(name)))
        for name, value in params.items() if name in counting or name not in specs
    }  # fmt: skip


def _setting(name: str, value: Any, spec: FieldSpec | None) -> str:
    if value is None:
        return spec.none if spec is not None else "automatic"
    if name == "norm":
        return _NORMS.get(value, str(value))
    return with_unit(value, spec.unit if spec is not None else "")


def step_title(record: StepRecord, report: Mapping[str, Any], tools: Mapping[str, ToolEntry]) -> str:
    """Return what the history calls a step: the tool, the number or target that tells it from others, what came of it.

    Examples
    --------
    >>> from desktop_app.core.jobs.request import StepRecord, TargetSpec
    >>> step_title(StepRecord("denoise.nlm", "restoration", "NLM", "p", "1", {"sigma": 25.0}, 0), {}, {})
    'NLM σ25'
    >>> target = TargetSpec("denoise.nlm", {"sigma": 25.0})
    >>> step_title(StepRecord("t", "uncertainty", "Spread", "p", "1", {}, 0, (target,)), {}, {})
    'Spread of denoise.nlm σ25'
    """
    framed = framing_title(record.params, report) if record.reframes else ""
    parts = [framed or _titled(record.title, record.params, tools.get(record.tool))]
    if record.target is not None:
        target = record.target
        parts += [traits_of(record.kind).joins_target, _titled(target.tool, target.params, tools.get(target.tool))]
    if report.get("success") and report.get("after"):
        parts.append(f"→ “{report['after'][0]['label']}”")
    return with_strength(" ".join(parts), record.strength)


def with_strength(title: str, strength: float) -> str:
    """Return a step's title with its strength, where that is not the full one.

    Examples
    --------
    >>> with_strength("NLM σ25", 0.6), with_strength("NLM σ25", 1.0)
    ('NLM σ25 · 60 %', 'NLM σ25')
    """
    return title if strength == 1.0 else f"{title} · {100 * strength:.0f} %"


def _titled(title: str, params: Mapping[str, Any], entry: ToolEntry | None) -> str:
    """Return a tool's title with its telling number, and its network where that is not the usual one."""
    counting, specs = setting_rows(entry, params), specs_of(entry)
    numbers = [
        f"{symbol}{params[name]:g}" for name, symbol in _TELLING.items()
        if name in counting and is_number(params[name]) and _is_symbol_for(symbol, specs.get(name))
    ]  # fmt: skip
    said = " ".join((entry.title if entry is not None else title, *numbers[:1]))
    if entry is None or not entry.network:
        return said
    network, usual = params.get(entry.network), entry.properties.get(entry.network, {}).get("default")
    return f"{said} · {network}" if network and network != usual else said


def _is_symbol_for(symbol: str, spec: FieldSpec | None) -> bool:
    """Whether a symbol says what a parameter is: a scale may be times, or pixels."""
    return symbol != "×" or spec is None or spec.unit == "×"
