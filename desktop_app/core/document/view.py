"""What can be seen of a document: its tree, its states and their arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.document import history
from desktop_app.core.document.content import Content
from desktop_app.core.document.facts import Facts
from desktop_app.core.document.listeners import Listener, Listeners
from desktop_app.core.document.pixels import Pixels
from desktop_app.core.document.state import State, development_of, levels_of
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import MapLayer

if TYPE_CHECKING:
    from desktop_app.core.imaging.metadata import Metadata


class View:
    """The half of a document that only looks. May be used from any thread.

    Parameters
    ----------
    path : Path
        Its database in the session folder; the stem is the document's id.
    pixels : Pixels
        Where its arrays come from.
    facts : Facts
        Where it comes from.
    content : Content
        Its tree and its states.

    Attributes
    ----------
    notices : tuple of str
        Sentences for the user about how it was opened.
    """

    def __init__(self, path: Path, pixels: Pixels, facts: Facts, content: Content) -> None:
        self.notices: tuple[str, ...] = ()
        self._path = path
        self._pixels = pixels
        self._facts = facts
        self._content = content
        self._unmodified = None if facts.is_modified else content.signature
        self._listeners = Listeners()

    @property
    def id(self) -> str:
        """Unique among all documents."""
        return self._path.stem

    @property
    def title(self) -> str:
        """The project's or the photo's file name."""
        return self._facts.title

    @property
    def source(self) -> Path:
        """The photo's file; only its name when the project came from elsewhere."""
        return self._facts.source

    @property
    def project(self) -> Path | None:
        """The project file it was opened from or saved to."""
        return self._facts.project

    @property
    def metadata(self) -> Metadata:
        """EXIF, ICC and the like of the opened photo, untouched."""
        return self._facts.metadata

    def metadata_of(self, state_id: str) -> Metadata:
        """Return the photo's metadata for a state's picture: of data that are no photo's with the levels it is in.

        Raises
        ------
        ParameterError
            If there is no such state.
        """
        metadata = self._facts.metadata
        if not metadata.is_data:
            return metadata
        states = map(self._content.find, history.path_to(self._content.tree, state_id))
        found = next(filter(None, map(levels_of, states)), None)
        return replace(metadata, levels=found or metadata.levels)

    @property
    def states(self) -> Mapping[str, State]:
        """The states that are shown, in order of creation: a snapshot that never changes."""
        return self._content.shown

    @property
    def hidden(self) -> Mapping[str, State]:
        """The deleted states and what came of them: a snapshot that never changes."""
        return self._content.hidden

    @property
    def root(self) -> str:
        """The id of the opened photo."""
        return self._content.tree.root

    @property
    def opened(self) -> str:
        """The id of the photo as it was first shown: the root, or the first step of data or of camera raw."""
        states = self._content.shown
        children = (states[child] for child in states[self.root].children)
        metadata = self._facts.metadata
        return next((child.id for child in children if (metadata.is_data and levels_of(child)) or (
            metadata.is_raw and development_of(child) is not None)), self.root)

    @property
    def cursor(self) -> str:
        """The id of the state that the user stands on."""
        return self._content.tree.cursor

    @property
    def can_undo(self) -> bool:
        """Whether there is a state before the cursor."""
        return history.undo_target(self._content.tree) is not None

    @property
    def can_redo(self) -> bool:
        """Whether there is a state after the cursor."""
        return history.redo_target(self._content.tree) is not None

    @property
    def is_modified(self) -> bool:
        """Whether tree or titles differ from the file that was opened or saved last."""
        return self._content.signature != self._unmodified

    def raster(self, state_id: str) -> Raster:
        """Return the pixels of a state, hidden or not; the array is shared, and read-only.

        Raises
        ------
        ParameterError
            If there is no such state.
        InputError
            If its pixels are damaged.
        """
        return self._pixels.raster(self._content.find(state_id))

    def original(self) -> AbstractContextManager[Path | None]:
        """Give the opened photo's own file, as `Pixels.original`."""
        return self._pixels.original()

    def map(self, state_id: str, name: str) -> MapLayer:
        """Return a map of a state; errors as in `raster`, and ParameterError if it has no such map."""
        return self._pixels.map(self._content.find(state_id), name)

    def artifact(self, state_id: str, name: str) -> NDArray[np.float32]:
        """Return an artifact of a state (a kernel, a calibration), float32 of any shape; errors as in `map`."""
        return self._pixels.artifact(self._content.find(state_id), name)

    def subscribe(self, callback: Listener) -> Callable[[], None]:
        """Have a function called at every event, and return what ends that."""
        return self._listeners.add(callback)
