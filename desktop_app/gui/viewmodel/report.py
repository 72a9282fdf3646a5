"""The report panel: what was done, what the model says, caveats, provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from desktop_app.gui.viewmodel.texts import duration_text, input_text

if TYPE_CHECKING:
    from desktop_app.core.jobs.request import StepRecord

_FIGURES: dict[str, tuple[str, str]] = {
    "confidence": ("Confidence", "%"),
    "entropy": ("Entropy", "nats"),
    "mutual_information": ("Mutual information", "nats"),
    "mean_std": ("Mean spread", "levels"),
    "target_coverage": ("Target coverage", "%"),
    "linf": ("Largest change", "levels"),
    "l2": ("Change, root of the sum of squares", "levels"),
    "eps": ("Budget ε", "levels"),
}
_SHOWN_ELSEWHERE = frozenset(
    {"before", "after", "prediction", "success", "success_after_8bit", "model", "method", "norm", "steps", "unit"}
    | {"caveat", "caveats"}
)
_NORMS = {"linf": "L∞", "l2": "L2"}


@dataclass(frozen=True)
class Bar:
    """One class with its probability before (or alone) and after."""

    label: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class ReportView:
    """All that the panel shows of one state."""

    title: str
    sentences: tuple[str, ...] = ()
    bars: tuple[Bar, ...] = ()
    bar_titles: tuple[str, str] = ("", "")
    figures: tuple[tuple[str, str], ...] = ()
    caveats: tuple[str, ...] = ()
    provenance: tuple[tuple[str, str], ...] = ()


def report_view(
    title: str, record: StepRecord | None, report: Mapping[str, Any], size: str, sources: Sequence[str] = ()
) -> ReportView:
    """Return what to show of a state.

    Parameters
    ----------
    title : str
        The state's title.
    record : StepRecord or None
        How it came to be; None for the opened photo.
    report : mapping
        What the tool and the host said (see the contract).
    size : str
        The photo's size in words.
    sources : sequence of str
        The tool's papers.
    """
    if record is None:
        return ReportView(title, (f"The photo as it was opened: {size}.",))
    bars, titles = _bars(report)
    return ReportView(
        title=title,
        sentences=_sentences(record, report),
        bars=bars,
        bar_titles=titles,
        figures=_figures(report),
        caveats=(*record.notes, *_sentences_of(report.get("caveats") or report.get("caveat"))),
        provenance=_provenance(record, size, sources),
    )


def _sentences_of(value: Any) -> tuple[str, ...]:
    """Return a sentence or a list of them as sentences."""
    texts = [value] if isinstance(value, str) else value if isinstance(value, (list, tuple)) else []
    return tuple(f"{str(text)[:1].upper()}{str(text)[1:]}".rstrip(".") + "." for text in texts)


def _sentences(record: StepRecord, report: Mapping[str, Any]) -> tuple[str, ...]:
    did = f"{record.title} took {duration_text(record.seconds)}."
    if record.target is not None:
        did = f"{record.title} questioned {record.target.tool}; it took {duration_text(record.seconds)}."
    verdict = _attack_verdict(report) if "success" in report else _prediction_verdict(report)
    return (did, *verdict)


def _attack_verdict(report: Mapping[str, Any]) -> tuple[str, ...]:
    before, after = _first(report.get("before")), _first(report.get("after"))
    if not report["success"]:
        return (f"The model still says “{after}”: the attack did not succeed within its budget.",)
    moved = f"The model said “{before}” and now says “{after}”."
    holds = report.get("success_after_8bit")
    kept = "It holds" if holds else "It does not hold"
    return (moved, f"{kept} after rounding to 8 bits, as an exported file would be.") if holds is not None else (moved,)


def _prediction_verdict(report: Mapping[str, Any]) -> tuple[str, ...]:
    top = report.get("prediction")
    return (f"The model sees “{_first(top)}”.",) if top else ()


def _first(top: Any) -> str:
    return str(top[0]["label"]) if top else "?"


def _bars(report: Mapping[str, Any]) -> tuple[tuple[Bar, ...], tuple[str, str]]:
    """Return the classes' bars: an attack's before and after, else the prediction alone."""
    if report.get("before") and report.get("after"):
        before, after = _by_label(report["before"]), _by_label(report["after"])
        labels = sorted({*before, *after}, key=lambda label: -max(before.get(label, 0.0), after.get(label, 0.0)))
        return tuple(Bar(label, before.get(label), after.get(label)) for label in labels[:6]), ("before", "after")
    return tuple(Bar(label, p, None) for label, p in _by_label(report.get("prediction", ())).items()), ("", "")


def _by_label(top: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    return {str(entry["label"]): float(entry["p"]) for entry in top}


def _figures(report: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    numbers = [(key, value) for key, value in report.items() if key not in _SHOWN_ELSEWHERE]
    return tuple((_FIGURES.get(key, (_words(key), ""))[0], _figure(key, value)) for key, value in numbers)


def _figure(key: str, value: Any) -> str:
    unit = _FIGURES.get(key, ("", ""))[1]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return _plain(value)
    return f"{100 * value:.1f} %" if unit == "%" else f"{value:.4g} {unit}".strip()


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{_words(str(key)).lower()} {_plain(part)}" for key, part in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_plain(part) for part in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _provenance(record: StepRecord, size: str, sources: Sequence[str]) -> tuple[tuple[str, str], ...]:
    target = record.target
    rows: list[tuple[str, Any]] = [
        ("Tool", record.tool),
        ("Plugin", f"{record.plugin} {record.plugin_version}"),
        *((_words(name), _parameter(name, value)) for name, value in record.params.items()),
        ("Seed", record.seed),
        ("Model", record.model),
        ("Model SHA-256", (record.model_sha256 or "")[:16]),
        ("Target", target.tool if target else None),
        *((f"Target {_words(n).lower()}", _parameter(n, v)) for n, v in (target.params.items() if target else ())),
        *((f"Input {name}", input_text(source)) for name, source in record.inputs.items()),
        ("Size", size),
        ("Device", record.device),
        ("Precision", record.precision),
        ("Tiles", f"{record.tile} px" if record.tile else "whole photo"),
        ("Time", duration_text(record.seconds)),
        ("torch", record.torch),
        *(("Source", source) for source in sources),
    ]
    return tuple((name, str(value)) for name, value in rows if value not in (None, ""))


def _parameter(name: str, value: Any) -> str:
    if value is None:
        return "automatic"
    return _NORMS.get(value, value) if name == "norm" else _plain(value)


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
