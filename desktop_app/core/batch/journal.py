"""What a batch has done, kept in its folder line by line, so that it can go on after whatever stopped it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from desktop_app.api.errors import InputError
from desktop_app.core.batch.places import about
from desktop_app.core.batch.tasks import Task
from desktop_app.core.json_text import parsed_json

NAME = ".verilens-batch.jsonl"
"""The journal's file in the folder of results."""


@dataclass(frozen=True)
class Done:
    """What came of one photo.

    Parameters
    ----------
    photo : str
        Its path.
    output : str or None
        The written file; None where something went wrong.
    steps : tuple of mapping
        Each step's record with its report.
    notes : tuple of str
        Sentences for the user.
    error : mapping or None
        ``message`` and ``exit_code``, where something went wrong.
    seconds : float
        How long it took, with files.
    thumbnails : mapping of str to str
        Small pictures for the report (``before``, ``after``, a map's name), JPEG in base64.
    is_kept : bool
        Whether it was done by an earlier run.
    about : mapping of str to object
        What the photo's place said of it when it was read; empty where it was not.
    """

    photo: str
    output: str | None = None
    steps: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    error: Mapping[str, Any] | None = None
    seconds: float = 0.0
    thumbnails: Mapping[str, str] = field(default_factory=dict)
    is_kept: bool = False
    about: Mapping[str, Any] = field(default_factory=dict)


class Journal:
    """The lines of one folder, of batches with one key (the recipe and how results are written).

    Parameters
    ----------
    folder : Path
        Of the results.
    key : str
        Lines of another are another batch's.

    Raises
    ------
    InputError
        If the file is there and cannot be read.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self._path, self._key = folder / NAME, key
        self._known: dict[str, tuple[dict[str, Any], Done]] = {}
        try:
            lines = self._path.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return
        except OSError as error:
            raise InputError(f"{self._path}: expected to read what was done before, but: {error.strerror}; remove "
                             "the file to begin anew") from error
        for line in lines:
            self._take(line)

    def _take(self, line: str) -> None:
        """Take one line; what is cut short (the program was killed while it wrote) or another's counts for nothing."""
        try:
            value = parsed_json(line)
            if value["key"] == self._key:
                done = value["done"]
                lists = {name: tuple(done[name]) for name in ("steps", "notes")}
                self._known[value["place"]] = value["photo"], Done(**{**done, **lists})
        except (ValueError, KeyError, TypeError):
            return

    def kept(self, task: Task) -> Done | None:
        """Return what came of a photo before, if it is as it was then and its result is there; else None."""
        photo, done = self._known.get(str(task.place.absolute()), ({}, None))
        if done is None or done.error is not None or not task.place.is_file() or photo != about(task.photo):
            return None
        return Done(**{**asdict(done), "is_kept": True})

    def note(self, task: Task, done: Done) -> None:
        """Write down what came of a photo.

        Raises
        ------
        InputError
            If it cannot be written.
        """
        photo = dict(done.about) or about(task.photo)  # as it was read, and not as it has become since
        line = json.dumps({"key": self._key, "place": str(task.place.absolute()), "photo": photo,
                           "done": asdict(replace(done, about={}))})  # fmt: skip
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"\n{line}")  # before it: a line that was cut short stays one
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise InputError(f"{self._path}: expected to write down what is done, but: {error.strerror}; make room, or "
                             "choose another folder") from error
