"""Of many bands some are shown, which can be chosen, and the others are kept where the same kind of file is saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from desktop_app.api.errors import ParameterError
from desktop_app.core.document.session import Session
from desktop_app.core.imaging.files import Photo, open_photo, probe, save_photo
from desktop_app.core.imaging.metadata import BandsWanted
from desktop_app.core.imaging.raster import Raster

VALUES = np.random.default_rng(0).integers(0, 65536, (20, 30, 5)).astype(np.uint16)
VALUES[0, 0] = 65535
Write = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    def write(values: NDArray[Any] = VALUES, **options: Any) -> Path:
        separate = options.get("planarconfig") == "separate"
        stored = np.moveaxis(values, -1, 0) if separate else values
        usual = {"photometric": "minisblack", "planarconfig": "contig"}
        tifffile.imwrite(tmp_path / "a.tif", stored, **{**usual, **options})
        return tmp_path / "a.tif"

    return write


def doubled(photo: Photo) -> Raster:
    return Raster(photo.raster.pixels // 2)


@pytest.mark.parametrize("planes", ["contig", "separate"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("bands", "shown"), [("auto", (0, 1, 2)), ((3,), (3,)), ((4, 2, 0), (4, 2, 0))])
def test_bands_are_chosen_and_the_others_kept(
    written: Write, tmp_path: Path, planes: str, order: str, bands: BandsWanted, shown: tuple[int, ...]
) -> None:
    path = written(planarconfig=planes, byteorder=order)
    photo = open_photo(path, bands=bands)
    np.testing.assert_array_equal(photo.raster.pixels, VALUES[..., shown])
    assert (photo.metadata.bands, photo.metadata.band_count, probe(path).bands) == (shown, 5, 5)
    assert "5 bands" in photo.metadata.notes[0]
    saved = save_photo(tmp_path / "b.tif", doubled(photo), photo.metadata, source=path)
    expected = VALUES.copy()
    expected[..., shown] //= 2
    np.testing.assert_array_equal(tifffile.imread(saved.path), expected)
    assert saved.notes == ()


@pytest.mark.parametrize("dtype", ["int16", "int32", "float32", "float64", "uint8"])
def test_bands_that_are_not_shown_keep_every_bit(written: Write, tmp_path: Path, dtype: str) -> None:
    values = (np.random.default_rng(1).random((20, 30, 4)) * 100).astype(dtype)
    if dtype in ("int32", "float64"):
        values[..., 3] = 2**24 + 1  # which float32 has not
    path = written(values)
    photo = open_photo(path)
    saved = save_photo(tmp_path / "b.tif", photo.raster, photo.metadata, source=path)
    again = tifffile.imread(saved.path)
    assert again.dtype == values.dtype
    np.testing.assert_array_equal(again[..., 3], values[..., 3])
    np.testing.assert_allclose(again, values, rtol=1e-6, atol=1e-5)


def test_a_turned_file_of_colours_with_more(written: Write, tmp_path: Path) -> None:
    path = written(photometric="rgb", extrasamples=["unspecified"] * 2, extratags=[(274, "H", 1, 6, True)])
    photo = open_photo(path)
    saved = save_photo(tmp_path / "b.tif", doubled(photo), photo.metadata, source=path)
    with tifffile.TiffFile(saved.path) as document:
        page: Any = document.pages[0]
        assert (page.photometric, page.tags.get(274)) == (2, None)
        np.testing.assert_array_equal(page.asarray()[..., 3:], np.rot90(VALUES[..., 3:], -1))
        np.testing.assert_array_equal(page.asarray()[..., :3], doubled(photo).pixels)


@pytest.mark.parametrize("how", ["png", "8", "size", "source"])
def test_where_the_others_go_that_is_said(written: Write, tmp_path: Path, how: str) -> None:
    path = written()
    photo = open_photo(path)
    raster = Raster(photo.raster.pixels[:10]) if how == "size" else photo.raster
    saved = save_photo(
        tmp_path / ("b.png" if how == "png" else "b.tif"), raster, photo.metadata,
        depth="8" if how == "8" else None, source=None if how == "source" else path,
    )
    assert "other bands were left out" in saved.notes[-1]


@pytest.mark.parametrize("bands", [(5,), (0, 1), (0, 0, 1), (-1,), ()])
def test_bands_that_are_not_there_are_refused(written: Write, bands: tuple[int, ...]) -> None:
    with pytest.raises(ParameterError, match="5"):
        open_photo(written(), bands=bands)


def test_a_photo_has_no_bands_to_choose(tmp_path: Path) -> None:
    Image.new("RGB", (4, 3)).save(tmp_path / "a.png")
    assert probe(tmp_path / "a.png").bands == 1
    with pytest.raises(ParameterError, match="TIFF"):
        open_photo(tmp_path / "a.png", bands=(0,))


def test_a_document_shows_its_bands_again_and_keeps_the_others(written: Write, tmp_path: Path) -> None:
    session = Session(tmp_path / "session", cache_bytes=0)
    document = session.open_photo(written(), (3,))
    document.save_as(tmp_path / "p.vlens")
    (tmp_path / "a.tif").unlink()
    document.close(discard=True)
    again = session.open_project(tmp_path / "p.vlens")
    try:
        np.testing.assert_array_equal(again.raster(again.root).pixels[..., 0], VALUES[..., 3])
        with again.original() as source:
            save_photo(tmp_path / "b.tif", again.raster(again.root), again.metadata, source=source)
        np.testing.assert_array_equal(tifffile.imread(tmp_path / "b.tif"), VALUES)
    finally:
        again.close(discard=True)
