"""Short texts: time left, sizes, errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from desktop_app.core.texts import bytes_text

if TYPE_CHECKING:
    from desktop_app.core.jobs.memory import Forecast

_MADE_HERE = {"mask": "painted mask", "kernel": "drawn kernel"}
_KEPT = re.compile(r"(?:^|[/\\])(\w+)-[0-9a-f]{16}\.(?:png|tif)$")


def time_left_text(seconds: float | None) -> str:
    """Return the time left as people say it; empty while it is not known.

    Examples
    --------
    >>> time_left_text(12.3)
    '12 s left'
    >>> time_left_text(190)
    '3 min left'
    """
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{max(1, round(seconds))} s left"
    minutes = round(seconds / 60)
    return f"{minutes} min left" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min left"


def duration_text(seconds: float) -> str:
    """Return how long something took.

    Examples
    --------
    >>> duration_text(0.042), duration_text(3.14159), duration_text(75)
    ('42 ms', '3.1 s', '1 min 15 s')
    """
    if seconds < 1:
        return f"{round(seconds * 1000)} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


def forecast_text(forecast: Forecast) -> str:
    """Return what a run will take: its time where that is known, its memory, and whether in pieces.

    Examples
    --------
    >>> from desktop_app.core.jobs.memory import Forecast
    >>> forecast_text(Forecast(1_400_000_000, 8_000_000_000, None, 12.3))
    'About 12 s and 1.4 GB of memory.'
    >>> forecast_text(Forecast(90_000_000, 8_000_000_000, 512))
    'About 90 MB of memory, in tiles of 512 px.'
    """
    if forecast.is_short:
        return forecast.sentence
    time = f"{_about(forecast.seconds)} and " if forecast.seconds is not None else ""
    tiles = f", in tiles of {forecast.tile} px" if forecast.tile is not None else ""
    return f"About {time}{bytes_text(forecast.bytes_needed)} of memory{tiles}."


def _about(seconds: float) -> str:
    """Return a time that is known by about a tenth."""
    if seconds < 1:
        return f"{max(0.1, round(seconds, 1)):g} s"
    return f"{round(seconds)} s" if seconds < 90 else f"{round(seconds / 60)} min"


def size_text(width: int, height: int, channels: int, depth: str) -> str:
    """Return a photo's size as the tab's tooltip says it.

    Examples
    --------
    >>> size_text(4000, 3000, 3, "8")
    '4000 × 3000 px, 12.0 MP, colour, 8 bit'
    >>> size_text(160, 120, 1, "16")
    '160 × 120 px, grey, 16 bit'
    """
    kind = "colour" if channels == 3 else "grey"
    bits = "32 bit float" if depth == "32f" else f"{depth} bit"
    megapixels = f"{width * height / 1e6:.1f}"
    size = f"{width} × {height} px" + ("" if megapixels == "0.0" else f", {megapixels} MP")
    return f"{size}, {kind}, {bits}"


def input_text(path: str) -> str:
    """Return what people call the file of an input: what was made here, or the path.

    Examples
    --------
    >>> input_text("/home/me/inputs/mask-0123456789abcdef.png"), input_text("/home/me/mask.png")
    ('painted mask', '/home/me/mask.png')
    """
    kept = _KEPT.search(path)
    return _MADE_HERE.get(kept[1], path) if kept else path


def is_made_here(path: str) -> bool:
    """Return whether the file of an input was written by the program: a mask that was painted, a kernel drawn."""
    return input_text(path) != path


def unit_behind(unit: str, number: str) -> str:
    """Return what stands behind a written number: its unit, after a space where one belongs, in the singular after "1".

    Examples
    --------
    >>> unit_behind("steps", "20"), unit_behind("steps", "1"), unit_behind("levels", "1.0"), unit_behind("°", "45")
    (' steps', ' step', ' levels', '°')
    """
    if unit in ("", "°", "%"):
        return unit
    is_one_word = number == "1" and len(unit) > 3 and unit.isalpha()
    return f" {unit.removesuffix('s') if is_one_word else unit}"


def one_line(error: BaseException) -> str:
    """Return an error as one sentence; one that was not written for people is named by its type."""
    text = " ".join(str(error).split())
    return text or type(error).__name__


def sentence(text: str) -> str:
    """Return what is said as a sentence of its own: with a capital, unless a name comes first, and a full stop.

    Examples
    --------
    >>> sentence("expected a photo, got none; open one"), sentence("dam.vlens: expected a project")
    ('Expected a photo, got none; open one.', 'dam.vlens: expected a project.')
    """
    first = text.partition(" ")[0]
    is_name = any(mark in first for mark in ".:/")
    return (text if is_name else capital(text)) + ("" if not text or text[-1] in ".!?…" else ".")


def capital(text: str) -> str:
    """Return a text that begins with a capital letter; the rest as it is."""
    return text[:1].upper() + text[1:]


def short_title(title: str, most: int = 32) -> str:
    """Return a title that is not too long for a tab: the middle goes.

    Examples
    --------
    >>> short_title("holiday in the mountains, evening light.jpg", 20)
    'holiday in…light.jpg'
    """
    return title if len(title) <= most else f"{title[: most // 2].rstrip()}…{title[-(most - most // 2 - 1) :].lstrip()}"
