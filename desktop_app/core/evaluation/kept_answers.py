"""Where an evaluation keeps its answers: names say whose they are, so that no others are taken for them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.core.atomic import write_whole
from desktop_app.core.jobs.request import TargetSpec
from desktop_app.core.models.digests import sha256_of
from desktop_app.core.steps.owners import owner_of

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.core.jobs.request import ToolRequest

__all__ = ["begun", "content_of", "name_of", "name_of_steps", "version_of"]

_KEPT, _WHAT = "kept", "what.json"


def begun(folder: Path, what: Mapping[str, Any]) -> Path:
    """Return where answers are kept, after refusing a folder with those to another question.

    Raises
    ------
    InputError
        If the folder cannot be made or written to.
    ParameterError
        If it holds another evaluation.
    """
    kept = folder / _KEPT
    try:
        kept.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"expected a folder at {str(folder)!r} that can be written to, got {error}") from error
    facts = json.dumps(what, sort_keys=True)
    if (kept / _WHAT).is_file() and (kept / _WHAT).read_text() != facts:
        raise ParameterError(f"expected a folder of this evaluation or an empty one, got {str(folder)!r} with another "
                             "model, seed or photos; choose another folder")
    write_whole(kept / _WHAT, facts.encode())
    return kept


def name_of(facts: Sequence[Any]) -> str:
    """Return a name for what answers hang on."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def name_of_steps(application: Application, steps: Iterable[ToolRequest]) -> str:
    """Return a name for what is done to photos: by which tools, in which versions, with whose weights."""
    return name_of([[asdict(step), version_of(application, step)] for step in steps])


def version_of(application: Application, step: ToolRequest) -> list[Any]:
    """Return what a step hangs on beside what is asked for: its tools' versions, all parameters, and weights."""
    found = []
    for subject in (TargetSpec(step.tool, step.params), *step.subjects):
        tool = application.host.tool(subject.tool) if isinstance(subject, TargetSpec) else None
        found.append([tool and tool.version, asdict(owner_of(application, subject))])
    return found


def content_of(path: Path, check: Callable[[], None] = lambda: None) -> str:
    """Return a file's SHA-256, empty where it cannot be read; `check` is called between megabytes, and may raise."""
    try:
        return sha256_of(path, check)
    except OSError:
        return ""
