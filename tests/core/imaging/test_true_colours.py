"""Photos in wide colour spaces come out with the colours that they had, through every format."""

from __future__ import annotations

import itertools
import struct
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image
from skimage.color import deltaE_ciede2000

from desktop_app.core.imaging.export import Export
from desktop_app.core.imaging.files import open_photo, save_photo
from desktop_app.core.imaging.metadata import Metadata
from desktop_app.core.imaging.pyramid import build_pyramid, on_screen
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.imaging.rgb_space import space_of

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
@pytest.mark.parametrize("suffix", ["png", "tif", "jpg", "webp", "avif", "jxl"])
def test_a_chart_comes_out_with_its_colours(
    tmp_path: Path, space: tuple[list[float], list[float], float], suffix: str
) -> None:
    icc = profile(space)
    before = chart()
    saved = save_photo(tmp_path / f"a.{suffix}", before, Metadata(icc=icc))
    photo = open_photo(saved.path)
    assert photo.metadata.icc == icc or suffix == "jxl"  # which says the same in its own words
    assert saved.notes == ()
    gaps = deltaE_ciede2000(lab(patches(before), icc), lab(patches(photo.raster), photo.metadata.icc or b""))
    assert gaps.mean() <= (0.1 if suffix == "avif" else 0.5)  # whose ten bits hold more than eight of colours
    assert gaps.max() <= 2


@pytest.mark.parametrize("space", [ADOBE, P3, PROPHOTO], ids=["adobe", "p3", "prophoto"])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_what_becomes_srgb_keeps_its_colours(
    tmp_path: Path, space: tuple[list[float], list[float], float], suffix: str
) -> None:
    """Of colours that sRGB has: those near grey."""
    icc = profile(space)
    before = chart(0.4, 0.6)
    saved = save_photo(tmp_path / f"a.{suffix}", before, Metadata(icc=icc), export=Export(srgb=True))
    photo = open_photo(saved.path)
    assert photo.metadata.icc is None
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


@pytest.mark.parametrize("space", [ADOBE, P3, PROPHOTO], ids=["adobe", "p3", "prophoto"])
@pytest.mark.parametrize("kind", ["16", "lossless", "alpha"])
def test_a_jpeg_xl_of_a_wide_space_keeps_each_number(
    tmp_path: Path, space: tuple[list[float], list[float], float], kind: str
) -> None:
    before = chart()
    if kind == "16":
        before = Raster(before.pixels.astype(np.uint16) * 257 - before.pixels)
    if kind == "alpha":
        before = Raster(before.pixels, before.pixels[..., 0].copy())
    export = Export(quality=100 if kind == "lossless" else 90)
    saved = save_photo(tmp_path / "a.jxl", before, Metadata(icc=profile(space), depth=before.depth), export=export)
    photo = open_photo(saved.path)
    np.testing.assert_array_equal(photo.raster.pixels, before.pixels)
    found, wanted = space_of(photo.metadata.icc or b""), space_of(profile(space))
    assert found is not None
    assert wanted is not None
    np.testing.assert_allclose(found.chromaticities, wanted.chromaticities, atol=1e-3)
    assert found.gamma == pytest.approx(wanted.gamma, abs=2e-3)
    if kind == "alpha":
        np.testing.assert_array_equal(photo.raster.alpha, before.alpha)


def test_a_jpeg_xl_of_srgb_has_no_profile(tmp_path: Path) -> None:
    saved = save_photo(tmp_path / "a.jxl", chart(), Metadata(icc=imagecodecs.cms_profile("srgb")))
    assert (saved.notes, open_photo(saved.path).metadata.icc) == ((), None)


def press() -> bytes:
    """Return a profile of four inks that print colours which sRGB has not: a table of a simple press (CIE L*a*b*)."""
    paper, inks = np.array([95.0, 0, 0]), [(55, -50, -48), (48, 70, -5), (89, -5, 85), (16, 0, 0)]
    corners = []
    for corner in itertools.product((0, 1), repeat=4):
        colour = paper
        for share, ink in zip(corner, inks, strict=True):
            colour = colour + share * (np.array(ink) - paper) * colour[0] / 95
        corners.append(np.clip(colour, [0, -120, -120], [100, 120, 120]))
    table = [round(v) for L, a, b in corners for v in (L * 2.55, a + 128, b + 128)]
    ramp = bytes(range(256))
    block = struct.pack(">4s4xBBBx", b"mft1", 4, 3, 2) + struct.pack(">9i", *(65536, 0, 0, 0) * 2, 65536)
    block += ramp * 4 + bytes(table) + ramp * 3
    white = struct.pack(">3i", 63190, 65536, 54061)
    parts = {b"desc": struct.pack(">4s4xI", b"desc", 4) + b"ink\0" + bytes(78), b"cprt": b"text" + bytes(4) + b"CC0\0",
             b"wtpt": b"XYZ " + bytes(4) + white, b"A2B0": block}
    body, entries = b"", b""
    for name, content in parts.items():
        entries += struct.pack(">4sII", name, 180 + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(">I4xI4s4s4s12x4s", 180 + len(body), 0x02400000, b"prtr", b"CMYK", b"Lab ", b"acsp")
    return (head + bytes(28) + white).ljust(128, b"\0") + struct.pack(">I", 4) + entries + body


@pytest.mark.parametrize("suffix", ["png", "tif", "jpg", "jxl"])
@pytest.mark.parametrize("kind", ["jpg", "tif", "deep"])
def test_colours_of_print_stay_what_they_are(tmp_path: Path, kind: str, suffix: str) -> None:
    """Of inks that are wider than sRGB, and no wider than Adobe RGB."""
    inks = np.random.default_rng(1).integers(0, (150, 150, 150, 60), (DOWN, ACROSS, 4)).astype(np.uint8)
    stored, icc = np.ascontiguousarray(inks.repeat(SIDE, 0).repeat(SIDE, 1)), press()
    path = tmp_path / f"a.{'jpg' if kind == 'jpg' else 'tif'}"
    if kind == "deep":
        tifffile.imwrite(path, stored.astype(np.uint16) * 257, photometric="separated", iccprofile=icc)
    else:
        Image.frombytes("CMYK", (ACROSS * SIDE, DOWN * SIDE), stored.tobytes()).save(
            path, icc_profile=icc, **({"quality": 100, "subsampling": 0} if kind == "jpg" else {}))
    wanted = imagecodecs.cms_transform(inks.astype(np.uint16) * 257, icc, imagecodecs.cms_profile("lab4"),
                                       colorspace="cmyk", outcolorspace="lab", outdtype="float64", intent=1)
    photo = open_photo(path)
    assert photo.raster.depth == ("16" if kind == "deep" else "8")
    again = open_photo(save_photo(tmp_path / f"b.{suffix}", photo.raster, photo.metadata).path)
    gaps = deltaE_ciede2000(wanted, lab(patches(again.raster), again.metadata.icc or b""))
    assert gaps.mean() <= 0.5
    assert gaps.max() <= 2


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["cielab8", "cielab16", "icclab8", "icclab16", "psd8", "psd16"])
def test_measured_colours_stay_what_they_are(tmp_path: Path, kind: str, order: str) -> None:
    colours = lab(patches(chart()), profile(ADOBE))
    is_deep, has_offset = kind.endswith("16"), not kind.startswith("cie")
    highest = (65280 if kind.startswith("icc") else 65535) if is_deep else 255
    step = highest / 255 if kind == "psd16" else 256 if is_deep else 1
    numbers = np.rint([colours[..., 0] * highest / 100, *((colours[..., i] + 128 * has_offset) * step for i in (1, 2))])
    dtype = np.uint16 if is_deep else np.uint8
    stored = numbers.astype(np.int64).astype(dtype).repeat(SIDE, 1).repeat(SIDE, 2)
    if kind.startswith("psd"):
        header = b"8BPS" + struct.pack(">H6xHIIHHIIIH", 1, 3, *stored.shape[1:], 8 * stored.itemsize, 9, 0, 0, 0, 0)
        (tmp_path / "a").write_bytes(header + stored.astype(stored.dtype.newbyteorder(">")).tobytes())
    else:
        tifffile.imwrite(tmp_path / "a", stored.transpose(1, 2, 0).copy(), photometric=kind.rstrip("0123456789"),
                         byteorder=order)
    photo = open_photo(tmp_path / "a")
    assert photo.raster.depth == "16"
    saved = save_photo(tmp_path / "b.png", photo.raster, photo.metadata)
    again = open_photo(saved.path)
    gaps = deltaE_ciede2000(colours, lab(patches(again.raster), again.metadata.icc or b""))
    assert gaps.mean() <= (0.1 if is_deep else 0.5)
    assert gaps.max() <= 2


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp", "avif"])
@pytest.mark.parametrize("damage", ["cut", "emptied", "of inks"])
def test_a_damaged_profile_is_said_and_never_written_on(tmp_path: Path, suffix: str, damage: str) -> None:
    icc = profile(ADOBE)
    bad = {"cut": icc[:300], "emptied": icc[:132] + bytes(len(icc) - 132), "of inks": press()}[damage]
    Image.fromarray(chart().pixels).save(tmp_path / f"a.{suffix}", icc_profile=bad)
    photo = open_photo(tmp_path / f"a.{suffix}")
    assert photo.metadata.icc is None
    assert "profile is damaged, or of other colours" in " ".join(photo.metadata.notes)
    assert bad not in save_photo(tmp_path / f"b.{suffix}", photo.raster, photo.metadata).path.read_bytes()
