"""The user's settings and folders. Standard library and platformdirs only: the window reads them before it paints."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

from desktop_app.api.errors import InputError
from desktop_app.core.atomic import write_whole
from desktop_app.core.json_text import parsed_json
from desktop_app.core.private import private_folder

HOME_VARIABLE = "VERILENS_HOME"


def data_folder(home: Path | None = None) -> Path:
    """Return the folder of sessions, settings and the user's plugins, which nobody else may read.

    Parameters
    ----------
    home : Path, optional
        Holds it as ``data``; by default ``$VERILENS_HOME``, else the system's folder for that.

    Raises
    ------
    InputError
        If it does not exist and cannot be made.
    """
    return _made(_folder("data", home))


def cache_folder(home: Path | None = None) -> Path:
    """Return the folder of what can be computed again; `home` and errors as in `data_folder`."""
    return _made(_folder("cache", home))


class Settings:
    """What the user chose, kept as one JSON object.

    Parameters
    ----------
    path : Path
        The JSON file; it is made when something is first set.

    Attributes
    ----------
    warning : str or None
        A sentence for the user when the file was damaged: it was moved aside, and the defaults are in force.

    Examples
    --------
    >>> settings = Settings(data_folder() / "settings.json")  # doctest: +SKIP
    >>> settings.set("theme", "dark")  # doctest: +SKIP
    >>> settings.get("theme", "system")  # doctest: +SKIP
    'dark'
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._values, self.warning = _read(path)

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value set under `name`, else `default`; never waits for the disk.

        Anybody can write into the file: a value of another type than a given default counts as none.
        """
        value = self._values.get(name, default)
        return value if default is None or isinstance(value, type(default)) else default

    def set(self, name: str, value: Any) -> None:
        """Set a JSON-able value and write the file at once, whole or not at all.

        Raises
        ------
        InputError
            If the file cannot be written; the value then stays as it was.
        TypeError
            If JSON cannot hold the value.
        """
        with self._lock:
            values = {**self._values, name: value}
            text = json.dumps(values, indent=2, sort_keys=True)
            _made(self._path.parent)
            write_whole(self._path, text.encode())
            self._values = values


def _folder(name: str, home: Path | None) -> Path:
    if home is not None:
        return home / name
    if os.environ.get(HOME_VARIABLE):
        return Path(os.environ[HOME_VARIABLE]).expanduser() / name
    import platformdirs

    find = {"data": platformdirs.user_data_path, "cache": platformdirs.user_cache_path}[name]
    return find("verilens", appauthor=False)


def _made(folder: Path) -> Path:
    try:
        return private_folder(folder)
    except OSError as error:
        raise InputError(
            f"expected to make the folder {str(folder)!r}, but: {(error.strerror or str(error)).lower()}; "
            f"set {HOME_VARIABLE} to a folder that can be written"
        ) from error


def _read(path: Path) -> tuple[dict[str, Any], str | None]:
    try:
        values = parsed_json(path.read_bytes())
    except FileNotFoundError:
        return {}, None
    except OSError as error:
        return {}, f"expected to read the settings in {str(path)!r}, but: {error.strerror}; the defaults are in force"
    except ValueError:
        return {}, _moved_aside(path)
    return (values, None) if isinstance(values, dict) else ({}, _moved_aside(path))


def _moved_aside(path: Path) -> str:
    aside = path.with_name(f"{path.stem}.damaged{path.suffix}")
    try:
        os.replace(path, aside)
    except OSError as error:
        return f"the settings in {str(path)!r} are damaged and cannot be moved aside ({error.strerror}); remove them"
    return f"the settings were damaged and the defaults are in force; the old file was kept as {str(aside)!r}"
