"""A file becomes a model: opened, tried on a photo, and kept; where anything is wrong nothing is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.core.json_text import parsed_json
from desktop_app.core.models.digests import sha256_of
from desktop_app.core.models.downloads import download, name_in
from desktop_app.core.models.library import Library, check_id, id_of
from desktop_app.core.models.measuring import tried
from desktop_app.core.models.openers import Architectures, Opened, opened
from desktop_app.core.models.preflight import WAYS, preflight
from desktop_app.core.models.restorer import Restorer
from desktop_app.core.plugins.entries import ModelEntry
from desktop_app.numerics.preparation import Prepared, Preprocessing

Say = Callable[[float, str], None]
"""Gets how far it is (0-1) and what it is at; raises to stop it."""

_KNOWN = ("licence", "author", "commercial", "summary", "purpose", "page", "sources")
_DIGITS = 64  # of a whole SHA-256
_FIELDS = {one.name for one in fields(ModelEntry)}


def add_file(
    path: Path, library: Library, host: Architectures, *, model_id: str | None = None, architecture: str | None = None,
    labels: Path | None = None, normalisation: str | None = None, known: Iterable[ModelEntry] = (), source: str = "",
    say: Say = lambda _share, _message: None,
) -> ModelEntry:
    """Add a user's file to the library.

    Parameters
    ----------
    path : Path
        Weights as safetensors, ``.pth``, ``.ckpt`` or ``.npz``, or an ONNX file.
    library : Library
        Where it is kept.
    host : Architectures
        The plugins, whose architectures it may be of.
    model_id : str, optional
        By default made from the file's name.
    architecture : str, optional
        By default told by the file's own names.
    labels : Path, optional
        A classifier's class names: a text of lines, or JSON.
    normalisation : str, optional
        How its photos are prepared (see `WAYS`), where it is not known.
    known : iterable of ModelEntry
        Catalogued models: a file of theirs is recognised by its hash, as is one that a plugin brings.
    source : str
        Where it came from; by default the file's own place.
    say : callable
        Progress; may raise to stop it.

    Raises
    ------
    VerilensError
        A sentence for the user; the library is then as it was.
    """
    check_id(model_id or id_of(path))
    if not path.is_file():
        raise InputError(f"expected a model file, found none at {str(path)!r}; check the name")
    say(0.0, "checking the file")
    digest = sha256_of(path, lambda: say(0.05, "checking the file"))
    facts = next((one for one in known if digest.startswith(one.sha256)), None)
    same = [one for one in host.snapshot().models if one.plugin and one.sha256 == digest]
    own = next((one for one in same if one.task != "network"), same[0] if same else None)  # what more tools can use
    new_id = _free_id(model_id or (facts.id if facts else id_of(path)), host)
    names = read_labels(labels) if labels else ()
    say(0.2, "opening it")
    told = facts.loader.get("architecture") if facts else own and own.id
    found = opened(path, host, architecture or told or None, names)
    facts = facts or own
    say(0.4, "trying it on a photo")
    described = _tried(found, path.name, normalisation, lambda: say(0.6, "trying it on a photo"))
    beside = described.pop("beside", [])
    more = {name: getattr(facts, name) for name in _KNOWN if getattr(facts, name)} if facts else {}
    entry = ModelEntry(
        id=new_id, title=facts.title if facts else model_id or path.stem, sha256=digest, origin="added",
        source=source or str(path.resolve()),
        **{name: value for name, value in {**described, **more}.items() if name in _FIELDS},
    )
    say(0.9, "keeping it")
    return library.keep(entry, path, beside, lambda: say(0.95, "keeping it"))


def download_and_add(
    wanted: ModelEntry, library: Library, host: Architectures, *, known: Iterable[ModelEntry], say: Say
) -> ModelEntry:
    """Download a catalogued model and add it, as `add_file` does.

    Raises
    ------
    VerilensError
        If it has only a page, cannot be had, or cannot be added; what is right of it so far is kept for the next time.
    """
    check_id(wanted.id)
    _free_id(wanted.id, host)
    if not wanted.urls:
        raise InputError(f"expected an address to download {wanted.id!r} from, but it only has a page; open "
                         f"{wanted.page}, then add the file: verilens models add FILE (it is recognised by its hash)")
    folder = library.folder / ".downloads" / wanted.id
    file = folder / name_in(wanted.urls[0], wanted.id)
    is_exact = len(wanted.sha256) == _DIGITS  # torchvision's names tell eight digits, and sizes are rounded
    download(wanted.urls, file, sha256=wanted.sha256, size=wanted.bytes if is_exact else None,
             say=lambda share, message: say(0.8 * share, message))
    try:
        return add_file(file, library, host, model_id=wanted.id, known=known, source=wanted.urls[0],
                        say=lambda share, message: say(0.8 + 0.2 * share, message))
    finally:
        file.unlink(missing_ok=True)
        with suppress(OSError):  # another download's part is in it
            folder.rmdir()


def read_labels(path: Path) -> tuple[str, ...]:
    """Return the class names in a file: a line each, or JSON (a list, or a mapping from index).

    Raises
    ------
    InputError
        If it cannot be read, or holds none.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        names = _from_json(parsed_json(text)) if text.lstrip()[:1] in ("[", "{") else text.splitlines()
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"expected a text with a class name a line, or JSON, in {str(path)!r}, but: {error}; mend "
                         "it") from error
    found = tuple(name.strip() for name in names if name.strip())
    if not found:
        raise InputError(f"expected class names in {str(path)!r}, found none; write one a line")
    return found


def _from_json(value: Any) -> list[str]:
    if isinstance(value, dict):
        by_index = {int(key): one for key, one in value.items()}
        if sorted(by_index) != list(range(len(value))):
            raise ValueError(f"its indices are not 0 to {len(value) - 1}, each once")
        value = [by_index[index] for index in range(len(value))]
    names = [one[-1] if isinstance(one, list) and one else one for one in value]  # ["n01440764", "tench"]
    if wrong := [one for one in names if isinstance(one, list | dict | bool | None)]:
        raise ValueError(f"{wrong[0]!r} is no name")
    return list(map(str, names))


def _free_id(wanted: str, host: Architectures) -> str:
    check_id(wanted)
    if wanted in {one.id for one in host.snapshot().models}:
        raise ParameterError(f"expected an id of its own, got {wanted!r}, which is taken; choose another --id, or "
                             "remove that model first")
    return wanted


def _tried(found: Opened, name: str, normalisation: str | None, check: Callable[[], None]) -> dict[str, Any]:
    """Return the facts of a network after it has been asked about photos."""
    if isinstance(found.module, Restorer):
        return tried(found.module, name, found.facts, check)
    if found.facts["task"] != "classifier":
        return found.facts
    return _asked(found, name, normalisation)


def _asked(found: Opened, name: str, normalisation: str | None) -> dict[str, Any]:
    """Return a classifier's facts: its preflight, its labels, and how its photos are prepared where that was open."""
    facts, labels = found.facts, found.facts["labels"]
    module = found.module
    if normalisation is not None and normalisation not in WAYS:
        raise ParameterError(f"expected a normalisation out of {', '.join(WAYS)}, got {normalisation!r}; change it")
    answer = preflight(module)
    if isinstance(module, Prepared) and (normalisation or facts["loader"]["door"] == "onnx"):
        chosen = normalisation or (answer["best"] if answer["normalisation"] == "missing" else "none")
        how = _prepared(Preprocessing.from_json(facts["loader"]["preprocessing"]), chosen, answer["gives"])
        module = Prepared(module.network, how).requires_grad_(False).eval()
        facts["loader"] = {**facts["loader"], "preprocessing": how.to_json()}
        network = answer
        answer = {**preflight(module), "network": network, "applied": WAYS[chosen].title}
        if normalisation:
            answer |= {"normalisation": "inside", "evidence": "as said", "warnings": []}
    elif isinstance(module, Prepared) and answer["normalisation"] == "unclear":
        answer |= {"normalisation": "inside", "evidence": "the architecture", "warnings": []}
    outputs = answer["outputs"]
    if labels and len(labels) != outputs:
        raise ParameterError(f"expected {outputs} labels, one for each output of {name}, got {len(labels)}; give the "
                             "file with the classes that it was trained on")
    facts["labels"] = tuple(labels) or _names(outputs)
    if not labels and facts["labels"][0] == "0":
        answer["warnings"].append("Its classes have no names: add it with a file of them, one a line (--labels).")
    return facts | {"preflight": {**answer, "labels": len(facts["labels"])}}


def _prepared(how: Preprocessing, chosen: str, gives: str) -> Preprocessing:
    way = WAYS[chosen]
    return replace(how, span=way.span, mean=way.mean, std=way.std, is_bgr=way.is_bgr,
                   gives_probabilities=gives == "probabilities")


def _names(outputs: int) -> Sequence[str]:
    from desktop_app.core.models.published_names import imagenet_labels

    known = imagenet_labels() if outputs == 1000 else ()
    return known or tuple(map(str, range(outputs)))
