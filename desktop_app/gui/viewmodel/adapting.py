"""What the window knows of a network being adapted: the command, how far it is, and what came of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from desktop_app.core.json_text import parsed_json

__all__ = ["TOOLS", "Adaptable", "Progress", "outcome_of", "progress_of", "words_of"]

_LINE = re.compile(r"^adapt (\d+)/(\d+)\s.*?(\S[^ ]*(?: [^ ]+)* done, .+ left)$")


class Adaptable(NamedTuple):
    """A tool whose network can be adapted, and the folders that it wants: option and what the photos are."""

    id: str
    title: str
    folders: Sequence[tuple[str, str]]


TOOLS = (
    Adaptable("lowlight.enlightengan", "Brighten (EnlightenGAN)",
              (("--dark", "Your dark photos"), ("--normal", "Well-lit photos, of whatever scenes"))),
    Adaptable("denoise.deep", "Learnt denoiser", (("--noisy", "Your noisy photos"),)),
)  # fmt: skip


class Progress(NamedTuple):
    """How far it is, from 0 to 1, and the time that is gone and left."""

    share: float
    text: str


def words_of(tool: Adaptable, folders: Sequence[str], language: str = "en") -> list[str]:
    """Return the command's words after ``verilens``; what was begun on these photos is gone on with.

    Parameters
    ----------
    tool : Adaptable
        Whose network it is.
    folders : sequence of str
        Of photos, as the tool wants them.
    language : str
        Of the page on what came of it, two letters.
    """
    given = [word for (option, _), folder in zip(tool.folders, folders, strict=True) for word in (option, folder)]
    return ["train", "adapt", tool.id, *given, "--language", language, "--json"]


def progress_of(line: str) -> Progress | None:
    """Return what a line of the training says, None where it says something else."""
    found = _LINE.match(line.strip())
    if found is None:
        return None
    text = found[3].rpartition("  ")[2]
    return Progress(int(found[1]) / max(int(found[2]), 1), text)


def outcome_of(printed: str) -> Mapping[str, Any]:
    """Return what came of it, as the command printed it; empty where that is no answer."""
    try:
        figures = parsed_json(printed)["figures"]
    except (ValueError, KeyError, TypeError):
        return {}
    return dict(figures) if isinstance(figures, dict) else {}
