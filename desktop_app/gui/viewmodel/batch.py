"""What the batch window asks for, and how far a batch is. Without Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_type_hints

from desktop_app.core.document.plain import conforms
from desktop_app.core.texts import photos_done
from desktop_app.gui.viewmodel.texts import time_left_text

SHOWN_STATE = ""
"""The recipe that is the history of the shown photo; else its file's path."""

KINDS = (("As the photos", ""), ("JPEG", ".jpg"), ("PNG", ".png"), ("TIFF", ".tif"), ("WebP", ".webp"),
         ("AVIF", ".avif"), ("JPEG XL", ".jxl"))  # fmt: skip
PRESETS = (("As they are", ""), ("For the web (2048 px, sRGB)", "web"), ("Small (1280 px)", "small"),
           ("Best quality", "best"))  # fmt: skip

WORKERS = (("As many as leave a core free", 0), ("One photo at a time", 1),
           *((f"{count} processes", count) for count in (2, 4, 8, 16)))  # fmt: skip

Phase = Literal["idle", "preparing", "running", "watching", "pausing", "paused", "finished", "stopped"]


@dataclass(frozen=True)
class BatchIntent:
    """What is asked for.

    Parameters
    ----------
    recipe : str
        A recipe's file; `SHOWN_STATE` for the steps of the shown photo.
    inputs : tuple of str
        Files, folders and patterns.
    folder : str
        For the results.
    names, suffix, preset : str
        How they are named and written.
    is_deep, resumes : bool
        Whether folders within folders are looked into; whether what was done before is left as it is.
    workers : int
        Processes that share the photos; 0 for as many as leave a core free.
    watches : bool
        Whether what comes into the folders later is done too.
    """

    recipe: str = SHOWN_STATE
    inputs: tuple[str, ...] = ()
    folder: str = ""
    names: str = "{name}"
    suffix: str = ""
    preset: str = ""
    is_deep: bool = False
    resumes: bool = True
    workers: int = 0
    watches: bool = False

    def problem(self, steps: int) -> str:
        """Return the first thing that is missing, where the shown photo has so many steps; empty for nothing."""
        if self.recipe == SHOWN_STATE and not steps:
            return "Choose a recipe, or open a photo and apply steps to it: they are done to every photo."
        if not self.inputs:
            return "Add the photos: files, folders, or a pattern."
        return "" if self.folder else "Choose a folder for the results."


def intent_from(value: object) -> BatchIntent:
    """Return what was asked for from what the settings keep of it; what does not fit, as if it had never been asked."""
    kept = dict(value) if isinstance(value, dict) else {}
    kept["inputs"] = tuple(kept["inputs"]) if isinstance(kept.get("inputs"), list | tuple) else ()  # JSON has lists
    hints = get_type_hints(BatchIntent)
    return BatchIntent(**{name: kept[name] for name in hints if name in kept and conforms(kept[name], hints[name])})


@dataclass(frozen=True)
class Row:
    """One photo of a batch, as the list shows it."""

    photo: str
    told: str
    is_fault: bool = False


@dataclass(frozen=True)
class BatchProgress:
    """How far a batch is.

    Parameters
    ----------
    phase : Phase
        What it is at.
    total : int
        Photos.
    rows : tuple of Row
        What came of those that are done.
    written, kept, failed : int
        Of the rows.
    seconds : float
        That the written and failed ones took, together.
    workers : int
        How many are done at a time.
    watches : bool
        Whether more photos may come.
    """

    phase: Phase = "idle"
    total: int = 0
    rows: tuple[Row, ...] = field(default=())
    written: int = 0
    kept: int = 0
    failed: int = 0
    seconds: float = 0.0
    workers: int = 1
    watches: bool = False

    @property
    def is_at_work(self) -> bool:
        """Whether there is something to pause or to cancel."""
        return self.phase in ("preparing", "running", "watching", "pausing", "paused")

    @property
    def sentence(self) -> str:
        """Return what is said of it."""
        if self.phase == "idle":
            return ""
        if self.phase == "preparing":
            return "Looking for the photos…"
        told = photos_done(self.total, self.written, self.kept, self.failed)
        ends = {"watching": "Waits for photos to come.",
                "pausing": "Pauses after what is at work.", "paused": "Paused.", "finished": "Finished.",
                "stopped": "Stopped; start it again to go on from here."}  # fmt: skip
        return f"{told} {ends.get(self.phase, self._left())}".strip()

    def _left(self) -> str:
        """Return how long the rest will take, at the pace of those that were done now."""
        done, left = self.written + self.failed, self.total - len(self.rows)
        return f"About {time_left_text(self.seconds / done * left / self.workers)}." if done and left else ""


def row_of(photo: str, output: str | None, error: str, notes: Sequence[str], *, is_kept: bool) -> Row:
    """Return what is shown of a photo that is done."""
    if error:
        return Row(photo, error, is_fault=True)
    told = f"{output} (from before)" if is_kept else str(output)
    return Row(photo, " · ".join((told, *notes)))
