"""OpenEXR: linear light becomes sRGB, whatever its primaries, alpha and frame; what is damaged is a sentence."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from desktop_app.api.errors import InputError
from desktop_app.core.imaging.colour import srgb_to_linear
from desktop_app.core.imaging.files import open_photo, probe, save_photo
from desktop_app.numerics.primaries import REC709, into_rec709

LIGHT = np.random.default_rng(0).uniform(0, 4, (20, 30, 3)).astype(np.float32)
WIDE = (0.708, 0.292, 0.17, 0.797, 0.131, 0.046, 0.3127, 0.329)  # ITU-R BT.2020


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.exr"


def write(path: Path, channels: dict[str, Any], **header: Any) -> Path:
    openexr = pytest.importorskip("OpenEXR")
    told = {"compression": openexr.ZIP_COMPRESSION, "type": openexr.scanlineimage, **header}
    openexr.File(told, channels).write(str(path))
    return path


def window(left: int, top: int, right: int, bottom: int) -> Any:
    return np.array([left, top], np.int32), np.array([right - 1, bottom - 1], np.int32)


@pytest.mark.parametrize(("dtype", "close"), [(np.float32, 1e-5), (np.float16, 2e-3)])
def test_linear_light_is_seen_as_srgb_with_what_is_brighter_than_white(path: Path, dtype: Any, close: float) -> None:
    photo = open_photo(write(path, {"RGB": LIGHT.astype(dtype)}, comments="by night"))
    assert (photo.format, photo.metadata.depth, photo.metadata.comment) == ("OpenEXR", "32f", b"by night")
    assert photo.raster.pixels.dtype == np.float32
    np.testing.assert_allclose(srgb_to_linear(photo.raster.pixels), LIGHT, rtol=close, atol=1e-6)
    assert photo.raster.pixels.max() > 1.5
    assert any("linear light" in note for note in photo.metadata.notes)
    info = probe(path)
    assert (info.width, info.height, info.channels, info.has_alpha, info.depth) == (30, 20, 3, False, "32f")
    save_photo(path.with_suffix(".tif"), photo.raster, photo.metadata)
    again = open_photo(path.with_suffix(".tif"), levels=None)
    np.testing.assert_array_equal(again.raster.pixels, photo.raster.pixels)


def test_a_sun_does_not_darken_the_photo(path: Path) -> None:
    light = np.full((20, 30, 3), 0.18, np.float32)
    light[0, 0] = 60000
    photo = open_photo(write(path, {"RGB": light}))
    assert photo.metadata.levels is None
    np.testing.assert_allclose(photo.raster.pixels[1:], 0.4613, atol=1e-3)


def test_other_primaries_become_those_of_srgb(path: Path) -> None:
    photo = open_photo(write(path, {"RGB": np.stack([LIGHT[..., 0], np.zeros((20, 30)), np.zeros((20, 30))], -1)
                                    .astype(np.float32)}, chromaticities=WIDE))
    light = srgb_to_linear(photo.raster.pixels)
    assert (light[..., 1] < 0).all()  # BT.2020's red lies outside of sRGB, and is kept
    np.testing.assert_allclose(light[..., 0], 1.6605 * LIGHT[..., 0], rtol=1e-3)  # ITU-R BT.2087
    np.testing.assert_allclose(light[..., 1], -0.1246 * LIGHT[..., 0], rtol=1e-3)


def test_colours_are_freed_of_their_alpha(path: Path) -> None:
    alpha = np.full((20, 30), 0.5, np.float32)
    alpha[:, :5] = 0
    photo = open_photo(write(path, {"RGBA": np.dstack([LIGHT * 0.5, alpha]).astype(np.float32)}))
    np.testing.assert_array_equal(photo.raster.alpha, alpha)
    np.testing.assert_allclose(srgb_to_linear(photo.raster.pixels[:, 5:]), LIGHT[:, 5:], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(srgb_to_linear(photo.raster.pixels[:, :5]), 0.5 * LIGHT[:, :5], rtol=1e-5, atol=1e-6)


def test_the_frame_is_what_is_seen(path: Path) -> None:
    write(path, {"RGB": LIGHT}, dataWindow=window(-2, -3, 28, 17), displayWindow=window(0, 0, 40, 10))
    photo = open_photo(path)
    light = srgb_to_linear(photo.raster.pixels)
    assert light.shape == (10, 40, 3)
    np.testing.assert_allclose(light[:, :28], LIGHT[3:13, 2:], rtol=1e-5, atol=1e-6)
    assert not light[:, 28:].any()
    assert any("beyond its frame" in note for note in photo.metadata.notes)


def test_of_several_channels_colours_come_first_and_the_others_are_told(path: Path) -> None:
    colours = {f"beauty.{name}": np.ascontiguousarray(LIGHT[..., number]) for number, name in enumerate("RGB")}
    photo = open_photo(write(path, {"Z": LIGHT[..., 0].copy(), **colours}))
    np.testing.assert_allclose(srgb_to_linear(photo.raster.pixels), LIGHT, rtol=1e-5, atol=1e-6)
    assert any("further channels (Z)" in note for note in photo.metadata.notes)
    grey = open_photo(write(path, {"Y": LIGHT[..., 0].copy()}))
    np.testing.assert_allclose(srgb_to_linear(grey.raster.pixels[..., 0]), LIGHT[..., 0], rtol=1e-5, atol=1e-6)
    depth = open_photo(write(path, {"Z": LIGHT[..., 0].copy()}), levels=None)
    np.testing.assert_array_equal(depth.raster.pixels[..., 0], LIGHT[..., 0])  # no light: its numbers stay


def test_the_part_with_colours_is_shown(path: Path) -> None:
    openexr = pytest.importorskip("OpenEXR")
    parts = [openexr.Part({"name": "depth"}, {"Z": np.zeros((5, 6), np.float32)}),
             openexr.Part({"name": "colours"}, {"RGB": np.ones((5, 6, 3), np.float32)})]  # fmt: skip
    openexr.File(parts).write(str(path))
    photo = open_photo(path)
    np.testing.assert_allclose(photo.raster.pixels, 1.0, atol=1e-6)
    assert any("2 parts" in note for note in photo.metadata.notes)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_file_that_is_cut_short_is_a_sentence(path: Path, share: float, capsys: pytest.CaptureFixture[str]) -> None:
    whole = write(path, {"RGB": LIGHT}).read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(InputError, match="cut short or damaged"):
        open_photo(path)
    assert capsys.readouterr().out == ""


def test_without_the_library_it_is_said_how_to_get_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "OpenEXR", None)
    path.write_bytes(b"\x76\x2f\x31\x01\x02\x00\x00\x00")
    with pytest.raises(InputError, match=r"pip install 'verilens\[photo\]'"):
        open_photo(path)


def test_white_stays_white_between_primaries() -> None:
    assert into_rec709(REC709) is None
    aces = into_rec709((0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767))
    assert aces is not None
    np.testing.assert_allclose(aces @ np.ones(3), 1.0, atol=1e-9)
    np.testing.assert_allclose(aces[0], [2.5217, -1.1341, -0.3876], atol=2e-3)  # AP0 to sRGB, by Bradford
    for wrong in ((0.3,) * 8, (0.64, 0.0, *REC709[2:]), (0.1, 0.2)):
        with pytest.raises(ValueError, match="expected"):
            into_rec709(wrong)


def test_what_the_library_prints_of_a_damaged_file_is_not_heard(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data = write(path, {"RGB": LIGHT}).read_bytes()
    for place in range(len(data) - 3000, len(data), 250):
        path.write_bytes(data[:place] + b"\xff" * 60 + data[place + 60 :])
        with suppress(InputError):
            open_photo(path)
    print("still here", file=sys.stderr)
    assert capfd.readouterr() == ("", "still here\n")
