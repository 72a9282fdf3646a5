"""What came of a batch, as a page that stands alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from desktop_app.core.atomic import write_text
from desktop_app.core.batch.journal import Done
from desktop_app.core.steps.recipes import Recipe, line_of
from desktop_app.core.texts import photos_done
from desktop_app.core.wording import ENGLISH, Catalogue

NAME = "batch.html"

_PAGE = """<!doctype html>
<html lang="{{ language }}"><head><meta charset="utf-8"><title>{{ title }}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1d2329; max-width: 1040px; margin: 40px auto; padding: 0 24px; }
h1 { font-size: 24px; margin-bottom: 4px; } h2 { font-size: 18px; margin-top: 32px; }
p.said { font-size: 17px; margin-top: 0; } .note { color: #5b6670; margin: 0; } .fault { color: #b3261e; margin: 0; }
ol { padding-left: 24px; } article { border-bottom: 1px solid #e3e7ea; padding: 16px 0; }
h3 { font-size: 15px; margin: 0 0 8px; } .row { display: flex; flex-wrap: wrap; gap: 16px; }
figure { margin: 0; } figcaption { color: #5b6670; font-size: 13px; } img { display: block; max-width: 176px; }
</style></head><body>
<h1>{{ title }}</h1>
<p class="said">{{ sentence }}</p>
<h2>{{ say("Steps") }}</h2>
<ol>{% for step in steps %}<li>{{ say(step.title) }}<p class="note">{{ line_of(step) }}</p></li>{% endfor %}</ol>
{% for heading, some in groups if some %}<h2>{{ say(heading) }}</h2>
{% for one in some %}<article><h3>{{ one.photo }}{% if one.output %} → {{ one.output }}{% endif %}</h3>
{% if one.error %}<p class="fault">{{ say(one.error.message) }}</p>{% endif %}
<div class="row">{% for name, picture in one.thumbnails.items() %}<figure>
<img alt="{{ one.photo }}: {{ say(name) }}" src="data:image/jpeg;base64,{{ picture }}">
<figcaption>{{ say(name) }}</figcaption>
</figure>{% endfor %}</div>
{% for note in one.notes %}<p class="note">{{ say(note) }}</p>{% endfor %}</article>
{% endfor %}{% endfor %}</body></html>
"""


def summary(done: Sequence[Done], total: int) -> str:
    """Return in a sentence how far a batch is, and how much of it went wrong.

    Examples
    --------
    >>> summary([Done("a.png", "out/a.png"), Done("b.png", error={"message": "It is damaged."})], 3)
    '2 of 3 photos: 1 written, 1 failed.'
    """
    failed, kept = sum(one.error is not None for one in done), sum(one.is_kept for one in done)
    return photos_done(total, len(done) - failed - kept, kept, failed)


def write_report(
    folder: Path, recipe: Recipe, done: Sequence[Done], total: int, wording: Catalogue = ENGLISH
) -> Path:
    """Write the page into a folder, whole or not at all: faults first, then every photo.

    Parameters
    ----------
    folder : Path
        Where it is written.
    recipe : Recipe
        What was done.
    done : sequence of Done
        What came of each photo.
    total : int
        Photos, with those that are not done.
    wording : Catalogue
        The language of the page.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    from jinja2 import Environment

    faults, fine = ([one for one in done if (one.error is not None) == wanted] for wanted in (True, False))
    page = Environment(autoescape=True).from_string(_PAGE).render(
        title=recipe.title or wording.said("Batch"), sentence=wording.said(summary(done, total)), steps=recipe.steps,
        groups=(("What went wrong", faults), ("Photos", fine)), say=wording.said, language=wording.language,
        line_of=line_of,
    )
    path = folder / NAME
    write_text(path, page)
    return path
