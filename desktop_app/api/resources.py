"""Where the files that ship with the program lie."""

from __future__ import annotations

from pathlib import Path

from desktop_app.api.errors import InputError

__all__ = ["bundled", "resource_root"]

_PACKAGE = Path(__file__).resolve().parent.parent


def resource_root() -> Path:
    """Return the folder of bundled files: inside an installed wheel, or beside the packages in a checkout."""
    installed = _PACKAGE / "resources"
    return installed if installed.is_dir() else _PACKAGE.parent / "resources"


def bundled(relative: str) -> Path:
    """Return the path of a bundled file.

    Parameters
    ----------
    relative : str
        Path below ``resources/``, with forward slashes.

    Raises
    ------
    InputError
        If the program's installation lacks that file.
    """
    path = resource_root() / relative
    if not path.exists():
        raise InputError(f"expected the bundled file {relative!r}, found none; reinstall Verilens")
    return path
