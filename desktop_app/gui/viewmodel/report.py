"""The report panel: what was done, what the model says, caveats, provenance."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from desktop_app.core.kinds import traits_of
from desktop_app.gui.viewmodel.check_plot import CheckPlot, check_plot
from desktop_app.gui.viewmodel.map_card import BADGES, checked_rows
from desktop_app.gui.viewmodel.parameters import plain, setting_rows, specs_of, with_unit, words
from desktop_app.gui.viewmodel.texts import capital, duration_text, input_text
from desktop_app.gui.viewmodel.verdict import verdict

if TYPE_CHECKING:
    from desktop_app.core.jobs.request import StepRecord
    from desktop_app.core.plugins.entries import ToolEntry
    from desktop_app.gui.viewmodel.schema import FieldSpec

_FIGURES: dict[str, tuple[str, str]] = {
    "confidence": ("Confidence", "%"),
    "entropy": ("Entropy", "nats"),
    "mutual_information": ("Mutual information", "nats"),
    "mean_std": ("Mean spread", "levels"),
    "target_coverage": ("Target coverage", "%"),
    "mean_half_width": ("Mean half-width", "levels"),
    "photos": ("Calibrated on", "photos"),
    "linf": ("Largest change", "levels"),
    "l2": ("Change, root of the sum of squares", "levels"),
    "linf_8bit": ("Largest change, saved in 8 bits", "levels"),
    "l2_8bit": ("Root of the sum of squares, saved in 8 bits", "levels"),
    "eps": ("Budget ε", "levels"),
    "as_strange": ("Known photos as strange", "%"),
    "temperature": ("Temperature", ""),
    "nll_before": ("Surprise before, NLL", "nats"),
    "nll_after": ("Surprise after, NLL", "nats"),
    "expected_entropy": ("Expected entropy", "nats"),
    "margin": ("Lead over the second", "%"),
    "energy": ("Free energy", ""),
    "airlight": ("Airlight, share of white", ""),
    "is_blurred": ("Photo is blurred", ""),
    "blocks_found": ("JPEG blocks found", ""),
}
_SHOWN_ELSEWHERE = frozenset(
    {"before", "after", "prediction", "success", "success_after_8bit", "model", "method", "norm", "steps", "unit"}
    | {"headline", "caveat", "caveats", "denoiser", "members", "agreeing", "by_model", "standing", "calibrated_on"}
    | {"is_unlike", "is_beyond", "answer", "score", "scores", "set", "size", "checked"}
    | {"finding", "masking", "slope"}
)
_MOST_BARS = 5  # of an attack: the rest is next to nothing before and after
_ASKED = ("members", "passes", "views", "samples")
_ESTIMATED = "_is_estimated"  # behind a figure's name: whether the tool found it, or was told
_DEVICES = {"cpu": "CPU"}


@dataclass(frozen=True)
class Bar:
    """One class with its probability before (or alone) and after; `least` is the lowest that was told of each.

    `spread` is where most answers lie, of a method that asked several times.
    """

    label: str
    before: float | None
    after: float | None
    least: tuple[float, float] = (0.0, 0.0)
    spread: tuple[float, float] | None = None

    def numbers(self) -> str:
        """Return its probabilities in words, of one that was not among the first before or after only a bound.

        Examples
        --------
        >>> Bar("cat", 0.912, 0.004, (0.1, 0.001)).numbers(), Bar("cat", 0.912, None).numbers()
        ('91.2 → 0.4 %', '91.2 %')
        >>> Bar("ship", None, 0.996, (0.0004, 0.0001)).numbers()
        '< 0.1 → 99.6 %'
        """
        told = [_percent(p, least) for p, least in zip((self.before, self.after), self.least, strict=True)]
        is_alone = self.after is None and self.least == (0.0, 0.0)
        return f"{told[0]} %" if is_alone else f"{told[0]} → {told[1]} %"


@dataclass(frozen=True)
class ReportView:
    """All that the panel shows of one state; ``has_headline`` says that its first sentence is to be read first."""

    title: str
    sentences: tuple[str, ...] = ()
    bars: tuple[Bar, ...] = ()
    bar_titles: tuple[str, str] = ("", "")
    bar_note: str = ""
    figures: tuple[tuple[str, str], ...] = ()
    has_headline: bool = False
    caveats: tuple[str, ...] = ()
    provenance: tuple[tuple[str, str], ...] = ()
    plot: CheckPlot | None = None


def report_view(
    title: str, record: StepRecord | None, report: Mapping[str, Any], size: str, tools: Mapping[str, ToolEntry],
    notes: Sequence[str] = (),
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
    tools : mapping
        Every known tool by id: they say what parameters are called, in which unit, and which of them count.
    notes : sequence of str
        What is to be said of the opened photo's file.
    """
    if record is None:
        return ReportView(title, (f"The photo as it was opened: {size}.",), caveats=tuple(notes))
    tool, target = tools.get(record.tool), tools.get(record.target.tool) if record.target is not None else None
    bars, titles = _bars(report)
    figures = _figures(report, tool, record.params)
    return ReportView(
        title=title,
        sentences=_sentences(record, report, target),
        bars=bars,
        bar_titles=titles,
        bar_note=_bar_note(report, bars),
        figures=(*_of_each_model(report), *figures.values(), *_of_scores(report), *_of_checks(report)),
        has_headline=bool(report.get("headline")),
        caveats=(*record.notes, *_sentences_of(report.get("caveats")), *_sentences_of(report.get("caveat"))),
        provenance=_provenance(record, size, tool, target, figures.keys()),
        plot=_plot(report),
    )


def _sentences_of(value: Any) -> tuple[str, ...]:
    """Return a sentence or a list of them as sentences."""
    texts = [value] if isinstance(value, str) else value if isinstance(value, (list, tuple)) else []
    return tuple(capital(str(text)).rstrip(".") + "." for text in texts)


def _sentences(record: StepRecord, report: Mapping[str, Any], target: ToolEntry | None) -> tuple[str, ...]:
    """Return the answer; where there is none, what was done."""
    what, time = record.title, duration_text(record.seconds)
    whom = target.title if target is not None else record.target.tool if record.target is not None else ""
    traits = traits_of(record.kind)
    if whom and traits.does_to_target:
        did = f"{what} {traits.does_to_target} {whom}; it took {time}."
    else:
        did = f"{what} {traits.joins_target} {whom} took {time}." if whom else f"{what} took {time}."
    return (*_sentences_of(report.get("headline")), *verdict(report)) or (did,)


def _bars(report: Mapping[str, Any]) -> tuple[tuple[Bar, ...], tuple[str, str]]:
    """Return the classes' bars: an attack's before and after, else the prediction alone."""
    if report.get("before") and report.get("after"):
        before, after = _by_label(report["before"]), _by_label(report["after"])
        labels = sorted({*before, *after}, key=lambda label: -max(before.get(label, 0.0), after.get(label, 0.0)))
        least = min(before.values()), min(after.values())
        bars = [Bar(label, before.get(label), after.get(label), least) for label in labels[:_MOST_BARS]]
        return tuple(bars), ("before", "after")
    told = report.get("prediction", ())
    return tuple(Bar(str(each["label"]), float(each["p"]), None, spread=_spread(each)) for each in told), ("", "")


def _spread(entry: Mapping[str, Any]) -> tuple[float, float] | None:
    return (float(entry["low"]), float(entry["high"])) if "low" in entry and "high" in entry else None


def _bar_note(report: Mapping[str, Any], bars: Sequence[Bar]) -> str:
    """Return what the thin lines over the bars are; empty where there is none."""
    if not any(bar.spread for bar in bars):
        return ""
    counts = (f"{report[name]} {name}" for name in _ASKED if name in report)
    return f"The thin lines hold nine tenths of the answers of {next(counts, 'all passes')}."


def _of_scores(report: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return how strange a photo is by each score, and how many known photos are as strange."""
    scores = report.get("scores")
    known = scores.items() if isinstance(scores, Mapping) else ()
    return tuple(
        (words(name), f"{plain(one['value'])}; {100 * one['as_strange']:.1f} % as strange")
        for name, one in known if {"value", "as_strange"} <= one.keys()
    )  # fmt: skip


def _of_checks(report: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return how far the report's figures were held against the truth, and on what."""
    standing = report.get("standing")
    rows = (("Standing", BADGES.get(standing, str(standing))),) if standing else ()
    return (*rows, *checked_rows(report.get("checked") or {}))


def _plot(report: Mapping[str, Any]) -> CheckPlot | None:
    checked = report.get("checked")
    return check_plot(checked) if isinstance(checked, Mapping) else None


def _of_each_model(report: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (str(one["model"]), ", ".join(f"{label} {100 * p:.1f} %" for label, p in _by_label(one["prediction"]).items()))
        for one in report.get("by_model", ())
    )  # fmt: skip


def _percent(p: float | None, least: float) -> str:
    return f"{100 * p:.1f}" if p is not None else f"< {max(100 * least, 0.1):.1f}"


def _by_label(top: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    return {str(entry["label"]): float(entry["p"]) for entry in top}


def _figures(
    report: Mapping[str, Any], tool: ToolEntry | None, params: Mapping[str, Any]
) -> dict[str, tuple[str, str]]:
    """Return what the tool found, by the report's names: what it was told is no finding."""
    specs = specs_of(tool)
    told = {name for name, value in params.items() if value is not None}
    skipped = {*_SHOWN_ELSEWHERE, *told, *(key for key in report if key.endswith(_ESTIMATED))}
    return {
        key: (_label(key, specs), _figure(key, value, specs, is_estimated=bool(report.get(key + _ESTIMATED))))
        for key, value in report.items() if key not in skipped and value is not None
    }  # fmt: skip


def _label(key: str, specs: Mapping[str, FieldSpec]) -> str:
    return _FIGURES[key][0] if key in _FIGURES else specs[key].title if key in specs else words(key)


def _figure(key: str, value: Any, specs: Mapping[str, FieldSpec], *, is_estimated: bool) -> str:
    unit = _FIGURES[key][1] if key in _FIGURES else specs[key].unit if key in specs else ""
    text = f"{100 * value:.1f} %" if unit == "%" and key in _FIGURES else with_unit(value, unit)
    return f"{text}, estimated" if is_estimated else text


def _provenance(
    record: StepRecord, size: str, tool: ToolEntry | None, target: ToolEntry | None, found: Collection[str]
) -> tuple[tuple[str, str], ...]:
    """Return how a step was made; a parameter that was left to the tool, and found, stands among the figures."""
    settings = setting_rows(tool, record.params, record.inputs)
    of_target = setting_rows(target, record.target.params) if record.target is not None else {}
    rows: list[tuple[str, Any]] = [
        ("Tool", record.tool),
        *(row for name, row in settings.items() if name not in found),
        ("Target", record.target.tool if record.target is not None else None),
        *((f"Target {title[:1].lower()}{title[1:]}", text) for title, text in of_target.values()),
        *((f"Input {name}", input_text(source)) for name, source in record.inputs.items()),
        ("Seed", record.seed if tool is None or tool.stochastic else None),
        ("Model", ", ".join(record.models)),
        ("Model SHA-256", ", ".join(digest[:16] for digest in record.digests)),
        ("Strength", f"{100 * record.strength:.0f} %" if record.strength != 1.0 else None),
        ("Size", size),
        ("Time", duration_text(record.seconds)),
        ("Device", _DEVICES.get(record.device, record.device)),
        ("Precision", record.precision),
        ("Tiles", f"{record.tile} px" if record.tile else "whole photo"),
        ("Plugin", f"{record.plugin} {record.plugin_version}".rstrip()),
        ("torch", record.torch),
        *(("Source", source) for source in (tool.sources if tool is not None else ())),
    ]
    return tuple((name, str(value)) for name, value in rows if value not in (None, ""))
