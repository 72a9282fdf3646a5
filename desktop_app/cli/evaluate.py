"""``verilens evaluate``: a classifier over labelled photos, or a restoration over photos whose truth is known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from desktop_app.api.errors import ParameterError
from desktop_app.cli import arguments
from desktop_app.cli.console import Console
from desktop_app.cli.progress import progress_line
from desktop_app.core.jobs.request import ToolRequest

if TYPE_CHECKING:
    from desktop_app.core.application import Application

_Repeated = Annotated[list[str] | None, typer.Option("-p", "--param", metavar="NAME=VALUE", help="Of the tool.")]
_Degrade = Annotated[list[str] | None, typer.Option(
    metavar="TOOL[:JSON]", help="Spoils clean photos first. Repeatable: one after the other."
)]
_Certify = Annotated[list[str] | None, typer.Option(
    metavar="TOOL[:JSON]", help="Proves answers: defend.smoothing, defend.bounds. Repeatable."
)]
_Methods = Annotated[str, typer.Option(
    metavar="NAME[:JSON],…", help="softmax, temperature, mc_dropout, ensemble, tta …, or the end of a model's id.",
)]
_NO_MODEL = (
    "--shift, --attack, --before, --certify, --model, --methods, --ood, --groups, --label-shift and --known with a "
    "classifier, got the tool {}; use --degrade to spoil photos for a tool"
)
_NO_TOOL = "--degrade, -p and --target with a tool, got the classifier {}; use --shift to spoil photos for a classifier"


def add_to(program: typer.Typer) -> None:
    """Add the command."""
    program.command("evaluate")(evaluate)


def evaluate(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(metavar="MODEL|TOOL", help="A classifier, or a tool that restores.")],
    dataset: Annotated[Path, typer.Argument(metavar="DATASET", readable=False, help="Folders, a .csv, .npz or .bin.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="The folder for page and tables.")],
    param: _Repeated = None,
    target: Annotated[list[str] | None, typer.Option(help="TOOL[:JSON] that the tool questions or uses.")] = None,
    degrade: _Degrade = None,
    shift: Annotated[list[str] | None, typer.Option(help="A degradation, or all for the fifteen. Repeatable.")] = None,
    severity: Annotated[str, typer.Option(help="Of the shifts: 3, or 1-5, or 1,3,5.")] = "1-5",
    attack: Annotated[str | None, typer.Option(metavar="TOOL[,TOOL]", help="Attack the models at each --eps.")] = None,
    eps: Annotated[str, typer.Option(help="Budgets in 8-bit levels, with commas between.")] = "1,2,4,8",
    norm: Annotated[str | None, typer.Option(help="Of the attack: linf, l2 …")] = None,
    before: Annotated[str | None, typer.Option(metavar="TOOL[:JSON]", help="Restores photos for the model.")] = None,
    certify: _Certify = None,
    model: Annotated[list[str] | None, typer.Option(metavar="ID", help="A further model. Repeatable.")] = None,
    methods: _Methods = "softmax",
    ood: Annotated[Path | None, typer.Option(metavar="FOLDER", readable=False, help="Photos of another kind.")] = None,
    groups: Annotated[bool, typer.Option("--groups", help="The folders are groups, with classes inside.")] = False,
    label_shift: Annotated[float | None, typer.Option(help="Draw class shares: 0.5 is lopsided, 10 is not.")] = None,
    known: Annotated[Path | None, typer.Option(metavar="FILE", help="answers.tif of photos the model knows.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Draw at most so many photos.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:N or mps.")] = "auto",
    seed: Annotated[int, typer.Option(min=0, help="What randomness starts from.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Say how good a classifier or a restoration is over a folder, as a page, JSON and CSV."""
    console: Console = context.obj
    application = console.application(is_to_run=True)
    if subject in application.host.snapshot().tools_by_id:
        of_models = (shift, attack, before, certify, model, ood, groups, label_shift, known, methods != "softmax")
        _require(not any(of_models), _NO_MODEL.format(subject))
        evaluated = _of_tool(application, subject, param or (), target or (), degrade or (), device, seed)
    else:
        _require(not (degrade or param or target), _NO_TOOL.format(subject))
        conditions = tuple(shift or ()), _whole(severity, "--severity"), _names(attack), _budgets(eps), norm
        behind, certified = arguments.target(before) if before else None, tuple(map(arguments.target, certify or ()))
        others = _methods(methods), tuple(model or ()), ood, groups, label_shift, known
        evaluated = _of_model(application, subject, (*conditions, behind, *others, certified), device)
    return _shown(console, as_json, partial(evaluated, dataset, output, limit=limit, seed=seed))


def _of_tool(
    application: Application, subject: str, params: Sequence[str], targets: Sequence[str], degrade: Sequence[str],
    device: str, seed: int,
) -> Callable[..., dict[str, Any]]:  # fmt: skip
    """Return what evaluates a restoration over a folder."""
    from desktop_app.core.evaluation import evaluating

    entry = application.host.entry(subject)
    given, subjects = arguments.parameters(params, entry), arguments.subjects((), targets)
    request = ToolRequest(entry.id, given, seed, subjects, device)
    spoilt = [_spoiling(one, seed, device) for one in degrade]
    return partial(evaluating.evaluate_tool, application, request, degradations=spoilt)


def _of_model(
    application: Application, subject: str, wanted: tuple[Any, ...], device: str
) -> Callable[..., dict[str, Any]]:
    """Return what evaluates a classifier over a folder."""
    from desktop_app.core.evaluation import evaluating

    return partial(evaluating.evaluate_model, application, subject, wanted=evaluating.Wanted(*wanted), device=device)


def _shown(console: Console, as_json: bool, evaluated: Callable[..., dict[str, Any]]) -> int:
    """Evaluate while the progress is told, and print what came of it."""
    with progress_line(console, as_json) as control:
        payload = evaluated(control=control)
    for note in payload["notes"]:
        console.note(note)
    console.show(payload, _lines(payload), as_json)
    return 0


def _require(is_so: bool, what: str) -> None:
    if not is_so:
        raise ParameterError(f"expected {what}")


def _spoiling(text: str, seed: int, device: str) -> ToolRequest:
    given = arguments.target(text)
    return ToolRequest(given.tool, given.params, seed, device=device)


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _methods(text: str) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """Return the methods of ``softmax,mc_dropout:{"passes": 10}``; commas in braces part nothing."""
    parts = re.split(r",(?![^{]*\})", text)
    found = [arguments.target(part.strip()) for part in parts if part.strip()]
    if not found:
        raise ParameterError(f"expected methods with commas between, got {text!r}; write --methods softmax")
    return tuple((one.tool, one.params) for one in found)


def _whole(text: str, option: str) -> tuple[int, ...]:
    """Return the severities of ``3``, ``1-5`` or ``1,3,5``."""
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        try:
            found |= set(range(int(first), int(last or first) + 1))
        except ValueError as error:
            raise ParameterError(f"expected {option} as 3, 1-5 or 1,3,5, got {text!r}; change it") from error
    if not found or not found <= set(range(1, 6)):
        raise ParameterError(f"expected {option} between 1 and 5, got {text!r}; change it")
    return tuple(sorted(found))


def _budgets(text: str) -> tuple[float, ...]:
    try:
        found = tuple(sorted({float(part) for part in text.split(",")}))
    except ValueError as error:
        raise ParameterError(f"expected --eps as numbers with commas between, got {text!r}; change it") from error
    if found[0] < 0:
        raise ParameterError(f"expected --eps of 0 or more levels, got {found[0]:g}; change it")
    return found


def _lines(payload: Mapping[str, Any]) -> Iterator[str]:
    from desktop_app.core.evaluation import robustness

    for row in payload["rows"]:
        if row.get("attacked"):  # its own lines say what is left
            continue
        facts = (f"{name} {row[name]:.4g}" for name in ("accuracy", "nll", "brier", "ece", "psnr", "ssim", "coverage")
                 if isinstance(row.get(name), float))  # fmt: skip
        who = f"{row['model']}, {row['method']}, " if len(payload.get("methods", ())) > 1 else ""
        yield f"{who}{row['condition']}: n {row['n']}, {', '.join(facts)}"
    yield from robustness.lines(payload.get("robustness", {}))
    for row in payload.get("certified", {}).get("rows", ()):
        share = f"{row['accuracy']:.4g} ({row['low']:.3g} to {row['high']:.3g})"
        yield f"{row['model']} by {row['tool']}, {row['norm']} radius {row['radius']:g}: proved right on {share}"
    for row in payload.get("groups", ())[:1]:
        yield f"the worst group, {row['group']}: n {row['n']}, accuracy {row['accuracy']:.4g}"
    for row in payload.get("ood", ()):
        yield f"strangers, {row['model']}, {row['method']}, {row['score']}: AUROC {row['auroc']:.4g}"
    yield f"→ {payload['files']['html']}"
