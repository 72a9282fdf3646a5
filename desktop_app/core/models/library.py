"""The models that the user added: a folder each, with the file as it came and what is known of it.

Imports no torch: the window lists models before any is loaded.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.core.atomic import write_text
from desktop_app.core.json_text import parsed_json
from desktop_app.core.models.digests import sha256_of
from desktop_app.core.plugins.entries import ModelEntry

_FACTS = "model.json"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_CHUNK = 1 << 20


class Library:
    """The user's models.

    Parameters
    ----------
    folder : Path
        Holds a folder for each; made when the first is added.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def entries(self) -> tuple[ModelEntry, ...]:
        """Return all models in the order of their ids; one whose facts are damaged is left out, and logged."""
        try:
            folders = sorted(path for path in self.folder.iterdir() if not path.name.startswith("."))
        except FileNotFoundError:
            return ()
        found = [self._read(path) for path in folders if path.is_dir() and (path / _FACTS).exists()]
        return tuple(entry for entry in found if entry is not None)

    def entry(self, model_id: str) -> ModelEntry | None:
        """Return one model; None where none of that id was added."""
        home = self.folder / model_id
        return self._read(home) if _ID.fullmatch(model_id) and (home / _FACTS).exists() else None

    def keep(self, entry: ModelEntry, path: Path, beside: Iterable[Path], check: Callable[[], None]) -> ModelEntry:
        """Copy a model's file in, whole or not at all.

        Parameters
        ----------
        entry : ModelEntry
            What is known of it; its SHA-256 is that of the file.
        path : Path
            The file.
        beside : iterable of Path
            Files below the same folder that it needs.
        check : callable
            Called between megabytes; may raise.

        Raises
        ------
        ParameterError
            If the id cannot be one, or is taken.
        InputError
            If a file cannot be copied, changed meanwhile, or has the name of the library's own.
        """
        check_id(entry.id)
        beside = tuple(beside)
        if taken := [one.name for one in (path, *beside) if one.name.casefold() == _FACTS]:
            raise InputError(f"expected files of other names than {_FACTS}, where what is known of a model is kept, "
                             f"got {taken[0]!r}; rename it")
        home = self.folder / entry.id
        if home.exists():
            raise ParameterError(f"expected an id of its own, got {entry.id!r}, which is taken; choose another --id")
        part = self.folder / f".{entry.id}.{os.getpid()}-{os.urandom(4).hex()}.part"
        try:
            part.mkdir(parents=True)
            for source in (path, *beside):
                _copy(source, part / source.resolve().relative_to(path.resolve().parent), check)
            kept = replace(entry, weights=str(home / path.name), bytes=(part / path.name).stat().st_size)
            if sha256_of(part / path.name, check) != entry.sha256:
                raise InputError(f"expected {path.name} to stay as it was, but it changed meanwhile; try again")
            write_text(part / _FACTS, json.dumps(kept.to_json(), indent=1, ensure_ascii=False))
            os.rename(part, home)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise InputError(f"expected to keep {path.name} in {str(self.folder)!r}, but: {reason}; nothing was "
                             "added") from error
        finally:
            shutil.rmtree(part, ignore_errors=True)
        return kept

    def remove(self, model_id: str) -> None:
        """Delete a model that was added.

        Raises
        ------
        InputError
            If it cannot be deleted.
        """
        home = self.folder / model_id
        gone = self.folder / f".{model_id}.{os.urandom(4).hex()}.gone"
        try:
            os.rename(home, gone)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise InputError(f"expected to remove {model_id!r}, but: {reason}; it is still there") from error
        shutil.rmtree(gone, ignore_errors=True)

    def _read(self, home: Path) -> ModelEntry | None:
        try:
            entry = ModelEntry.from_json(parsed_json((home / _FACTS).read_text(encoding="utf-8")))
            if entry.id != home.name:
                raise ValueError(f"it calls itself {entry.id!r}")
        except (OSError, ValueError, TypeError, AttributeError) as error:
            logging.getLogger(__name__).warning("the model in %s is left out, its facts are damaged: %s", home, error)
            return None
        return replace(entry, weights=str(home / Path(entry.weights).name))


def check_id(model_id: str) -> None:
    """Refuse what cannot be a model's id.

    Raises
    ------
    ParameterError
        If so.
    """
    if not _ID.fullmatch(model_id) or model_id.endswith((".part", ".gone")):
        raise ParameterError(f"expected an id of letters, digits, '.', '-' and '_', at most 80, got {model_id!r}; "
                             "choose another --id")


def id_of(path: Path) -> str:
    """Return the id that a file gets when its user names none."""
    return re.sub(r"[^a-z0-9._-]+", "_", path.stem.lower()).strip("._-")[:80] or "model"


def _copy(source: Path, target: Path, check: Callable[[], None]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as read, target.open("xb") as write:
        while chunk := read.read(_CHUNK):
            check()
            write.write(chunk)
        write.flush()
        os.fsync(write.fileno())
