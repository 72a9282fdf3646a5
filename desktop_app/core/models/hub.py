"""Classifiers by the names of timm and torchvision, from where their makers keep the weights; only when asked to."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any

from desktop_app.api.errors import ParameterError
from desktop_app.core.models.community import library
from desktop_app.core.models.downloads import told_of
from desktop_app.core.models.library import check_id
from desktop_app.core.plugins.entries import ModelEntry
from desktop_app.core.plugins.naming import known_or_nearest, nearest

DOORS = ("timm:", "torchvision:")
"""What a name of theirs begins with."""

_HUB = "https://huggingface.co"
_FILE = "model.safetensors"
_DIGITS = re.compile(r"-([0-9a-f]{8,64})\.\w+$")
_FREE = ("apache", "mit", "bsd", "cc0", "cc-by-4", "unlicense", "isc")


def offered_as(name: str, catalogue: Sequence[ModelEntry]) -> tuple[ModelEntry, Sequence[ModelEntry]]:
    """Return what is to be downloaded under a name, and the offers among which its file will be recognised.

    Parameters
    ----------
    name : str
        Of the catalogue, or one that begins with one of `DOORS`.
    catalogue : sequence of ModelEntry
        The catalogue's.

    Raises
    ------
    InputError, ParameterError
        Of a name that the catalogue does not have, with the nearest ones; else as `on_hub`.
    """
    if name.startswith(DOORS):
        found = on_hub(name)
        return found, (found,)
    return known_or_nearest("catalogued model", name, {one.id: one for one in catalogue}), catalogue


def on_hub(name: str) -> ModelEntry:
    """Return what can be downloaded under a name: where it is, and what its hash must be.

    Parameters
    ----------
    name : str
        ``timm:NAME``, with or without the tag of its training (``timm:resnet18.a1_in1k``), or ``torchvision:NAME``.
        ``HF_ENDPOINT`` names another hub than Hugging Face's for the former, as its own programs have it.

    Raises
    ------
    InputError
        If the library is not installed, or the hub does not answer.
    ParameterError
        If there is no such name, or nobody offers weights for it.
    """
    door, _, model = name.partition(":")
    return _of_timm(model) if door == "timm" else _of_torchvision(model)


def _of_timm(model: str) -> ModelEntry:
    timm = library("timm")
    config = timm.models.get_pretrained_cfg(model) if model in {*timm.list_models(), *timm.list_pretrained()} else None
    if config is None:
        raise ParameterError(f"expected a name of timm's, got {model!r}; {nearest(model, timm.list_models())}")
    facts = config.to_dict()
    full = ".".join(part for part in (facts["architecture"], facts.get("tag")) if part)
    if facts.get("hf_hub_id"):
        hub = os.environ.get("HF_ENDPOINT", _HUB).rstrip("/")
        page = f"{hub}/{facts['hf_hub_id']}"
        url = f"{page}/resolve/main/{facts.get('hf_hub_filename') or _FILE}"
        digest, size = told_of(url)
    elif facts.get("url"):
        url, page, size = facts["url"], facts.get("origin_url") or facts["url"], None
        digest = _digits(url)
    else:
        raise ParameterError(f"expected a model with weights, got timm's {model!r}, which has none to download; add a "
                             f"file of it: models add FILE --architecture timm:{model}")
    return _entry("timm", full, url, page, digest, size, str(facts.get("license") or ""))


def _of_torchvision(model: str) -> ModelEntry:
    models = library("torchvision").models
    names = models.list_models(module=models)
    if model not in names:
        raise ParameterError(f"expected a name of torchvision's, got {model!r}; {nearest(model, names)}")
    weights: Any = models.get_model_weights(model).DEFAULT
    return _entry("torchvision", model, weights.url, weights.meta.get("recipe") or weights.url, _digits(weights.url),
                  None, "BSD-3-Clause")


def _digits(url: str) -> str:
    """Return the digits of the SHA-256 that a file's name ends with; none where it has none."""
    found = _DIGITS.search(url)
    return found[1] if found else ""


def _entry(door: str, name: str, url: str, page: str, digest: str, size: int | None, licence: str) -> ModelEntry:
    model_id = re.sub(r"[^a-z0-9._-]+", "_", f"{door}.{name}".lower())
    check_id(model_id)
    plain = licence.casefold()
    use = "no" if "-nc" in plain else "yes" if plain.startswith(_FREE) else "unknown"
    return ModelEntry(
        id=model_id, title=f"{name} ({door})", task="classifier", purpose="classify", architecture=name,
        loader={"architecture": f"{door}:{name}"}, urls=(url,), page=page, sha256=digest, bytes=size, licence=licence,
        commercial=use, author=door, origin="catalogue",
        summary=f"A classifier of {door}'s, with its published weights.",
    )


def unchecked(entry: ModelEntry) -> str:
    """Return what is to be said of a download whose hash nobody tells; nothing where somebody does."""
    if entry.sha256:
        return ""
    return f"No hash of {entry.urls[0]} is told: what came was checked for being weights of {entry.architecture} alone."

