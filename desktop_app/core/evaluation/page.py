"""What came of an evaluation, as files: a page that stands alone, JSON, and tables."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from desktop_app.core.atomic import write_text
from desktop_app.core.lab.calibration import Reliability

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

__all__ = ["Plot", "Table", "levels_plot", "reliability_plot", "risk_plot", "spread_plot", "write_results"]

_INK, _ACCENT, _MUTED = "#1d2329", "#0a6cc4", "#9aa4ae"
_SIZE = (4.2, 3.2)  # inches
_LEGEND_ROW = 0.16  # inches of height for each line that is named
_REACH = 11.0  # points across, within which the mouse finds a value
_TIPS = 21  # of a line with many points

Plot = tuple[str, str]
"""A title, and the picture as SVG."""

Tip = tuple[float, float, str]
"""A place in a plot, and what is said of it under the mouse."""

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1d2329; max-width: 1040px; margin: 40px auto; padding: 0 24px; }
h1 { font-size: 26px; margin-bottom: 4px; } h2 { font-size: 18px; margin-top: 32px; }
p.said { font-size: 17px; margin-top: 0; } .note { color: #5b6670; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 6px 10px; border-bottom: 1px solid #e3e7ea; }
th:first-child, td:first-child { text-align: left; } th { color: #5b6670; font-weight: 600; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(440px, 1fr)); gap: 24px; }
figure { margin: 0; } figcaption { color: #5b6670; } svg { width: 100%; height: auto; }
g[id^="tip-"] use, g[id^="tip-"] path { pointer-events: all; cursor: help; }
g[id^="tip-"]:hover use, g[id^="tip-"]:hover path { fill-opacity: 0.25 !important; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; } dt { color: #5b6670; } dd { margin: 0; }
</style></head><body>
<h1>{{ title }}</h1>
<p class="said">{{ sentence }}</p>
{% for note in notes %}<p class="note">{{ note }}</p>{% endfor %}
{% if plots %}<div class="plots">{% for caption, picture in plots %}
<figure>{{ picture | safe }}<figcaption>{{ caption }}</figcaption></figure>{% endfor %}</div>{% endif %}
{% for heading, columns, rows in tables %}<h2>{{ heading }}</h2>
<table><thead><tr>{% for column in columns %}<th>{{ column }}</th>{% endfor %}</tr></thead>
<tbody>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</tbody></table>
{% endfor %}
<h2>Where this comes from</h2>
<dl>{% for name, value in provenance %}<dt>{{ name }}</dt><dd>{{ value }}</dd>{% endfor %}</dl>
</body></html>
"""

Table = tuple[str, Sequence[str], Sequence[Sequence[Any]]]


def write_results(
    folder: Path, payload: Mapping[str, Any], *, title: str, sentence: str, notes: Sequence[str] = (),
    plots: Sequence[Plot] = (), tables: Sequence[Table] = (), main: str, provenance: Mapping[str, Any],
) -> dict[str, str]:  # fmt: skip
    """Write ``evaluation.html``, ``evaluation.json`` and a CSV for each table, each whole or not at all.

    Returns
    -------
    dict of str to str
        The files' paths: ``html``, ``json`` and ``csv``, the table's whose heading is `main`.

    Raises
    ------
    InputError
        If one cannot be written.
    """
    from jinja2 import Environment

    page = Environment(autoescape=True).from_string(_PAGE).render(
        title=title, sentence=sentence, notes=notes, plots=plots, provenance=list(provenance.items()),
        tables=[(heading, columns, [[_cell(value) for value in row] for row in rows])
                for heading, columns, rows in tables],
    )  # fmt: skip
    written = {"html": folder / "evaluation.html", "json": folder / "evaluation.json"}
    write_text(written["html"], page)
    write_text(written["json"], json.dumps(payload, indent=2, ensure_ascii=False))
    for heading, columns, rows in tables:
        path = folder / f"{'_'.join(re.findall(r'[a-z0-9]+', heading.lower()))}.csv"
        if heading == main:
            written["csv"] = path
        text = StringIO(newline="")
        csv.writer(text).writerows([columns, *rows])
        write_text(path, text.getvalue())
    return {name: str(path) for name, path in written.items()}


def reliability_plot(found: Reliability) -> Plot:
    """Return confidence against accuracy by bins, beside the diagonal on which both agree; the mouse reads a bin."""

    def draw(axes: Axes) -> list[Tip]:
        axes.plot([0, 1], [0, 1], color=_MUTED, linestyle="--", linewidth=1)
        axes.vlines(found.confidence, found.confidence, found.accuracy, color=_ACCENT, alpha=0.35, linewidth=3)
        axes.scatter(found.confidence, found.accuracy, s=12 + 140 * found.count / found.count.sum(), color=_ACCENT)
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="share that is right")
        return [
            (sure, right, f"confidence {sure:.1%}, right {right:.1%}: {_gap(sure - right)}; {count} photos")
            for sure, right, count in zip(found.confidence.tolist(), found.accuracy.tolist(), found.count.tolist(),
                                          strict=True)
        ]  # fmt: skip

    said = f"Reliability: on the diagonal, a confidence of 80% is right 80% of the time. ECE {found.ece:.3f}."
    return said, _svg(draw)


def _gap(gap: float) -> str:
    return f"{abs(gap):.1%} {'too sure' if gap > 0 else 'too modest'}"


def risk_plot(coverage: NDArray[np.float64], risk: NDArray[np.float64]) -> Plot:
    """Return the share of wrong answers, ``(N,)`` float64 in [0, 1], against that of photos answered, ``(N,)``."""

    def draw(axes: Axes) -> list[Tip]:
        axes.plot(coverage, risk, color=_ACCENT)
        axes.set(xlim=(0, 1), ylim=(0, None), xlabel="share of photos answered, the surest first",
                 ylabel="share of them answered wrongly")
        some = np.unique(np.linspace(0, len(risk) - 1, _TIPS).round().astype(int)).tolist()
        return [(coverage[place], risk[place], f"{coverage[place]:.0%} answered: {risk[place]:.1%} of them wrongly")
                for place in some]  # fmt: skip

    return "Risk against coverage: what is gained by not answering where the model is unsure.", _svg(draw)


def levels_plot(groups: Mapping[str, Sequence[tuple[float, float]]], name: str, level: str) -> Plot:
    """Return a figure in [0, 1] against a level, a line for each group of ``(level, value)``."""

    def draw(axes: Axes) -> list[Tip]:
        for group, points in groups.items():
            levels, values = zip(*sorted(points), strict=True)
            axes.plot(levels, values, marker="o", markersize=3, label=group)
        ticks = sorted({place for points in groups.values() for place, _ in points})
        axes.set(xlabel=level, ylabel=name, ylim=(0, None), xticks=ticks)
        return [(place, value, f"{group}: {name} {value:.3f} at {level.partition(',')[0]} {place:g}")
                for group, points in groups.items() for place, value in points]  # fmt: skip

    return f"{name[:1].upper()}{name[1:]} against {level}.", _svg(draw, len(groups) if len(groups) > 1 else 0)


def spread_plot(before: Sequence[float], after: Sequence[float], names: Sequence[str]) -> Plot:
    """Return each photo's PSNR in dB before and after, beside the diagonal of no change."""

    def draw(axes: Axes) -> list[Tip]:
        ends = min(*before, *after), max(*before, *after)
        axes.plot(ends, ends, color=_MUTED, linestyle="--", linewidth=1)
        axes.scatter(before, after, s=14, color=_ACCENT)
        axes.set(xlabel="PSNR before, dB", ylabel="PSNR after, dB")
        return [(one, other, f"{name}: {one:.2f} dB before, {other:.2f} dB after")
                for one, other, name in zip(before, after, names, strict=True)]  # fmt: skip

    return "Each photo before and after: above the line it came nearer to its truth.", _svg(draw)


def _svg(draw: Callable[[Axes], list[Tip]], lines: int = 0) -> str:
    """Return a drawing as SVG; what it gives is shown under the mouse, and so many lines have a legend below."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "verilens", "font.size": 9, "text.color": _INK, "axes.edgecolor": _MUTED}):
        width, height = _SIZE
        figure = Figure(figsize=(width, height + _LEGEND_ROW * lines), layout="constrained")
        axes = figure.add_subplot()
        axes.spines[["top", "right"]].set_visible(False)
        tips = draw(axes)
        for number, (x, y, _) in enumerate(tips):
            axes.plot([x], [y], "o", markersize=_REACH, color=_ACCENT, alpha=0.0, clip_on=False, gid=f"tip-{number}")
        if lines:
            figure.legend(loc="outside lower left", fontsize=7, frameon=False)
        text = StringIO()
        figure.savefig(text, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    picture = text.getvalue()[text.getvalue().index("<svg") :]
    for number, (_, _, said) in enumerate(tips):
        mark = f'<g id="tip-{number}">'
        picture = picture.replace(mark, f"{mark}<title>{escape(said)}</title>")
    return picture


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
