"""Where photos and results are: files of this machine, or of an object store or another place that fsspec reaches."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from desktop_app.api.errors import InputError

__all__ = ["Place", "Remote", "about", "filesystem", "local_copy", "notes_folder", "place_of", "written"]

_MARK = "://"
_WHOLE_BY_NATURE = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oci", "memory")
# where a file appears once all of it has arrived; elsewhere it is written under another name and renamed


@dataclass(frozen=True)
class Remote:
    """A file or folder that fsspec reaches, by its URL; it answers as a `Path` does where both are asked alike."""

    url: str

    def __str__(self) -> str:
        return self.url

    @property
    def _path(self) -> PurePosixPath:
        return PurePosixPath(self.url.partition(_MARK)[2] or "/")

    @property
    def name(self) -> str:
        """The last part."""
        return self._path.name

    @property
    def stem(self) -> str:
        """The name without its suffix."""
        return self._path.stem

    @property
    def suffix(self) -> str:
        """The kind of file, such as ``".jpg"``."""
        return self._path.suffix

    @property
    def parent(self) -> Remote:
        """The folder that it is in."""
        return Remote(self.url.rstrip("/").rpartition("/")[0])

    def __truediv__(self, name: str) -> Remote:
        return Remote(f"{self.url.rstrip('/')}/{name}")

    def absolute(self) -> Remote:
        """Return itself: a URL hangs on no working folder."""
        return self

    def is_file(self) -> bool:
        """Whether it is there."""
        return bool(filesystem(self).isfile(self.url))


Place = Path | Remote


def place_of(given: str | Path) -> Place:
    """Return the place that a path or a URL names.

    Examples
    --------
    >>> place_of("s3://photos/2026/a.jpg").stem
    'a'
    """
    return Remote(given) if isinstance(given, str) and _MARK in given else Path(given)


def filesystem(place: Remote) -> Any:
    """Return what reaches a place.

    Raises
    ------
    InputError
        If fsspec is not installed, or cannot reach such places.
    """
    try:
        import fsspec
    except ImportError as error:
        raise InputError(f"expected fsspec to reach {place}, found none; install it: pip install "
                         "'verilens[ray]'") from error
    try:
        return fsspec.core.url_to_fs(place.url)[0]
    except (ImportError, ValueError) as error:
        raise InputError(f"expected a place that can be reached, got {place}: {error}") from error


def about(place: Place) -> dict[str, Any]:
    """Return by what a file is known again: where it is, how large, when it was changed."""
    told: dict[str, Any] = {"path": str(place.absolute())}
    try:
        if isinstance(place, Path):
            found = place.stat()
            return {**told, "size": found.st_size, "changed": found.st_mtime_ns}
        info = filesystem(place).info(place.url)
    except OSError:
        return told
    marks = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "last_modified", "created")
    return {**told, "size": info.get("size"), "changed": next((str(info[mark]) for mark in marks if mark in info), "")}


@contextmanager
def local_copy(place: Place) -> Iterator[Path]:
    """Give the file itself, or a copy of one that is elsewhere, for as long as it is needed.

    Raises
    ------
    InputError
        If it cannot be had.
    """
    if isinstance(place, Path):
        yield place
        return
    with TemporaryDirectory(prefix="verilens-") as folder:
        copy = Path(folder) / place.name
        with _told(place, "read"):
            filesystem(place).get_file(place.url, str(copy))
        yield copy


@contextmanager
def written(place: Place) -> Iterator[Path]:
    """Give the path at which a file is to be written, whole, and bring it to its place afterwards.

    Raises
    ------
    InputError
        If it cannot be brought there.
    """
    if isinstance(place, Path):
        yield place
        return
    with TemporaryDirectory(prefix="verilens-") as folder:
        copy = Path(folder) / place.name
        yield copy
        with _told(place, "written"):
            files, kind = filesystem(place), place.url.partition(_MARK)[0]
            if kind in _WHOLE_BY_NATURE:
                files.put_file(str(copy), place.url)
                return
            files.makedirs(place.parent.url, exist_ok=True)
            part = (place.parent / f".{place.name}.part").url
            files.put_file(str(copy), part)
            files.mv(part, place.url)


def notes_folder(results: Place, data: Path) -> Path:
    """Return where is written down what is done: beside the results, or, of those elsewhere, in the data folder."""
    if isinstance(results, Path):
        return results
    return data / "batches" / hashlib.sha256(results.url.rstrip("/").encode()).hexdigest()[:16]


@contextmanager
def _told(place: Remote, what: str) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        words = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"expected a file that can be {what} at {place}, but: {words}; check the address and your "
                         "rights") from error
