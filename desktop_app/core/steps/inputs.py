"""A step's further inputs: read the same way whoever asks, and kept so that the step can be done again.

A record names every input's file. Files move and change, so the document has each input's values as an artifact too:
a project that is opened elsewhere has its masks and kernels with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from desktop_app.api.errors import InputError
from desktop_app.core.jobs.request import INPUT_COPY
from desktop_app.core.steps.kept import keep_again, keep_mask

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from desktop_app.api.descriptors import Tool
    from desktop_app.core.document.document import Document

    Planes = NDArray[np.float32]
    Given = str | NDArray[np.uint8] | Planes
    """A file, a mask ``(H, W)`` as it was painted, 255 inside, or values ``(C, H, W)`` as they were read before."""

AREA = "area"
"""The name under which a step's record keeps the mask inside of which it was applied."""


def read_inputs(given: Mapping[str, Given], tool: Tool) -> dict[str, Planes]:
    """Return a tool's further inputs by name, float32: pictures as ``(C, H, W)``, all else as one plane ``(1, H, W)``.

    Names that the tool does not know are read as planes; to refuse them is the engine's part.

    Raises
    ------
    InputError
        If a file cannot be read.
    """
    pictures = {spec.name for spec in tool.inputs if spec.is_picture}
    own = {spec.name for spec in tool.inputs if spec.is_table or spec.kind == "map"}  # whose numbers mean something
    return {
        name: _planes(each) if name in pictures else read_plane(each, "own" if name in own else "auto")[None]
        for name, each in given.items()
    }


def read_plane(given: Given, levels: Literal["auto", "own"] = "auto") -> Planes:
    """Return an input as one plane ``(H, W)`` float32, nominally in [0, 1]: the mean of its channels.

    With its own levels, numbers of any range come as the file has them, all of them or none.

    Raises
    ------
    InputError
        If its file cannot be read, or was read in part where its numbers are to be believed.
    """
    plane: Planes = _planes(given, levels).mean(axis=0, dtype="float32")
    return plane


def _planes(given: Given, levels: Literal["auto", "own"] = "auto") -> Planes:
    """Return ``(C, H, W)`` float32."""
    from desktop_app.core.imaging.decoding import DAMAGED
    from desktop_app.core.imaging.files import open_photo
    from desktop_app.core.imaging.raster import Raster

    if isinstance(given, str):
        photo = open_photo(given, levels=None if levels == "own" else "auto")
        if levels == "own" and any(note.startswith(DAMAGED) for note in photo.metadata.notes):
            raise InputError(f"expected all of the numbers in {given!r}, got a file that is cut short or damaged; make "
                             "it again, or get it again")
        return photo.raster.planes()
    return Raster(given[..., None]).planes() if given.ndim == 2 else cast("Planes", given)


def files_of(given: Mapping[str, Given], folder: Path) -> dict[str, str]:
    """Return the file of each input by name, from the root; what is in none is written to one in the folder."""
    return {name: str(_file_of(name, each, folder)) for name, each in given.items()}


def _file_of(name: str, given: Given, folder: Path) -> Path:
    if isinstance(given, str):
        return Path(given).absolute()
    if given.ndim == 2:
        return keep_mask(cast("NDArray[np.uint8]", given), folder)
    return keep_again(name, cast("Planes", given), folder)


def as_artifacts(inputs: Mapping[str, Planes]) -> dict[str, Planes]:
    """Return inputs ``(C, H, W)`` float32 under the names by which a document keeps them as artifacts."""
    return {f"{INPUT_COPY}{name}": values for name, values in inputs.items()}


def inputs_of(document: Document, state: str, folder: Path) -> dict[str, str]:
    """Return the files of a step's further inputs by name, and of the mask inside of which it was applied (`AREA`).

    One that is gone is written again, from the document to the folder of kept inputs.
    """
    record = document.states[state].record
    if record is None:
        return {}
    copies = set(document.states[state].artifacts)
    return {
        name: path if _is_there(path) or f"{INPUT_COPY}{name}" not in copies
        else str(keep_again(name, document.artifact(state, f"{INPUT_COPY}{name}"), folder))
        for name, path in record.inputs.items()
    }  # fmt: skip


def stored_inputs(document: Document, state: str) -> dict[str, Given]:
    """Return a step's further inputs, and its mask (`AREA`), as the document has them; else their files."""
    record, copies = document.states[state].record, document.states[state].artifacts
    files = {} if record is None else record.inputs
    return {
        name: document.artifact(state, f"{INPUT_COPY}{name}") if f"{INPUT_COPY}{name}" in copies else path
        for name, path in files.items()
    }


def _is_there(path: str) -> bool:
    """Return whether a file is there; of one that came with a project from elsewhere only the name is known."""
    return Path(path).is_absolute() and Path(path).is_file()
