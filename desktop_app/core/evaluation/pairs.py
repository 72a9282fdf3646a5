"""Photos with their truth: two folders whose files pair up, or clean photos that are degraded on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop_app.api.errors import InputError
from desktop_app.core.evaluation.labelled import pictures_in

__all__ = ["Pair", "pairs_in"]

_GIVEN = ("input", "inputs", "lq", "lr", "noisy", "blurred", "hazy", "rainy", "low")
_TRUTH = ("reference", "references", "gt", "target", "targets", "hq", "hr", "clean", "sharp", "clear", "normal", "high")


@dataclass(frozen=True)
class Pair:
    """A photo's name, what a restoration is given, and the truth; the two are the same file before a degradation."""

    name: str
    given: Path
    truth: Path


def pairs_in(folder: Path, *, is_degraded: bool) -> Sequence[Pair]:
    """Find the pairs of a folder.

    Parameters
    ----------
    folder : Path
        With two folders, one of what is given (``input``, ``noisy``, ``lr`` …) and one of truths (``reference``,
        ``gt``, ``clean`` …), whose files have the same names but for the suffix, or begin with a truth's name and
        ``_``; or with clean photos.
    is_degraded : bool
        Whether the photos are clean ones that are degraded on the way.

    Raises
    ------
    InputError
        If there is no such folder, or nothing in it pairs up.
    """
    if not folder.is_dir():
        raise InputError(f"expected a folder of photos at {str(folder)!r}, found none; check its name")
    given, truths = _one_of(folder, _GIVEN), _one_of(folder, _TRUTH)
    if is_degraded:
        pictures = pictures_in(truths or folder)
        if not pictures:
            raise InputError(f"{folder}: expected clean photos, found none; put some in")
        return [Pair(str(path.relative_to(folder)), path, path) for path in pictures]
    if given is None or truths is None:
        raise InputError(
            f"{folder}: expected a folder of what is given ({_GIVEN[0]}, …) and one of truths ({_TRUTH[0]}, "
            f"{_TRUTH[2]}, …), or --degrade TOOL for a folder of clean photos; name them so"
        )
    known = {path.stem: path for path in pictures_in(truths)}
    found = [(path, known.get(path.stem) or known.get(path.stem.split("_")[0])) for path in pictures_in(given)]
    paired = [Pair(str(path.relative_to(folder)), path, truth) for path, truth in found if truth is not None]
    if not paired:
        raise InputError(f"{folder}: expected photos of the same names in {given.name} and {truths.name}, found none")
    return paired


def _one_of(folder: Path, names: Sequence[str]) -> Path | None:
    by_name = {path.name.lower(): path for path in folder.iterdir() if path.is_dir()}
    return next((by_name[name] for name in names if name in by_name), None)
