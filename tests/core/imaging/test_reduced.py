"""A large JPEG at a fraction of its size is the same picture, upright, in its own colours; all else has none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from desktop_app.core.imaging import reduced
from desktop_app.core.imaging.files import open_photo
from desktop_app.core.imaging.reduced import reduced_jpeg

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture(autouse=True)
def small_photos_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reduced, "_LARGE", 100_000)
    monkeypatch.setattr(reduced, "_SIDE", 150)


def saved(path: Path, mode: str = "RGB", size: tuple[int, int] = (600, 400), **options: Any) -> Path:
    shades = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)
    picture = Image.fromarray(shades).resize(size, Image.Resampling.BICUBIC).convert(mode)
    picture.save(path, "JPEG", quality=95, **options)
    return path


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_it_is_the_photo_at_a_quarter(tmp_path: Path, mode: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path / "a.jpg", mode, exif=exif, icc_profile=SRGB)
    found = reduced_jpeg(path)
    assert found is not None
    raster, icc = found
    whole = open_photo(path).raster.pixels
    assert (raster.height * 4, raster.width * 4, raster.channels) == whole.shape
    mean = whole.reshape(raster.height, 4, raster.width, 4, -1).mean(axis=(1, 3))
    assert np.abs(raster.pixels - mean).mean() < 2
    assert icc == SRGB


def test_a_small_photo_and_other_files_have_none(tmp_path: Path) -> None:
    assert reduced_jpeg(saved(tmp_path / "small.jpg", size=(300, 300))) is None
    assert reduced_jpeg(saved(tmp_path / "print.jpg", "CMYK")) is None
    Image.new("RGB", (600, 400)).save(tmp_path / "png.jpg", "PNG")
    assert reduced_jpeg(tmp_path / "png.jpg") is None
    (tmp_path / "words.jpg").write_bytes(b"no picture")
    assert reduced_jpeg(tmp_path / "words.jpg") is None
    assert reduced_jpeg(tmp_path / "absent.jpg") is None


def test_a_damaged_file_is_left_to_who_opens_it(tmp_path: Path) -> None:
    content = saved(tmp_path / "a.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(content[: len(content) // 2])
    assert reduced_jpeg(tmp_path / "cut.jpg") is None
    (tmp_path / "noprofile.jpg").write_bytes(saved(tmp_path / "b.jpg", icc_profile=b"nonsense").read_bytes())
    found = reduced_jpeg(tmp_path / "noprofile.jpg")
    assert found is not None
    assert found[1] is None
