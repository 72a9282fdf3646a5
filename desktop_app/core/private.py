"""Folders and files that only their owner may read, whatever the umask. Standard library only."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_FOLDER, _FILE = 0o700, 0o600


def private_folder(folder: Path) -> Path:
    """Make a folder when it is missing, close it to other users, and return it.

    Raises
    ------
    OSError
        If it cannot be made, or belongs to somebody else and is open to others.
    """
    folder.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
    _restrict(folder, _FOLDER)
    return folder


def private_file(path: Path) -> Path:
    """Make an empty file when it is missing, close it to other users, and return it.

    Raises
    ------
    OSError
        If it cannot be made, or belongs to somebody else and is open to others.
    """
    # One that is there is not even opened: closing it would let go of a lock that this process holds on it.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, _FILE))
    _restrict(path, _FILE)
    return path


def _restrict(path: Path, mode: int) -> None:
    if os.name != "nt" and path.stat().st_mode & 0o777 != mode:  # Windows keeps a user's folders to the user
        path.chmod(mode)
