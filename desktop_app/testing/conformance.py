"""Every check on one tool, as a list of findings or as cases for a test runner."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from desktop_app.api import Tool
from desktop_app.core.jobs.engine import Networks, ToolSource
from desktop_app.core.kinds import traits_of
from desktop_app.core.plugins.validation import tool_faults
from desktop_app.testing.checks import CHECKS, Check
from desktop_app.testing.running import Bench, NoNetworks, load
from desktop_app.testing.trial import Trial


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a tool: the check that found it, and a sentence."""

    tool: str
    check: str
    message: str

    def __str__(self) -> str:
        return f"{self.tool} · {self.check}: {self.message}"


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
        return [Finding(self.trial.tool.id, self.name, message) for message in self.check(self.trial)]

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
    """
    bench = Bench(tool, tools, networks or NoNetworks())
    trials = [Trial(bench, subject, params or {}) for subject in tool.subjects or (None,)]
    descriptions = [Case(check.__name__, check, trials[0]) for check in (descriptor, parameters, imports)]
    return descriptions + [Case(name, check, trial) for trial in trials for name, check in CHECKS.items()]


def check_tool(
    tool: Tool,
    *,
    params: Mapping[str, Any] | None = None,
    tools: ToolSource | None = None,
    networks: Networks | None = None,
) -> list[Finding]:
    """Run every check on one tool, with arguments as in `conformance_cases`; an empty list says that it conforms."""
    findings: list[Finding] = []
    for case in conformance_cases(tool, params=params, tools=tools, networks=networks):
        try:
            findings += case.findings()
        except Exception as error:  # noqa: BLE001 - whatever a tool raises is a finding, and the others go on
            findings.append(Finding(tool.id, case.name, f"expected no error, got {type(error).__name__}: {error}"))
    return findings


def descriptor(trial: Trial) -> Iterator[str]:
    """The descriptor is sane, and what it names can be loaded."""
    tool = trial.tool
    yield from tool_faults(tool)
    if not tool.summary.endswith("."):
        yield f"expected a summary that is a sentence, got {tool.summary!r}"
    if traits_of(tool.kind).is_held_to_budget and not tool.subjects:
        yield "expected an attack to name its subjects, got none; add classifier, restoration or both"
    load(tool)


def parameters(trial: Trial) -> Iterator[str]:
    """Every parameter has help and a default, and the defaults are valid."""
    params = trial.tool.params
    if params is None:
        return
    for name, field in params.model_fields.items():
        if not (field.description or "").strip().endswith("."):
            yield f"expected help in a sentence for {name}, got {field.description!r}; declare it with param()"
        if field.is_required():
            yield f"expected a default for {name}, got none; a form has to begin somewhere"
    if not any(field.is_required() for field in params.model_fields.values()):
        params()


def imports(trial: Trial) -> Iterator[str]:
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
        yield f"expected the parameters' module to import by itself, got {done.stderr.strip().splitlines()[-1]}"
    elif done.stdout.strip():
        yield f"expected a descriptor without torch, numpy and algorithm, got {done.stdout.strip()} imported with it"
