"""Every check on one tool, as a list of findings or as cases for a test runner."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from desktop_app.api import Model, Tool
from desktop_app.core.jobs.request import TargetSpec
from desktop_app.core.jobs.suppliers import Networks, ToolSource
from desktop_app.core.kinds import traits_of
from desktop_app.core.models.loaded_classifier import LoadedClassifier
from desktop_app.core.plugins.validation import model_faults, tool_faults
from desktop_app.core.surroundings import surroundings_restored
from desktop_app.testing.checks import CHECKS, RESTS_ON, Check
from desktop_app.testing.findings import Fault, Finding, grouped, told
from desktop_app.testing.running import Bench, NoNetworks, load
from desktop_app.testing.trial import Trial

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Case:
    """One check of one tool, to be called by a test; `str` of it names it."""

    name: str
    check: Check
    trial: Trial

    def __str__(self) -> str:
        return "-".join(filter(None, (self.trial.tool.id, self.name, self.trial.subject)))

    def findings(self) -> list[Finding]:
        """Return what is wrong."""
        return grouped(self.trial.tool.id, ((self.name, fault) for fault in self.check(self.trial)))

    def faults(self) -> list[Fault]:
        """Return what is wrong, whatever the tool raises included."""
        return _faults_of(self.check, self.trial)

    def __call__(self) -> None:
        """Run the check.

        Raises
        ------
        AssertionError
            With every finding, if there is one.
        """
        findings = self.findings()
        if findings:
            raise AssertionError("\n".join(map(str, findings)))


def conformance_cases(
    tool: Tool,
    *,
    params: Mapping[str, Any] | None = None,
    tools: ToolSource | None = None,
    networks: Networks | None = None,
    targets: Sequence[TargetSpec] = (),
    models: Sequence[LoadedClassifier] = (),
) -> list[Case]:
    """Return the cases that one tool has to pass.

    Parameters
    ----------
    tool : Tool
        Its descriptor.
    params : mapping, optional
        Parameters for every call, where the defaults take too long for a test.
    tools, networks : optional
        Where the tools and networks come from that it calls itself (see `Bench`).
    targets : sequence of TargetSpec, optional
        The restorations in question, for a tool that asks more of them than to restore; else the kit's own.
    models : sequence of LoadedClassifier, optional
        The classifiers in question, for a tool that asks more of them than an answer; else the kit's own.
    """
    bench = Bench(tool, tools, networks or NoNetworks())
    trials = [
        Trial(bench, subject, params or {}, tuple(targets), tuple(models)) for subject in tool.subjects or (None,)
    ]
    descriptions = [Case(check.__name__, check, trials[0]) for check in (descriptor, parameters, defaults, imports)]
    return descriptions + [Case(name, check, trial) for trial in trials for name, check in CHECKS.items()]


def check_tool(
    tool: Tool,
    *,
    params: Mapping[str, Any] | None = None,
    tools: ToolSource | None = None,
    networks: Networks | None = None,
) -> list[Finding]:
    """Run every check on one tool, with arguments as in `conformance_cases`.

    Returns
    -------
    list of Finding
        One a cause: what two checks or two pictures say alike is said once, and a check is left out when another that
        it rests on has found something. Empty where the tool conforms.
    """
    found: list[tuple[str, Fault]] = []
    failed: set[tuple[str, str | None]] = set()
    for case in conformance_cases(tool, params=params, tools=tools, networks=networks):
        key = (case.name, case.trial.subject)
        is_vain = any({(name, case.trial.subject), (name, None)} & failed for name in RESTS_ON.get(case.name, ()))
        faults = [] if is_vain else case.faults()
        found += [(case.name, fault) for fault in faults]
        failed |= {key} if faults or is_vain else set()
    return grouped(tool.id, found)


def check_model(model: Model, check: Callable[[], None] = lambda: None) -> list[Finding]:
    """Load a model as the host does, and run every check on it; an empty list says that it conforms.

    Parameters
    ----------
    model : Model
        Its descriptor. A classifier and a network that restores are asked about pictures; of another network only the
        tool that loads it knows what it is, so that description, SHA-256 and weights are what can be checked.
    check : callable
        Called where the network interrupts; raises if that was the user.
    """
    from desktop_app.core.models.networks import load_network
    from desktop_app.testing.checks.any_network import NETWORK_RESTS_ON, Loaded
    from desktop_app.testing.checks.classifiers import OF_CLASSIFIERS
    from desktop_app.testing.checks.restorers import OF_RESTORERS

    found = [("descriptor", Fault(said)) for said in model_faults(model)]
    if found:
        return grouped(model.id, found)  # no plugin with such a descriptor is loaded
    try:
        with surroundings_restored():
            loaded = Loaded(model, load_network(model, check=check), check)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a builder raises is a finding
        return grouped(model.id, [("loading", Fault(f"expected a network, got {told(error)}"))])
    checks = {"classifier": OF_CLASSIFIERS, "restoration": OF_RESTORERS}.get(model.task, {})
    failed: set[str] = set()
    for name, asks in checks.items():
        is_vain = not failed.isdisjoint(NETWORK_RESTS_ON[name])
        faults = [] if is_vain else _faults_of(asks, loaded)
        found += [(name, fault) for fault in faults]
        failed |= {name} if faults or is_vain else set()
    return grouped(model.id, found)


def _faults_of(check: Callable[[T], Iterator[Fault]], tried: T) -> list[Fault]:
    """Return what a check says, whatever is raised meanwhile included."""
    try:
        return list(check(tried))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a tool or a network raises is a finding, and the others go on
        return [Fault(f"expected a result, got {told(error)}")]


def descriptor(trial: Trial) -> Iterator[Fault]:
    """The descriptor is sane, and what it names can be loaded."""
    tool = trial.tool
    yield from map(Fault, tool_faults(tool))
    if not tool.summary.endswith("."):
        yield Fault(f"expected a summary that is a sentence, got {tool.summary!r}")
    if traits_of(tool.kind).is_held_to_budget and not tool.subjects:
        yield Fault("expected an attack to name its subjects, got none; add classifier, restoration or both")
    load(tool)


def parameters(trial: Trial) -> Iterator[Fault]:
    """Every parameter has help, in a sentence."""
    for name, field in (trial.tool.params.model_fields if trial.tool.params else {}).items():
        if not (field.description or "").strip().endswith("."):
            yield Fault(f"expected help in a sentence, got {field.description!r}; declare it with param()", name)


def defaults(trial: Trial) -> Iterator[Fault]:
    """Every parameter has a default, and together they are valid."""
    params = trial.tool.params
    needed = [name for name, field in params.model_fields.items() if field.is_required()] if params else []
    for name in needed:
        yield Fault("expected a default, got none; a form has to begin somewhere", name)
    if params is None or needed:
        return
    spelt_out = params().model_dump()
    try:
        params(**spelt_out)
    except ValueError as error:  # pydantic's, which does not look at defaults by itself
        yield Fault(f"expected defaults that are admitted when they are spelt out, got {told(error)}")
    yield from _hints(trial.tool)


def _hints(tool: Tool) -> Iterator[Fault]:
    """Say where a form cannot do what a parameter says of itself: its slider, and when it counts."""
    fields = tool.params.model_json_schema()["properties"] if tool.params else {}
    known = {*fields, *(spec.name for spec in tool.inputs)}
    for name, field in fields.items():
        variants: list[dict[str, Any]] = field.get("anyOf", [field])
        ends = next((one for one in variants if "minimum" in one or "maximum" in one), {})
        if "soft" in field:
            low, high = field["soft"]
            if not ends.get("minimum", low) <= low < high <= ends.get("maximum", high):
                got = f"soft=({low:g}, {high:g})"
                yield Fault(f"expected a slider between the ends of what is admitted, got {got}", name)
        strangers = [other for other in field.get("when", {}) if other not in known]
        if strangers:
            yield Fault(f"expected when= to name parameters or inputs of this tool, got {', '.join(strangers)}", name)


def imports(trial: Trial) -> Iterator[Fault]:
    """Importing the parameters imports neither torch nor numpy nor the algorithm, as in a fresh interpreter."""
    if trial.tool.params is None:
        return
    algorithm = trial.tool.algorithm.partition(":")[0]
    code = (
        f"import sys; sys.path[:] = {sys.path!r}; import {trial.tool.params.__module__}; "
        f"print(*[name for name in ('torch', 'numpy', {algorithm!r}) if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1]
        yield Fault(f"expected the parameters' module to import by itself, got {last}")
    elif done.stdout.strip():
        names = done.stdout.strip()
        yield Fault(f"expected a descriptor without torch, numpy and algorithm, got {names} imported with it")
