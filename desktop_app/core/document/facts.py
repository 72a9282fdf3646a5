"""What a document knows about its photo besides pixels and tree, and how that is written."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from desktop_app.core.imaging.metadata import Metadata


@dataclass(frozen=True)
class Facts:
    """Where a document comes from.

    Parameters
    ----------
    source : Path
        The photo's file; only its name in a project from elsewhere.
    metadata : Metadata
        EXIF, ICC and the like, untouched.
    project : Path or None
        The project file that it was opened from or saved to.
    is_modified : bool
        Whether something was done since then.
    """

    source: Path
    metadata: Metadata
    project: Path | None = None
    is_modified: bool = False

    @property
    def title(self) -> str:
        """The project's name, else the photo's."""
        return (self.project or self.source).name

    def to_json(self) -> dict[str, Any]:
        """Return the facts as JSON-able values."""
        return {"source": str(self.source), "metadata": metadata_to_json(self.metadata)} | self.changing()

    def changing(self) -> dict[str, Any]:
        """Return those of `to_json` that do not stay as they were when the photo was opened."""
        return {"project": None if self.project is None else str(self.project), "is_modified": self.is_modified}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Facts:
        """Read what `to_json` wrote.

        Raises
        ------
        KeyError
            If a fact is missing.
        """
        project = value["project"]
        return cls(
            Path(value["source"]), metadata_from_json(value["metadata"]),
            None if project is None else Path(project), value["is_modified"],
        )


def metadata_to_json(metadata: Metadata) -> dict[str, Any]:
    """Return metadata as JSON-able values; bytes as ``{"base64": …}``."""
    return {field.name: _to_plain(getattr(metadata, field.name)) for field in fields(metadata)}


def metadata_from_json(value: Mapping[str, Any]) -> Metadata:
    """Read what `metadata_to_json` wrote."""
    return Metadata(**{name: _from_plain(plain) for name, plain in value.items()})


def _to_plain(value: Any) -> Any:
    return {"base64": b64encode(value).decode("ascii")} if isinstance(value, bytes) else value


def _from_plain(value: Any) -> Any:
    if isinstance(value, dict):
        return b64decode(value["base64"], validate=True)
    return tuple(value) if isinstance(value, list) else value
