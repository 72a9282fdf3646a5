"""What every test lives with: a home of its own, no thread left behind, and the test photos where there are any."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.photos import SharedPhotos

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# The same examples everywhere, and no deadline: no test asserts a time.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")

_CHECKOUT = Path(__file__).resolve().parent.parent
_PATIENCE = 60.0  # seconds that a thread gets to end by itself


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a fresh home for settings, caches and sessions; nothing of the user's is touched."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("VERILENS_HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def no_leaked_threads() -> Iterator[None]:
    """Fail a test that leaves a thread running."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + _PATIENCE
    while left := [thread for thread in threading.enumerate() if thread not in before and not _is_foreign(thread)]:
        if time.monotonic() > deadline:
            pytest.fail(f"threads left running: {[thread.name for thread in left]}")
        time.sleep(0.01)


def _is_foreign(thread: threading.Thread) -> bool:
    """Return whether a thread is only Python's shadow of one that Qt keeps in its pool."""
    return isinstance(thread, threading._DummyThread)


@pytest.fixture(scope="session")
def photos() -> SharedPhotos:
    """Return the test images: those of ``VERILENS_DATA``, else of ``../shared/data`` beside the checkout."""
    return SharedPhotos(Path(os.environ.get("VERILENS_DATA", _CHECKOUT.parent / "shared" / "data")))
