"""Files that are written whole or not at all. Standard library only."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Literal

from desktop_app.api.errors import InputError
from desktop_app.core.processes import host_mark, is_running

Overwrite = Literal["never", "unprotected", "always"]
"""Which files that exist may be replaced: none, those that are not read-only, or all of them."""

# What a save leaves when it is killed, with SQLite's own files beside it: .NAME.HOST-PROCESS-CHANCE.part, and in the
# first versions .NAME.CHANCE.part, of which nobody knows whose it is: a save that has written nothing for a day is over
_LEFTOVER = re.compile(
    r"\..+\.((?P<host>[0-9a-f]{8})-(?P<process>\d{1,10})-)?[0-9a-f]{12}\.part(-journal|-wal|-shm)?"
)
_OVER_SECONDS = 24 * 3600
_NAME_BYTES = 120  # of the file's own name in it: a name has at most 255


class ProtectedFileError(InputError):
    """A file that may be replaced only if its user says so."""


@contextmanager
def replaced_file(path: Path, *, overwrite: Overwrite = "unprotected") -> Iterator[BinaryIO]:
    """Open a new file beside `path` that takes its place, synced to the disk, when the block ends without an error.

    Until then, and for good if the block fails, whatever was at `path` stays as it was and the new file is removed.

    Parameters
    ----------
    path : Path
        Where the file is to be; a symbolic link is followed, so that the file it points to is replaced.
    overwrite : {"never", "unprotected", "always"}
        Whether an existing file may be replaced, and a read-only one too.

    Yields
    ------
    BinaryIO
        The new file, open for reading and writing.

    Raises
    ------
    InputError
        If the folder is missing or not writable, or the disk is full.
    ProtectedFileError
        If the file exists and `overwrite` does not allow for that.

    Examples
    --------
    >>> with replaced_file(Path("photo.png")) as file:  # doctest: +SKIP
    ...     file.write(data)
    """
    final = Path(os.path.realpath(path))
    check_target(final, overwrite)
    partial = _new_partial(final)
    try:
        _clear_leftovers(final.parent)
        # "x" and not tempfile: the new file's permissions follow the user's umask.
        with open(partial, "x+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        check_target(final, overwrite)
        if final.exists():
            shutil.copymode(final, partial)
        os.replace(partial, final)
        _sync_folder(final.parent)
    except OSError as error:
        raise InputError(_why_not_written(path, error)) from error
    finally:
        with suppress(OSError):  # it is gone after success, and was never there when the folder refused it
            partial.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes, *, overwrite: Overwrite = "unprotected") -> None:
    """Write `content` to `path`, whole or not at all; arguments and errors as in `replaced_file`."""
    with replaced_file(path, overwrite=overwrite) as file:
        file.write(content)


def write_text(path: Path, text: str, *, overwrite: Overwrite = "unprotected") -> None:
    """Write a text to `path` as UTF-8, whole or not at all; arguments and errors as in `replaced_file`.

    Files may have names that are no characters. Such bytes become escapes, which JSON reads as what they stand for.
    """
    write_whole(path, text.encode("utf-8", "backslashreplace"), overwrite=overwrite)


def check_target(path: Path, overwrite: Overwrite = "unprotected") -> None:
    """Refuse, before there is anything to write, a place where `replaced_file` would not.

    Raises
    ------
    InputError
        If it is a folder.
    ProtectedFileError
        If there is a file that `overwrite` does not allow to replace.
    """
    if os.path.isdir(path):  # unlike Path's, these take a folder that may not be looked into for an absent file
        raise InputError(f"expected a file name to write to, got the folder {str(path)!r}; add a file name")
    if overwrite == "always" or not os.path.exists(path):
        return
    if overwrite == "never":
        raise ProtectedFileError(
            f"expected a new file, but {str(path)!r} exists; choose another name or allow overwriting"
        )
    if not path.stat().st_mode & 0o222 or not os.access(path, os.W_OK):  # root has access to everything
        raise ProtectedFileError(
            f"expected a file that may be replaced, but {str(path)!r} is read-only; choose another name or make it "
            "writable"
        )


def _new_partial(final: Path) -> Path:
    name = os.fsencode(final.name)[:_NAME_BYTES].decode(errors="ignore")
    return final.with_name(f".{name}.{host_mark()}-{os.getpid()}-{os.urandom(6).hex()}.part")


@lru_cache(maxsize=256)  # once a folder: none of ours are left there while we live
def _clear_leftovers(folder: Path) -> None:
    """Remove what saves of this machine's dead processes left in a folder."""
    for path in [Path(entry) for entry in os.scandir(folder)]:
        with suppress(OSError):  # somebody else's, or gone: it keeps nobody from saving
            if _is_left_over(path):
                path.unlink()


def _is_left_over(path: Path) -> bool:
    found = _LEFTOVER.fullmatch(path.name)
    if found is None:
        return False
    if found["host"] is None:
        return time.time() - path.lstat().st_mtime > _OVER_SECONDS
    return found["host"] == host_mark() and not is_running(int(found["process"]))


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
