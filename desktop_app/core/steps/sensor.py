"""What a step works on: a state's pixels; of camera raw, what the sensor measured, its filter undone as asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop_app.api.errors import InputError
from desktop_app.core.imaging.development import DEVELOP
from desktop_app.core.imaging.files import open_photo
from desktop_app.core.imaging.raw import USUAL_DEMOSAIC

if TYPE_CHECKING:
    from desktop_app.core.document.document import Document
    from desktop_app.core.imaging.raster import Raster
    from desktop_app.core.jobs.request import ToolRequest

__all__ = ["raster_for"]


def raster_for(document: Document, state: str, request: ToolRequest) -> Raster:
    """Return the pixels that a tool is to have of a state.

    Camera raw is kept as its file, and the root of its history is that file read in the usual way. Developed in another
    one, the file is read again from the document's own copy.

    Raises
    ------
    InputError
        If the file was gone when the document was made, so that there is no copy.
    """
    demosaic = request.params.get("demosaic", USUAL_DEMOSAIC)
    is_raw = request.tool == DEVELOP and state == document.root and document.metadata.is_raw
    if not is_raw or demosaic == USUAL_DEMOSAIC:
        return document.raster(state)
    document.flush()  # its copy of the file may still be on its way
    with document.original() as source:
        if source is None:
            raise InputError(f"expected the raw file, to undo its colour filter by {demosaic}, but it was gone when "
                             f"the photo was opened; open it again, or choose {USUAL_DEMOSAIC}")  # fmt: skip
        return open_photo(source, levels=None, development={"demosaic": demosaic}).raster
