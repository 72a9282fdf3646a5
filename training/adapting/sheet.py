"""What came of it, to look at: a page that stands alone, and the same pictures as one PNG."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from jinja2 import Environment
from PIL import Image
from torch import Tensor

from desktop_app.core.atomic import write_whole
from desktop_app.core.wording import ENGLISH, Catalogue
from training.adapting.photos import Seen
from training.adapting.tuning import Comparison

__all__ = ["Row", "rows_of", "write_sheet"]

_SHOWN = 6  # photos
_SIDE = 420  # pixels of their longer side on the sheet
_WORK = 1024  # pixels of the longer side of what is restored for it
_GAP = 6

_PAGE = """<!doctype html>
<html lang="{{ language }}"><head><meta charset="utf-8"><title>{{ say(title) }}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { font: 15px/1.5 system-ui, sans-serif; color: #1d2329; max-width: 1320px; margin: 32px auto; padding: 0 24px; }
h1 { font-size: 24px; margin-bottom: 4px; } p { max-width: 70em; }
table { border-collapse: collapse; } th, td { padding: 4px 8px; text-align: left; vertical-align: top; }
img { width: 100%; min-width: 220px; height: auto; display: block; } code { background: #eef1f3; padding: 2px 5px; }
</style></head><body>
<h1>{{ say(title) }}</h1>
<p><strong>{{ say(verdict) }}</strong> {{ say(sentence) }}</p>
{% if use %}<p><code>{{ use }}</code></p>{% endif %}
<table><thead><tr>
{% for head in ("your photo", "network before", "network after") %}<th>{{ say(head) }}</th>{% endfor %}
</tr></thead><tbody>
{% for row in rows %}<tr>{% for picture in row.pictures %}<td><img alt="{{ row.name }}" src="{{ picture }}"></td>
{% endfor %}</tr><tr><td colspan="3">{{ row.name }}</td></tr>{% endfor %}</tbody></table>
<table><thead><tr>
{% for head in ("on held-out photos", "before", "after") %}<th>{{ say(head) }}</th>{% endfor %}
</tr></thead><tbody>
{% for name, before, after in figures %}<tr><td>{{ say(name) }}</td><td>{{ say(before) }}</td><td>{{ say(after) }}</td>
</tr>
{% endfor %}
</tbody></table>
{% for note in notes %}<p>{{ say(note) }}</p>{% endfor %}
</body></html>
"""


@dataclass(frozen=True)
class Row:
    """A held-out photo: as it is, and as both networks make it."""

    name: str
    pictures: tuple[Image.Image, Image.Image, Image.Image]


def rows_of(photos: Sequence[Seen], ways: Sequence[Callable[[Tensor], Tensor]]) -> list[Row]:
    """Return rows of the first photos, each treated in both ways."""
    found = []
    for one in photos[:_SHOWN]:
        photo = _fitted(one.pixels[None].float() / 255.0, _WORK)
        first, second, third = (_picture(picture) for picture in (photo, *(way(photo) for way in ways)))
        found.append(Row(one.name, (first, second, third)))
    return found


def write_sheet(
    folder: Path, title: str, comparison: Comparison, verdict: str, use: str, rows: Sequence[Row], notes: Sequence[str],
    wording: Catalogue = ENGLISH,
) -> tuple[Path, Path]:
    """Write ``sheet.html``, in the language of `wording`, and ``sheet.png``; return both.

    Raises
    ------
    InputError
        If the disk is full.
    """
    page = Environment(autoescape=True).from_string(_PAGE).render(
        say=wording.said, language=wording.language, title=title, verdict=verdict, use=use, notes=notes,
        sentence=comparison.sentence,
        rows=[{"name": row.name, "pictures": [_inline(picture) for picture in row.pictures]} for row in rows],
        figures=[(name, f"{old:.3f}", f"{new:.3f}") for name, (old, new) in comparison.figures.items()],
    )
    places = folder / "sheet.html", folder / "sheet.png"
    write_whole(places[0], page.encode())
    content = io.BytesIO()
    _side_by_side(rows).save(content, "PNG")
    write_whole(places[1], content.getvalue())
    return places


def _fitted(photo: Tensor, side: int) -> Tensor:
    """Return a photo whose longer side is at most so many pixels."""
    factor = min(1.0, side / max(photo.shape[-2:]))
    if factor == 1.0:
        return photo
    size = [max(1, round(length * factor)) for length in photo.shape[-2:]]
    return F.interpolate(photo, size, mode="bilinear", antialias=True)


def _picture(photo: Tensor) -> Image.Image:
    small = (_fitted(photo, _SIDE)[0].clamp(0.0, 1.0) * 255.0).round().to(torch.uint8)
    return Image.fromarray(small.permute(1, 2, 0).numpy())


def _inline(picture: Image.Image) -> str:
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=90)
    return f"data:image/jpeg;base64,{base64.b64encode(content.getvalue()).decode()}"


def _side_by_side(rows: Sequence[Row]) -> Image.Image:
    heights = [row.pictures[0].height + _GAP for row in rows]
    sheet = Image.new("RGB", (3 * _SIDE + 2 * _GAP, max(sum(heights) - _GAP, 1)), "white")
    for row, top in zip(rows, (sum(heights[:place]) for place in range(len(rows))), strict=True):
        for column, picture in enumerate(row.pictures):
            sheet.paste(picture, (column * (_SIDE + _GAP), top))
    return sheet
