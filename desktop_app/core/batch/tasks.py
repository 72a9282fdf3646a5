"""Which photos a batch is of, and where each one's result goes. Nothing is read but folders."""

from __future__ import annotations

import glob
import os
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.core.batch.places import Place, Remote, filesystem, place_of
from desktop_app.core.imaging.suffixes import READABLE, WRITABLE

FIELDS = ("name", "number", "folder", "recipe", "date")
"""What a template of names may hold in braces: the photo's name, its number in the batch, its folder's name, the
recipe's title, the day."""

USUAL_NAMES = "{name}"
_NOWHERE = '/\\:*?"<>|\0'  # what a file's name cannot hold on one system or another
_NOT_HERE = _NOWHERE if os.name == "nt" else "/\0"
_UNSURE = ".png"  # of what a photo becomes whose own kind of file cannot be written


@dataclass(frozen=True)
class Task:
    """One photo, and the file that its result becomes; where that cannot be, a sentence says why."""

    photo: Place
    place: Place
    problem: str = ""


def photos_of(given: Iterable[str | Path], *, is_deep: bool = False) -> tuple[Place, ...]:
    """Return the photos that files, folders and patterns mean, in order; each once, but for files named twice.

    Parameters
    ----------
    given : iterable of str or Path
        A file is taken whatever its name; of a folder all that can be read by its name; a pattern is one with ``*``,
        ``?`` or ``[…]``, where ``**`` stands for any folders. All of these may be URLs that fsspec knows.
    is_deep : bool
        Whether folders within folders are looked into too.

    Raises
    ------
    InputError
        If a folder or a pattern means no photo.
    """
    photos: list[Place] = []
    found: dict[Place, bool] = {}
    for one in map(place_of, given):
        for photo in _photos(one, is_deep) if isinstance(one, Path) else _remote_photos(one, is_deep):
            is_named = photo == one
            if photo not in found or (is_named and found[photo]):
                photos.append(photo)
            found[photo] = found.get(photo, False) or is_named
    return tuple(photos)


def _photos(given: Path, is_deep: bool) -> Iterator[Path]:
    if given.is_dir():
        inside = sorted(given.rglob("*") if is_deep else given.iterdir())
        photos = [path for path in inside if path.suffix.lower() in READABLE and path.is_file()]
    elif glob.has_magic(str(given)) and not given.exists():
        matches = map(Path, sorted(glob.glob(str(given), recursive=True)))
        photos = [path for path in matches if path.suffix.lower() in READABLE and path.is_file()]
    else:
        photos = [given]
    if not photos:
        what = "a folder with photos" if given.is_dir() else "a pattern that photos match"
        raise InputError(f"expected {what}, found none in {str(given)!r}; choose another")
    yield from photos


def _remote_photos(given: Remote, is_deep: bool) -> Iterator[Remote]:
    files = filesystem(given)
    start = given.url.partition("://")[0]
    try:
        if glob.has_magic(given.url):
            inside = files.glob(given.url)
        elif files.isdir(given.url):
            inside = files.find(given.url, maxdepth=None if is_deep else 1)
        else:
            yield given
            return
    except OSError as error:
        raise InputError(f"expected photos at {given}, but: {error}; check the address and your rights") from error
    photos = [name for name in sorted(inside) if PurePosixPath(name).suffix.lower() in READABLE]
    if not photos:
        raise InputError(f"expected photos, found none at {given}; choose another place")
    yield from (Remote(name if "://" in name else f"{start}://{name}") for name in photos)


def tasks_of(
    photos: Iterable[Place], folder: Place, names: str = USUAL_NAMES, *, suffix: str = "", recipe: str = ""
) -> tuple[Task, ...]:
    """Return where each photo's result goes; refuse what would be lost, before anything runs.

    Parameters
    ----------
    photos : iterable of Path or Remote
        In the order of their numbers.
    folder : Path or Remote
        For the results.
    names : str
        A template of names without a suffix, such as ``"{name}-{number}"``; see `FIELDS`.
    suffix : str
        The kind of file, such as ``".jpg"``; empty for each photo's own where that can be written, else PNG.
    recipe : str
        The recipe's title.

    Raises
    ------
    InputError
        If the folder is a file.
    ParameterError
        If the template does not fit, two results would be one file, or a photo would be overwritten.
    """
    if isinstance(folder, Path) and folder.exists() and not folder.is_dir():
        raise InputError(f"expected a folder for the results at {str(folder)!r}, got a file; choose another")
    if suffix and suffix.lower() not in WRITABLE:
        known = ", ".join(sorted(WRITABLE))
        raise ParameterError(f"expected a kind of file that can be written ({known}), got {suffix!r}; choose another")
    tasks: dict[Place, Task] = {}
    for number, photo in enumerate(photos, 1):
        own = photo.suffix if photo.suffix.lower() in WRITABLE else _UNSURE
        values = {"name": photo.stem, "number": f"{number:04d}", "folder": photo.absolute().parent.name,
                  "recipe": recipe or "recipe", "date": date.today().isoformat()}  # fmt: skip
        place = folder / f"{named(names, values)}{suffix or own}"
        if place in tasks:
            raise ParameterError(f"expected photos with names of their own, got {place.name} twice; rename one, or put "
                                 "{number} or {folder} into the names")
        if _is_same(place, photo):
            raise ParameterError(f"expected results beside the inputs, got {str(photo)!r} itself; "
                                 "choose another folder")
        tasks[place] = Task(photo, place)
    return tuple(tasks.values())


def _is_same(place: Place, photo: Place) -> bool:
    if isinstance(place, Path) and isinstance(photo, Path):
        return place.exists() and photo.exists() and place.samefile(photo)
    return place == photo


def named(template: str, values: dict[str, str]) -> str:
    """Return a file's name by a template.

    What the template itself says must do for a file on every system, so that it can be passed on. What it is filled in
    with comes from names that files here have: of that, only what cannot be a file's name here is refused.

    Raises
    ------
    ParameterError
        If it holds another field, is no template, or makes no name for a file.

    Examples
    --------
    >>> named("{name}-{number}", {"name": "cat", "number": "0007"})
    'cat-0007'
    """
    template = template.strip()
    try:
        parts = list(string.Formatter().parse(template))
        unknown = [field for _, field, _, _ in parts if field is not None and field not in values]
        name = "" if unknown else template.format_map(values)
    except ValueError as error:
        raise ParameterError(f"expected names such as {{name}}-{{number}}, got {template!r} ({error}); mend the "
                             "braces") from error
    if unknown:
        known = ", ".join(f"{{{field}}}" for field in values)
        raise ParameterError(f"expected names made of {known}, got {{{unknown[0]}}}; choose from these")
    own = "".join(text for text, _, _, _ in parts)
    if not name.strip() or name in (".", "..") or set(own) & set(_NOWHERE) or set(name) & set(_NOT_HERE):
        raise ParameterError(f"expected a name for a file, got {name!r}; leave out / \\ : * \" < > | ?")
    return name
