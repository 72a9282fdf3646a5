"""How a picture came to be, written into it: its recipe and the photo's digest, from which it can be made again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from desktop_app import __version__
from desktop_app.api.errors import InputError
from desktop_app.core.document.plain import conforms
from desktop_app.core.imaging.export import USUAL, Export, as_words, export_from
from desktop_app.core.imaging.xmp import property_of, with_property
from desktop_app.core.json_text import parsed_json
from desktop_app.core.steps.gaps import gap
from desktop_app.core.steps.recipes import Recipe, replay

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.core.imaging.metadata import BandsWanted, Metadata
    from desktop_app.core.imaging.raster import Raster
    from desktop_app.core.jobs.control import JobControl

__all__ = ["Provenance", "differences", "digest_of", "provenance_in", "source_among", "stamped"]

_PROPERTY = "provenance"
_LONGEST = 48_000  # bytes of a packet, which JPEG holds with EXIF's room to spare


@dataclass(frozen=True)
class Provenance:
    """What was done to which photo.

    ``source`` is the photo's name without its folder, ``sha256`` that of its file; ``exact_16`` whether pictures
    between steps were kept in 16 bits; ``depth`` that of the written file.
    """

    recipe: Recipe
    source: str
    sha256: str
    exact_16: bool = True
    depth: str | None = None
    bands: tuple[int, ...] = ()
    export: Export = USUAL

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON-able mapping, without the folders of files and the times that steps took."""
        steps = tuple(
            replace(step, seconds=0.0, inputs={name: PurePath(path).name for name, path in step.inputs.items()})
            for step in self.recipe.steps
        )
        return {
            "verilens": __version__, "source": self.source, "sha256": self.sha256, "exact_16": self.exact_16,
            "depth": self.depth, "bands": list(self.bands), "export": as_words(self.export),
            "recipe": replace(self.recipe, steps=steps, title="").to_json(),
        }  # fmt: skip

    @classmethod
    def from_json(cls, value: Any) -> Provenance:
        """Read what `to_json` wrote.

        Raises
        ------
        InputError
            If it is something else, or of a newer version.
        """
        kinds = {"source": str, "sha256": str, "exact_16": bool, "depth": str | None}
        if not isinstance(value, dict) or not all(conforms(value.get(name), kind) for name, kind in kinds.items()):
            raise InputError("Expected how the picture was made, got another note of ours: save the result again.")
        bands = tuple(value.get("bands", ()))
        if not conforms(bands, tuple[int, ...]):
            raise InputError(f"Expected bands as numbers, got {bands!r}: save the result again.")
        known = {name: value[name] for name in kinds}
        export = export_from(value.get("export", ()))
        return cls(Recipe.from_json(value.get("recipe")), bands=bands, export=export, **known)


def stamped(metadata: Metadata, provenance: Provenance) -> Metadata:
    """Return metadata whose XMP says how the picture came to be; as it is where nothing was done, or XMP is damaged."""
    if not provenance.recipe.steps:
        return metadata
    xmp = with_property(metadata.xmp, _PROPERTY, json.dumps(provenance.to_json(), separators=(",", ":")))
    return metadata if xmp is None or len(xmp) > max(_LONGEST, len(metadata.xmp or b"")) else replace(metadata, xmp=xmp)


def provenance_in(metadata: Metadata) -> Provenance | None:
    """Return how a picture came to be, as `stamped` said it; None where nothing is said.

    Raises
    ------
    InputError
        If what is said cannot be read.
    """
    text = property_of(metadata.xmp, _PROPERTY)
    if text is None:
        return None
    try:
        value = parsed_json(text)
    except ValueError as error:
        raise InputError(f"Expected how the picture was made as JSON, got something else ({error}): save the result "
                         "again.") from error
    return Provenance.from_json(value)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file; InputError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"expected a readable file at {str(path)!r}, but: {error.strerror}; check it") from error


def source_among(provenance: Provenance, folders: Iterable[Path]) -> Path:
    """Return the photo that a picture was made of, which lies in one of the folders, or is one of them.

    Raises
    ------
    InputError
        If it is in none, or has changed.
    """
    for folder in dict.fromkeys(folders):
        path = folder / provenance.source if folder.is_dir() else folder
        if path.is_file() and digest_of(path) == provenance.sha256:
            return path
    raise InputError(f"expected {provenance.source!r}, the photo that the picture was made of, unchanged beside it, "
                     "found none; say with --source where it is")


def differences(
    application: Application, picture: Path, provenance: Provenance, source: Path, control: JobControl
) -> str:
    """Make a picture again from its photo, and return in a sentence how it differs; empty where it is the same."""
    from desktop_app.core.imaging.files import open_photo, save_photo

    recipe = provenance.recipe
    bands: BandsWanted = provenance.bands or "auto"
    photo = open_photo(source, bands=bands, levels=recipe.levels or "auto", development=recipe.development)
    folders = (application.inputs, picture.parent, source.parent)
    recipe = replace(recipe, steps=tuple(
        replace(step, inputs={name: _found(file, folders) for name, file in step.inputs.items()})
        for step in recipe.steps
    ))
    done = replay(
        application, recipe, photo.raster, control, icc=photo.metadata.icc, exact_16=provenance.exact_16
    )
    made = [made for _, made in done]
    depth = next((known for known in ("8", "16", "32f") if known == provenance.depth), None)
    with TemporaryDirectory() as folder:
        again = Path(folder) / f"again{picture.suffix}"
        others = None if recipe.reframes else source
        save_photo(again, made[-1], photo.metadata, depth=depth, source=others, export=provenance.export)
        return _gap(open_photo(picture, levels=None).raster, open_photo(again, levels=None).raster)


def _found(name: str, folders: Iterable[Path]) -> str:
    paths = (folder / PurePath(name).name for folder in folders)
    return str(next((path for path in paths if path.is_file()), Path(name)))


def _gap(stored: Raster, made: Raster) -> str:
    if (stored.pixels.shape, stored.depth) != (made.pixels.shape, made.depth):
        return "it has another size or depth"
    found = gap(stored, made)
    return f"it {found}" if found else ""
