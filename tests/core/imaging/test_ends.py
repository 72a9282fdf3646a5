"""A file that lacks its last bytes is told of in every format that can tell, even where no pixel is lost."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageFile

from desktop_app.api.errors import InputError
from desktop_app.core.imaging import tiff_pixels
from desktop_app.core.imaging.decoding import END_NOTE, is_damaged
from desktop_app.core.imaging.files import Photo, open_photo, save_photo
from desktop_app.core.imaging.png_chunks import SIGNATURE, chunk
from tests.support.damaged import PIXELS, photoshop, through, tiff, whole


def photo_of(folder: Path, data: bytes) -> Photo:
    """Return what the bytes open as."""
    path = folder / "photo"
    path.write_bytes(data)
    return open_photo(path)


@pytest.mark.parametrize("name", ["png", "png16"])
@pytest.mark.parametrize("missing", [1, 4, 8, 12, 14])
def test_a_png_without_its_last_bytes_is_whole_and_says_so(tmp_path: Path, name: str, missing: int) -> None:
    ideal = photo_of(tmp_path, whole()[name])
    photo = photo_of(tmp_path, whole()[name][:-missing])
    assert photo.metadata.notes == (END_NOTE,)
    np.testing.assert_array_equal(photo.raster.pixels, ideal.raster.pixels)


@pytest.mark.parametrize("left", ["none of it", "half of it"])
def test_words_behind_a_pngs_pixels_that_are_cut_are_told_and_not_written_on(tmp_path: Path, left: str) -> None:
    pixels = through("PNG")[: -len(chunk(b"IEND", b""))]
    words = chunk(b"tEXt", b"Comment\0" + b"a long walk " * 40)
    photo = photo_of(tmp_path, pixels if left == "none of it" else pixels + words[:100])
    assert photo.metadata.notes == (END_NOTE,)
    assert (photo.raster.pixels == PIXELS).all()
    saved = save_photo(tmp_path / "b.png", photo.raster, photo.metadata)
    assert b"a long walk" not in saved.path.read_bytes()


@pytest.mark.parametrize(("kind", "most"), [("GIF", 2), ("JPEG2000", 2), ("WEBP", 1)])
def test_other_formats_tell_of_a_last_byte(tmp_path: Path, kind: str, most: int) -> None:
    data = through(kind, **({"interlace": 0} if kind == "GIF" else {}))
    ideal = photo_of(tmp_path, data)
    for missing in range(1, most + 1):
        photo = photo_of(tmp_path, data[:-missing])
        assert len(photo.metadata.notes) == 1, missing
        np.testing.assert_array_equal(photo.raster.pixels, ideal.raster.pixels)


def test_a_gif_of_several_blocks_is_followed_to_its_end(tmp_path: Path) -> None:
    frames = [Image.fromarray(PIXELS).convert("P"), Image.fromarray(PIXELS[::-1].copy()).convert("P")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], comment=b"a walk" * 60)
    data = buffer.getvalue()
    assert END_NOTE not in photo_of(tmp_path, data).metadata.notes
    assert END_NOTE not in photo_of(tmp_path, data + b"more").metadata.notes
    assert END_NOTE in photo_of(tmp_path, data[: len(data) * 3 // 4]).metadata.notes


@pytest.mark.parametrize("missing", [2, 6, 8, 12, 13, 40, 300])
def test_a_lossy_webp_that_lacks_few_bytes_or_many_opens(tmp_path: Path, missing: int) -> None:
    ramp = np.add.outer(np.arange(120), np.arange(160)).astype(np.uint8)
    noise = np.random.default_rng(0).integers(0, 40, (120, 160), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(ramp // 2 + noise).save(buffer, "WEBP", quality=80)
    data = buffer.getvalue()
    ideal = photo_of(tmp_path, data)
    photo = photo_of(tmp_path, data[:-missing])
    assert "cut short" in " ".join(photo.metadata.notes)
    np.testing.assert_array_equal(photo.raster.pixels[:32], ideal.raster.pixels[:32])


def test_noise_behind_a_fault_in_a_png_is_no_reason_to_refuse_it(tmp_path: Path) -> None:
    rows = bytearray(b"".join(b"\0" + row.tobytes() for row in PIXELS))
    rows[20 * (1 + 56 * 3)] = 99  # no filter of that name
    header = struct.pack(">IIBBBBB", 56, 40, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(bytes(rows))), chunk(b"IEND", b""))
    photo = photo_of(tmp_path, SIGNATURE + b"".join(parts))
    assert "50%" in " ".join(photo.metadata.notes)
    assert (photo.raster.pixels[:20] == PIXELS[:20]).all()
    assert not photo.raster.pixels[20:].any()


def _behind(values: np.ndarray, **options: object) -> bytes:
    """Return a TIFF whose directory, and what that points to, lie behind the pixels."""
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "TIFF", compression="tiff_lzw", **options)
    return buffer.getvalue()


def test_a_tiff_that_has_lost_how_its_pixels_are_stored_is_refused(tmp_path: Path) -> None:
    data = _behind(PIXELS)
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        bits = file.pages[0].tags[258]
    assert bits.valueoffset + 6 == len(data)  # the last that it holds
    with pytest.raises(InputError, match="how its pixels are stored"):
        photo_of(tmp_path, data[:-1])


def test_a_tiff_that_has_lost_words_or_pages_says_so(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        writer.write(PIXELS, photometric="rgb")
        first = buffer.tell()
        writer.write(PIXELS, photometric="rgb")
    assert END_NOTE not in photo_of(tmp_path, buffer.getvalue()).metadata.notes
    photo = photo_of(tmp_path, buffer.getvalue()[:first])
    assert END_NOTE in photo.metadata.notes
    assert (photo.raster.pixels == PIXELS).all()
    data = tiff(PIXELS, photometric="rgb", description="a long walk " * 40)
    place = data.index(b"a long walk")
    moved = bytearray(data + data[place : place + 481])
    offset = data.index(struct.pack("<I", place))
    struct.pack_into("<I", moved, offset, len(data))
    assert photo_of(tmp_path, bytes(moved)).metadata.notes == ()
    assert photo_of(tmp_path, bytes(moved[:-10])).metadata.notes == (END_NOTE,)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("planarconfig", ["contig", "separate"])
def test_a_whole_tiff_that_is_read_in_several_goes_is_not_said_to_be_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, planarconfig: str
) -> None:
    """Ten tenths, added up as floats, are less than one."""
    monkeypatch.setattr(tiff_pixels, "_ROWS_BYTES", 1)
    pixels = (np.arange(10 * 6 * 3) * 366).astype(np.uint16).reshape(10, 6, 3)
    laid = pixels if planarconfig == "contig" else pixels.transpose(2, 0, 1)
    data = tiff(laid, photometric="rgb", planarconfig=planarconfig)
    photo = photo_of(tmp_path, data)
    assert photo.metadata.notes == ()
    np.testing.assert_array_equal(photo.raster.pixels, pixels)
    assert photo_of(tmp_path, data[:-36]).metadata.notes != ()


@pytest.mark.parametrize("share", [0.4, 0.9])
def test_a_psd_that_is_cut_says_how_much_is_there(tmp_path: Path, share: float) -> None:
    data = photoshop()
    begin = data.index(b"\0\1" + struct.pack(">H", 57) * 120)  # each row in one run, of which a byte says the length
    photo = photo_of(tmp_path, data)
    assert (photo.raster.pixels == PIXELS).all()
    assert "cut short" not in " ".join(photo.metadata.notes)
    kept = int(begin + 242 + share * 120 * 57)
    photo = photo_of(tmp_path, data[:kept])
    assert f"about {100 * share:.0f}%" in " ".join(photo.metadata.notes)


def test_a_psd_without_runs_that_is_cut_is_refused(tmp_path: Path) -> None:
    data = photoshop()
    begin = data.index(b"\0\1" + struct.pack(">H", 57) * 120)
    data = data[:begin] + b"\0\0" + PIXELS.transpose(2, 0, 1).tobytes()
    assert (photo_of(tmp_path, data).raster.pixels == PIXELS).all()
    with pytest.raises(InputError, match="cut short"):
        photo_of(tmp_path, data[:-60])


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".gif", ".bmp"])
def test_what_is_missing_is_told_though_a_plugin_had_pillow_pass_over_it(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entire, cut = tmp_path / f"entire{suffix}", tmp_path / f"cut{suffix}"
    pixels = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    Image.fromarray(pixels).save(entire)
    cut.write_bytes(entire.read_bytes()[: entire.stat().st_size // 2])
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    assert "cut short" in " ".join(open_photo(cut).metadata.notes)


@pytest.mark.parametrize(("compression", "predictor"), [("lzw", 2), ("zlib", 1), ("zlib", 2), ("packbits", 1)])
@pytest.mark.parametrize("tile", [None, (48, 64)])
def test_a_compressed_strip_that_is_cut_shows_its_first_rows(
    tmp_path: Path, compression: str, predictor: int, tile: tuple[int, int] | None
) -> None:
    rng = np.random.default_rng(5)
    values = (np.arange(90)[:, None, None] * 600 + rng.integers(0, 3000, (90, 130, 3))).astype(np.uint16)
    path = tmp_path / "cut.tif"
    tifffile.imwrite(path, values, photometric="rgb", compression=compression, tile=tile, byteorder=">",
                     predictor=predictor if predictor > 1 else None)  # fmt: skip
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 7 // 10])
    photo = open_photo(path, levels=None)
    right = (photo.raster.pixels == values).all(axis=2)
    share = right.mean()
    assert 0.5 < share < 0.8
    assert not photo.raster.pixels[~right].any(), "what is missing is black"
    assert f"about {100 * share:.0f}%" in photo.metadata.notes[-1] or tile


@pytest.mark.parametrize("photometric", ["rgb", "ycbcr"])
def test_a_jpeg_in_a_tiff_that_is_cut_is_not_called_whole(tmp_path: Path, photometric: str) -> None:
    path = tmp_path / "cut.tif"
    tifffile.imwrite(path, np.tile(PIXELS, (4, 4, 1)), photometric=photometric, compression="jpeg")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    assert is_damaged(open_photo(path).metadata)


def test_old_colours_in_a_tiff_that_is_cut_show_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "cut.tif"
    Image.fromarray(np.tile(PIXELS, (4, 4, 1))).convert("YCbCr").save(path)
    whole = open_photo(path).raster.pixels
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    photo = open_photo(path)
    assert is_damaged(photo.metadata)
    assert END_NOTE not in photo.metadata.notes
    assert (photo.raster.pixels[: len(whole) // 4] == whole[: len(whole) // 4]).all()


def test_bands_that_are_cut_are_told_and_left_out(tmp_path: Path) -> None:
    path = tmp_path / "cut.tif"
    values = np.arange(5 * 30 * 40, dtype=np.uint16).reshape(5, 30, 40) * 5 + 30_000
    tifffile.imwrite(path, values, photometric="minisblack", planarconfig="separate")
    path.write_bytes(path.read_bytes()[:-500])
    photo = open_photo(path)
    assert photo.metadata.notes[-1] == END_NOTE
    saved = save_photo(tmp_path / "out.tif", photo.raster, photo.metadata, source=path)
    assert "other bands were left out" in saved.notes[-1]
    assert (open_photo(saved.path).raster.pixels == np.moveaxis(values[:3], 0, -1)).all()
