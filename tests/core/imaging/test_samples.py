"""The sample photos are there, small, and their origin is stated."""

from __future__ import annotations

from desktop_app.api.resources import bundled
from desktop_app.core.imaging.files import open_photo


def test_every_sample_opens_is_small_and_has_its_rights_stated() -> None:
    folder = bundled("samples")
    readme = (folder / "README.md").read_text()
    photos = [path for path in folder.iterdir() if path.suffix != ".md"]
    assert len(photos) >= 4
    for path in photos:
        row = next(line for line in readme.splitlines() if f"`{path.name}`" in line)
        assert "CC0" in row or "public domain" in row
        assert path.stat().st_size <= 400_000
        assert min(open_photo(path).raster.pixels.shape[:2]) >= 300
