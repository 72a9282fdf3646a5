"""Photos that figures may be measured on: whole ones."""

from __future__ import annotations

from pathlib import Path

from desktop_app.api.errors import InputError
from desktop_app.core.imaging.decoding import is_damaged
from desktop_app.core.imaging.files import Photo, open_photo

__all__ = ["whole_photo"]


def whole_photo(path: Path) -> Photo:
    """Return a photo that is whole.

    A window shows what is left of a damaged file; a figure would be of what is not there.

    Raises
    ------
    InputError
        If the file cannot be read, or not whole.
    """
    photo = open_photo(path)
    if is_damaged(photo.metadata):
        raise InputError(f"{path}: expected a whole photo to measure on, got one that is cut short or damaged; leave "
                         "it out, or get the file again")
    return photo
