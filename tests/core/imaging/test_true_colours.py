"""Photos in wide colour spaces come out with the colours that they had, through every format."""

from __future__ import annotations

from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000

from desktop_app.core.imaging.export import Export
from desktop_app.core.imaging.files import open_photo, save_photo
from desktop_app.core.imaging.metadata import Metadata
from desktop_app.core.imaging.pyramid import build_pyramid, on_screen
from desktop_app.core.imaging.raster import Raster

D65, D50 = [0.3127, 0.3290, 1.0], [0.3457, 0.3585, 1.0]
ADOBE = ([0.64, 0.33, 1, 0.21, 0.71, 1, 0.15, 0.06, 1], D65, 2.19921875)
P3 = ([0.68, 0.32, 1, 0.265, 0.69, 1, 0.15, 0.06, 1], D65, 2.4)
PROPHOTO = ([0.7347, 0.2653, 1, 0.1596, 0.8404, 1, 0.0366, 0.0001, 1], D50, 1.8)
SIDE, ACROSS, DOWN = 16, 20, 10


def profile(space: tuple[list[float], list[float], float]) -> bytes:
    primaries, white, gamma = space
    made: bytes = imagecodecs.cms_profile("rgb", whitepoint=white, primaries=primaries, gamma=gamma)
    return made


def lab(pixels: NDArray[np.uint16], icc: bytes) -> NDArray[np.float64]:
    """Return the CIE L*a*b* of ``(H, W, 3)`` uint16 colours of a profile."""
    values: NDArray[np.float64] = imagecodecs.cms_transform(
        np.ascontiguousarray(pixels), icc, imagecodecs.cms_profile("lab4"), colorspace="rgb", outcolorspace="lab",
        outdtype="float64", intent=1)
    return values


def chart(low: float = 0.0, high: float = 1.0) -> Raster:
    """Return 200 patches of chance colours, in 8 bits."""
    colours = np.random.default_rng(0).uniform(low, high, (DOWN, ACROSS, 3))
    return Raster(np.ascontiguousarray(np.rint(colours * 255).astype(np.uint8).repeat(SIDE, 0).repeat(SIDE, 1)))


def patches(raster: Raster) -> NDArray[np.uint16]:
    """Return the mean of the inner part of each patch, as a chart is measured."""
    inner = raster.planes().reshape(3, DOWN, SIDE, ACROSS, SIDE)[:, :, 4:-4, :, 4:-4].mean(axis=(2, 4))
    return np.rint(inner.transpose(1, 2, 0) * 65535).astype(np.uint16)


@pytest.mark.parametrize("space", [ADOBE, P3, PROPHOTO], ids=["adobe", "p3", "prophoto"])
@pytest.mark.parametrize("suffix", ["png", "tif", "jpg", "webp", "avif"])
def test_a_chart_comes_out_with_its_colours(
    tmp_path: Path, space: tuple[list[float], list[float], float], suffix: str
) -> None:
    icc = profile(space)
    before = chart()
    saved = save_photo(tmp_path / f"a.{suffix}", before, Metadata(icc=icc))
    photo = open_photo(saved.path)
    assert photo.metadata.icc == icc
    gaps = deltaE_ciede2000(lab(patches(before), icc), lab(patches(photo.raster), photo.metadata.icc or b""))
    assert gaps.mean() <= 0.5
    assert gaps.max() <= 2


@pytest.mark.parametrize("space", [ADOBE, P3, PROPHOTO], ids=["adobe", "p3", "prophoto"])
@pytest.mark.parametrize("suffix", ["png", "tif", "jxl"])
def test_what_becomes_srgb_keeps_its_colours(
    tmp_path: Path, space: tuple[list[float], list[float], float], suffix: str
) -> None:
    """Of colours that sRGB has: those near grey."""
    icc = profile(space)
    before = chart(0.4, 0.6)
    export = Export(quality=100, srgb=suffix != "jxl")
    saved = save_photo(tmp_path / f"a.{suffix}", before, Metadata(icc=icc), export=export)
    photo = open_photo(saved.path)
    assert photo.metadata.icc is None
    assert bool(saved.notes) == (suffix == "jxl")
    srgb = imagecodecs.cms_profile("srgb")
    gaps = deltaE_ciede2000(lab(patches(before), icc), lab(patches(photo.raster), srgb))
    assert gaps.mean() <= 0.5
    assert gaps.max() <= 2


@pytest.mark.parametrize("space", [ADOBE, P3, PROPHOTO], ids=["adobe", "p3", "prophoto"])
def test_the_screen_shows_a_photos_own_colours(space: tuple[list[float], list[float], float]) -> None:
    icc = profile(space)
    pyramid = build_pyramid(chart(0.4, 0.6))  # colours that the screen has
    shown = on_screen(pyramid, icc)
    srgb = imagecodecs.cms_profile("srgb")
    gaps = deltaE_ciede2000(lab(patches(Raster(pyramid.levels[0])), icc), lab(patches(Raster(shown.levels[0])), srgb))
    assert gaps.mean() <= 0.5
    assert gaps.max() <= 2


@pytest.mark.parametrize("icc", [None, imagecodecs.cms_profile("srgb"), b"damaged", imagecodecs.cms_profile("gray")])
def test_where_the_screen_shows_the_same_nothing_is_made(icc: bytes | None) -> None:
    pyramid = build_pyramid(chart())
    assert on_screen(pyramid, icc) is pyramid
