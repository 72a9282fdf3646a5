"""A small photo, steps that anybody can make again, and a session that is closed at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop_app.core.document.document import Document
from desktop_app.core.document.session import Session
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import MapLayer, Outcome, StepRecord

HEIGHT, WIDTH = 70, 90


def made_record(tool: str = "denoise.tv", seed: int = 0) -> StepRecord:
    return StepRecord(tool, "restoration", "Total variation", "denoise.tv", "1.0", {"strength": 0.1}, seed)


@pytest.fixture(scope="session")
def make_outcome() -> Callable[..., Outcome]:
    """Return a function that makes the outcome of a step, decided by its seed."""

    def make(seed: int = 1, *, picture: bool = True, dtype: str = "uint16", alpha: bool = False) -> Outcome:
        generator = np.random.default_rng(seed)
        full = {"uint8": 255, "uint16": 65535, "float32": 1.5}[dtype]
        pixels = (generator.random((HEIGHT, WIDTH, 3)) * full).astype(dtype)
        plane = pixels[..., 0].copy() if alpha else None
        values = generator.random((HEIGHT, WIDTH), dtype=np.float32)
        layer = MapLayer("spread", "uncertainty", "levels", "High where it is unsure.", "inferno", values)
        kernel = generator.random((3, 5, 5), dtype=np.float32)
        raster = Raster(pixels, plane) if picture else None
        return Outcome(made_record(seed=seed), raster, (layer,), {"seed": seed}, {"kernel": kernel})

    return make


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Return a small PNG with a transparent corner."""
    pixels = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 4), dtype=np.uint8)
    path = tmp_path / "photo.png"
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Callable[..., Session]]:
    """Return a function that opens sessions in one folder; all are closed at the end."""
    opened: list[Session] = []

    def make(**options: int) -> Session:
        opened.append(Session(tmp_path / "session", **{"cache_bytes": 0, **options}))
        return opened[-1]

    yield make
    for session in opened:
        for document in session.documents:
            document.close(discard=True)


@pytest.fixture
def session(sessions: Callable[..., Session]) -> Session:
    """Return a session that keeps only the last raster in memory."""
    return sessions()


@pytest.fixture
def document(session: Session, photo: Path) -> Document:
    """Return the opened photo."""
    return session.open_photo(photo)


@pytest.fixture(scope="session")
def same() -> Callable[[Raster, Raster], bool]:
    """Return a function that says whether two rasters are alike bit for bit, alpha and depth too."""

    def compare(one: Raster, other: Raster) -> bool:
        pairs = ((one.pixels, other.pixels), (one.alpha, other.alpha))
        return all(
            (a is None and b is None)
            or (a is not None and b is not None and a.dtype == b.dtype and np.array_equal(a, b))
            for a, b in pairs
        )

    return compare


@pytest.fixture
def full_disk() -> Callable[[int], AbstractContextManager[None]]:
    """Return a context in which every file of this process ends at so many bytes, as on a full disk."""
    resource = pytest.importorskip("resource", reason="limits on files are a matter of Unix")

    @contextmanager
    def limit_files(limit: int) -> Iterator[None]:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limit_files
