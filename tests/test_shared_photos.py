"""A test that misses its photos says in one line which, and what to set."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.photos import SharedPhotos


def test_what_is_absent_is_named_and_what_is_there_is_found(tmp_path: Path) -> None:
    photos = SharedPhotos(tmp_path / "nowhere")
    for ask in (photos, photos.all):
        with pytest.raises(pytest.skip.Exception) as caught:
            ask("val/set5/baby.png")
        assert str(caught.value) == (
            "no val/set5/baby.png among the test images: set VERILENS_DATA to the folder that holds them"
        )
    (tmp_path / "b.png").touch()
    (tmp_path / "a.png").touch()
    assert SharedPhotos(tmp_path)("b.png") == tmp_path / "b.png"
    assert SharedPhotos(tmp_path).all("*.png") == [tmp_path / "a.png", tmp_path / "b.png"]
