"""Make ``docs/models.md`` from what the program knows of its models: entries, cards and the catalogue.

``python docs/make_models.py`` writes it; a test fails where it says anything else than the program.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from desktop_app.core.application import Application
from desktop_app.core.plugins.entries import ModelEntry

PAGE = Path(__file__).resolve().parent / "models.md"
_ABOUT = Path(__file__).resolve().parent / "models-about.md"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """Return the page's text."""
    with TemporaryDirectory() as home:
        application = Application(Path(home))
        found = application.host.snapshot().models
        models = sorted((one for one in found if one.distribution == "verilens"), key=lambda one: one.id)
        catalogue = application.catalogue.entries()
    parts = [
        _ABOUT.read_text(encoding="utf-8").rstrip(),
        "## With the program", _table(_here(one) for one in models if one.is_here),
        *(_figures(one) for one in models if one.is_here and one.card and one.task != "restoration"),
        "## Architectures that users' files may be of",
        "Beside those of spandrel, timm and torchvision. A file is recognised by the names in it.",
        _table(_architecture(one) for one in models if not one.is_here),
        "## The catalogue", "`verilens models download ID`. None of these licences forbids commercial use.",
        _table(_catalogued(one) for one in catalogue),
    ]
    return "\n\n".join(parts) + "\n"


def _here(one: ModelEntry) -> dict[str, str]:
    return {"id": f"`{one.id}`", "what": one.summary, "task": one.task, "size": _size(one), "licence": one.licence}


def _architecture(one: ModelEntry) -> dict[str, str]:
    return {"id": f"`{one.id}`", "title": one.title, "task": one.task, "source": "; ".join(one.sources)}


def _catalogued(one: ModelEntry) -> dict[str, str]:
    return {
        "id": f"[`{one.id}`]({one.page})", "what": one.summary, "architecture": one.architecture,
        "scale": f"×{one.scale}", "size": _size(one), "licence": one.licence, "author": one.author,
    }


def _figures(one: ModelEntry) -> str:
    """Return the figures of a bundled model's card."""
    card = Path(one.weights).with_suffix(".json")
    figures = json.loads(card.read_text(encoding="utf-8")).get("figures", {})
    said = ", ".join(f"{name} {value:g}" for name, value in figures.items() if isinstance(value, int | float))
    return f"**{one.title}** (`{one.id}`): {said}." if said else f"**{one.title}** (`{one.id}`)."


def _size(one: ModelEntry) -> str:
    return f"{(one.bytes or 0) / 1e6:.1f} MB"


def _table(rows: Iterable[dict[str, str]]) -> str:
    found = list(rows)
    head = list(found[0])
    lines = [head, ["---"] * len(head), *(list(row.values()) for row in found)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
