"""Where a document's arrays come from: unsaved ones from memory, the others from the cache or the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from threading import Lock
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.core.document import contents, store
from desktop_app.core.document.cache import ByteCache
from desktop_app.core.document.state import State
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import MapLayer
from desktop_app.core.private import private_file

_COPY = "-original"
Decode = Callable[[Path], Raster]
"""Reads a photo's file."""


@dataclass(frozen=True)
class Held:
    """The arrays of a state whose transaction is not through."""

    raster: Raster | None
    maps: Mapping[str, MapLayer]
    artifacts: Mapping[str, NDArray[np.float32]]


def remove_copies(path: Path) -> None:
    """Delete what a program that was killed while it read a photo again left beside a database."""
    for copy in path.parent.glob(f"{path.stem}{_COPY}*"):
        copy.unlink(missing_ok=True)


def byte_count(value: Raster | MapLayer) -> int:
    """Return the bytes of a raster's pixels and alpha, or of a map's values."""
    if isinstance(value, MapLayer):
        return value.values.nbytes
    return value.pixels.nbytes + (0 if value.alpha is None else value.alpha.nbytes)


class Pixels:
    """Serves rasters, maps and artifacts of one document, on any thread.

    Parameters
    ----------
    path : Path
        The document's database.
    cache : ByteCache
        Shared with the other documents of the session.
    decode : callable
        Reads the opened photo again from its own file's bytes.
    name : str
        What the user calls the document, for what is said of it.
    """

    def __init__(self, path: Path, cache: ByteCache[Raster | MapLayer], decode: Decode, name: str) -> None:
        self._path, self._name = path, name
        self._cache = cache
        self._decode = decode
        self._held: dict[str, Held] = {}
        # One reader at a time: two that want the same pixels must not load them twice.
        self._reading = Lock()

    def hold(self, state: str, held: Held) -> None:
        """Serve a state's arrays from memory until `release`."""
        self._held[state] = held
        if held.raster is not None:
            self._cache.put((self._path, state, ""), held.raster)

    def release(self, state: str) -> None:
        """Serve a state's arrays from the database from now on."""
        self._held.pop(state, None)

    def close(self) -> None:
        """Forget all of them."""
        self._held.clear()
        self._cache.drop(lambda key: isinstance(key, tuple) and key[0] == self._path)

    def raster(self, state: State) -> Raster:
        """Return the pixels that a state shows.

        Raises
        ------
        InputError
            If they are damaged, or the opened photo cannot be read any more.
        """
        owner = state.pixels_of
        held = self._held.get(owner)
        if held is not None and held.raster is not None:
            return held.raster
        with self._reading:
            key = (self._path, owner, "")
            raster = self._cache.get(key)
            if not isinstance(raster, Raster):
                raster = self._read_raster(owner)
                self._cache.put(key, raster)
        _expect_size(raster, state, self._name)
        return raster

    def map(self, state: State, name: str) -> MapLayer:
        """Return a map of a state with its values.

        Raises
        ------
        ParameterError
            If the state has no such map.
        InputError
            If it is damaged.
        """
        held = self._held.get(state.id)
        if held is not None and name in held.maps:
            return held.maps[name]
        with self._reading:
            key = (self._path, state.id, name)
            layer = self._cache.get(key)
            if not isinstance(layer, MapLayer):
                layer = self._read_map(state, name)
                self._cache.put(key, layer)
        return layer

    def artifact(self, state: State, name: str) -> NDArray[np.float32]:
        """Return an artifact of a state, float32 of any shape.

        Raises
        ------
        ParameterError
            If the state has no such artifact.
        InputError
            If it is damaged.
        """
        held = self._held.get(state.id)
        if held is not None and name in held.artifacts:
            return held.artifacts[name]
        return self._read_named(state, "artifact", name)

    def _read_map(self, state: State, name: str) -> MapLayer:
        values = self._read_named(state, "map", name)
        info = next(info for info in state.maps if info.name == name)
        return MapLayer(
            name, info.kind, info.unit, info.meaning, info.colormap, values,
            info.is_aligned, info.standing, info.checked,
        )

    def _read_named(self, state: State, role: str, name: str) -> NDArray[Any]:
        with store.reading(self._path, self._name) as connection:
            values = contents.read_array(connection, state.id, role, name)
        if values is None:
            raise ParameterError(f"Expected {role} of “{state.title}”, got {name!r}: choose one that it has.")
        return values

    def _read_raster(self, owner: str) -> Raster:
        with store.reading(self._path, self._name) as connection:
            pixels = contents.read_array(connection, owner, "pixels")
            if pixels is None:
                return self._decode_original(connection)
            return Raster(pixels, contents.read_array(connection, owner, "alpha"))

    def _decode_original(self, connection: sqlite3.Connection) -> Raster:
        with self._original(connection) as copy:
            return self._decode(copy)

    @contextmanager
    def original(self) -> Iterator[Path | None]:
        """Give the opened photo's own file for as long as it is needed; None where that was gone when it was opened."""
        with store.reading(self._path, self._name) as connection:
            if store.read_facts(connection)["original"]["digest"] is None:
                yield None
                return
            with self._original(connection, uuid4().hex) as copy:
                yield copy

    @contextmanager
    def _original(self, connection: sqlite3.Connection, mark: str = "") -> Iterator[Path]:
        original = store.read_facts(connection)["original"]
        copy = self._path.with_name(f"{self._path.stem}{_COPY}{mark}{PurePath(original['name']).suffix}")
        try:
            with private_file(copy).open("wb") as file:
                contents.read_original(connection, file, original["digest"])
            yield copy
        finally:
            copy.unlink(missing_ok=True)


def _expect_size(raster: Raster, state: State, name: str) -> None:
    got, expected = ((each.width, each.height, each.channels, each.depth) for each in (raster, state))
    if got != expected:
        raise InputError(
            f"{name}: expected the pixels of “{state.title}” as width, height, channels, depth {expected}, got "
            f"{got}: open the project with the version of Verilens that made it."
        )
