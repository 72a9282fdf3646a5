"""What the model manager shows: models that are here, and models that could be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from types import MappingProxyType
from typing import Any

from desktop_app.core.plugins.entries import ModelEntry, Snapshot, ToolEntry
from desktop_app.gui.language import tr

PURPOSES = {
    "superres": "Enlarge", "denoise": "Denoise", "jpeg": "Mend JPEG", "deblock": "Mend compression", "deblur": "Deblur",
    "dehaze": "Clear haze", "derain": "Take out rain", "inpaint": "Fill holes", "faces": "Faces", "restore": "Restore",
    "lowlight": "Brighten", "classify": "Name what is seen", "network": "Part of a tool",
}  # fmt: skip
NORMALISATIONS = {
    "": "found out by asking it", "none": "[0, 1] as it is", "imagenet": "ImageNet's mean and deviation",
    "half": "[-1, 1]", "255": "[0, 255] as it is", "caffe": "[0, 255], blue first, less the mean",
}  # fmt: skip
_USES = {"yes": "commercial use allowed", "no": "no commercial use", "unknown": "commercial use not stated"}


def all_models(snapshot: Snapshot, catalogue: Iterable[ModelEntry]) -> list[ModelEntry]:
    """Return the models that are here, then those of the catalogue that are not."""
    here = [one for one in snapshot.models if one.is_here]
    digests = [one.sha256 for one in here]
    return [*here, *(one for one in catalogue if not any(digest.startswith(one.sha256) for digest in digests))]


def purpose_of(model: ModelEntry) -> str:
    """Return what a model is for, as a key of `PURPOSES`."""
    if model.task == "classifier":
        return "classify"
    if model.task == "network":
        return "network"
    return model.purpose if model.purpose in PURPOSES else model.id.partition(".")[0]


def purpose_title(model: ModelEntry) -> str:
    """Return what a model is for in two or three words."""
    return PURPOSES.get(purpose_of(model), PURPOSES["restore"])


def place_of(model: ModelEntry) -> str:
    """Return where a model is."""
    return {"bundled": "with the program", "added": "added by you"}.get(model.origin, "to download" if model.urls else (
        "on its page"))


def size_text(model: ModelEntry) -> str:
    """Return a file's size."""
    if not model.bytes:
        return "–"
    return f"{model.bytes / 1e6:.1f} MB" if model.bytes >= 1e5 else f"{model.bytes / 1e3:.0f} kB"


def cells(model: ModelEntry) -> tuple[str, ...]:
    """Return a model's row: name, purpose, scale, size, licence, place."""
    scale = f"×{model.scale}" if model.scale > 1 else "–"
    return model.title, purpose_title(model), scale, size_text(model), model.licence or "not stated", place_of(model)


def matching(
    models: Iterable[ModelEntry], words: str, purpose: str, place: str, most_bytes: int, scale: int = 0,
    commercial: str = "",
) -> list[ModelEntry]:
    """Return the models that a search and filters leave; an empty filter, and a size or scale of 0, leave all."""
    wanted = words.casefold().split()
    return [
        one for one in models
        if purpose in ("", purpose_of(one)) and place in ("", "here" if one.is_here else "catalogue")
        and (not most_bytes or (one.bytes or 0) <= most_bytes)
        and scale in (0, one.scale) and commercial in ("", one.commercial)
        and all(word in " ".join((*cells(one), one.id, one.author, one.architecture, one.summary)).casefold()
                for word in wanted)
    ]


def used_by(model: ModelEntry, snapshot: Snapshot) -> Sequence[str]:
    """Return the titles of the tools that can use a model."""
    return [tool.title for tool in snapshot.tools if model.id in tool.models or _can_use(tool, model, snapshot)]


def _can_use(tool: ToolEntry, model: ModelEntry, snapshot: Snapshot) -> bool:
    if tool.network:
        from desktop_app.core.steps.whom import can_run

        return can_run(tool, model, snapshot)
    return model.task == "classifier" and any("classifier" in form for form in tool.subjects)


def lacks_preflight(model: ModelEntry) -> bool:
    """Return whether a model is a classifier that is here, of which nobody has looked what it wants and gives."""
    return model.task == "classifier" and model.is_here and not model.preflight


def architectures(snapshot: Snapshot) -> list[str]:
    """Return the architectures that plugins bring for users' files."""
    return sorted({one.id for one in snapshot.models if not one.is_here})


def card_html(model: ModelEntry, snapshot: Snapshot, found: Mapping[str, Any] = MappingProxyType({})) -> str:
    """Return all that is known of a model, as rich text whose values are escaped.

    `found` is the preflight of one that came without.
    """
    badge = escape(f"{tr(model.licence or 'licence not stated')} · {tr(_USES.get(model.commercial, _USES['unknown']))}")
    shown = [
        ("For", purpose_title(model)), ("Made by", model.author), ("Architecture", model.architecture),
        ("Enlarges", f"{model.scale} times" if model.scale > 1 else ""), ("File", size_text(model)),
        ("Tiles", _TILING.get(model.tiling, "") if model.task == "restoration" and model.is_here else ""),
        ("Gradients", "" if model.differentiable else "none: attacks that need them refuse it"),
        ("Classes", str(len(model.labels)) if model.labels else ""),
        ("Preflight", _preflight(model.preflight or found)),
        ("Used by", ", ".join(map(tr, used_by(model, snapshot)))), ("From", model.source or model.page),
        ("SHA-256", f"{model.sha256[:16]}…" if len(model.sha256) > 16 else model.sha256), ("Id", model.id),
    ]
    rows = "".join(f"<tr><td>{tr(name)}&nbsp;</td><td>{escape(tr(text))}</td></tr>" for name, text in shown if text)
    return (f"<h3>{escape(tr(model.title))}</h3><p><b>{badge}</b></p><p>{escape(tr(model.summary))}</p>"
            f"<table cellspacing=4>{rows}</table>")


_TILING = {"exact": "exact", "overlap": "with a measured overlap", "whole": "none: the whole photo is needed"}


def _preflight(found: Mapping[str, Any]) -> str:
    if "gives" not in found:
        return str(found.get("said", ""))
    said = f"{found['gives']}, normalisation {found['normalisation']}, sees {found['range']}"
    return " ".join([f"{said}.", *found.get("warnings", ())])
