"""The report as a file: a page for people, data for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from html import escape
from typing import TYPE_CHECKING, Any

from desktop_app.core.wording import ENGLISH, Catalogue

if TYPE_CHECKING:
    from desktop_app.core.document.state import State
    from desktop_app.gui.viewmodel.report import ReportView

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem;
  color: #202224; background: #fff }
table { border-collapse: collapse }
td, th { text-align: left; padding: .2rem 1.5rem .2rem 0; vertical-align: top }
.caveat { border-left: 3px solid #1f6cb8; padding-left: .8rem }
summary { cursor: pointer }
@media (prefers-color-scheme: dark) { body { color: #e4e5e6; background: #1b1c1d } }
"""


def as_html(view: ReportView, scores: Sequence[tuple[str, str]] = (), wording: Catalogue = ENGLISH) -> str:
    """Return a report as one page that needs no other file: the answer first, how it was made folded below.

    Parameters
    ----------
    view : ReportView
        What the panel shows.
    scores : sequence of tuple of str
        Names and values of the comparison with a reference.
    wording : Catalogue
        The language of the page.
    """
    say = wording.said
    title = escape(say(view.title))
    parts = [
        "<!DOCTYPE html>", f'<html lang="{wording.language}"><head><meta charset="utf-8">', f"<title>{title}</title>",
        f"<style>{_STYLE}</style></head><body>", f"<h1>{title}</h1>",
        *(f"<p>{escape(say(sentence))}</p>" for sentence in view.sentences),
        *_table(((bar.label, bar.numbers()) for bar in view.bars), say,
                " → ".join(say(title) for title in view.bar_titles if title)),
        *(f'<p class="caveat">{escape(say(caveat))}</p>' for caveat in view.caveats),
        *_table(scores, say, say("compared with the reference")), *_table(view.figures, say),
        f"<details><summary>{escape(say('How it was made'))}</summary>", *_table(view.provenance, say),
        "</details></body></html>",
    ]  # fmt: skip
    return "\n".join(parts) + "\n"


def as_json(state: State) -> str:
    """Return a report as data: the step's record, what the tool and the host said, and its maps in figures."""
    content: Mapping[str, Any] = {
        "title": state.title,
        "size": [state.width, state.height],
        "step": state.record.to_json() if state.record is not None else None,
        "report": dict(state.report),
        "maps": [asdict(layer) for layer in state.maps],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _table(rows: Iterable[tuple[str, str]], say: Callable[[str], str], caption: str = "") -> list[str]:
    lines = [f"<tr><th>{escape(say(name))}</th><td>{escape(say(value))}</td></tr>" for name, value in rows]
    head = [f"<caption>{escape(caption)}</caption>"] if caption else []
    return ["<table>", *head, *lines, "</table>"] if lines else []
