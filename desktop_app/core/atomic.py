"""Files that are written whole or not at all. Standard library only."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from desktop_app.api.errors import InputError


@contextmanager
def replaced_file(path: Path, *, overwrite: bool = True) -> Iterator[BinaryIO]:
    """Open a new file beside `path` that takes its place, synced to the disk, when the block ends without an error.

    Until then, and for good if the block fails, whatever was at `path` stays as it was and the new file is removed.

    Parameters
    ----------
    path : Path
        Where the file is to be; a symbolic link is followed, so that the file it points to is replaced.
    overwrite : bool
        Whether an existing file may be replaced.

    Yields
    ------
    BinaryIO
        The new file, open for reading and writing.

    Raises
    ------
    InputError
        If the folder is missing or not writable, the disk is full, or the file exists and `overwrite` is false.

    Examples
    --------
    >>> with replaced_file(Path("photo.png")) as file:  # doctest: +SKIP
    ...     file.write(data)
    """
    final = Path(os.path.realpath(path))
    _refuse(final, overwrite)
    partial = final.with_name(f".{final.name[:80]}.{os.urandom(6).hex()}.part")
    try:
        # "x" and not tempfile: the new file's permissions follow the user's umask.
        with open(partial, "x+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _refuse(final, overwrite)
        if final.exists():
            shutil.copymode(final, partial)
        os.replace(partial, final)
        _sync_folder(final.parent)
    except OSError as error:
        raise InputError(_why_not_written(path, error)) from error
    finally:
        with suppress(OSError):  # it is gone after success, and was never there when the folder refused it
            partial.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes, *, overwrite: bool = True) -> None:
    """Write `content` to `path`, whole or not at all; arguments and errors as in `replaced_file`."""
    with replaced_file(path, overwrite=overwrite) as file:
        file.write(content)


def _refuse(final: Path, overwrite: bool) -> None:
    if final.is_dir():
        raise InputError(f"expected a file name to write to, got the folder {str(final)!r}; add a file name")
    if not overwrite and final.exists():
        raise InputError(f"expected a new file, but {str(final)!r} exists; choose another name or allow overwriting")


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder, and orders the renaming itself
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _why_not_written(path: Path, error: OSError) -> str:
    reason = (error.strerror or "it could not be written whole; is the disk full?").lower()  # numpy gives no reason
    return (
        f"expected to write {str(path)!r}, but: {reason}; what was there is unchanged, "
        "make room or choose another place and save again"
    )
