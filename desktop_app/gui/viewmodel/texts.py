"""Short texts: time left, the pixel probe, sizes."""

from __future__ import annotations

import math
from collections.abc import Sequence

Number = float | int


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


def level_text(values: Sequence[Number] | None) -> str:
    """Return a pixel's values in 8-bit levels, whole where they are whole."""
    if values is None:
        return "–"
    return " ".join(f"{value:.0f}" if abs(value - round(value)) < 0.05 else f"{value:.1f}" for value in values)


def probe_text(
    x: int,
    y: int,
    before: Sequence[Number] | None,
    after: Sequence[Number] | None,
    *,
    difference: Sequence[Number] | None = None,
    map_value: float | None = None,
    map_unit: str = "",
) -> str:
    """Return what the status bar says about the pixel under the cursor; all values but the map's in 8-bit levels.

    Examples
    --------
    >>> probe_text(812, 344, (92, 88, 71), (95, 90, 70), difference=(3, 2, -1), map_value=3.14,
    ...            map_unit="levels")
    'x 812  y 344 · before 92 88 71 · after 95 90 70 · difference 3 2 -1 · map 3.14 levels'
    """
    parts = [f"x {x}  y {y}"]
    if before is not None:
        parts += [f"before {level_text(before)}", f"after {level_text(after)}", f"difference {level_text(difference)}"]
    elif after is not None:
        parts.append(f"value {level_text(after)}")
    if map_value is not None:
        shown = "no value" if math.isnan(map_value) else f"{map_value:.3g} {map_unit}".strip()
        parts.append(f"map {shown}")
    return " · ".join(parts)


def size_text(width: int, height: int, channels: int, depth: str) -> str:
    """Return a photo's size as the tab's tooltip says it.

    Examples
    --------
    >>> size_text(4000, 3000, 3, "8")
    '4000 × 3000 px, 12.0 MP, colour, 8 bit'
    """
    kind = "colour" if channels == 3 else "grey"
    bits = "32 bit float" if depth == "32f" else f"{depth} bit"
    return f"{width} × {height} px, {width * height / 1e6:.1f} MP, {kind}, {bits}"


def one_line(error: BaseException) -> str:
    """Return an error as one sentence; one that was not written for people is named by its type."""
    text = " ".join(str(error).split())
    return text or type(error).__name__
