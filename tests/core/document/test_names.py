"""A photo of any name that the file system allows is kept, saved beside, and remembered."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from PIL import Image

from desktop_app.core.document.session import Session
from desktop_app.core.imaging.files import save_photo
from desktop_app.core.settings import Settings


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="names of any bytes are a matter of Linux")
@pytest.mark.parametrize("name", [b"caf\xe9", "\u202eläuft\nΩ".encode(), b"\xff" * 200])
def test_a_name_of_any_bytes(tmp_path: Path, name: bytes) -> None:
    source = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name + b".png")))
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(source)
    session = Session(tmp_path / "session")
    document = session.open_photo(source)
    document.flush()
    save_photo(source.with_name(f"copy-{source.name}"), document.raster(document.root), document.metadata)
    project = source.with_suffix(".vlens")
    document.save_as(project)
    again = session.open_project(project)
    assert again.source.name == source.name
    assert again.states[again.root].title.encode("utf-8")
    settings = Settings(tmp_path / "settings.json")
    settings.set("recent", [str(source)])
    assert Settings(tmp_path / "settings.json").get("recent", []) == [str(source)]
    session.close()
