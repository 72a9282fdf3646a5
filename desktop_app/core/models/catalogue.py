"""Models that can be had: the bundled catalogue and further ones of the user's. Imports no torch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from desktop_app.api.errors import InputError
from desktop_app.api.resources import bundled
from desktop_app.core.atomic import write_whole
from desktop_app.core.faults import words_of
from desktop_app.core.json_text import parsed_json
from desktop_app.core.models.library import check_id
from desktop_app.core.plugins.entries import ModelEntry

_FORMAT = 1
_MOST_BYTES = 5 << 20
_HASH = re.compile(r"[0-9a-f]{8,64}")
_ADDRESS = re.compile(r"https?://[^\s]+")
_NEEDED = {"id", "title", "task", "licence", "page"}
_ALLOWED = {one.name for one in fields(ModelEntry)} - {
    "weights", "origin", "plugin", "plugin_version", "distribution", "preflight", "card", "source",
}
"""What a catalogue may say of a model; where its file lies on this machine is none of its business."""
_KINDS = {one.name: str(one.type) for one in fields(ModelEntry) if one.name in _ALLOWED}
_WORDS = {
    "str": "text", "bool": "true or false", "float": "number above 0", "tuple[str, ...]": "list of texts",
    "tuple[int, ...]": "list of whole numbers above 0", "Mapping[str, Any]": "object of texts",
}


class Catalogue:
    """All catalogued models, the bundled ones first.

    Parameters
    ----------
    folder : Path
        Holds the user's further catalogues; made when one is added.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def entries(self) -> tuple[ModelEntry, ...]:
        """Return the models that can be had; of two with one id the first."""
        found: dict[str, ModelEntry] = {}
        further = sorted(self._folder.glob("*.json")) if self._folder.is_dir() else []
        for path in (bundled("catalogue.json"), *further):
            for entry in read(path.read_bytes(), path.name):
                found.setdefault(entry.id, entry)
        return tuple(found.values())

    def add(self, content: bytes, name: str) -> tuple[ModelEntry, ...]:
        """Keep a further catalogue, and return its models.

        Parameters
        ----------
        content : bytes
            JSON: ``{"format": 1, "title": …, "models": […]}``.
        name : str
            The file's name; one of the same name is replaced.

        Raises
        ------
        InputError
            If it is no catalogue, or cannot be kept; the others stay as they are.
        """
        entries = read(content, name)
        self._folder.mkdir(parents=True, exist_ok=True)
        stem = re.sub(r"[^A-Za-z0-9._-]+", "_", Path(name).stem).strip(".") or "catalogue"
        write_whole(self._folder / f"{stem}.json", content)
        return entries


def read(content: bytes, name: str) -> tuple[ModelEntry, ...]:
    """Return the models of a catalogue.

    Raises
    ------
    InputError
        If it is no catalogue; the sentence says what is wrong first.
    """
    try:
        if len(content) > _MOST_BYTES:
            raise ValueError(f"{len(content)} bytes are too many")
        value = parsed_json(content)
        if not isinstance(value, dict) or value.get("format") != _FORMAT or not isinstance(value.get("models"), list):
            raise ValueError(f"it is no object with format {_FORMAT} and a list of models")
        return tuple(map(_entry, value["models"]))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f"expected a catalogue of models in {name}, but: {words_of(error)}; mend "
                         "it or ask its author") from error


def chosen(
    entries: Iterable[ModelEntry], *, search: str = "", task: str = "", scale: int | None = None,
    most_bytes: float | None = None, licence: str = "",
) -> list[ModelEntry]:
    """Return the models that a search and filters leave.

    Parameters
    ----------
    search : str
        Words that stand somewhere in its id, title, author, architecture, summary or purpose.
    task : str
        Its task or purpose.
    scale : int, optional
        Output over input size.
    most_bytes : float, optional
        Of its file.
    licence : str
        A part of its licence's name.
    """
    words = search.casefold().split()
    return [
        one for one in entries
        if task in ("", one.task, one.purpose) and scale in (None, one.scale)
        and (most_bytes is None or (one.bytes or 0) <= most_bytes) and licence.casefold() in one.licence.casefold()
        and all(word in _text(one) for word in words)
    ]


def _text(one: ModelEntry) -> str:
    return " ".join((one.id, one.title, one.author, one.architecture, one.summary, one.purpose, one.task)).casefold()


def _entry(facts: Mapping[str, Any]) -> ModelEntry:
    name = facts.get("id")
    if strange := set(facts) - _ALLOWED:
        raise ValueError(f"model {name!r} says {', '.join(sorted(strange))}, which a catalogue may not")
    if missing := [one for one in sorted(_NEEDED) if not isinstance(facts.get(one), str)]:
        raise ValueError(f"model {name!r} lacks {', '.join(missing)}")
    if wrong := [one for one, value in facts.items() if not _is_of_kind(value, _KINDS[one])]:
        raise ValueError(f"model {name!r} has {wrong[0]} {facts[wrong[0]]!r}, which is no "
                         f"{_WORDS.get(_KINDS[wrong[0]], 'whole number above 0')}")
    check_id(facts["id"])
    if not _HASH.fullmatch(str(facts.get("sha256"))):
        raise ValueError(f"model {name!r} has no SHA-256, nor the first eight digits of one")
    addresses = [*facts.get("urls", ()), *([facts["page"]] if facts["page"] else [])]
    if not addresses or not all(_ADDRESS.fullmatch(str(one)) for one in addresses):
        raise ValueError(f"model {name!r} has no address that begins with http:// or https://")
    return ModelEntry.from_json({**facts, "origin": "catalogue"})


def _is_of_kind(value: Any, kind: str) -> bool:
    """Return whether a value of JSON is of a field's type, which is written as in the source; counts are above 0."""
    if kind.startswith("tuple"):
        return isinstance(value, list) and all(_is_of_kind(one, kind[6:9]) for one in value)
    if kind.startswith("Mapping"):
        return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
    if kind in ("str", "bool"):
        return isinstance(value, str if kind == "str" else bool)
    if value is None or isinstance(value, bool):
        return value is None and kind.endswith("None")
    return isinstance(value, int if kind != "float" else int | float) and value > 0
