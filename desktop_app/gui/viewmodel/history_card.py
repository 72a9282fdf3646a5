"""What is said of a state of the history when the pointer rests on it: how it looks, how it was made, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

from desktop_app.gui.language import tr
from desktop_app.gui.viewmodel.parameters import setting_rows
from desktop_app.gui.viewmodel.texts import duration_text, size_text

if TYPE_CHECKING:
    from desktop_app.core.document.state import State
    from desktop_app.core.plugins.entries import ToolEntry

__all__ = ["card_html"]


def card_html(
    state: State, tools: Mapping[str, ToolEntry], picture: str = "", now: datetime | None = None
) -> str:
    """Return a state's card as rich text.

    Parameters
    ----------
    state : State
        Of the shown document.
    tools : mapping of str to ToolEntry
        By id, for the names of parameters.
    picture : str
        A small JPEG of it in Base64; empty where it was never shown.
    now : datetime, optional
        With a time zone: of another day the date is told, too.
    """
    rows = "".join(f"<tr><td>{escape(tr(name))}:&nbsp;</td><td>{escape(tr(text))}</td></tr>" for name, text in
                   _rows(state, tools, now or datetime.now(UTC)))
    shown = f"<p><img src='data:image/jpeg;base64,{picture}'></p>" if picture else ""
    title = state.title if state.is_saved else f"{state.title}: being saved"
    return "".join((shown, "<p><b>", escape(tr(title)), "</b></p><table>", rows, "</table>"))


def _rows(state: State, tools: Mapping[str, ToolEntry], now: datetime) -> Iterator[tuple[str, str]]:
    record = state.record
    if record is not None:
        yield from setting_rows(tools.get(record.tool), record.params, record.inputs).values()
        if record.models:
            yield "Model", ", ".join(record.models)
        if record.strength != 1.0:
            yield "Strength", f"{100 * record.strength:.0f} %"
        yield "Time", duration_text(record.seconds)
    yield "Size", size_text(state.width, state.height, state.channels, state.depth)
    made, today = state.created.astimezone(), now.astimezone()
    yield "Made", f"{made:%H:%M}" if made.date() == today.date() else f"{made:%Y-%m-%d %H:%M}"
