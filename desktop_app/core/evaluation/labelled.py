"""Photos with the right answer beside them: a folder a class, a table, or the files of CIFAR-10."""

from __future__ import annotations

import csv
import hashlib
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from desktop_app.api.errors import InputError
from desktop_app.core.evaluation.kept_answers import content_of
from desktop_app.core.evaluation.measurable import whole_photo
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.imaging.suffixes import READABLE
from desktop_app.core.texts import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LabelledPhoto", "LabelledPhotos", "labelled_photos", "pictures_in", "unlabelled_photos"]

_CIFAR_LABELS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_SORT = "sort the photos into folders, one a class"
_RECORD = 1 + 3 * 32 * 32  # bytes of a photo in CIFAR-10's binary version


@dataclass(frozen=True)
class LabelledPhoto:
    """A photo's name, the class it shows, how it is read, and the group that it belongs to; empty for none.

    ``content`` returns a digest of what is read, the file's or the array's.
    """

    name: str
    label: str
    read: Callable[[], Raster]
    group: str = ""
    content: Callable[[], str] = str


@dataclass(frozen=True)
class LabelledPhotos:
    """Photos in a fixed order.

    Parameters
    ----------
    photos : sequence of LabelledPhoto
        In the order of their names, or of the file.
    notes : sequence of str
        What was left out and why, a sentence each.
    """

    photos: Sequence[LabelledPhoto]
    notes: Sequence[str] = ()

    def classes(self, labels: Sequence[str]) -> NDArray[np.int64]:
        """Return each photo's class ``(N,)`` int64 as a model numbers it.

        Parameters
        ----------
        labels : sequence of str
            The model's; a label matches by name whatever its case, spaces, underscores and hyphens, or by index.

        Raises
        ------
        InputError
            If a photo's class is none of them.
        """
        known = {_plain(label): index for index, label in enumerate(labels)}
        known = {str(index): index for index in range(len(labels))} | known
        unknown = sorted({photo.label for photo in self.photos if _plain(photo.label) not in known})
        if unknown:
            shown = ", ".join(unknown[:5]) + (" …" if len(unknown) > 5 else "")
            raise InputError(f"expected classes that the model knows ({', '.join(labels[:5])} …), got {shown}; rename "
                             "the folders, or choose a model that knows them")
        return np.array([known[_plain(photo.label)] for photo in self.photos], np.int64)


def labelled_photos(
    path: Path, limit: int | None = None, seed: int = 0, *, in_groups: bool = False
) -> LabelledPhotos:
    """Find photos with labels.

    Parameters
    ----------
    path : Path
        A folder with a folder of photos for each class; a CSV table with the columns ``path`` and ``label``, and
        perhaps ``group`` (paths from the table's folder); an ``.npz`` with ``x`` ``(N, H, W, C)`` uint8 and ``y``, or
        with JPEG bytes (``test_jpeg``, ``test_off``, ``test_y``, ``classes``); CIFAR-10's ``.bin``.
    limit : int, optional
        How many to draw at most, without repetition.
    seed : int
        Of that draw.
    in_groups : bool
        Whether the folder's folders are groups, with those of the classes inside.

    Raises
    ------
    InputError
        If there is nothing at the path, it is of no such form, or holds no photo.
    """
    if not path.exists():
        raise InputError(f"expected labelled photos at {str(path)!r}, found nothing there; check its name")
    readers: Mapping[str, Callable[[Path], LabelledPhotos]] = {".csv": _table, ".npz": _arrays, ".bin": _binary}
    if path.is_dir():
        found = _folders(path, int(in_groups))
    elif path.suffix.lower() in readers:
        found = readers[path.suffix.lower()](path)
    else:
        raise InputError(f"{path}: expected a folder a class, a .csv, an .npz or CIFAR-10's .bin, got "
                         f"{path.suffix or 'a file without a suffix'}; {_SORT}")
    if not found.photos and path.suffix.lower() == ".csv" and not path.is_dir():
        raise InputError(f"{path}: expected lines with a path and a label, found none; write a line for each photo")
    if not found.photos:
        left_out = "".join(f" ({note[0].lower()}{note[1:-1]})" for note in found.notes)
        raise InputError(f"{path}: expected a folder of photos for each class, found none{left_out}; {_SORT}")
    if limit is None or limit >= len(found.photos):
        return found
    drawn = np.sort(np.random.default_rng(seed).permutation(len(found.photos))[:limit])
    return LabelledPhotos([found.photos[index] for index in drawn], found.notes)


def pictures_in(folder: Path) -> list[Path]:
    """Return the photos of a folder, and of those in it, by name; hidden ones are left out."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in READABLE and path.is_file())
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts))


def unlabelled_photos(folder: Path) -> list[LabelledPhoto]:
    """Return the photos of a folder, and of those in it, without a class.

    Raises
    ------
    InputError
        If there are none.
    """
    found = [LabelledPhoto(str(one.relative_to(folder)), "", _reader(one), content=partial(content_of, one))
             for one in pictures_in(folder)]  # fmt: skip
    if not found:
        raise InputError(f"expected photos in the folder {str(folder)!r}, found none; check its name")
    return found


def _folders(path: Path, depth: int) -> LabelledPhotos:
    photos = [(one.relative_to(path), one) for one in pictures_in(path)]
    inside = [
        LabelledPhoto(str(name), name.parts[depth], _reader(one), name.parts[0] if depth else "",
                      partial(content_of, one))
        for name, one in photos if len(name.parts) > depth + 1
    ]  # fmt: skip
    loose = len(photos) - len(inside)
    return LabelledPhotos(inside, [f"Left out {counted(loose, 'photo')} in no class's folder."] if loose else [])


def _table(path: Path) -> LabelledPhotos:
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    if rows and not {"path", "label"} <= rows[0].keys():
        raise InputError(f"{path}: expected the columns path and label, got {', '.join(map(str, rows[0]))}; "
                         "write them in the first line")
    photos = [
        LabelledPhoto(row["path"], row["label"], _reader(path.parent / row["path"]), row.get("group") or "",
                      partial(content_of, path.parent / row["path"]))
        for row in rows if row["path"] and row["label"]
    ]  # fmt: skip
    bare = len(rows) - len(photos)
    return LabelledPhotos(photos, [f"Left out {counted(bare, 'line')} without a path or a label."] if bare else [])


def _reader(path: Path) -> Callable[[], Raster]:
    return lambda: whole_photo(path).raster


def _arrays(path: Path) -> LabelledPhotos:
    try:
        with np.load(path, allow_pickle=False) as file:
            held = {name: file[name] for name in file.files if not name.startswith("train_")}
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: expected an .npz of plain arrays, got {error}; write it by numpy.savez") from error
    if {"x", "y"} <= held.keys():
        pixels, answers = held["x"], held["y"]
        if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[-1] not in (1, 3):
            raise InputError(f"{path}: expected x of (N, H, W, 1 or 3) uint8, got {pixels.shape} {pixels.dtype}")
        return _numbered([_of_array(one) for one in pixels], pixels, answers, held, path)
    if {"test_jpeg", "test_off", "test_y"} <= held.keys():
        bytes_, ends = held["test_jpeg"], held["test_off"]
        parts = [bytes_[start:end] for start, end in pairwise(ends)]
        return _numbered([_of_jpeg(part.tobytes()) for part in parts], parts, held["test_y"], held, path)
    raise InputError(f"{path}: expected the arrays x and y, or test_jpeg, test_off and test_y, got "
                     f"{', '.join(held) or 'none'}")


def _binary(path: Path) -> LabelledPhotos:
    content = np.fromfile(path, np.uint8)
    if len(content) % _RECORD or not len(content):
        raise InputError(f"{path}: expected photos of {_RECORD} bytes each (CIFAR-10's binary version), got "
                         f"{len(content)} bytes; download it anew")
    records = content.reshape(-1, _RECORD)
    if records[:, 0].max() >= len(_CIFAR_LABELS):
        raise InputError(f"{path}: expected classes 0 to 9 (CIFAR-10's binary version), got {records[:, 0].max()}")
    pixels = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return _numbered([_of_array(one) for one in pixels], pixels, records[:, 0], {}, path)


def _numbered(
    readers: Sequence[Callable[[], Raster]], contents: Iterable[NDArray[np.uint8]], answers: NDArray[np.generic],
    held: Mapping[str, NDArray[np.generic]], path: Path,
) -> LabelledPhotos:
    if answers.shape != (len(readers),) or answers.dtype.kind not in "iu":
        raise InputError(f"{path}: expected {len(readers)} integers as answers, got {answers.shape} {answers.dtype}")
    names = [str(name) for name in held["classes"]] if "classes" in held else []
    labels = [names[index] if index < len(names) else str(index) for index in answers.tolist()]
    return LabelledPhotos(
        [LabelledPhoto(f"{index:06d}", label, read, content=partial(_digest, content))
         for index, (label, read, content) in enumerate(zip(labels, readers, contents, strict=True))]
    )  # fmt: skip


def _digest(values: NDArray[np.uint8]) -> str:
    return hashlib.sha256(repr(values.shape).encode() + values.tobytes()).hexdigest()


def _of_array(pixels: NDArray[np.uint8]) -> Callable[[], Raster]:
    return lambda: Raster(np.ascontiguousarray(pixels))


def _of_jpeg(content: bytes) -> Callable[[], Raster]:
    def read() -> Raster:
        from PIL import Image

        try:
            with Image.open(BytesIO(content)) as picture:
                return Raster(np.array(picture.convert("RGB")))
        except OSError as error:
            raise InputError(f"expected a JPEG, got {error}") from error

    return read


def _plain(label: str) -> str:
    return label.strip().lower().replace("_", " ").replace("-", " ")
