"""An application with a home of its own, and a photo opened in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop_app.core.application import Application
from desktop_app.core.document.document import Document


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    made = Application(tmp_path / "home")
    yield made
    for document in made.session.documents:
        document.close(discard=True)


@pytest.fixture
def photo(application: Application, tmp_path: Path) -> Document:
    """Return an opened photo, 12 × 16."""
    pixels = np.random.default_rng(0).integers(60, 200, (12, 16, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    return application.session.open_photo(tmp_path / "photo.png")
