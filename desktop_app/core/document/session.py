"""The open documents of one program, each a database in one folder; and those that a killed program left there."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING
from uuid import uuid4

from desktop_app.api.errors import InputError
from desktop_app.core.document import commits, holders, locks, project, store
from desktop_app.core.document.cache import ByteCache
from desktop_app.core.document.document import Document
from desktop_app.core.document.facts import Facts
from desktop_app.core.document.inspection import read_content
from desktop_app.core.document.leftovers import Recovery, look_at, spoilt
from desktop_app.core.document.pixels import Pixels, byte_count
from desktop_app.core.document.state import DocumentEvent
from desktop_app.core.document.writer import Writer
from desktop_app.core.imaging.ranges import display_range, levels_note, within_levels
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import MapLayer
from desktop_app.core.private import private_folder

if TYPE_CHECKING:
    from desktop_app.core.imaging.files import Photo
    from desktop_app.core.imaging.metadata import BandsWanted

_SUFFIX = ".vlens"
_OTHER_LEVELS = "Change the first step of the history to choose others."
_OTHER_DEVELOPMENT = "Change the first step of the history for another exposure or white balance."


class Session:
    """Opens, recovers and closes documents. May be used from any thread.

    Parameters
    ----------
    folder : Path
        For the databases; made when missing. Several programs may share it.
    cache_bytes : int, optional
        How much of the documents' pixels is kept in memory besides what others hold; a quarter of the free memory
        when none is given.
    read : callable, optional
        Reads a photo's file; `desktop_app.core.imaging.files.open_photo` when none is given.
    """

    def __init__(
        self, folder: Path, *, cache_bytes: int | None = None, read: Callable[..., Photo] | None = None
    ) -> None:
        with store.told_of(folder):
            private_folder(folder)
        self._folder = folder
        self._read = read or _open_photo
        limit = _quarter_of_free_memory() if cache_bytes is None else cache_bytes
        self._cache: ByteCache[Raster | MapLayer] = ByteCache(limit, byte_count)
        self._documents: dict[Path, Document] = {}
        self._locks: dict[Path, sqlite3.Connection] = {}
        self._claimed: dict[Path, Path] = {}
        self._guard = RLock()
        self._looking = RLock()  # who looks at a leftover has it for that moment: who wants it waits

    @property
    def documents(self) -> tuple[Document, ...]:
        """The open ones, in the order of opening."""
        with self._guard:
            return tuple(self._documents.values())

    def open_photo(self, path: Path, bands: BandsWanted = "auto") -> Document:
        """Read a photo and return it as a document, whose file is then being written.

        Parameters
        ----------
        path : Path
            Its file.
        bands : BandsWanted
            Which of a file with many are shown.

        Raises
        ------
        InputError
            If it cannot be read, or nothing can be written to the session folder.
        """
        source = path.absolute()
        stamp = commits.stamp_of(source)
        photo = self._read(source) if bands == "auto" else self._read(source, bands=bands)
        place = self._new_place()
        try:
            with store.told_of(place):
                writer = Writer(place, store.create(place))
        except InputError:
            self._leave(place)
            raise
        metadata, first = photo.metadata, None
        levels = None if metadata.is_raw else display_range(photo.raster, metadata)
        if levels is not None:
            metadata = replace(metadata, is_data=True).noted(levels_note(levels, metadata), _OTHER_LEVELS)
            first = commits.levels_step(photo.raster, levels)
        elif metadata.is_raw:
            metadata, first = metadata.noted(_OTHER_DEVELOPMENT), commits.development_step(photo.raster)
        facts = Facts(source, metadata)
        pixels = self._pixels(place, facts)
        return self._enter(place, Document.begin(place, writer, pixels, facts, photo.raster, stamp, first))

    def open_project(self, path: Path) -> Document:
        """Open a copy of a project file; the file itself is not written to before `Document.save_as`.

        When another process has it open too, `Document.notices` says so.

        Raises
        ------
        InputError
            If there is none, it is no project, from a newer version, or damaged.
        """
        place = self._new_place()
        try:
            project.copy_in(path, place)
            with store.told_of(path):
                return self._load(place, path.absolute())
        except BaseException:
            store.remove(place)
            self._leave(place)
            raise

    def recoverable(self) -> list[Recovery]:
        """Return what programs that are gone left in the folder, the latest first.

        Each stands for itself: what is wrong with one is said in its `Recovery.problem`. A document in which nothing
        was changed since it was opened or saved is removed.

        Raises
        ------
        InputError
            If the folder itself cannot be read.
        """
        with store.told_of(self._folder):
            stems = {path.stem for path in self._folder.iterdir() if path.suffix in {_SUFFIX, ".lock"}}
        found = [self._look_at(self._folder / f"{stem}{_SUFFIX}") for stem in stems]
        return sorted(filter(None, found), key=lambda each: each.changed, reverse=True)

    def recover(self, recovery: Recovery) -> Document:
        """Open a document that was left behind, with every step that was saved.

        Raises
        ------
        InputError
            If it is damaged, or another program has opened it meanwhile.
        """
        with self._looking:
            self._take(recovery.path)
        try:
            with store.told_of(recovery.path):
                return self._load(recovery.path)
        except InputError:
            self._leave(recovery.path)
            raise

    def discard(self, recovery: Recovery) -> None:
        """Remove a document that was left behind, for good.

        Raises
        ------
        InputError
            If another program has opened it meanwhile, or it cannot be removed.
        """
        with self._looking:
            self._take(recovery.path)
        try:
            with store.told_of(recovery.path):
                store.remove(recovery.path)
        finally:
            self._leave(recovery.path)

    def close(self) -> None:
        """Close all documents; those with changes that are in no project file are kept, to be offered again.

        Raises
        ------
        InputError
            If one could not be written to the end; the others are closed all the same.
        """
        faults: list[InputError] = []
        for document in self.documents:
            try:
                document.close()
            except InputError as error:
                faults.append(error)
        if faults:
            raise faults[0]

    def _look_at(self, path: Path) -> Recovery | None:
        try:
            with self._looking:
                with self._guard, store.told_of(path):
                    if not self._try_to_take(path):
                        return None
                try:
                    return look_at(path)
                finally:
                    self._leave(path)
        except InputError as error:
            return spoilt(path, str(error))

    def _load(self, place: Path, opened_as: Path | None = None) -> Document:
        connection = store.connect(place)
        try:
            store.check(connection, place)
            with store.in_time(connection, place):
                facts, content = read_content(connection)
        except BaseException:
            connection.close()
            raise
        if opened_as is not None:
            facts = Facts(Path(facts.source.name), facts.metadata, opened_as)
        return self._enter(place, Document(
            place, Writer(place, connection), self._pixels(place, facts), facts, content))

    def _pixels(self, place: Path, facts: Facts) -> Pixels:
        # Levels that the metadata names are those of an older project, whose photo was opened in them.
        levels, bands = facts.metadata.levels, facts.metadata.bands

        def decode(path: Path) -> Raster:
            raster = (self._read(path, bands=bands) if bands else self._read(path)).raster
            return raster if levels is None else within_levels(raster, levels)

        return Pixels(place, self._cache, decode, facts.title)

    def _new_place(self) -> Path:
        place = self._folder / f"{uuid4().hex}{_SUFFIX}"
        self._take(place)
        return place

    def _take(self, place: Path) -> None:
        with self._guard, store.told_of(place):
            if not self._try_to_take(place):
                raise InputError(
                    f"{place.name}: expected a document that no other program has open, got one in use: close it there."
                )

    def _try_to_take(self, place: Path) -> bool:
        lock = locks.acquire(place.with_suffix(".lock"))
        if lock is not None:
            self._locks[place] = lock
        return lock is not None

    def _leave(self, place: Path) -> None:
        with self._guard, store.told_of(place):
            self._documents.pop(place, None)
            locks.release(self._locks.pop(place), place.with_suffix(".lock"))

    def _enter(self, place: Path, document: Document) -> Document:
        def follow(event: DocumentEvent) -> None:
            if event.kind == "closed":
                self._claim(place, None)
                self._leave(place)
            elif event.kind == "project":
                self._claim(place, document.project, takes_over=True)

        document.subscribe(follow)
        with self._guard:
            self._documents[place] = document
        other = self._claim(place, document.project)
        if other is not None:
            document.notices += (
                f"{document.title} is open in {other} too: what you save and what is saved there replace each other; "
                "save under another name to keep both.",
            )
        return document

    def _claim(self, place: Path, project: Path | None, *, takes_over: bool = False) -> holders.Holder | None:
        """Let a document have a project file, and no other one; return the other process that has it open."""
        with self._guard:
            before = self._claimed.pop(place, None)
            if before is not None and before not in (project, *self._claimed.values()):
                holders.release(before)
            if project is None:
                return None
            other = holders.claim(project, takes_over=takes_over)
            if other is None:
                self._claimed[place] = project
            return other


def _open_photo(path: Path, bands: BandsWanted = "auto") -> Photo:
    from desktop_app.core.imaging.files import open_photo

    return open_photo(path, levels=None, bands=bands)


def _quarter_of_free_memory() -> int:
    import psutil

    return int(psutil.virtual_memory().available) // 4
