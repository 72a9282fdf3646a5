"""Photos open as they are, whatever their format, depth and orientation."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageCms

from desktop_app.core.imaging.export import as_srgb
from desktop_app.core.imaging.files import open_photo, probe

SIZE = (40, 56)  # rows, columns


def picture(channels: int = 3, dtype: str = "uint8") -> NDArray[Any]:
    """Return a picture with no symmetry, over the whole range of its type."""
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    planes = [(rows * (3 + c) + columns * (7 - c)) % 256 for c in range(channels)]
    values = np.stack(planes, axis=-1).astype(np.float64) / 255
    if np.dtype(dtype).kind == "f":
        return values.astype(dtype)
    return np.rint(values * np.iinfo(dtype).max).astype(dtype)


def assert_opens(path: Path, pixels: NDArray[Any], alpha: NDArray[Any] | None = None) -> None:
    """Assert that the file opens as these pixels, and that its header promised as much."""
    photo, info = open_photo(path), probe(path)
    np.testing.assert_array_equal(photo.raster.pixels, pixels.reshape(*pixels.shape[:2], -1))
    assert photo.raster.pixels.dtype == pixels.dtype
    if alpha is None:
        assert photo.raster.alpha is None
    else:
        np.testing.assert_array_equal(photo.raster.alpha, alpha)
    assert (info.height, info.width, info.channels) == photo.raster.pixels.shape
    assert (info.depth, info.has_alpha) == (photo.raster.depth, alpha is not None)
    assert photo.raster.pixels.flags.c_contiguous
    assert photo.format == info.format


@pytest.mark.parametrize(("suffix", "options"), [("png", {}), ("bmp", {}), ("webp", {"lossless": True}), ("ppm", {})])
def test_lossless_eight_bit_colours_are_the_same(tmp_path: Path, suffix: str, options: dict[str, Any]) -> None:
    path = tmp_path / f"photo.{suffix}"
    Image.fromarray(picture()).save(path, **options)
    assert_opens(path, picture())


def test_jpeg_equals_what_pillow_decodes(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    Image.fromarray(picture()).save(path, quality=90)
    assert_opens(path, np.asarray(Image.open(path)))


def test_the_content_counts_and_not_the_suffix(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    Image.fromarray(picture()).save(path, "PNG")
    assert_opens(path, picture())
    assert open_photo(path).format == "PNG"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGBA"])
def test_pillow_modes_keep_their_channels(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "photo.png"
    if mode == "1":
        bits = picture(1)[..., 0] > 128
        Image.fromarray(bits).save(path)
        assert_opens(path, bits.astype(np.uint8) * 255)
        return
    values = picture(len(mode))
    Image.fromarray(values[..., 0] if mode == "L" else values, mode=None).save(path)
    has_alpha = mode.endswith("A")
    assert_opens(path, values[..., : len(mode) - has_alpha], values[..., -1] if has_alpha else None)


def test_palette_becomes_its_colours_and_its_transparency_a_plane(tmp_path: Path) -> None:
    indices = np.arange(SIZE[0] * SIZE[1], dtype=np.uint8).reshape(SIZE) % 4
    image = Image.fromarray(indices)
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90, 1, 2, 3])
    image.save(tmp_path / "opaque.png")
    image.save(tmp_path / "clear.png", transparency=1)
    image.save(tmp_path / "clear.gif", transparency=1)
    colours = np.array([[10, 20, 30], [40, 50, 60], [70, 80, 90], [1, 2, 3]], np.uint8)[indices]
    alpha = np.where(indices == 1, 0, 255).astype(np.uint8)
    assert_opens(tmp_path / "opaque.png", colours)
    assert_opens(tmp_path / "clear.png", colours, alpha)
    assert_opens(tmp_path / "clear.gif", colours, alpha)


def test_the_first_frame_of_an_animation(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (30, 20), colour) for colour in ((200, 10, 10), (10, 200, 10))]
    for suffix, options in (("gif", {}), ("png", {}), ("webp", {"lossless": True})):
        path = tmp_path / f"moving.{suffix}"
        frames[0].save(path, save_all=True, append_images=frames[1:], **options)
        assert open_photo(path).raster.pixels[5, 5].tolist() == [200, 10, 10]


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_sixteen_bit_png_keeps_every_bit(tmp_path: Path, channels: int) -> None:
    values = picture(channels, "uint16")
    path = tmp_path / "photo.png"
    path.write_bytes(imagecodecs.png_encode(values[..., 0].copy() if channels == 1 else values))
    has_alpha = channels in (2, 4)
    assert_opens(path, values[..., : channels - has_alpha], values[..., -1] if has_alpha else None)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize(
    "options",
    [
        {}, {"byteorder": ">"}, {"tile": (16, 16)}, {"compression": "lzw"}, {"compression": "zstd"}, {"bigtiff": True},
        {"compression": "deflate", "predictor": True},
    ],
    ids=str,
)
def test_tiff_keeps_every_bit(tmp_path: Path, dtype: str, options: dict[str, Any]) -> None:
    path = tmp_path / "photo.tif"
    tifffile.imwrite(path, picture(3, dtype), photometric="rgb", **options)
    assert_opens(path, picture(3, dtype))


def test_tiff_with_separate_planes(tmp_path: Path) -> None:
    values = picture(3, "uint16")
    tifffile.imwrite(tmp_path / "a.tif", np.moveaxis(values, -1, 0), photometric="rgb", planarconfig="separate")
    assert_opens(tmp_path / "a.tif", values)


def test_tiff_alpha_and_further_channels(tmp_path: Path) -> None:
    values = picture(5, "uint16")
    for channels, extra, alpha in ((4, ["unassalpha"], values[..., 3]), (5, ["unspecified"] * 2, None)):
        path = tmp_path / f"{channels}.tif"
        tifffile.imwrite(path, values[..., :channels].copy(), photometric="rgb", extrasamples=extra)
        assert_opens(path, values[..., :3], alpha)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_premultiplied_alpha_is_divided_out(tmp_path: Path, dtype: str) -> None:
    full = 255 if dtype == "uint8" else 1.0
    stored = np.zeros((16, 16, 4), dtype)
    stored[:8] = np.array([0.2, 0.4, 0.1, 0.4]) * full
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="rgb", extrasamples=["assocalpha"])
    raster = open_photo(tmp_path / "a.tif").raster
    np.testing.assert_allclose(raster.pixels[0, 0] / full, [0.5, 1.0, 0.25], atol=1e-2)
    assert raster.pixels[12, 0].tolist() == [0, 0, 0]


def test_tiff_numbers_without_a_depth_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "photo.tif"
    for dtype in ("float16", "float64"):
        tifffile.imwrite(path, picture(3, dtype), photometric="rgb")
        assert_opens(path, picture(3, dtype).astype(np.float32))
    tifffile.imwrite(path, np.array([[0, 2**31, 2**32 - 1]], np.uint32), photometric="minisblack")
    np.testing.assert_allclose(open_photo(path).raster.pixels.ravel(), [0, 0.5, 1], atol=1e-6)
    tifffile.imwrite(path, np.array([[0, 2048, 4095]], np.uint16), photometric="minisblack", bitspersample=12)
    assert open_photo(path).raster.pixels.ravel().tolist() == [0, 32776, 65535]


def test_tiff_where_white_is_zero(tmp_path: Path) -> None:
    values = picture(1)[..., 0]
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="miniswhite")
    assert_opens(tmp_path / "a.tif", 255 - values)
    bits = values > 128
    tifffile.imwrite(tmp_path / "b.tif", bits, photometric="minisblack")
    assert_opens(tmp_path / "b.tif", bits.astype(np.uint8) * 255)


def test_floats_are_kept_whatever_they_are(tmp_path: Path) -> None:
    values = np.array([[-0.5, 2.5, np.nan, np.inf]], np.float32)
    tifffile.imwrite(tmp_path / "a.tif", values)
    np.testing.assert_array_equal(open_photo(tmp_path / "a.tif").raster.pixels[..., 0], values)


def test_many_pages_give_the_first(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for level in (10, 200):
            writer.write(np.full((8, 8), level, np.uint8), photometric="minisblack")
    assert open_photo(tmp_path / "a.tif").raster.pixels.max() == 10


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "palette.tif", "16.png", "16.tif"])
def test_orientation_is_applied_and_reset(tmp_path: Path, suffix: str, orientation: int) -> None:
    path = tmp_path / f"photo.{suffix}"
    # 0 degrees is the corner that tells the eight apart: flat blocks survive JPEG.
    stored = np.kron(np.array([[250, 10, 90], [170, 50, 130]], np.uint8), np.ones((16, 16), np.uint8))
    _write_oriented(path, stored, orientation)
    photo = open_photo(path)
    shown = photo.raster.pixels[8::16, 8::16, 0].astype(int)
    if photo.raster.depth == "16":
        shown //= 257
    expected = {
        1: [[250, 10, 90], [170, 50, 130]], 2: [[90, 10, 250], [130, 50, 170]],
        3: [[130, 50, 170], [90, 10, 250]], 4: [[170, 50, 130], [250, 10, 90]],
        5: [[250, 170], [10, 50], [90, 130]], 6: [[170, 250], [50, 10], [130, 90]],
        7: [[130, 90], [50, 10], [170, 250]], 8: [[90, 130], [10, 50], [250, 170]],
    }[orientation]
    np.testing.assert_allclose(shown, expected, atol=3)
    assert photo.metadata.orientation == 1
    info = probe(path)
    assert (info.height, info.width) == photo.raster.pixels.shape[:2]


def _write_oriented(path: Path, stored: NDArray[np.uint8], orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    if path.name.endswith("16.png"):
        block = exif.tobytes().removeprefix(b"Exif\x00\x00")
        data = imagecodecs.png_encode(stored.astype(np.uint16) * 257)
        path.write_bytes(data[:33] + _png_chunk(b"eXIf", block) + data[33:])
    elif path.suffix == ".tif" and "palette" not in path.name:
        values = stored.astype(np.uint16) * 257 if path.name.endswith("16.tif") else stored
        tifffile.imwrite(path, values, photometric="minisblack", extratags=[(274, "H", 1, orientation, True)])
    elif path.suffix == ".tif":
        image = Image.fromarray(stored)
        image.putpalette([level for level in range(256) for _ in range(3)])
        image.save(path, tiffinfo={274: orientation})
    else:
        Image.fromarray(stored).save(path, exif=exif.tobytes())


def _png_chunk(name: bytes, content: bytes) -> bytes:
    import zlib

    return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")


def test_orientation_in_xmp_counts_where_exif_is_silent(tmp_path: Path) -> None:
    packet = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r tiff:Orientation="6"/></x:xmpmeta>'
    Image.fromarray(picture()).save(tmp_path / "a.jpg", xmp=packet)
    photo = open_photo(tmp_path / "a.jpg")
    assert photo.raster.pixels.shape[:2] == SIZE[::-1]
    assert photo.metadata.xmp is not None
    assert b'tiff:Orientation="1"' in photo.metadata.xmp


def test_cmyk_without_a_profile_by_the_plain_formula(tmp_path: Path) -> None:
    image = Image.new("CMYK", (20, 10), (0, 255, 255, 0))
    for name in ("a.tif", "a.jpg"):
        image.save(tmp_path / name, quality=95)
        pixel = open_photo(tmp_path / name).raster.pixels[5, 5]
        np.testing.assert_allclose(pixel, [255, 0, 0], atol=3)


def test_cmyk_goes_through_its_profile(tmp_path: Path) -> None:
    Image.new("CMYK", (20, 10), (255, 0, 0, 0)).save(tmp_path / "a.jpg", icc_profile=_odd_press(), quality=95)
    red, green, blue = open_photo(tmp_path / "a.jpg").raster.pixels[5, 5].tolist()
    assert red > 200  # this press prints "cyan" in red, which the plain formula cannot know
    assert max(green, blue) < 100


def _odd_press() -> bytes:
    """Return the smallest profile of a CMYK press: the first ink alone is red, all else is paper white."""
    import struct

    inks, white, red = 4, (255, 128, 128), (135, 205, 195)  # CIELAB as bytes
    ramp = bytes(range(256))
    corners = [red if corner == 8 else white for corner in range(2**inks)]
    table = struct.pack(">4s4xBBBx", b"mft1", inks, 3, 2) + struct.pack(">9i", *(65536, 0, 0, 0) * 2, 65536)
    table += ramp * inks + bytes(value for corner in corners for value in corner) + ramp * 3
    text = b"text" + bytes(4) + b"CC0\x00"
    description = struct.pack(">4s4xI", b"desc", 4) + b"odd\x00" + bytes(78)
    point = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    body, entries = b"", b""
    for name, content in ((b"desc", description), (b"cprt", text), (b"wtpt", point), (b"A2B0", table)):
        entries += struct.pack(">4sII", name, 128 + 4 + 48 + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    size = 128 + 4 + 48 + len(body)
    header = struct.pack(">I4xI4s4s4s12x4s", size, 0x02400000, b"prtr", b"CMYK", b"Lab ", b"acsp")
    header = (header + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)).ljust(128, b"\x00")
    return header + struct.pack(">I", 4) + entries + body


def test_laboratory_colours_are_what_they_were_measured_as(tmp_path: Path) -> None:
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    image = Image.new("RGB", (20, 10), (200, 80, 40))
    converted = ImageCms.profileToProfile(image, srgb, lab, outputMode="LAB")
    assert converted is not None
    converted.save(tmp_path / "a.tif")
    photo = open_photo(tmp_path / "a.tif")
    shown = as_srgb(photo.raster, photo.metadata.icc or b"").pixels
    np.testing.assert_allclose(shown[5, 5] / 257, [200, 80, 40], atol=2)


def test_a_profile_that_is_not_for_cmyk_does_not_stop_the_photo(tmp_path: Path) -> None:
    rgb_profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("CMYK", (20, 10), (0, 255, 255, 0)).save(tmp_path / "a.jpg", icc_profile=rgb_profile, quality=95)
    photo = open_photo(tmp_path / "a.jpg")
    np.testing.assert_allclose(photo.raster.pixels[5, 5], [255, 0, 0], atol=3)
    assert photo.metadata.icc is None  # the pixels are sRGB now


def test_a_very_wide_photo(tmp_path: Path) -> None:
    values = np.tile(np.arange(256, dtype=np.uint8), 30_000 // 256 + 1)[None, :30_000].repeat(8, axis=0)
    Image.fromarray(values).save(tmp_path / "wide.png")
    assert_opens(tmp_path / "wide.png", values)


def test_a_hundred_megapixels_are_probed_and_opened_without_a_bomb_warning(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.new("1", (19_000, 10_000), 1).save(path)  # above the limit at which Pillow itself refuses
    assert probe(path).width == 19_000
    raster = open_photo(path).raster
    assert raster.pixels.shape == (10_000, 19_000, 1)
    assert raster.pixels[-1, -1, 0] == 255


def test_the_header_alone_is_read_by_probe(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.fromarray(picture()).save(buffer, "JPEG")
    (tmp_path / "cut.jpg").write_bytes(buffer.getvalue()[: len(buffer.getvalue()) - 200])
    assert probe(tmp_path / "cut.jpg").width == SIZE[1]
